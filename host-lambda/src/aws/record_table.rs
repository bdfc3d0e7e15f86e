//! The pipeline's table for its API: rows of a request in, and records by their keys out.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use sluice_api::{
    Key, Record, RecordBuilder,
    ports::{Origin, PortError, Put, Store},
};
use sluice_contract::{
    access::Resource,
    field_type::{FieldType, Stored},
    literal,
    stack::{Field, Pipeline, Table},
};
use sluice_pipeline::{part::Part, ports::SourceObject};
use tokio::task::JoinSet;

use super::{
    Session,
    document::json_of,
    item::{Item, ItemShape, VERSION, escaped},
    refusal::{is_passing, reason},
    table::new_backoff,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::Table),
    ("dynamodb:PutItem", Resource::Table),
];

/// Writes on their way at the same time.
const PUTS_IN_FLIGHT: usize = 64;

/// Nothing is stored that is as new by `order_by`.
const NOTHING_AS_NEW: &str = "attribute_not_exists(#order) OR #order < :order";

/// Nothing is stored that arrived later.
const NOTHING_LATER: &str = "attribute_not_exists(#order) OR #order <= :order";

/// The table of one pipeline.
#[derive(Debug)]
pub struct RecordTable {
    session: Session,
    name: String,
    pipeline: Pipeline,
    table: Table,
}

/// What one write met.
enum Met {
    Stored,
    /// What is there, and is as new or newer.
    There(Item),
}

impl RecordTable {
    /// The table `name` of a pipeline that has one.
    pub fn new(session: &Session, name: String, pipeline: &Pipeline) -> Option<Self> {
        Some(Self {
            session: session.clone(),
            name,
            table: pipeline.table()?.clone(),
            pipeline: pipeline.clone(),
        })
    }

    fn trouble(&self, action: &str, reason: String) -> PortError {
        PortError {
            target: format!("table `{}`", self.name),
            action: action.to_owned(),
            reason,
        }
    }

    /// The attribute that orders versions of a record, and the condition under which one is stored.
    fn order(&self) -> (&str, &'static str) {
        match &self.pipeline.order_by {
            Some(field) => (field, NOTHING_AS_NEW),
            None => (VERSION, NOTHING_LATER),
        }
    }

    /// A conditional write, made again while what is wrong may pass.
    fn write(&self, item: Item) -> impl Future<Output = Result<Met, String>> + Send + use<> {
        let (order, condition) = self.order();
        let value = item.get(order).cloned();
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.name)
            .condition_expression(condition)
            .expression_attribute_names("#order", order)
            .expression_attribute_values(":order", value.unwrap_or(AttributeValue::Null(true)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_item(Some(item));
        async move {
            let mut backoff = new_backoff();
            loop {
                let error = match request.clone().send().await {
                    Ok(_) => return Ok(Met::Stored),
                    Err(error) => error,
                };
                if let Some(PutItemError::ConditionalCheckFailedException(failed)) =
                    error.as_service_error()
                {
                    return Ok(Met::There(failed.item.clone().unwrap_or_default()));
                }
                if !(is_passing(&error) && backoff.wait().await) {
                    return Err(reason(&error));
                }
            }
        }
    }

    /// What a write that met something means for its row.
    fn put_of(&self, item: &Item, there: &Item) -> Put {
        let (order, _) = self.order();
        match self.pipeline.order_by.is_some() && item.get(order) == there.get(order) {
            true => Put::Same(self.record(there)),
            false => Put::Newer,
        }
    }

    /// An item as the record that it was made of.
    fn record(&self, item: &Item) -> Record {
        let mut record = RecordBuilder::default();
        for field in &self.pipeline.fields {
            let value = item.get(&field.name).map(|value| text_of(field, value));
            record.push(field, value.as_deref());
        }
        record.finish()
    }

    /// The key attributes of a record.
    fn key(&self, key: &Key) -> Option<Item> {
        let value = |name: &String| {
            let part = key.0.iter().find(|part| part.field == *name)?;
            let field = self
                .pipeline
                .fields
                .iter()
                .find(|field| field.name == *name)?;
            Some((part.text.clone(), field.kind.stored()))
        };
        let attribute = |(text, stored): (String, Stored)| match stored.key_attribute() {
            "N" => AttributeValue::N(text),
            _ => AttributeValue::S(text),
        };
        let partition_key = &self.table.partition_key;
        let mut item = Item::new();
        item.insert(partition_key.clone(), attribute(value(partition_key)?));
        if let Some(name) = self.table.sort_attribute() {
            let sort = match &self.table.sort_key[..] {
                [single] => attribute(value(single)?),
                several => {
                    let parts: Option<Vec<String>> = several
                        .iter()
                        .map(|name| Some(escaped(&value(name)?.0)))
                        .collect();
                    AttributeValue::S(parts?.join("#"))
                }
            };
            item.insert(name, sort);
        }
        Some(item)
    }
}

impl Store for RecordTable {
    fn put(&self, rows: &RecordBatch, origin: &Origin) -> Result<Vec<Put>, PortError> {
        let object = SourceObject {
            uri: origin.source.clone(),
            size: None,
            version: String::new(),
            stem: String::new(),
            sequencer: String::new(),
            received_at: origin.received_at,
        };
        let shape = ItemShape::new(&self.pipeline, &self.table, &object, &Part::WHOLE);
        let mut puts: Vec<Option<Put>> = vec![None; rows.num_rows()];
        let mut in_flight = JoinSet::new();
        let mut keys: HashSet<String> = HashSet::new();
        self.session
            .wait_for(async {
                for row in 0..rows.num_rows() {
                    let item = match shape.items(&rows.slice(row, 1), row as u64) {
                        Ok(mut items) => items.remove(0),
                        Err((_, unfit)) => {
                            puts[row] = Some(Put::Refused {
                                code: "does_not_fit_the_table".to_owned(),
                                message: unfit.to_string(),
                            });
                            continue;
                        }
                    };
                    // Of two rows with the same key, the first comes first.
                    let is_new = keys.insert(shape.key_of(&item));
                    while !in_flight.is_empty() && (!is_new || in_flight.len() >= PUTS_IN_FLIGHT) {
                        let next = in_flight.join_next().await;
                        self.note(next, &mut puts)?;
                    }
                    let write = self.write(item.clone());
                    in_flight.spawn(async move { (row, item, write.await) });
                }
                while !in_flight.is_empty() {
                    let next = in_flight.join_next().await;
                    self.note(next, &mut puts)?;
                }
                Ok(())
            })
            .map_err(|reason| {
                self.trouble(&format!("store {} records", rows.num_rows()), reason)
            })?;
        let puts: Option<Vec<Put>> = puts.into_iter().collect();
        puts.ok_or_else(|| {
            self.trouble(
                "store records",
                "a row got no answer, which is a defect".to_owned(),
            )
        })
    }

