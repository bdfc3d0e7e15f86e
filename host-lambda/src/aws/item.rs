//! Rows as items of DynamoDB.
//!
//! | field | attribute |
//! | --- | --- |
//! | text | S |
//! | integer, float, decimal | N |
//! | boolean | BOOL |
//! | timestamp | S, `2026-11-22T10:00:00.000000Z`: sorts like time |
//! | date | S, `2026-11-22` |
//! | json | the document itself (M, L, …) |
//!
//! A null is no attribute. Besides its fields every item has `sluice#source`, the object it comes from, and
//! `sluice#version`, by which those of equal `order_by` are ordered: when the object arrived, S3's sequencer for it, and
//! where in it the row is, counted down, so that of equal versions in one object the first is the greatest; where the table asks for them, the sort key of
//! several fields and the second after which the item vanishes. No field can have a `#` in its name.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::{
    field_type::Stored,
    literal,
    stack::{Pipeline, Table},
};
use sluice_pipeline::{
    cells::{Cells, scale_of},
    part::Part,
    ports::SourceObject,
    sink::table::fits_number,
};

use super::document::document;

/// Attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// The attribute that names the object of an item.
pub(crate) const SOURCE: &str = "sluice#source";

/// The attribute that orders versions of a record by their arrival.
pub(crate) const VERSION: &str = "sluice#version";

const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// A row that DynamoDB would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitRow {
    /// A key's value is too long or empty.
    #[error("key attribute `{attribute}` has {bytes} bytes, allowed are 1 to {limit}")]
    Key {
        /// Its name.
        attribute: String,
        /// Its length.
        bytes: usize,
        /// The most that DynamoDB takes.
        limit: usize,
    },
    /// DynamoDB does not hold the number. The checks refuse such a row before it comes here.
    #[error(
        "DynamoDB does not hold the number in `{attribute}`: got one that is too great, or too close to zero"
    )]
    Number {
        /// The field.
        attribute: String,
    },
    /// The whole item is too large.
    #[error("the item is too large: got {bytes} bytes, limit {limit} bytes")]
    TooLarge {
        /// Its size, counted as DynamoDB does.
        bytes: usize,
        /// The most that DynamoDB takes.
        limit: usize,
    },
}

/// How the rows of a pipeline become items.
#[derive(Debug, Clone)]
pub struct ItemShape {
    names: Vec<String>,
    /// How each field is stored.
    stored: Vec<Stored>,
    partition_key: String,
    /// The sort key's attribute and the columns that it is made of.
    sort_key: Option<(String, Vec<usize>)>,
    /// Fields by which an index looks items up, and how long their values may be.
    index_keys: HashMap<String, usize>,
    /// The column that a life time is counted from, and its days.
    ttl: Option<(usize, i64)>,
    order_by: Option<String>,
    source: String,
    /// What the version of every row of the part starts with.
    arrival: String,
}

impl ItemShape {
    /// For the rows of one part of an object. `table` is the pipeline's.
    pub fn new(pipeline: &Pipeline, table: &Table, object: &SourceObject, part: &Part) -> Self {
        let column = |name: &String| {
            let position = pipeline.fields.iter().position(|field| field.name == *name);
            position.expect("a stack names declared fields only")
        };
        let mut index_keys = HashMap::new();
        for index in &table.indexes {
            index_keys.insert(index.partition_key.clone(), Table::MAX_PARTITION_KEY_BYTES);
        }
        for sort_key in table
            .indexes
            .iter()
            .filter_map(|index| index.sort_key.as_ref())
        {
            index_keys.insert(sort_key.clone(), Table::MAX_SORT_KEY_BYTES);
        }
        Self {
            names: pipeline
                .fields
                .iter()
                .map(|field| field.name.clone())
                .collect(),
            stored: pipeline
                .fields
                .iter()
                .map(|field| field.kind.stored())
                .collect(),
            partition_key: table.partition_key.clone(),
            sort_key: table
                .sort_attribute()
                .map(|attribute| (attribute, table.sort_key.iter().map(column).collect())),
            index_keys,
            ttl: table
                .ttl
                .as_ref()
                .map(|ttl| (column(&ttl.field), i64::from(ttl.days))),
            order_by: pipeline.order_by.clone(),
            source: object.uri.clone(),
            arrival: format!(
                "{}#{}#{:016x}",
                literal::timestamp_text(object.received_at),
                object.sequencer,
                u64::MAX - part.start.record
            ),
        }
    }

    /// The attribute whose greater value is the newer version, if there is one.
    pub(crate) fn order_by(&self) -> Option<&str> {
        self.order_by.as_deref()
    }

