//! Global secondary indexes: how records are looked up by other fields than the key.

use crate::manifest;
use crate::problem::{ProblemSink, Span};
use crate::reader::{Written, in_backticks};
use crate::resolve::declared::DeclaredFields;
use crate::resolve::key_size::{PARTITION_KEY_BYTES, SORT_KEY_BYTES, fit};
use sluice_contract::field_type::FieldUse;
use sluice_contract::stack::Index;

/// The most global secondary indexes of a table.
const MOST_INDEXES: usize = 20;

/// The indexes of a table, so far.
pub(super) struct Indexes {
    pub(super) indexes: Vec<Index>,
}

impl Indexes {
    /// Adds what is written as an item of `indexes`.
    pub(super) fn add_written(
        &mut self,
        written: &Written<manifest::Index>,
        declared: &mut DeclaredFields,
        sink: &mut ProblemSink,
    ) {
        let index = &written.value;
        let Some(partition_key) = index.partition_key.written() else {
            if index.partition_key.is_absent() {
                sink.report(
                    written.span,
                    "the index has no partition key",
                    "add `partition_key = \"…\"`: the field to look up by",
                );
            }
            return;
        };
        declared.find_of_type(
            partition_key,
            "the partition key of an index",
            FieldUse::Key,
            sink,
        );
        if let Some(sort_key) = index.sort_key.written() {
            if sort_key.value == partition_key.value {
                let message = format!("field {} is named twice", in_backticks(&sort_key.value));
                sink.report(
                    sort_key.span,
                    message,
                    "leave one out: records of one partition have the same value there",
                );
            } else {
                declared.find_of_type(sort_key, "the sort key of an index", FieldUse::Key, sink);
            }
        }
        self.add(
            index.name.written(),
            partition_key,
            index.sort_key.written(),
            written.span,
            declared,
            sink,
        );
    }

    /// Adds an index that is written at `span`. Its fields have been checked.
    pub(super) fn add(
        &mut self,
        name: Option<&Written<String>>,
        partition_key: &Written<String>,
        sort_key: Option<&Written<String>>,
        span: Span,
        declared: &mut DeclaredFields,
        sink: &mut ProblemSink,
    ) {
        let position = |declared: &DeclaredFields, name: &str| {
            declared.fields.iter().position(|f| f.name == name)
        };
        if let Some(index) = position(declared, &partition_key.value) {
            fit(
                declared,
                &[index],
                "a partition key",
                PARTITION_KEY_BYTES,
                partition_key.span,
                sink,
            );
        }
        if let Some(sort_key) = sort_key
            && let Some(index) = position(declared, &sort_key.value)
        {
            fit(
                declared,
                &[index],
                "a sort key",
                SORT_KEY_BYTES,
                sort_key.span,
                sink,
            );
        }

        let index = Index {
            name: name.map_or_else(
                || derived_name(partition_key, sort_key),
                |name| name.value.clone(),
            ),
            partition_key: partition_key.value.clone(),
            sort_key: sort_key.map(|name| name.value.clone()),
        };
        let name_span = name.map_or(span, |name| name.span);
        self.check(&index, name_span, span, sink);
        self.indexes.push(index);
    }

    fn check(&self, index: &Index, name_span: Span, span: Span, sink: &mut ProblemSink) {
        let shown = in_backticks(&index.name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if !(3..=255).contains(&index.name.len()) || !index.name.chars().all(allowed) {
            sink.report(
                name_span,
                format!("{shown} is not a valid name of an index"),
                "use 3 to 255 letters, digits, `_`, `-` and `.`",
            );
        }
        if self.indexes.iter().any(|other| other.name == index.name) {
            let message = format!("index {shown} is there twice");
            sink.report(
                name_span,
                message,
                "choose another `name`, or leave one of them out",
            );
        } else if let Some(other) = self.indexes.iter().find(|other| {
            other.partition_key == index.partition_key && other.sort_key == index.sort_key
        }) {
            let message = format!(
                "index {shown} has the same keys as index {}",
                in_backticks(&other.name)
            );
            sink.report(
                span,
                message,
                "leave one of them out: each costs every write",
            );
        }
        if self.indexes.len() == MOST_INDEXES {
            sink.report(
                span,
                format!(
                    "the table has more than {MOST_INDEXES} indexes, which DynamoDB does not allow"
                ),
                "leave some of them out",
            );
        }
    }
}

/// `by_customer_submitted_at`
fn derived_name(partition_key: &Written<String>, sort_key: Option<&Written<String>>) -> String {
    let mut name = format!("by_{}", partition_key.value);
    if let Some(sort_key) = sort_key {
        name.push('_');
        name.push_str(&sort_key.value);
    }
    let mut name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_-.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    name.truncate(255);
    name
}
