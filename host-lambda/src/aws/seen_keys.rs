//! Which records of a pipeline other objects have brought already: one item a record in the control table.
//!
//! What an item is called and what it holds is said in [`sluice_contract::control::seen`].
//!
//! An item never changes its owner, which is one record of an object, so that every attempt at a part gets the same answers,
//! and the part after it the ones it would have had if no attempt had ever gone too far.

use sluice_contract::{
    access::Resource,
    control::{PARTITION_KEY, SORT_KEY, seen},
};
use sluice_pipeline::{
    part::Part,
    ports::{Brought, SeenKeys, SinkError},
};
use tokio::task::JoinSet;

use super::{
    Session,
    attribute::entry,
    expression::{self, Condition},
    table::put_if,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[("dynamodb:PutItem", Resource::SeenItems)];

/// Writes on their way at the same time.
const PUTS_IN_FLIGHT: usize = 64;

/// The records of one part.
#[derive(Debug)]
pub struct SeenKeysTable {
    session: Session,
    table: String,
    space: String,
    stem: String,
    part: Part,
}

impl SeenKeysTable {
    /// Registers records in the control table `table` for this part of the object with this stem. Those of other spaces do
    /// not matter.
    pub fn new(session: &Session, table: String, space: String, stem: String, part: Part) -> Self {
        Self {
            session: session.clone(),
            table,
            space,
            stem,
            part,
        }
    }

    /// Whether a record is new.
    fn put(&self, brought: Brought) -> impl Future<Output = Result<bool, String>> + use<> {
        let Brought { key, record } = brought;
        let partition_key = seen::partition_key(&self.space, &hex::encode(key));
        let item = [
            entry(PARTITION_KEY, partition_key),
            entry(SORT_KEY, seen::SORT_KEY),
            entry(seen::OWNER, &self.stem),
            entry(seen::RECORD, record),
        ];
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.into()));
        let Part { start, end } = self.part;
        let mut is_own = Condition::is(seen::OWNER, &self.stem);
        if let Some(before) = start.record.checked_sub(1) {
            is_own = is_own.and(Condition::is_greater(seen::RECORD, before));
        }
        if let Some(end) = end {
            is_own = is_own.and(Condition::is_less(seen::RECORD, end.record));
        }
        let is_new = Condition::absent(PARTITION_KEY).or(is_own);
        let request = expression::put(request, &is_new);
        put_if(request)
    }
}

impl SeenKeys for SeenKeysTable {
    fn register(&mut self, records: &[Brought]) -> Result<Vec<bool>, SinkError> {
        let refused = |reason: String| SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("register {} records", records.len()),
            reason,
        };
        let mut new = vec![false; records.len()];
        let mut in_flight = JoinSet::new();
        self.session
            .wait_for(async {
                for (index, brought) in records.iter().enumerate() {
                    if in_flight.len() == PUTS_IN_FLIGHT
                        && let Some(answer) = in_flight.join_next().await
                    {
                        note(answer, &mut new)?;
                    }
                    let put = self.put(*brought);
                    in_flight.spawn(async move { (index, put.await) });
                }
                while let Some(answer) = in_flight.join_next().await {
                    note(answer, &mut new)?;
                }
                Ok(())
            })
            .map_err(refused)?;
        Ok(new)
    }
}

type Answer = Result<(usize, Result<bool, String>), tokio::task::JoinError>;

fn note(answer: Answer, new: &mut [bool]) -> Result<(), String> {
    let (index, is_new) = answer.map_err(|error| format!("the task that wrote failed: {error}"))?;
    new[index] = is_new?;
    Ok(())
}