    /// The key attributes of an item, as one text that differs for different keys.
    pub(crate) fn key_of(&self, item: &Item) -> String {
        let sort_key = self
            .sort_key
            .as_ref()
            .map(|(attribute, _)| &item[attribute]);
        format!("{:?} {sort_key:?}", item[&self.partition_key])
    }

    /// One item a row, in order, of rows whose ordinals in the part start with `first_ordinal`; or the first row that
    /// DynamoDB would refuse, and why.
    pub fn items(
        &self,
        rows: &RecordBatch,
        first_ordinal: u64,
    ) -> Result<Vec<Item>, (usize, UnfitRow)> {
        let cells: Vec<Cells<'_>> = rows
            .columns()
            .iter()
            .zip(&self.stored)
            .map(|(column, stored)| Cells::of(column.as_ref(), *stored))
            .collect();
        (0..rows.num_rows())
            .map(|row| {
                let mut item = self.item(&cells, row)?;
                let countdown = u64::MAX - first_ordinal - row as u64;
                let version = format!("{}{countdown:016x}", self.arrival);
                item.insert(VERSION.to_owned(), AttributeValue::S(version));
                self.check(&item)?;
                Ok(item)
            })
            .enumerate()
            .map(|(row, item)| item.map_err(|unfit| (row, unfit)))
            .collect()
    }