    fn get(&self, key: &Key) -> Result<Option<Record>, PortError> {
        let Some(key) = self.key(key) else {
            return Ok(None);
        };
        let request = self
            .session
            .dynamodb()
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .consistent_read(true);
        let got = self.session.wait_for(async {
            let mut backoff = new_backoff();
            loop {
                match request.clone().send().await {
                    Ok(got) => return Ok(got.item),
                    Err(error) if is_passing(&error) && backoff.wait().await => {}
                    Err(error) => return Err(reason(&error)),
                }
            }
        });
        let item = got.map_err(|reason| self.trouble("find a record", reason))?;
        Ok(item.map(|item| self.record(&item)))
    }
}

type Written = Result<(usize, Item, Result<Met, String>), tokio::task::JoinError>;

impl RecordTable {
    /// Notes what a write met.
    fn note(&self, written: Option<Written>, puts: &mut [Option<Put>]) -> Result<(), String> {
        let Some(written) = written else {
            return Ok(());
        };
        let (row, item, met) =
            written.map_err(|error| format!("the task that wrote failed: {error}"))?;
        puts[row] = Some(match met? {
            Met::Stored => Put::Stored,
            Met::There(there) => self.put_of(&item, &there),
        });
        Ok(())
    }
}

/// A value as the text of its type. DynamoDB keeps numbers without the zeros at their ends.
fn text_of(field: &Field, value: &AttributeValue) -> String {
    match (value, &field.kind) {
        (AttributeValue::S(text), kind) if kind.stored() != Stored::Document => text.clone(),
        (
            AttributeValue::N(number),
            FieldType::Decimal {
                precision, scale, ..
            },
        ) => literal::decimal(number.as_bytes(), *precision, *scale).map_or_else(
            || number.clone(),
            |units| literal::decimal_text(units, *scale),
        ),
        (AttributeValue::N(number), FieldType::Float { .. }) => number.parse::<f64>().map_or_else(
            |_| number.clone(),
            |value| serde_json::Value::from(value).to_string(),
        ),
        (AttributeValue::N(number), kind) if kind.stored() != Stored::Document => number.clone(),
        (AttributeValue::Bool(value), kind) if kind.stored() != Stored::Document => {
            value.to_string()
        }
        (document, _) => json_of(document).to_string(),
    }
}
