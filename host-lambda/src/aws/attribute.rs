//! Attributes of the control table's items: Rust values to DynamoDB's, and back.

use std::{
    collections::HashMap,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::{
    Sha256,
    control::{
        ledger::{LedgerStatus, PartDocument, ReportDocument},
        path::{Flag, Kind, Number, Path, Text},
        plugin::VersionStatus,
    },
    literal,
};
use sluice_pipeline::{part::Part, report::ObjectReport};

use super::document::{document, json_of};

/// The attributes of an item.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// What a path of type `K` takes.
pub(crate) trait Stored<K> {
    /// The value as DynamoDB holds it.
    fn stored(self) -> AttributeValue;
}

impl Stored<Text> for &str {
    fn stored(self) -> AttributeValue {
        AttributeValue::S(self.to_owned())
    }
}

impl Stored<Text> for &String {
    fn stored(self) -> AttributeValue {
        self.as_str().stored()
    }
}

impl Stored<Text> for String {
    fn stored(self) -> AttributeValue {
        AttributeValue::S(self)
    }
}

impl Stored<Text> for Sha256 {
    fn stored(self) -> AttributeValue {
        self.to_string().stored()
    }
}

impl Stored<Text> for LedgerStatus {
    fn stored(self) -> AttributeValue {
        self.name().stored()
    }
}

impl Stored<Text> for VersionStatus {
    fn stored(self) -> AttributeValue {
        self.name().stored()
    }
}

impl Stored<Number> for i64 {
    fn stored(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Stored<Number> for u64 {
    fn stored(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Stored<Number> for f64 {
    fn stored(self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Stored<Flag> for bool {
    fn stored(self) -> AttributeValue {
        AttributeValue::Bool(self)
    }
}

impl Stored<PartDocument> for &Part {
    fn stored(self) -> AttributeValue {
        document(&serde_json::to_string(self).expect("a part is plain data"))
    }
}

impl Stored<ReportDocument> for &ObjectReport {
    fn stored(self) -> AttributeValue {
        document(&serde_json::to_string(self).expect("a report is plain data"))
    }
}

/// What is at a path, if anything is.
pub(crate) fn value_at<K: Kind>(item: &Attributes, path: Path<K>) -> Option<&AttributeValue> {
    let (first, members) = path.steps().split_first()?;
    members
        .iter()
        .try_fold(item.get(*first)?, |document, member| {
            document.as_m().ok()?.get(*member)
        })
}

/// The text at a path, if there is one.
pub(crate) fn text_of(item: &Attributes, path: Path<Text>) -> Option<String> {
    value_at(item, path)?.as_s().ok().cloned()
}

/// The sha256 at a path, if there is one.
pub(crate) fn sha256_of(item: &Attributes, path: Path<Text>) -> Option<Sha256> {
    text_of(item, path)?.parse().ok()
}

/// The number at a path, if there is one that fits.
pub(crate) fn number_of<T: FromStr>(item: &Attributes, path: Path<Number>) -> Option<T> {
    value_at(item, path)?.as_n().ok()?.parse().ok()
}

/// Whether the flag at a path is set.
pub(crate) fn flag_of(item: &Attributes, path: Path<Flag>) -> bool {
    value_at(item, path) == Some(&AttributeValue::Bool(true))
}

/// The JSON of the document at a path, if there is one.
pub(crate) fn document_of<K: Kind>(item: &Attributes, path: Path<K>) -> Option<serde_json::Value> {
    value_at(item, path).map(json_of)
}

/// An attribute of an item that is written as a whole.
pub(crate) fn entry<K: Kind>(path: Path<K>, value: impl Stored<K>) -> (String, AttributeValue) {
    (path.name().to_owned(), value.stored())
}

/// Seconds since 1970-01-01T00:00:00Z.
pub(crate) fn now_seconds() -> i64 {
    now_micros().div_euclid(1_000_000)
}

/// The time as people read it.
pub(crate) fn now_text() -> String {
    literal::timestamp_text(now_micros())
}

/// Microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_contract::control::{
        ledger::{NEXT, PositionDocument, REPORT},
        path::Declared,
    };
    use sluice_pipeline::part::Position;

    use super::*;

    /// The type that DynamoDB gives a value.
    fn tag(value: &AttributeValue) -> &'static str {
        match value {
            AttributeValue::S(_) => "S",
            AttributeValue::N(_) => "N",
            AttributeValue::Bool(_) => "BOOL",
            AttributeValue::M(_) => "M",
            other => panic!("no attribute is {other:?}"),
        }
    }

    /// What a document holds, as the contract would declare it.
    fn members(document: &AttributeValue) -> Vec<Declared> {
        let mut members: Vec<(&str, &str)> = document
            .as_m()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), tag(value)))
            .collect();
        members.sort_unstable();
        members
            .into_iter()
            .map(|(name, tag)| Declared {
                name: String::leak(name.to_owned()),
                tag,
            })
            .collect()
    }

    fn sorted(declared: &[Declared]) -> Vec<Declared> {
        let mut declared = declared.to_vec();
        declared.sort_by_key(|declared| declared.name);
        declared
    }

    /// A script that asks for a member asks for what the record path serialises, and for all of it.
    #[test]
    fn a_part_is_stored_as_the_contract_declares_it() {
        let position = |record| Position {
            record,
            byte: Some(record * 10),
        };
        let part = Part {
            start: position(7),
            end: Some(position(9)),
        };
        let item = Attributes::from([entry(NEXT, &part)]);
        let next = value_at(&item, NEXT).unwrap();
        assert_eq!(members(next), sorted(PartDocument::MEMBERS));
        for (place, record) in [(NEXT.start(), 7), (NEXT.end(), 9)] {
            let stored = value_at(&item, place).unwrap();
            assert_eq!(members(stored), sorted(PositionDocument::MEMBERS));
            assert_eq!(number_of(&item, place.record()), Some(record));
            assert_eq!(number_of(&item, place.byte()), Some(record * 10));
        }
    }

    #[test]
    fn a_report_is_stored_as_the_contract_declares_it() {
        let report = ObjectReport {
            read: 15,
            stored: 1,
            dropped: 2,
            duplicate: 4,
            rejected: 8,
            ..ObjectReport::default()
        };
        let item = Attributes::from([entry(REPORT, &report)]);
        let counts = [
            (REPORT.read(), 15),
            (REPORT.stored(), 1),
            (REPORT.dropped(), 2),
            (REPORT.duplicate(), 4),
            (REPORT.rejected(), 8),
        ];
        assert_eq!(counts.len(), ReportDocument::MEMBERS.len());
        for (path, count) in counts {
            assert_eq!(number_of(&item, path), Some(count), "{}", path.expression());
        }
    }
}
