//! The pipeline's table in DynamoDB.
//!
//! Rows are written while the next ones are cleaned, a bounded number of requests at a time. Every write carries the
//! condition that nothing newer is there, so that retries, duplicates and latecomers change nothing, in whatever order
//! they come.

use std::{collections::HashSet, time::Duration};

use arrow_array::RecordBatch;
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    types::AttributeValue,
};
use sluice_contract::access::Resource;
use sluice_pipeline::{
    ports::SinkError,
    sink::{Finished, Settled, Sink, SinkFailure},
};
use tokio::task::JoinSet;

use super::{
    Session,
    attribute::Attributes,
    backoff::Backoff,
    expression::{self, Condition},
    item::{Item, ItemShape, VERSION},
    refusal::{is_passing, reason},
};

pub(crate) const CALLS: &[(&str, Resource)] = &[("dynamodb:PutItem", Resource::Table)];

/// Writes on their way at the same time.
const PUTS_IN_FLIGHT: usize = 64;

/// How often a write is tried again where the table is throttled: about 20 seconds in all, as long as a table on demand
/// needs to grow, beyond what the SDK does by itself.
const RETRIES: u32 = 12;

/// Nothing newer is stored: no item, or none that arrived later.
const NOTHING_LATER: &str = "attribute_not_exists(#version) OR #version <= :version";

/// Nothing newer is stored: no item, one from before the field had an order, one that is older by it, or one that is
/// not and did not arrive later.
const NOTHING_NEWER: &str = "attribute_not_exists(#order) OR #order < :order \
    OR (#order = :order AND (attribute_not_exists(#version) OR #version <= :version))";

/// Writes the rows of one part of an object.
#[derive(Debug)]
pub struct ItemTable {
    session: Session,
    table: String,
    shape: ItemShape,
    in_flight: JoinSet<Result<Written, String>>,
    keys_in_flight: HashSet<String>,
    settled: Settled,
    /// Rows that were stored.
    stored: u64,
}

/// What one request did.
struct Written {
    key: String,
    /// The ordinal of an item that was left out.
    stale: Option<u64>,
}

impl ItemTable {
    /// Writes to `table`.
    pub fn new(session: &Session, table: String, shape: ItemShape) -> Self {
        Self {
            session: session.clone(),
            table,
            shape,
            in_flight: JoinSet::new(),
            keys_in_flight: HashSet::new(),
            settled: Settled::default(),
            stored: 0,
        }
    }

    fn refused(&self, items: usize, reason: String) -> SinkError {
        let action = if items == 1 {
            "store 1 item".to_owned()
        } else {
            format!("store {items} items")
        };
        SinkError {
            target: format!("table `{}`", self.table),
            action,
            reason,
        }
    }

    /// Sends an item, once there is room and no other version of its key is on its way: of two that race, the same one
    /// must be counted as left out each time.
    fn send(&mut self, ordinal: u64, item: Item) -> Result<(), SinkError> {
        let key = self.shape.key_of(&item);
        while self.keys_in_flight.contains(&key) || self.in_flight.len() >= PUTS_IN_FLIGHT {
            self.join_one()?;
        }
        self.keys_in_flight.insert(key.clone());
        let put = Put {
            client: self.session.dynamodb().clone(),
            table: self.table.clone(),
            order_by: self.shape.order_by().map(str::to_owned),
        };
        let write = async move {
            let stored = put.send(item).await?;
            Ok(Written {
                key,
                stale: (!stored).then_some(ordinal),
            })
        };
        self.in_flight.spawn_on(write, self.session.runtime());
        Ok(())
    }

    /// Waits for any request.
    fn join_one(&mut self) -> Result<(), SinkError> {
        let in_flight = self.in_flight.len();
        let Some(finished) = self.session.wait_for(self.in_flight.join_next()) else {
            return Ok(());
        };
        let written = finished
            .unwrap_or_else(|error| Err(format!("the task that wrote to it failed: {error}")))
            .map_err(|reason| self.refused(in_flight, reason))?;
        self.keys_in_flight.remove(&written.key);
        match written.stale {
            Some(ordinal) => self.settled.stale.push(ordinal),
            None => self.stored += 1,
        }
        self.settled.taken += 1;
        Ok(())
    }
}

impl Sink for ItemTable {
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        _: &[u64],
    ) -> Result<(), SinkFailure> {
        let items = self
            .shape
            .items(rows, first_ordinal)
            .map_err(|(row, unfit)| {
                self.refused(
                    1,
                    format!(
                        "row {} of the object: {unfit}",
                        first_ordinal + row as u64 + 1
                    ),
                )
            })?;
        for (ordinal, item) in (first_ordinal..).zip(items) {
            self.send(ordinal, item)?;
        }
        Ok(())
    }

    fn settled(&mut self) -> Settled {
        std::mem::take(&mut self.settled)
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        while !self.in_flight.is_empty() {
            self.join_one()?;
        }
        Ok(self.settled())
    }

    fn lose(&mut self, _: &[u64]) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        Ok(Finished {
            rows: self.stored,
            files: Vec::new(),
        })
    }
}

/// A write that must not undo a newer one.
struct Put {
    client: Client,
    table: String,
    order_by: Option<String>,
}

impl Put {
    /// Stores an item. `false` where a newer version is there.
    async fn send(&self, item: Item) -> Result<bool, String> {
        let value = |attribute: &str| {
            item.get(attribute)
                .cloned()
                .unwrap_or(AttributeValue::Null(true))
        };
        let mut request = self
            .client
            .put_item()
            .table_name(&self.table)
            .condition_expression(NOTHING_LATER)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":version", value(VERSION));
        if let Some(order_by) = &self.order_by {
            request = request
                .condition_expression(NOTHING_NEWER)
                .expression_attribute_names("#order", order_by)
                .expression_attribute_values(":order", value(order_by));
        }
        put_if(request.set_item(Some(item))).await
    }
}

/// All items whose keys fit a condition, as they are at this moment. The error is for people.
pub(super) fn items(
    session: &Session,
    table: &str,
    keys: &Condition,
) -> Result<Vec<Attributes>, String> {
    let mut items = Vec::new();
    let mut from = None;
    loop {
        let query = session
            .dynamodb()
            .query()
            .table_name(table)
            .consistent_read(true)
            .set_exclusive_start_key(from);
        let answer = session.wait_for(expression::query(query, keys).send());
        let answer = answer.map_err(|error| reason(&error))?;
        items.extend(answer.items.unwrap_or_default());
        from = answer.last_evaluated_key;
        if from.is_none() {
            return Ok(items);
        }
    }
}

/// Makes a conditional write, again and again while the table is throttled. `false` where the condition does not hold.
pub(super) async fn put_if(request: PutItemFluentBuilder) -> Result<bool, String> {
    let mut backoff = new_backoff();
    loop {
        let error = match request.clone().send().await {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        if error
            .as_service_error()
            .is_some_and(PutItemError::is_conditional_check_failed_exception)
        {
            return Ok(false);
        }
        retry_or_give_up(&error, &mut backoff).await?;
    }
}

/// The waits of one write.
pub(super) fn new_backoff() -> Backoff {
    Backoff::new(Duration::from_millis(50), RETRIES)
}

/// Waits where another attempt may succeed.
async fn retry_or_give_up<E>(
    error: &SdkError<E, aws_sdk_dynamodb::config::http::HttpResponse>,
    backoff: &mut Backoff,
) -> Result<(), String>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if is_passing(error) && backoff.wait().await {
        Ok(())
    } else {
        Err(reason(error))
    }
}
