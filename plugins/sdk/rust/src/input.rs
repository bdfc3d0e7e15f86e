//! The input columns of a batch by the handles of a plugin's fields.

use std::cell::Cell;
use std::ops::Range;

use crate::contract::{Batch, Failure, Values};
use crate::field::Field;

/// The column of a field.
pub(crate) enum InputColumn<'a> {
    /// The object has no such column.
    Missing,
    Text {
        text: InputText<'a>,
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

/// The text of a column. It is checked as a whole, which costs less than a value at a time, and not before a row reads it.
pub(crate) struct InputText<'a> {
    bytes: &'a [u8],
    /// Empty until it is checked, so that to look whether a value is within it is to look whether it is checked.
    checked: Cell<&'a str>,
}

impl<'a> InputText<'a> {
    /// The value at `range`, checked.
    ///
    /// # Panics
    /// Where the text is not UTF-8, which the host never sends.
    #[inline(always)]
    pub(crate) fn value(&self, range: Range<usize>) -> &'a str {
        match self.checked.get().get(range.clone()) {
            Some(value) => value,
            None => self.check(range),
        }
    }

    #[cold]
    #[inline(never)]
    fn check(&self, range: Range<usize>) -> &'a str {
        let text = simdutf8::basic::from_utf8(self.bytes).expect("the host sends text in UTF-8");
        self.checked.set(text);
        &text[range]
    }

    /// The text, unchecked.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// Borrows the columns of the batch: for each field, the one at its index in `columns`.
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
                    text: InputText {
                        bytes: &bytes.data,
                        checked: Cell::new(""),
                    },
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
