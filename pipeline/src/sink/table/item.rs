//! What an item of a DynamoDB table cannot hold, told before the first row is stored, so that it costs one record and
//! not its object. The twin in SQLite keeps to the same limits, so that a laptop refuses what AWS would.
//!
//! Limits: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.

use arrow_array::{Array as _, ArrayRef, Float64Array};
use sluice_contract::stack::{Field, Table};

use super::number::{ABOVE_FLOATS, MIN_FLOAT, fits_float};
use crate::{cells::Cells, sink::UnfitRow};

/// The largest item, of which this much is left to the record. The rest is for attribute names that the host
/// adds and the source's URI.
const MAX_RECORD_BYTES: usize = Table::MAX_ITEM_BYTES - (4 << 10);
/// The most that a number, boolean, timestamp or date takes.
const SCALAR_BYTES: usize = 32;

/// Finds the rows that make no item.
pub(in crate::sink) fn refuse(fields: &[Field], arrays: &[ArrayRef], rows: usize) -> Vec<UnfitRow> {
    let mut found = Vec::new();
    let mut fixed = 0;
    let mut texts = Vec::new();
    for (field, array) in fields.iter().zip(arrays) {
        fixed += field.name.len();
        match Cells::of(array.as_ref(), field.kind.stored()) {
            Cells::Text(cells) => texts.push((cells.value_offsets(), 1)),
            // A document of many short elements takes more than its text, but less than twice as much.
            Cells::Document(cells) => texts.push((cells.value_offsets(), 2)),
            Cells::Float(cells) => {
                fixed += SCALAR_BYTES;
                numbers(cells, &mut found);
            }
            Cells::Integer(_)
            | Cells::Decimal(_)
            | Cells::Boolean(_)
            | Cells::Timestamp(_)
            | Cells::Date(_) => fixed += SCALAR_BYTES,
        }
    }
    let all: usize = texts
        .iter()
        .map(|(offsets, factor)| offsets[rows] as usize * factor)
        .sum();
    if all + fixed <= MAX_RECORD_BYTES {
        return found;
    }
    for row in 0..rows {
        let bytes = |(offsets, factor): &(&[i32], usize)| {
            (offsets[row + 1] - offsets[row]) as usize * factor
        };
        let size = fixed + texts.iter().map(bytes).sum::<usize>();
        if size > MAX_RECORD_BYTES {
            found.push(UnfitRow {
                row: row as u32,
                code: "item_too_large",
                message: format!(
                    "too large for a table item: {size} bytes, limit {MAX_RECORD_BYTES} bytes"
                ),
            });
        }
    }
    found
}

fn numbers(values: &Float64Array, found: &mut Vec<UnfitRow>) {
    for (row, value) in values.values().iter().enumerate() {
        if !fits_float(*value) && values.is_valid(row) {
            found.push(UnfitRow {
                row: row as u32,
                code: "beyond_table",
                message: format!("a table holds no number from {ABOVE_FLOATS:e} on, nor below {MIN_FLOAT:e} but zero"),
            });
        }
    }
}
