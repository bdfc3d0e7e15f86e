//! What fits into a DynamoDB key, so that a record that passed its checks is never refused by the table.
//!
//! A partition key has at most 2,048 bytes, a sort key 1,024, and neither may be empty. Text fields of a key get these
//! limits as lengths where the manifest gives none; a character takes up to four bytes.

use super::declared::DeclaredFields;
use crate::problem::{ProblemSink, Span};
use crate::reader::in_backticks;
use sluice_contract::stack::{FieldType, Table};

/// The most bytes of a partition key.
pub(super) const PARTITION_KEY_BYTES: u32 = Table::MAX_PARTITION_KEY_BYTES as u32;

/// The most bytes of a sort key.
pub(super) const SORT_KEY_BYTES: u32 = Table::MAX_SORT_KEY_BYTES as u32;

const MOST_BYTES_PER_CHARACTER: u32 = 4;

/// Limits the fields that together are a `what` of `limit` bytes, named at `span`.
pub(super) fn fit(
    declared: &mut DeclaredFields,
    parts: &[usize],
    what: &str,
    limit: u32,
    span: Span,
    sink: &mut ProblemSink,
) {
    for index in parts {
        refuse_empty_text(declared, *index, what, span, sink);
    }
    // Parts are joined with one character.
    let separators = parts.len().saturating_sub(1) as u64;
    let open: Vec<usize> = parts
        .iter()
        .copied()
        .filter(|index| most_bytes(declared, *index).is_none())
        .collect();
    let fixed: u64 = parts
        .iter()
        .filter_map(|index| most_bytes(declared, *index))
        .sum::<u64>()
        + separators;
    let each = u64::from(limit).saturating_sub(fixed)
        / (open.len().max(1) as u64)
        / u64::from(MOST_BYTES_PER_CHARACTER);
    if fixed > u64::from(limit) || (!open.is_empty() && each == 0) {
        let names = |indexes: &mut dyn Iterator<Item = usize>| {
            indexes
                .map(|index| in_backticks(&declared.fields[index].name))
                .collect::<Vec<_>>()
                .join(" + ")
        };
        let rest = match open.as_slice() {
            [] => String::new(),
            open => format!(
                ", which leaves too little for {}",
                names(&mut open.iter().copied())
            ),
        };
        let limited = names(&mut parts.iter().copied().filter(|index| !open.contains(index)));
        sink.report(
            span,
            format!(
                "{limited} may take {fixed} bytes, limit {limit} bytes of {what} in DynamoDB{rest}"
            ),
            format!("lower `max_length`: a character takes up to {MOST_BYTES_PER_CHARACTER} bytes"),
        );
        return;
    }
    for index in open {
        imply_max_length(
            declared,
            index,
            u32::try_from(each).unwrap_or(limit),
            what,
            span,
            sink,
        );
    }
}

/// Gives a text field the greatest length with which its part of a `what` fits.
fn imply_max_length(
    declared: &mut DeclaredFields,
    index: usize,
    implied: u32,
    what: &str,
    span: Span,
    sink: &mut ProblemSink,
) {
    let declared = &mut declared.fields[index];
    let Some(field) = &mut declared.field else {
        return;
    };
    let FieldType::Text {
        min_length,
        max_length,
        ..
    } = &mut field.kind
    else {
        return;
    };
    let default_length = field
        .default
        .as_deref()
        .map_or(0, |default| default.chars().count());
    let least = min_length
        .map_or(0, |length| length as usize)
        .max(default_length);
    if least > implied as usize {
        sink.report(
            span,
            format!(
                "field {} may have {least} characters, but only {implied} are sure to fit {what} in DynamoDB",
                in_backticks(&field.name)
            ),
            "lower its `min_length` or shorten its `default`, or choose another field",
        );
    }
    *max_length = Some(max_length.map_or(implied, |earlier| earlier.min(implied)));
    declared.implied_max_length = true;
}

/// DynamoDB refuses empty keys.
fn refuse_empty_text(
    declared: &mut DeclaredFields,
    index: usize,
    what: &str,
    span: Span,
    sink: &mut ProblemSink,
) {
    let Some(field) = &mut declared.fields[index].field else {
        return;
    };
    let FieldType::Text {
        min_length, one_of, ..
    } = &mut field.kind
    else {
        return;
    };
    let default_is_empty = field.default.as_deref() == Some("");
    if *min_length == Some(0) || one_of.iter().any(String::is_empty) || default_is_empty {
        sink.report(
            span,
            format!(
                "field {} may be empty, but {what} in DynamoDB may not",
                in_backticks(&field.name)
            ),
            "let it have at least one character",
        );
    } else if one_of.is_empty() {
        min_length.get_or_insert(1);
    }
}

/// The most bytes of a field's values as part of a key, or `None` if the manifest sets no limit.
fn most_bytes(declared: &DeclaredFields, index: usize) -> Option<u64> {
    let declared = &declared.fields[index];
    let Some(field) = &declared.field else {
        return Some(0);
    };
    match &field.kind {
        FieldType::Text { one_of, .. } if !one_of.is_empty() => {
            // Where parts are joined, `#` and `\` are escaped with another character.
            let bytes = |value: &String| value.len() + value.matches(['#', '\\']).count();
            one_of.iter().map(bytes).max().map(|most| most as u64)
        }
        FieldType::Text { max_length, .. } if !declared.implied_max_length => {
            max_length.map(|length| u64::from(length) * u64::from(MOST_BYTES_PER_CHARACTER))
        }
        kind => kind.type_name().key_bytes(),
    }
}
