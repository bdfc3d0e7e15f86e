//! What identifies a record, and which version of it is the newest.

use super::declared::DeclaredFields;
use crate::manifest::Pipeline;
use crate::problem::ProblemSink;
use crate::reader::{Word, Written, in_backticks};
use sluice_contract::field_type::FieldUse;
use sluice_contract::stack::Dedupe;

/// A key field and where it was named.
pub(super) struct KeyField<'a> {
    pub(super) written: &'a Written<String>,
    /// `None` if what is wrong with it has been reported.
    pub(super) index: Option<usize>,
}

/// The key fields, in order.
pub(super) fn key<'a>(
    written: &'a Pipeline,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) -> Vec<KeyField<'a>> {
    let Some(names) = written.key.written() else {
        return Vec::new();
    };
    if names.value.0.is_empty() && sink.is_clean_at(names.span) {
        sink.report(
            names.span,
            "`key` names no field",
            "name one, or leave `key` out if records have no identity",
        );
    }
    let mut key: Vec<KeyField> = Vec::new();
    for name in &names.value.0 {
        if key.iter().any(|other| other.written.value == name.value) {
            let message = format!("field {} is in the key twice", in_backticks(&name.value));
            sink.report(name.span, message, "leave one out");
            continue;
        }
        let index = declared.find_of_type(name, "the key", FieldUse::Key, sink);
        if let Some(index) = index {
            refuse_missing_values(declared, index, name, sink);
        }
        key.push(KeyField {
            written: name,
            index,
        });
    }
    key
}

/// A record without a part of its key has no identity, and all that share a default have the same one.
fn refuse_missing_values(
    declared: &DeclaredFields,
    index: usize,
    name: &Written<String>,
    sink: &mut ProblemSink,
) {
    let field = declared.field(index);
    let shown = in_backticks(&field.name);
    if !field.required {
        sink.report(
            name.span,
            format!(
                "field {shown} is the key of pipeline `{}` but not required",
                declared.pipeline
            ),
            format!("remove `required = false` from {shown}, or choose another key"),
        );
    }
    if field.default.is_some() {
        sink.report(
            name.span,
            format!(
                "field {shown} is the key of pipeline `{}` but has a default",
                declared.pipeline
            ),
            format!(
                "remove `default` from {shown}: all records without a value would be taken for one"
            ),
        );
    }
}

/// The field that tells versions of a record apart.
pub(super) fn order_by(
    written: &Pipeline,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) -> Option<String> {
    let name = written.order_by.written()?;
    if written.key.is_absent() {
        sink.report(
            name.span,
            format!("pipeline `{}` has `order_by` but no key", declared.pipeline),
            "add `key = [\"…\"]`: versions are told apart among records of one key",
        );
    }
    let index = declared.find_of_type(name, "`order_by`", FieldUse::Version, sink)?;
    let field = declared.field(index);
    if !field.required {
        let shown = in_backticks(&field.name);
        sink.report(
            name.span,
            format!(
                "field {shown} is `order_by` of pipeline `{}` but not required",
                declared.pipeline
            ),
            format!("remove `required = false` from {shown}, or choose another field"),
        );
    }
    Some(field.name.clone())
}

/// Among which records duplicates are looked for.
pub(super) fn dedupe(
    written: &Pipeline,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) -> Dedupe {
    let Some(dedupe) = written.dedupe.written() else {
        return Dedupe::Object;
    };
    if written.key.is_absent() {
        sink.report(
            dedupe.span,
            format!("pipeline `{}` has `dedupe` but no key", declared.pipeline),
            "add `key = [\"…\"]`: records are the same if their keys are",
        );
    }
    let Word(dedupe) = dedupe.value;
    dedupe
}
