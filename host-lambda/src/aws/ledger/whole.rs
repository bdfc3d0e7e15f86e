//! When an object in several parts is done: all of its parts are, each of which begins where another one ends.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::control::{
    PARTITION_KEY, SORT_KEY,
    ledger::{self, LedgerStatus},
};
use sluice_pipeline::{part::Part, ports::SinkError, report::ObjectReport};

use super::{LedgerEntry, abridged, is_refused_condition, now, status_of, status_value, text};
use crate::aws::{
    document::{document, json_of},
    refusal::reason,
};

type Entry = HashMap<String, AttributeValue>;

impl LedgerEntry {
    /// Closes the object, if all of its parts are done and it is not closed yet: what became of it as a whole. `None`
    /// where parts are missing, or where somebody else has closed it.
    pub fn settle(&self) -> Result<Option<ObjectReport>, SinkError> {
        let Some(report) = whole(&self.pipeline, &self.entries()?) else {
            return Ok(None);
        };
        let json = serde_json::to_string(&abridged(&report)).expect("a report is plain data");
        let update = self
            .update_of(self.object_key())
            .update_expression("SET #status = :done, closed_at = :closed_at, #report = :report")
            .condition_expression("#status = :parted")
            .expression_attribute_names("#report", "report")
            .expression_attribute_values(":parted", status_value(LedgerStatus::Parted))
            .expression_attribute_values(":done", status_value(LedgerStatus::Done))
            .expression_attribute_values(":closed_at", now())
            .expression_attribute_values(":report", document(&json));
        match self.send(update) {
            Ok(_) => Ok(Some(report)),
            Err(error) if is_refused_condition(&error) => Ok(None),
            Err(error) => Err(self.refused("close", reason(&error))),
        }
    }

    /// The entries of the object and of all its parts, as they are at this moment, by sort key.
    fn entries(&self) -> Result<BTreeMap<String, Entry>, SinkError> {
        let mut entries = BTreeMap::new();
        let mut from = None;
        loop {
            let query = self
                .session
                .dynamodb()
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :sk)")
                .expression_attribute_names("#pk", PARTITION_KEY.name())
                .expression_attribute_names("#sk", SORT_KEY.name())
                .expression_attribute_values(":pk", text(self.partition_key()))
                .expression_attribute_values(":sk", text(self.object_key()))
                .set_exclusive_start_key(from);
            let answer = self
                .session
                .wait_for(query.send())
                .map_err(|error| self.refused("look up the parts of", reason(&error)))?;
            for entry in answer.items.unwrap_or_default() {
                if let Some(Ok(key)) = entry.get(SORT_KEY.name()).map(AttributeValue::as_s) {
                    entries.insert(key.clone(), entry);
                }
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(entries);
            }
        }
    }
}

/// The reports of all parts as one, if all of them are done and the object is not.
fn whole(pipeline: &str, entries: &BTreeMap<String, Entry>) -> Option<ObjectReport> {
    let first = entries.get(&ledger::object(pipeline))?;
    if status_of(first, ledger::STATUS) != Some(LedgerStatus::Parted) {
        return None;
    }
    let mut report = report_of(first)?;
    let mut next = next_of(first);
    while let Some(following) = next {
        let part = entries.get(&ledger::part(pipeline, following.start.record))?;
        if status_of(part, ledger::STATUS) != Some(LedgerStatus::Done) {
            return None;
        }
        report.append(report_of(part)?);
        next = next_of(part);
    }
    Some(report)
}

/// The part after this one.
pub(super) fn next_of(entry: &Entry) -> Option<Part> {
    serde_json::from_value(json_of(entry.get("next")?)).ok()
}

fn report_of(entry: &Entry) -> Option<ObjectReport> {
    serde_json::from_value(json_of(entry.get("report")?)).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn entry(status: &str, read: u64, next: Option<u64>) -> Entry {
        let report = ObjectReport {
            read,
            stored: read,
            seconds: 0.125,
            ..ObjectReport::default()
        };
        let report = serde_json::to_string(&report).unwrap();
        let mut entry = Entry::from([
            ("status".to_owned(), text(status)),
            ("report".to_owned(), document(&report)),
        ]);
        if let Some(record) = next {
            let start = json!({ "record": record, "byte": record * 10 });
            let next = json!({ "start": start, "end": null }).to_string();
            entry.insert("next".to_owned(), document(&next));
        }
        entry
    }

    #[test]
    fn an_object_is_done_when_the_chain_of_its_parts_is() {
        let check = |parts: Vec<(&str, Entry)>, expected: Option<u64>| {
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
        let first = || ("ledger#p", entry("parted", 7, Some(7)));
        check(vec![first()], None);
        check(vec![first(), (second, entry("running", 0, None))], None);
        check(vec![first(), (second, entry("done", 5, None))], Some(12));
        check(vec![first(), (second, entry("done", 2, Some(9)))], None);
        let last = (third, entry("done", 1, None));
        check(vec![first(), last.clone()], None);
        check(
            vec![first(), (second, entry("done", 2, Some(9))), last],
            Some(10),
        );
        check(vec![("ledger#p", entry("done", 7, None))], None);
        // Another pipeline whose name begins alike.
        check(vec![first(), ("ledger#p-2", entry("done", 5, None))], None);
    }
}
