//! When an object in several parts is done: all of its parts are, each of which begins where another one ends.

use std::collections::BTreeMap;

use sluice_contract::control::{
    PARTITION_KEY, SORT_KEY,
    ledger::{self, CLOSED_AT, LedgerStatus, NEXT, REPORT, STATUS, UNTOLD},
};
use sluice_pipeline::{part::Part, ports::SinkError, report::ObjectReport};

use super::{LedgerEntry, abridged, end_of, is_refused_condition, status_of};
use crate::aws::{
    attribute::{Attributes, document_of, now_text, text_of},
    expression::{Condition, Update},
    refusal::reason,
    table,
};

/// What is known of an object as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// Nothing new: parts are missing, or somebody else has closed it.
    Nothing,
    /// It was closed by this call.
    Now {
        /// What became of it.
        report: Box<ObjectReport>,
        /// What has to be told of it.
        untold: String,
    },
    /// It was closed before, and something is left to be told of it.
    Before {
        /// What.
        untold: String,
    },
}

impl LedgerEntry {
    /// Closes the object, if all of its parts are done and it is not closed yet. Before that, `ready` does what has to be done
    /// of what became of it, and says what has to be told.
    pub fn settle(
        &self,
        ready: impl FnOnce(&ObjectReport) -> Result<String, SinkError>,
    ) -> Result<Settled, SinkError> {
        let entries = self.entries()?;
        let Some(report) = whole(&self.pipeline, &entries) else {
            return Ok(self.left(&entries));
        };
        let untold = ready(&report)?;
        let close = Update::new()
            .set(UNTOLD, &untold)
            .set(STATUS, end_of(&report))
            .set(CLOSED_AT, now_text())
            .set(REPORT, &abridged(&report));
        let is_open = Condition::is(STATUS, LedgerStatus::Parted);
        let update = self.update_of(ledger::object(&self.pipeline), &close, &is_open);
        match self.send(update) {
            Ok(_) => Ok(Settled::Now {
                report: Box::new(report),
                untold,
            }),
            // By somebody else, or by us, and the answer was lost.
            Err(error) if is_refused_condition(&error) => Ok(self.left(&self.entries()?)),
            Err(error) => Err(self.refused("close", reason(&error))),
        }
    }

    /// What is left to be told of the object as a whole.
    fn left(&self, entries: &BTreeMap<String, Attributes>) -> Settled {
        let object = entries.get(&ledger::object(&self.pipeline));
        let left = object.and_then(|object| text_of(object, UNTOLD));
        left.map_or(Settled::Nothing, |untold| Settled::Before { untold })
    }

    /// The entries of the object and of all its parts, as they are at this moment, by sort key.
    fn entries(&self) -> Result<BTreeMap<String, Attributes>, SinkError> {
        let keys = Condition::is(PARTITION_KEY, self.partition_key())
            .and(Condition::begins(SORT_KEY, ledger::object(&self.pipeline)));
        let items = table::items(&self.session, &self.table, &keys)
            .map_err(|reason| self.refused("look up the parts of", reason))?;
        let entry = |entry: Attributes| text_of(&entry, SORT_KEY).map(|key| (key, entry));
        Ok(items.into_iter().filter_map(entry).collect())
    }
}

/// The reports of all parts as one, if all of them are done and the object is not.
fn whole(pipeline: &str, entries: &BTreeMap<String, Attributes>) -> Option<ObjectReport> {
    let first = entries.get(&ledger::object(pipeline))?;
    if status_of(first, STATUS) != Some(LedgerStatus::Parted) {
        return None;
    }
    let mut report = report_of(first)?;
    let mut next = next_of(first);
    while let Some(following) = next {
        let part = entries.get(&ledger::part(pipeline, following.start.record))?;
        match status_of(part, STATUS) {
            Some(LedgerStatus::Done | LedgerStatus::Refused) => {}
            Some(
                LedgerStatus::New
                | LedgerStatus::Running
                | LedgerStatus::Failed
                | LedgerStatus::Parted,
            )
            | None => return None,
        }
        report.append(report_of(part)?);
        next = next_of(part);
    }
    Some(report)
}

/// The part after this one.
pub(super) fn next_of(entry: &Attributes) -> Option<Part> {
    serde_json::from_value(document_of(entry, NEXT)?).ok()
}

fn report_of(entry: &Attributes) -> Option<ObjectReport> {
    serde_json::from_value(document_of(entry, REPORT)?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_pipeline::part::Position;

    use super::*;
    use crate::aws::attribute::entry;

    fn stored(status: LedgerStatus, read: u64, next: Option<u64>) -> Attributes {
        let report = ObjectReport {
            read,
            stored: read,
            seconds: 0.125,
            ..ObjectReport::default()
        };
        let next = next.map(|record| Part {
            start: Position {
                record,
                byte: Some(record * 10),
            },
            end: None,
        });
        let mut stored = Attributes::from([entry(STATUS, status), entry(REPORT, &report)]);
        stored.extend(next.map(|next| entry(NEXT, &next)));
        stored
    }

    #[test]
    fn an_object_is_done_when_the_chain_of_its_parts_is() {
        use LedgerStatus::{Done, Parted, Refused, Running};
        let check = |parts: Vec<(&str, Attributes)>, expected: Option<u64>| {
            let entries = parts
                .into_iter()
                .map(|(key, entry)| (key.to_owned(), entry))
                .collect();
            let read = whole("p", &entries).map(|report| {
                assert!(report.adds_up());
                report.read
            });
            assert_eq!(read, expected);
        };
        let second = "ledger#p#00000000000000000007";
        let third = "ledger#p#00000000000000000009";
        let first = || ("ledger#p", stored(Parted, 7, Some(7)));
        check(vec![first()], None);
        check(vec![first(), (second, stored(Running, 0, None))], None);
        check(vec![first(), (second, stored(Done, 5, None))], Some(12));
        check(vec![first(), (second, stored(Done, 2, Some(9)))], None);
        let last = (third, stored(Done, 1, None));
        check(vec![first(), last.clone()], None);
        check(
            vec![first(), (second, stored(Done, 2, Some(9))), last],
            Some(10),
        );
        check(vec![("ledger#p", stored(Done, 7, None))], None);
        check(vec![first(), (second, stored(Refused, 0, None))], Some(7));
        // Another pipeline whose name begins alike.
        check(vec![first(), ("ledger#p-2", stored(Done, 5, None))], None);
    }
}
