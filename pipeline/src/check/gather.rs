//! Brings the columns that a plugin keeps and the columns that it makes to the same rows.

use super::moved_out;
use crate::{columns::Column, plugin::OutColumn};

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
                Some(rows) => inputs[input].pick(rows),
                None if !self.movable || self.columns.contains(&OutColumn::Keep(input)) => {
                    inputs[input].clone()
                }
                None => std::mem::replace(&mut inputs[input], moved_out()),
            },
        }
    }
}
