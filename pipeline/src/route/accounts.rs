//! The sinks of an object, each with an account of the rows that it was given: what does not add up in one of them fails
//! the object.

use arrow_array::RecordBatch;
use sluice_contract::stack::Keeps;

use super::{RouteError, absent::Absent, late::LateRefusals};
use crate::sink::{FinishedFile, OpenSink, Settled, Sink, SinkFailure};

/// All sinks of an object.
pub(super) struct Accounts<'a> {
    accounts: Vec<Account<'a>>,
    /// Whether every row is somewhere, whatever the others leave out.
    has_history: bool,
}

/// One sink.
struct Account<'a> {
    sink: OpenSink<'a>,
    /// Rows that it stored, left out or refused.
    taken: u64,
    /// Rows that it left out.
    stale: u64,
    /// Rows that it refused.
    refused: u64,
}

/// Where it is noted what sinks do not have.
pub(super) struct Notes<'a> {
    pub(super) absent: &'a mut Absent,
    /// Where there is a sink that refuses late.
    pub(super) late: Option<&'a mut LateRefusals>,
}

impl<'a> Accounts<'a> {
    pub(super) fn new(sinks: Vec<OpenSink<'a>>) -> Self {
        let account = |sink| Account {
            sink,
            taken: 0,
            stale: 0,
            refused: 0,
        };
        Self {
            has_history: sinks.iter().any(|sink| sink.keeps == Keeps::All),
            accounts: sinks.into_iter().map(account).collect(),
        }
    }

    /// Gives a batch to every sink.
    pub(super) fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        records: &[u64],
        notes: Notes<'_>,
    ) -> Result<(), RouteError> {
        let given = first_ordinal + rows.num_rows() as u64;
        self.each(given, notes, |sink| {
            sink.put(rows, first_ordinal, records)?;
            Ok(sink.settled())
        })
    }

    /// Waits until every sink has dealt with all of the rows that were given.
    pub(super) fn settle(&mut self, given: u64, notes: Notes<'_>) -> Result<(), RouteError> {
        self.each(given, notes, |sink| sink.settle())?;
        self.accounts.iter().try_for_each(|account| {
            accounted(account.sink.name, given, account.taken)?;
            match account.sink.keeps {
                Keeps::Newest => Ok(()),
                Keeps::All => accounted(
                    account.sink.name,
                    given,
                    given.saturating_sub(account.stale),
                ),
            }
        })
    }

    /// No sink is to have these rows.
    pub(super) fn lose(&mut self, ordinals: &[u64]) -> Result<(), SinkFailure> {
        self.accounts
            .iter_mut()
            .try_for_each(|account| account.sink.sink.lose(ordinals))
    }

    /// Ends every sink, and gives the files that they made. `lost` is how many rows they were told to lose.
    pub(super) fn finish(self, given: u64, lost: u64) -> Result<Vec<FinishedFile>, RouteError> {
        let mut files = Vec::new();
        for account in self.accounts {
            let Account {
                sink,
                stale,
                refused,
                ..
            } = account;
            let expected = match sink.keeps {
                Keeps::Newest => given.saturating_sub(stale + refused),
                Keeps::All => given - lost,
            };
            let finished = sink.sink.finish()?;
            accounted(sink.name, expected, finished.rows)?;
            files.extend(finished.files);
        }
        Ok(files)
    }

    /// Asks every sink for something that it settled, and books that.
    fn each(
        &mut self,
        given: u64,
        mut notes: Notes<'_>,
        mut ask: impl FnMut(&mut dyn Sink) -> Result<Settled, SinkFailure>,
    ) -> Result<(), RouteError> {
        for (number, account) in self.accounts.iter_mut().enumerate() {
            let sink = account.sink.name;
            let Settled {
                taken,
                stale,
                refused,
            } = ask(account.sink.sink.as_mut())?;
            account.taken = account.taken.saturating_add(taken);
            account.stale += stale.len() as u64;
            account.refused += refused.len() as u64;
            let named = refused.iter().map(|row| &row.ordinal).chain(&stale);
            if let Some(ordinal) = named.copied().find(|ordinal| *ordinal >= given) {
                return Err(RouteError::NeverGiven { sink, ordinal });
            }
            for row in &refused {
                match &mut notes.late {
                    Some(late) => late.refuse(row)?,
                    // Nobody knows the record any more.
                    None => accounted(sink, given, given - 1)?,
                }
            }
            for ordinal in stale {
                // What one sink keeps all of is stored, whoever else has something newer.
                if !self.has_history {
                    notes.absent.from(number, ordinal)?;
                }
            }
        }
        Ok(())
    }
}

/// Fails unless a sink has all that it was given.
fn accounted(sink: &'static str, given: u64, found: u64) -> Result<(), RouteError> {
    if given == found {
        Ok(())
    } else {
        Err(RouteError::Unaccounted { sink, given, found })
    }
}
