//! `[pipeline.NAME.table]`: the primary key and the indexes of a DynamoDB table.
//!
//! The primary key is always the pipeline's `key`, so that two records never collide and versions of one always meet.
//! Where the manifest wants to look records up by other fields, it gets a global secondary index.

mod index;

use index::Indexes;

use crate::manifest::{self, Table};
use crate::problem::ProblemSink;
use crate::reader::{Given, Toggle, Written, in_backticks};
use crate::resolve::declared::DeclaredFields;
use crate::resolve::key::KeyField;
use crate::resolve::key_size::{PARTITION_KEY_BYTES, SORT_KEY_BYTES, fit};
use crate::resolve::number::number;
use sluice_contract::field_type::FieldUse;
use sluice_contract::stack::{self, Ttl};

/// The longest name of an attribute that is a key.
const MOST_ATTRIBUTE_NAME_BYTES: usize = 255;

/// The table, if the pipeline has one.
pub(super) fn table(
    given: &Given<Toggle<Table>>,
    key: &[KeyField],
    key_given: bool,
    declared: &mut DeclaredFields,
    sink: &mut ProblemSink,
) -> Option<stack::Table> {
    let written = given.written()?;
    let table = written.value.0.as_ref()?;
    if !key_given {
        sink.report(
            written.key,
            format!("pipeline `{}` has a table but no key", declared.pipeline),
            "add `key = [\"…\"]`: the fields by which two records are the same",
        );
    }
    let lookup = lookup(table, declared, sink);
    let is_key = |name: &str| key.iter().any(|field| field.written.value == name);
    let names_only_key = lookup.names().all(|name| is_key(&name.value));
    let parts = if names_only_key {
        split(key, &lookup)
    } else {
        key.iter().collect()
    };
    limit_key(&parts, declared, sink);
    check_sort_attribute(&parts, declared, sink);

    let mut indexes = Indexes {
        indexes: Vec::new(),
    };
    if !names_only_key && let Some(partition_key) = lookup.partition_key {
        if let Some(extra) = lookup.sort_key.get(1) {
            sink.report(
                extra.span,
                format!(
                    "an index sorts by one field, but `sort_key` has {}",
                    lookup.sort_key.len()
                ),
                "leave out the others, or name only fields of the pipeline's key",
            );
        }
        indexes.add(
            None,
            partition_key,
            lookup.sort_key.first().copied(),
            partition_key.span,
            declared,
            sink,
        );
    }
    for index in table.indexes.value().into_iter().flatten() {
        indexes.add_written(index, declared, sink);
    }

    let mut names = parts.iter().map(|field| field.written.value.clone());
    Some(stack::Table {
        partition_key: names.next().unwrap_or_default(),
        sort_key: names.collect(),
        indexes: indexes.indexes,
        ttl: ttl(&table.ttl, declared, sink),
    })
}

/// How the manifest wants to look records up.
struct Lookup<'a> {
    partition_key: Option<&'a Written<String>>,
    sort_key: Vec<&'a Written<String>>,
}

impl<'a> Lookup<'a> {
    fn names(&self) -> impl Iterator<Item = &'a Written<String>> {
        self.partition_key
            .into_iter()
            .chain(self.sort_key.iter().copied())
    }
}

