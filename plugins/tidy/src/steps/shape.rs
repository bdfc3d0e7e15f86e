//! One column into several, and several into one: `split`, `join`, `coalesce`.

use crate::steps::blanks::is_blank;
use crate::text::{Text, TextBuilder, push};

/// The pieces of every value, a column for each: the last has all that is left. A missing piece is null.
pub(crate) fn split(text: &Text, by: &str, columns: usize) -> Vec<Text> {
    let mut builders: Vec<TextBuilder> = Vec::new();
    builders.resize_with(columns, TextBuilder::default);
    for row in 0..text.rows() {
        let mut pieces = match text.is_null(row) {
            true => None,
            false => Some(text.value(row).splitn(columns, by)),
        };
        for builder in &mut builders {
            builder.push(pieces.as_mut().and_then(Iterator::next));
        }
    }
    builders.into_iter().map(TextBuilder::finish).collect()
}

/// The values of several columns as one; those that are empty or null are left out. Null where all are.
pub(crate) fn join(columns: &[&Text], with: &str, rows: usize) -> Text {
    let mut builder = TextBuilder::default();
    let mut joined = String::new();
    for row in 0..rows {
        joined.clear();
        for column in columns {
            let value = column.value(row);
            if !value.is_empty() {
                if !joined.is_empty() {
                    push(&mut joined, with);
                }
                push(&mut joined, value);
            }
        }
        builder.push(Some(joined.as_str()).filter(|joined| !joined.is_empty()));
    }
    builder.finish()
}

/// The first value of several columns that is not blank. Null where all are.
pub(crate) fn coalesce(columns: &[&Text], rows: usize) -> Text {
    let mut builder = TextBuilder::default();
    for row in 0..rows {
        let values = columns.iter().map(|column| column.value(row));
        builder.push(values.into_iter().find(|value| !is_blank(value)));
    }
    builder.finish()
}
