//! The input columns of a batch by the handles of a plugin's fields.

use crate::contract::{Batch, Failure, Values};
use crate::field::Field;

/// The column of a field.
pub(crate) enum InputColumn<'a> {
    /// The object has no such column.
    Missing,
    Text {
        text: &'a str,
        offsets: &'a [u32],
        validity: &'a [u8],
    },
    Integers {
        values: &'a [i64],
        validity: &'a [u8],
    },
    Floats {
        values: &'a [f64],
        validity: &'a [u8],
    },
    Booleans {
        values: &'a [u8],
        validity: &'a [u8],
    },
}

/// Borrows the columns of the batch: for each field, the one at its index in `columns`. Text is checked as a whole, once,
/// which costs less than a value at a time.
pub(crate) fn borrow<'a>(
    fields: &[Field],
    batch: &'a Batch,
    columns: &[Option<usize>],
) -> Result<Vec<InputColumn<'a>>, Failure> {
    fields
        .iter()
        .zip(columns)
        .map(|(field, index)| {
            let Some(column) = index.and_then(|index| batch.columns.get(index)) else {
                return Ok(InputColumn::Missing);
            };
            let validity = column.validity.as_slice();
            Ok(match &column.values {
                Values::Bytes(bytes) => InputColumn::Text {
                    text: simdutf8::basic::from_utf8(&bytes.data).map_err(|_| Failure {
                        code: "bad_batch".into(),
                        message: "the host sent text that is not UTF-8".into(),
                    })?,
                    offsets: &bytes.offsets,
                    validity,
                },
                _ if field.is_text() => {
                    return Err(Failure {
                        code: "not_text".into(),
                        message: format!(
                            "column `{}` is declared as text, and comes in as numbers",
                            field.name
                        ),
                    });
                }
                Values::Integers(values) => InputColumn::Integers { values, validity },
                Values::Floats(values) => InputColumn::Floats { values, validity },
                Values::Booleans(values) => InputColumn::Booleans { values, validity },
            })
        })
        .collect()
}