/// The fields of `partition_key` and `sort_key`, which must be declared and fit a key.
fn lookup<'a>(table: &'a Table, declared: &DeclaredFields, sink: &mut ProblemSink) -> Lookup<'a> {
    let partition_key = table.partition_key.written();
    let sort_key: Vec<_> = table
        .sort_key
        .value()
        .into_iter()
        .flat_map(|names| &names.0)
        .collect();
    if let (Some(written), true) = (table.sort_key.written(), table.partition_key.is_absent()) {
        sink.report(
            written.span,
            format!(
                "the table of pipeline `{}` has a sort key but no partition key",
                declared.pipeline
            ),
            "add `partition_key = \"…\"`: the field to look up by",
        );
    }
    if let Some(name) = partition_key {
        declared.find_of_type(name, "the partition key", FieldUse::Key, sink);
    }
    let mut seen: Vec<&str> = partition_key
        .iter()
        .map(|name| name.value.as_str())
        .collect();
    for name in &sort_key {
        if seen.contains(&name.value.as_str()) {
            let message = format!("field {} is named twice", in_backticks(&name.value));
            sink.report(
                name.span,
                message,
                "leave one out: records of one partition have the same value there",
            );
        } else {
            declared.find_of_type(name, "the sort key", FieldUse::Key, sink);
        }
        seen.push(&name.value);
    }
    Lookup {
        partition_key,
        sort_key,
    }
}

/// The key fields, those that are looked up by first.
fn split<'k, 'a>(key: &'k [KeyField<'a>], lookup: &Lookup) -> Vec<&'k KeyField<'a>> {
    let named = |field: &&KeyField| {
        lookup
            .names()
            .position(|name| name.value == field.written.value)
    };
    let mut parts: Vec<_> = key.iter().collect();
    // The sort is stable, so that the others keep their order.
    parts.sort_by_key(|field| named(field).unwrap_or(usize::MAX));
    parts
}

/// A sort key of several fields is an attribute of its own, named after them all.
fn check_sort_attribute(parts: &[&KeyField], declared: &DeclaredFields, sink: &mut ProblemSink) {
    let [_, first, _, ..] = parts else { return };
    let names: Vec<&str> = parts[1..]
        .iter()
        .map(|field| field.written.value.as_str())
        .collect();
    let attribute = names.join("#");
    let shown = in_backticks(&attribute);
    if declared.fields.iter().any(|field| field.name == attribute) {
        let message = format!(
            "the sort key of pipeline `{}` is called {shown} like a field",
            declared.pipeline
        );
        sink.report(first.written.span, message, "rename the field");
    }
    if attribute.len() > MOST_ATTRIBUTE_NAME_BYTES {
        let (pipeline, bytes) = (declared.pipeline, attribute.len());
        sink.report(
            first.written.span,
            format!(
                "the sort key of pipeline `{pipeline}` has too long a name: {shown} has {bytes} bytes, limit \
                 {MOST_ATTRIBUTE_NAME_BYTES} bytes"
            ),
            "shorten the names of the key's fields",
        );
    }
}

/// Sees that every value of the primary key fits.
fn limit_key(parts: &[&KeyField], declared: &mut DeclaredFields, sink: &mut ProblemSink) {
    let Some((partition, sort)) = parts.split_first() else {
        return;
    };
    if let Some(index) = partition.index {
        fit(
            declared,
            &[index],
            "a partition key",
            PARTITION_KEY_BYTES,
            partition.written.span,
            sink,
        );
    }
    if let Some(first) = sort.first() {
        let indexes: Vec<usize> = sort.iter().filter_map(|field| field.index).collect();
        fit(
            declared,
            &indexes,
            "a sort key",
            SORT_KEY_BYTES,
            first.written.span,
            sink,
        );
    }
}

fn ttl(
    given: &Given<manifest::Ttl>,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) -> Option<Ttl> {
    let written = given.written()?;
    let ttl = &written.value;
    if ttl.field.is_absent() || ttl.days.is_absent() {
        sink.report(
            written.key,
            format!("the `ttl` of pipeline `{}` is incomplete", declared.pipeline),
            "write `ttl = { field = \"…\", days = 365 }`: items vanish that many days after the field's time",
        );
        return None;
    }
    let days = number(&ttl.days, "`days` of `ttl`", 1..=36_500, 365, sink);
    let index = declared.find_of_type(ttl.field.written()?, "the `ttl`", FieldUse::Day, sink)?;
    Some(Ttl {
        field: declared.field(index).name.clone(),
        days,
    })
}
