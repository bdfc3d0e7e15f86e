//! Which records of a pipeline other objects have brought already: one item a record in the control table.
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `pk` | `key#<space>#<hash of the key and order_by, in hexadecimal>` |
//! | `sk` | `seen` |
//! | `owner` | the stem of the part that brought it first |
//!
//! The space is the pipeline's name, where duplicates are sought among all its objects, or that and the stem of an object.
//!
//! An item never changes its owner, so that every attempt at a part gets the same answers.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::{
    access::Resource,
    control::{PARTITION_KEY, SORT_KEY, seen},
};
use sluice_pipeline::ports::{SeenKeys, SinkError};
use tokio::task::JoinSet;

use super::{Session, table::put_if};

pub(crate) const CALLS: &[(&str, Resource)] = &[("dynamodb:PutItem", Resource::ControlTable)];

/// Writes on their way at the same time.
const PUTS_IN_FLIGHT: usize = 64;

/// The records of one part.
#[derive(Debug)]
pub struct SeenKeysTable {
    session: Session,
    table: String,
    space: String,
    stem: String,
}

impl SeenKeysTable {
    /// Registers records in the control table `table` for the part with this stem. Those of other spaces do not matter.
    pub fn new(session: &Session, table: String, space: String, stem: String) -> Self {
        Self {
            session: session.clone(),
            table,
            space,
            stem,
        }
    }

    /// Whether a record is new.
    fn put(&self, key: &[u8; 16]) -> impl Future<Output = Result<bool, String>> + use<> {
        let text = |value: String| AttributeValue::S(value);
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .item(
                PARTITION_KEY.name(),
                text(seen::partition_key(&self.space, &hex::encode(key))),
            )
            .item(SORT_KEY.name(), text(seen::SORT_KEY.to_owned()))
            .item(seen::OWNER.name(), text(self.stem.clone()))
            .condition_expression("attribute_not_exists(#pk) OR #owner = :owner")
            .expression_attribute_names("#pk", PARTITION_KEY.name())
            .expression_attribute_names("#owner", seen::OWNER.name())
            .expression_attribute_values(":owner", text(self.stem.clone()));
        put_if(request)
    }
}

impl SeenKeys for SeenKeysTable {
    fn register(&mut self, keys: &[[u8; 16]]) -> Result<Vec<bool>, SinkError> {
        let refused = |reason: String| SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("register {} records", keys.len()),
            reason,
        };
        let mut new = vec![false; keys.len()];
        let mut in_flight = JoinSet::new();
        self.session
            .wait_for(async {
                for (index, key) in keys.iter().enumerate() {
                    if in_flight.len() == PUTS_IN_FLIGHT
                        && let Some(answer) = in_flight.join_next().await
                    {
                        note(answer, &mut new)?;
                    }
                    let put = self.put(key);
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
