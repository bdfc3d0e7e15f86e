//! The pipeline's table in DynamoDB.
//!
//! Rows are written while the next ones are cleaned, a bounded number of requests at a time. Where records have an
//! order, every write carries the condition that nothing newer is there, so that retries, duplicates and latecomers
//! change nothing; where they have none, items are written in batches and the last one stays.

use std::{collections::HashSet, time::Duration};

use arrow_array::RecordBatch;
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::PutItemError,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use sluice_manifest::access::Resource;
use sluice_pipeline::ports::{SinkError, Table};
use tokio::{runtime::Handle, task::JoinSet};

use super::{
    backoff::Backoff,
    item::{Item, ItemShape, SEQUENCER},
    refusal::{is_passing, reason},
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:BatchWriteItem", Resource::Table),
    ("dynamodb:PutItem", Resource::Table),
];

/// Items of one BatchWriteItem, at the most. They are never more than its 16 MB, for an item has at most 400 KB.
const BATCH_ITEMS: usize = 25;

/// Batches on their way at the same time.
const BATCHES_IN_FLIGHT: usize = 16;

/// Conditional writes of one item on their way at the same time.
const PUTS_IN_FLIGHT: usize = 64;

/// How often a write is tried again where the table is throttled: about 20 seconds in all, as long as a table on demand
/// needs to grow, beyond what the SDK does by itself.
const RETRIES: u32 = 12;

/// Nothing newer is stored: no item, one from before the field had an order, an older one, or one of the same age from
/// the same or an earlier object.
const NOTHING_NEWER: &str = "attribute_not_exists(#order) OR #order < :order \
    OR (#order = :order AND (attribute_not_exists(#sequencer) OR #sequencer <= :sequencer))";

/// Writes the rows of one object. It must not be used inside an asynchronous task.
#[derive(Debug)]
pub struct ItemTable {
    runtime: Handle,
    client: Client,
    table: String,
    shape: ItemShape,
    /// Items that are not on their way yet, and their ordinals.
    waiting: Vec<(u64, Item)>,
    waiting_keys: HashSet<String>,
    in_flight: JoinSet<Result<Written, String>>,
    keys_in_flight: HashSet<String>,
    stale: Vec<u64>,
}

/// What one request did.
struct Written {
    keys: Vec<String>,
    /// The ordinal of an item that was left out.
    stale: Option<u64>,
}

