//! `generate` of a field: values that Sluice makes must be ones that the field takes.

use super::constraints::violation;
use super::declared::DeclaredFields;
use crate::manifest::Field;
use crate::problem::ProblemSink;
use crate::reader::{Entries, Given, Short, in_backticks};
use sluice_contract::field_type::TypeName;

/// UUIDs as they are made, between which every other one is.
const SAMPLES: [&str; 2] = [
    "00000000-0000-8000-8000-000000000000",
    "ffffffff-ffff-8fff-bfff-ffffffffffff",
];

/// Looks at each field that has one, once all constraints are known, also those that a key implies.
pub(super) fn check(
    given: &Given<Entries<Short<Field>>>,
    declared: &DeclaredFields,
    sink: &mut ProblemSink,
) {
    let entries = given.value().map(|entries| entries.0.as_slice());
    for (entry, declared) in entries.unwrap_or_default().iter().zip(&declared.fields) {
        let Some(Short(written)) = &entry.value else {
            continue;
        };
        let (Some(generate), Some(field)) = (written.generate.written(), &declared.field) else {
            continue;
        };
        let shown = in_backticks(&field.name);
        let type_name = field.kind.type_name();
        if type_name != TypeName::Text {
            sink.report(
                generate.key,
                format!("`generate` does not fit {} field {shown}", type_name.name()),
                "a UUID is text: use `type = \"text\"`, or leave out `generate`",
            );
        } else if let Some(fact) = SAMPLES.iter().find_map(|uuid| violation(&field.kind, uuid)) {
            sink.report(
                generate.span,
                format!("a UUID for field {shown} {fact}"),
                "a UUID has 36 characters, such as `6f1c0b7e-3d52-8a41-9c0e-5b7f2d9e4a10`: let the field's own constraints \
                 allow it",
            );
        }
        if let Some(default) = written.default.written() {
            sink.report(
                default.key,
                format!("field {shown} has a `default` and is generated"),
                "leave one of them out: both say what stands in for a missing value",
            );
        }
    }
}
