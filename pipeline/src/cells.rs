//! The columns of checked rows, told apart by how their values are stored: the one place that knows which Arrow array
//! that is. Whatever writes values somewhere matches on these.

use arrow_array::{
    Array, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray, cast::AsArray as _,
};
use sluice_contract::{field_type::Stored, literal};

/// The values of one column.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Text.
    Text(&'a StringArray),
    /// JSON, as text.
    Document(&'a StringArray),
    /// 64-bit signed.
    Integer(&'a Int64Array),
    /// 64-bit floating point.
    Float(&'a Float64Array),
    /// In units of 10 to the power of `-scale`.
    Decimal(&'a Decimal128Array),
    /// True or false.
    Boolean(&'a BooleanArray),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp(&'a TimestampMicrosecondArray),
    /// Days since 1970-01-01.
    Date(&'a Date32Array),
}

impl<'a> Cells<'a> {
    /// The cells of a column of [`table_schema`](crate::check::table_schema).
    ///
    /// # Panics
    /// Where the column is of another type than the field that it is said to be of.
    pub fn of(column: &'a dyn Array, stored: Stored) -> Self {
        match stored {
            Stored::Text => Self::Text(column.as_string()),
            Stored::Document => Self::Document(column.as_string()),
            Stored::Integer => Self::Integer(column.as_primitive()),
            Stored::Float => Self::Float(column.as_primitive()),
            Stored::Decimal => Self::Decimal(column.as_primitive()),
            Stored::Boolean => Self::Boolean(column.as_boolean()),
            Stored::Timestamp => Self::Timestamp(column.as_primitive()),
            Stored::Date => Self::Date(column.as_primitive()),
        }
    }

    /// The column itself.
    pub fn array(self) -> &'a dyn Array {
        match self {
            Self::Text(cells) | Self::Document(cells) => cells,
            Self::Integer(cells) => cells,
            Self::Float(cells) => cells,
            Self::Decimal(cells) => cells,
            Self::Boolean(cells) => cells,
            Self::Timestamp(cells) => cells,
            Self::Date(cells) => cells,
        }
    }

    /// The value of a row as it is written wherever it is text: digits, `true`, `2026-11-22T10:00:00.000000Z`, a document as
    /// it came; a float as JSON has it. `None` where there is no value.
    pub fn text(self, row: usize) -> Option<String> {
        if self.is_null(row) {
            return None;
        }
        Some(match self {
            Self::Text(cells) | Self::Document(cells) => cells.value(row).to_owned(),
            Self::Integer(cells) => cells.value(row).to_string(),
            // Never `inf` or `NaN`, which the checks refuse.
            Self::Float(cells) => serde_json::Value::from(cells.value(row)).to_string(),
            Self::Decimal(cells) => literal::decimal_text(cells.value(row), scale_of(cells)),
            Self::Boolean(cells) => cells.value(row).to_string(),
            Self::Timestamp(cells) => literal::timestamp_text(cells.value(row)),
            Self::Date(cells) => literal::date_text(cells.value(row)),
        })
    }

    /// Whether a row has no value.
    pub fn is_null(self, row: usize) -> bool {
        self.array().is_null(row)
    }
}

/// The digits after the point of a column of decimals.
pub fn scale_of(cells: &Decimal128Array) -> u8 {
    u8::try_from(cells.scale()).expect("a stack's scale is not negative")
}