impl ItemTable {
    /// Writes to `table`.
    pub fn new(runtime: Handle, client: Client, table: String, shape: ItemShape) -> Self {
        Self {
            runtime,
            client,
            table,
            shape,
            waiting: Vec::new(),
            waiting_keys: HashSet::new(),
            in_flight: JoinSet::new(),
            keys_in_flight: HashSet::new(),
            stale: Vec::new(),
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

    /// Sends one item, once there is room and no other version of its key is on its way: of two versions that race, the
    /// later one must stay, or the same one be counted as left out each time.
    fn send(&mut self, ordinal: u64, item: Item) -> Result<(), SinkError> {
        let key = self.shape.key_of(&item);
        if self.waiting_keys.contains(&key) {
            self.flush()?;
        }
        while self.keys_in_flight.contains(&key) {
            self.join_one()?;
        }
        self.waiting.push((ordinal, item));
        self.waiting_keys.insert(key);
        let full = if self.shape.order_by().is_some() {
            1
        } else {
            BATCH_ITEMS
        };
        if self.waiting.len() < full {
            Ok(())
        } else {
            self.flush()
        }
    }

    /// Puts the waiting items on their way.
    fn flush(&mut self) -> Result<(), SinkError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let room = if self.shape.order_by().is_some() {
            PUTS_IN_FLIGHT
        } else {
            BATCHES_IN_FLIGHT
        };
        while self.in_flight.len() >= room {
            self.join_one()?;
        }
        let keys: Vec<String> = self.waiting_keys.drain().collect();
        self.keys_in_flight.extend(keys.iter().cloned());
        let (client, table) = (self.client.clone(), self.table.clone());
        match self.shape.order_by().map(str::to_owned) {
            Some(order_by) => {
                for (ordinal, item) in self.waiting.drain(..) {
                    let request = Conditional {
                        client: client.clone(),
                        table: table.clone(),
                        order_by: order_by.clone(),
                    };
                    let keys = keys.clone();
                    self.in_flight.spawn_on(
                        async move {
                            let stored = request.put(item).await?;
                            Ok(Written {
                                keys,
                                stale: (!stored).then_some(ordinal),
                            })
                        },
                        &self.runtime,
                    );
                }
            }
            None => {
                let items = self.waiting.drain(..).map(|(_, item)| item).collect();
                self.in_flight.spawn_on(
                    async move {
                        write_batch(client, table, items).await?;
                        Ok(Written { keys, stale: None })
                    },
                    &self.runtime,
                );
            }
        }
        Ok(())
    }

    /// Waits for any request.
    fn join_one(&mut self) -> Result<(), SinkError> {
        let in_flight = self.in_flight.len();
        let Some(finished) = self.runtime.block_on(self.in_flight.join_next()) else {
            return Ok(());
        };
        let written = finished
            .unwrap_or_else(|error| Err(format!("the task that wrote to it failed: {error}")))
            .map_err(|reason| self.refused(in_flight, reason))?;
        for key in &written.keys {
            self.keys_in_flight.remove(key);
        }
        self.stale.extend(written.stale);
        Ok(())
    }
}

impl Table for ItemTable {
    fn put(&mut self, rows: &RecordBatch, first_ordinal: u64) -> Result<(), SinkError> {
        let items = self.shape.items(rows).map_err(|(row, unfit)| {
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

    fn finish(&mut self) -> Result<Vec<u64>, SinkError> {
        self.flush()?;
        while !self.in_flight.is_empty() {
            self.join_one()?;
        }
        Ok(std::mem::take(&mut self.stale))
    }
}

/// A write that must not undo a newer one.
struct Conditional {
    client: Client,
    table: String,
    order_by: String,
}

impl Conditional {
    /// Stores an item. `false` where a newer version is there.
    async fn put(&self, item: Item) -> Result<bool, String> {
        let value = |attribute: &str| {
            item.get(attribute)
                .cloned()
                .unwrap_or(AttributeValue::Null(true))
        };
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .condition_expression(NOTHING_NEWER)
            .expression_attribute_names("#order", &self.order_by)
            .expression_attribute_names("#sequencer", SEQUENCER)
            .expression_attribute_values(":order", value(&self.order_by))
            .expression_attribute_values(":sequencer", value(SEQUENCER))
            .set_item(Some(item));
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
}

/// Stores items whatever is there.
async fn write_batch(client: Client, table: String, items: Vec<Item>) -> Result<(), String> {
    let mut requests: Vec<WriteRequest> = Vec::with_capacity(items.len());
    for item in items {
        let put = PutRequest::builder()
            .set_item(Some(item))
            .build()
            .map_err(|error| error.to_string())?;
        requests.push(WriteRequest::builder().put_request(put).build());
    }
    let mut backoff = new_backoff();
    while !requests.is_empty() {
        match client
            .batch_write_item()
            .request_items(&table, requests.clone())
            .send()
            .await
        {
            Ok(answer) => {
                let unprocessed = answer
                    .unprocessed_items
                    .and_then(|mut tables| tables.remove(&table))
                    .unwrap_or_default();
                if unprocessed.len() < requests.len() {
                    backoff = new_backoff();
                }
                requests = unprocessed;
                if !requests.is_empty() && !backoff.wait().await {
                    return Err(format!(
                        "the table is throttled: {} items are still not taken",
                        requests.len()
                    ));
                }
            }
            Err(error) => retry_or_give_up(&error, &mut backoff).await?,
        }
    }
    Ok(())
}

fn new_backoff() -> Backoff {
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
