//! Brings the columns that a plugin keeps and the columns that it makes to the same rows.

use super::moved_out;
use crate::{
    columns::{Column, Values},
    plugin::OutColumn,
};

/// The output columns of a batch, each of which is taken once.
pub(super) struct Gather<'a> {
    columns: Vec<OutColumn>,
    source_rows: Option<&'a [u32]>,
    /// Whether an input column may move where nobody else keeps it.
    movable: bool,
}

impl<'a> Gather<'a> {
    pub(super) fn new(
        columns: Vec<OutColumn>,
        source_rows: Option<&'a [u32]>,
        movable: bool,
    ) -> Self {
        Self {
            columns,
            source_rows,
            movable,
        }
    }

    /// Output column `index`.
    pub(super) fn take(&mut self, index: usize, inputs: &mut [Column]) -> Column {
        match std::mem::replace(&mut self.columns[index], OutColumn::Keep(usize::MAX)) {
            OutColumn::Replace(column) => column,
            OutColumn::Keep(input) => match self.source_rows {
                Some(rows) => pick(&inputs[input], rows),
                None if !self.movable || self.columns.contains(&OutColumn::Keep(input)) => {
                    inputs[input].clone()
                }
                None => std::mem::replace(&mut inputs[input], moved_out()),
            },
        }
    }
}

fn pick(column: &Column, rows: &[u32]) -> Column {
    let values = match &column.values {
        Values::Bytes { offsets, data } => {
            let mut picked = Vec::with_capacity(data.len());
            let mut ends = Vec::with_capacity(rows.len() + 1);
            ends.push(0);
            for row in rows {
                let row = *row as usize;
                picked.extend_from_slice(&data[offsets[row] as usize..offsets[row + 1] as usize]);
                ends.push(picked.len() as u32);
            }
            Values::Bytes {
                offsets: ends,
                data: picked,
            }
        }
        Values::Integers(values) => {
            Values::Integers(rows.iter().map(|row| values[*row as usize]).collect())
        }
        Values::Floats(values) => {
            Values::Floats(rows.iter().map(|row| values[*row as usize]).collect())
        }
        Values::Booleans(values) => {
            Values::Booleans(rows.iter().map(|row| values[*row as usize]).collect())
        }
    };
    let mut validity = Vec::new();
    if !column.validity.is_empty() {
        validity = vec![0; rows.len().div_ceil(8)];
        for (to, from) in rows.iter().enumerate() {
            validity[to / 8] |= u8::from(column.is_valid(*from as usize)) << (to % 8);
        }
    }
    Column { values, validity }
}
