//! Rows that no folder of a lake can take.

use arrow_array::{Array as _, ArrayRef};
use sluice_contract::{
    folder::{MOST_LEVEL_BYTES, escaped_bytes},
    stack::{Field, Lake, PartitionTransform},
};

use crate::{cells::Cells, sink::UnfitRow};

/// The longest path of folders, in bytes. An object's name has 1,024 at the most, and what is around the folders is shorter
/// than the rest.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const MOST_PATH_BYTES: usize = 768;

/// What a level takes that is made of a number or a time, with the name of its column aside.
const SHORT_VALUE_BYTES: usize = 26;

/// Finds the rows whose values are too long for the name of a folder. Columns have the types of the fields.
pub(in crate::sink) fn refuse(
    lake: &Lake,
    fields: &[Field],
    columns: &[ArrayRef],
    rows: usize,
) -> Vec<UnfitRow> {
    let mut fixed = 0;
    let mut texts = Vec::new();
    for level in &lake.partition_by {
        let name = level.column().len() + "=/".len();
        let column = fields.iter().position(|field| field.name == level.field);
        let cells = column.map(|at| Cells::of(columns[at].as_ref(), fields[at].kind.stored()));
        match (level.transform, cells) {
            (PartitionTransform::Value, Some(Cells::Text(cells))) => {
                texts.push((&level.field, name, cells));
            }
            _ => fixed += name + SHORT_VALUE_BYTES,
        }
    }
    let mut found = Vec::new();
    if texts.is_empty() {
        return found;
    }
    for row in 0..rows {
        let mut path = fixed;
        let mut longest = None;
        for (field, name, cells) in &texts {
            let value = match cells.is_null(row) {
                true => "",
                false => cells.value(row),
            };
            let level = name + escaped_bytes(value);
            path += level;
            if level > MOST_LEVEL_BYTES {
                longest = Some((*field, level));
            }
        }
        let message = match longest {
            Some((field, bytes)) => format!(
                "the value of `{field}` is too long for a folder of the lake: {bytes} bytes with its name, limit \
                 {MOST_LEVEL_BYTES} bytes"
            ),
            None if path > MOST_PATH_BYTES => format!(
                "its folders in the lake are too long together: {path} bytes, limit {MOST_PATH_BYTES} bytes"
            ),
            None => continue,
        };
        found.push(UnfitRow {
            row: row as u32,
            code: "folder_too_long",
            message,
        });
    }
    found
}