    fn item(&self, cells: &[Cells<'_>], row: usize) -> Result<Item, UnfitRow> {
        let mut item = Item::with_capacity(cells.len() + 4);
        for (name, cells) in self.names.iter().zip(cells) {
            let Some(value) = attribute(*cells, row) else {
                continue;
            };
            if let AttributeValue::N(number) = &value
                && !fits_number(number)
            {
                return Err(UnfitRow::Number {
                    attribute: name.clone(),
                });
            }
            // An item without the attribute is left out of the index; with an empty or long one it would be refused.
            let limit = self.index_keys.get(name);
            if let (Some(limit), AttributeValue::S(text)) = (limit, &value)
                && (text.is_empty() || text.len() > *limit)
            {
                continue;
            }
            item.insert(name.clone(), value);
        }
        if let Some((attribute, columns)) = &self.sort_key
            && columns.len() > 1
        {
            item.insert(
                attribute.clone(),
                AttributeValue::S(composed(cells, columns, row)),
            );
        }
        if let Some((column, days)) = self.ttl
            && let Some(seconds) = seconds(cells[column], row)
        {
            let expires_at = seconds.saturating_add(days * SECONDS_PER_DAY);
            item.insert(
                Table::TTL_ATTRIBUTE.to_owned(),
                AttributeValue::N(expires_at.to_string()),
            );
        }
        item.insert(SOURCE.to_owned(), AttributeValue::S(self.source.clone()));
        Ok(item)
    }

    /// Whether DynamoDB would take the item.
    fn check(&self, item: &Item) -> Result<(), UnfitRow> {
        let sort_attribute = self
            .sort_key
            .as_ref()
            .map(|(attribute, _)| (attribute, Table::MAX_SORT_KEY_BYTES));
        for (attribute, limit) in [(&self.partition_key, Table::MAX_PARTITION_KEY_BYTES)]
            .into_iter()
            .chain(sort_attribute)
        {
            let bytes = item.get(attribute).map_or(0, value_bytes);
            if !(1..=limit).contains(&bytes) {
                return Err(UnfitRow::Key {
                    attribute: attribute.clone(),
                    bytes,
                    limit,
                });
            }
        }
        let bytes = item
            .iter()
            .map(|(name, value)| name.len() + value_bytes(value))
            .sum();
        let limit = Table::MAX_ITEM_BYTES;
        if bytes > limit {
            Err(UnfitRow::TooLarge { bytes, limit })
        } else {
            Ok(())
        }
    }
}

/// The fields of a composed key, each escaped, joined with `#`: no two lists of fields give the same text.
fn composed(cells: &[Cells<'_>], columns: &[usize], row: usize) -> String {
    let part = |column: &usize| escaped(&text(cells[*column], row));
    columns.iter().map(part).collect::<Vec<_>>().join("#")
}

/// A part of a composed key.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// The size of a value as DynamoDB counts it, or a little more: at most a byte for every digit of a number.
fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().min(21),
        AttributeValue::L(values) => {
            3 + values
                .iter()
                .map(|value| 1 + value_bytes(value))
                .sum::<usize>()
        }
        AttributeValue::M(members) => {
            3 + members
                .iter()
                .map(|(name, value)| 1 + name.len() + value_bytes(value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

/// The attribute of a row; `None` where it is null.
fn attribute(cells: Cells<'_>, row: usize) -> Option<AttributeValue> {
    if cells.is_null(row) {
        return None;
    }
    Some(match cells {
        Cells::Document(cells) => document(cells.value(row)),
        Cells::Boolean(cells) => AttributeValue::Bool(cells.value(row)),
        Cells::Integer(_) | Cells::Float(_) | Cells::Decimal(_) => {
            AttributeValue::N(text(cells, row))
        }
        Cells::Text(_) | Cells::Timestamp(_) | Cells::Date(_) => {
            AttributeValue::S(text(cells, row))
        }
    })
}

/// The value of a row as text; empty where it is null.
fn text(cells: Cells<'_>, row: usize) -> String {
    if cells.is_null(row) {
        return String::new();
    }
    match cells {
        Cells::Text(cells) | Cells::Document(cells) => cells.value(row).to_owned(),
        Cells::Integer(cells) => cells.value(row).to_string(),
        Cells::Float(cells) => float_text(cells.value(row)),
        Cells::Decimal(cells) => literal::decimal_text(cells.value(row), scale_of(cells)),
        Cells::Boolean(cells) => cells.value(row).to_string(),
        Cells::Timestamp(cells) => literal::timestamp_text(cells.value(row)),
        Cells::Date(cells) => literal::date_text(cells.value(row)),
    }
}

/// The time of a row in seconds since 1970, where the column holds times.
fn seconds(cells: Cells<'_>, row: usize) -> Option<i64> {
    if cells.is_null(row) {
        return None;
    }
    match cells {
        Cells::Timestamp(cells) => Some(cells.value(row).div_euclid(MICROS_PER_SECOND)),
        Cells::Date(cells) => Some(i64::from(cells.value(row)) * SECONDS_PER_DAY),
        Cells::Text(_)
        | Cells::Document(_)
        | Cells::Integer(_)
        | Cells::Float(_)
        | Cells::Decimal(_)
        | Cells::Boolean(_) => None,
    }
}

/// The shortest text that is read back as the same float.
fn float_text(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (1e-5..1e16).contains(&size) => value.to_string(),
        _ => format!("{value:e}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn floats() {
        fn check(value: f64, expected: &str) {
            assert_eq!(float_text(value), expected);
        }
        check(0.0, "0");
        check(-0.0, "0");
        check(1.5, "1.5");
        check(-100.0, "-100");
        check(1e-7, "1e-7");
        check(1e16, "1e16");
        check(0.1, "0.1");
        // DynamoDB holds neither of the first two, and nothing else is put in their places.
        check(5e-324, "5e-324");
        check(-1e-131, "-1e-131");
        check(1e-130, "1e-130");
    }

    /// The composed key of one row.
    fn key(fields: &[&str]) -> String {
        let columns: Vec<ArrayRef> = fields
            .iter()
            .map(|field| Arc::new(StringArray::from(vec![*field])) as ArrayRef)
            .collect();
        let cells: Vec<Cells<'_>> = columns
            .iter()
            .map(|column| Cells::of(column.as_ref(), Stored::Text))
            .collect();
        composed(&cells, &(0..fields.len()).collect::<Vec<_>>(), 0)
    }

    #[test]
    fn composed_keys() {
        fn check(fields: &[&str], expected: &str) {
            assert_eq!(key(fields), expected);
        }
        check(&["a", "b"], "a#b");
        check(&["a#", "b"], "a\\##b");
        check(&["a", "#b"], "a#\\#b");
        check(&["a\\", "b"], "a\\\\#b");
        check(&["", ""], "#");
    }

    #[test]
    fn sizes() {
        fn check(value: AttributeValue, expected: usize) {
            assert_eq!(value_bytes(&value), expected);
        }
        check(AttributeValue::S("é".to_owned()), 2);
        check(AttributeValue::Bool(true), 1);
        check(document(r#"{"ab": ["x", 1]}"#), 3 + 1 + 2 + 3 + 2 + 2);
    }

    proptest! {
        #[test]
        fn different_keys_compose_differently(
            a in prop::collection::vec("[a#\\\\]{0,4}", 2..4),
            b in prop::collection::vec("[a#\\\\]{0,4}", 2..4),
        ) {
            let texts = |fields: &Vec<String>| key(&fields.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(a == b, texts(&a) == texts(&b));
        }

        #[test]
        fn dynamodb_takes_every_float_within_its_limits(value in -9.9e125..9.9e125) {
            let text = float_text(value);
            prop_assert!(fits_number(&text), "{}", text);
            prop_assert_eq!(text.parse::<f64>().unwrap(), value);
        }

        #[test]
        fn every_float_has_a_text(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            let read: f64 = float_text(value).parse().unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
