//! `[pipeline.NAME.fields]`: names that every sink takes, and types.

use std::collections::BTreeMap;

use super::constraints;
use super::declared::{DeclaredField, DeclaredFields};
use crate::manifest::Field;
use crate::nearest::listed;
use crate::problem::ProblemSink;
use crate::reader::{Entries, Given, Short, Word, Written, in_backticks};
use sluice_contract::stack::{self, Fake};

/// The longest column name of Glue, and of a key attribute in DynamoDB.
const MOST_NAME_BYTES: usize = 255;

/// The most fields. SQLite has room for 2,000 columns.
const MOST_FIELDS: usize = 1000;

/// How names of Sluice's own attributes start.
const RESERVED_PREFIX: &str = "sluice#";

/// The fields of the pipeline whose name is at `pipeline`.
pub(super) fn fields<'a>(
    given: &Given<Entries<Short<Field>>>,
    pipeline: &'a Written<String>,
    sink: &mut ProblemSink,
) -> DeclaredFields<'a> {
    let entries = given
        .value()
        .map(|entries| entries.0.as_slice())
        .unwrap_or_default();
    let place = match given {
        Given::Value(written) if entries.is_empty() => Some(written.key),
        Given::Absent => Some(pipeline.span),
        Given::Value(_) | Given::Wrong => None,
    };
    if let Some(place) = place {
        sink.report(
            place,
            format!("pipeline `{}` has no fields", pipeline.value),
            format!(
                "add `[pipeline.{}.fields]` with a line a field, such as `id = \"text\"`",
                pipeline.value
            ),
        );
    }

    if let Some(entry) = entries.get(MOST_FIELDS) {
        sink.report(
            entry.name.span,
            format!(
                "pipeline `{}` has too many fields: got {}, limit {MOST_FIELDS}",
                pipeline.value,
                entries.len()
            ),
            "put some of them together in a field of type `json`",
        );
    }
    let mut fields = Vec::new();
    let mut lower_case_names = BTreeMap::new();
    for entry in entries {
        check_name(&entry.name, &mut lower_case_names, sink);
        let field = entry
            .value
            .as_ref()
            .and_then(|Short(written)| field(&entry.name, written, sink));
        fields.push(DeclaredField {
            name: entry.name.value.clone(),
            field,
            implied_max_length: false,
        });
    }
    DeclaredFields {
        pipeline: &pipeline.value,
        unreadable: entries.is_empty(),
        fields,
    }
}

/// A name must be a column of Parquet, Glue and SQLite, and an attribute of DynamoDB. Glue and SQLite tell no case.
fn check_name<'a>(
    name: &'a Written<String>,
    lower_case_names: &mut BTreeMap<String, &'a str>,
    sink: &mut ProblemSink,
) {
    let text = name.value.as_str();
    let shown = in_backticks(text);
    let (message, help) = if text.trim().is_empty() {
        ("the field's name is empty".to_owned(), "give it a name")
    } else if text.chars().any(char::is_control) {
        (
            format!("field name {shown} holds a control character"),
            "use visible characters",
        )
    } else if text.trim() != text {
        (
            format!("field name {shown} starts or ends with a blank"),
            "leave the blank out",
        )
    } else if text.len() > MOST_NAME_BYTES {
        let message = format!(
            "field name {shown} is too long: got {} bytes, limit {MOST_NAME_BYTES}",
            text.len()
        );
        (message, "shorten it")
    } else if text.to_lowercase().starts_with(RESERVED_PREFIX) {
        (
            format!("field name {shown} is reserved"),
            "choose a name that does not start with `sluice#`",
        )
    } else if let Some(other) = lower_case_names.insert(text.to_lowercase(), text) {
        let message = format!(
            "fields {} and {shown} differ in case only",
            in_backticks(other)
        );
        (
            message,
            "rename one of them: Glue and SQLite take them for the same column",
        )
    } else {
        return;
    };
    sink.report(name.span, message, help);
}

/// One field, if its type can be told.
fn field(name: &Written<String>, written: &Field, sink: &mut ProblemSink) -> Option<stack::Field> {
    let type_name = match &written.kind {
        Given::Value(type_name) => type_name,
        Given::Absent => {
            let message = format!("field {} has no type", in_backticks(&name.value));
            sink.report(
                name.span,
                message,
                "add `type = \"text\"`, or whatever its values are",
            );
            return None;
        }
        Given::Wrong => return None,
    };
    let kind = constraints::kind(&name.value, type_name, written, sink)?;
    let default = constraints::default(&name.value, &kind, &written.default, sink);
    let fake = fake(&name.value, &kind, &written.fake, sink);
    Some(stack::Field {
        name: name.value.clone(),
        kind,
        required: written.required.value().copied().unwrap_or(true),
        default,
        generate: written.generate.value().map(|Word(generate)| *generate),
        pii: written.pii.value().copied().unwrap_or(false),
        fake,
    })
}

/// What the field's made-up values are, if its type has such values.
fn fake(
    name: &str,
    kind: &stack::FieldType,
    given: &Given<Word<Fake>>,
    sink: &mut ProblemSink,
) -> Option<Fake> {
    let written = given.written()?;
    let Word(fake) = written.value;
    let type_name = kind.type_name();
    if fake.suits().contains(&type_name) {
        return Some(fake);
    }
    let own = Fake::of_type(type_name);
    let alternative = match own.is_empty() {
        true => format!("leave it out: there is none for {}", type_name.name()),
        false => format!(
            "for {} there are {}",
            type_name.name(),
            listed(own.iter().map(|fake| fake.name()), "and")
        ),
    };
    sink.report(
        written.span,
        format!(
            "the kind `{}` does not fit {} field {}",
            fake.name(),
            type_name.name(),
            in_backticks(name)
        ),
        alternative,
    );
    None
}
