//! What the values of a batch say of its fields: whether there are any, and which of them a plugin took away.

use crate::{
    columns::{Column, ColumnField},
    plugin::OutColumn,
    wanted::plain,
};

/// What became of the values of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldTally {
    /// Whether a record had a value, before a default was given.
    pub has_values: bool,
    /// Values of records that passed which are null since the plugin had them.
    pub nulled: u64,
}

impl FieldTally {
    /// Adds those of the next batch.
    pub(crate) fn add(&mut self, next: FieldTally) {
        self.has_values |= next.has_values;
        self.nulled += next.nulled;
    }
}

/// Whether a column of the output has a value in any of its rows.
pub(super) fn has_values(column: &OutColumn, inputs: &[Column], rows: usize) -> bool {
    let (column, rows) = match column {
        OutColumn::Replace(column) => (column, rows),
        OutColumn::Keep(input) => (&inputs[*input], inputs[*input].rows()),
    };
    (0..rows).any(|row| column.is_valid(row))
}

/// The rows of the input whose value of field `name` a plugin took away.
pub(super) fn nulled(
    name: &str,
    column: &OutColumn,
    (fields, inputs): (&[ColumnField], &[Column]),
    rows: usize,
    record_of: impl Fn(usize) -> usize,
) -> Vec<usize> {
    let OutColumn::Replace(output) = column else {
        return Vec::new();
    };
    if output.validity.is_empty() {
        return Vec::new();
    }
    let exact = fields.iter().position(|field| field.name == name);
    let input = exact.or_else(|| {
        let name = plain(name);
        fields.iter().position(|field| plain(&field.name) == name)
    });
    let Some(input) = input.map(|input| &inputs[input]) else {
        return Vec::new();
    };
    let nulls = (0..rows).filter(|row| !output.is_valid(*row));
    nulls
        .map(record_of)
        .filter(|row| input.is_valid(*row))
        .collect()
}
