//! Attributes of the control table's items: Rust values to DynamoDB's, and back.

use std::{
    collections::HashMap,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::literal;

/// The attributes of an item.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A string.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number.
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The string of that name, if there is one.
pub(crate) fn text_of(item: &Attributes, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

/// The number of that name, if there is one that fits.
pub(crate) fn number_of<T: FromStr>(item: &Attributes, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Seconds since 1970-01-01T00:00:00Z.
pub(crate) fn now_seconds() -> i64 {
    now_micros().div_euclid(1_000_000)
}

/// The time as people read it.
pub(crate) fn now_text() -> String {
    literal::timestamp_text(now_micros())
}

fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
