//! One value of a column, for whoever looks at rows one by one: tests of plugins, and the merging of parts that carry a
//! column differently.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::Date;

use sluice_contract::field_type::{Stored, TypeName};

use crate::columns::{Column, Values};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// None.
    Null,
    /// Text, JSON, a decimal, or a value of any type that is still to be parsed.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// Days since 1970-01-01.
    Date(i64),
}

impl Cell {
    /// The value of a row.
    pub(super) fn of(column: &Column, row: usize, logical: TypeName) -> Cell {
        if !column.is_valid(row) {
            return Cell::Null;
        }
        match &column.values {
            Values::Bytes { offsets, data } => {
                let bytes = &data[offsets[row] as usize..offsets[row + 1] as usize];
                Cell::Text(String::from_utf8_lossy(bytes).into_owned())
            }
            Values::Integers(values) => match logical.stored() {
                Stored::Timestamp => Cell::Timestamp(values[row]),
                Stored::Date => Cell::Date(values[row]),
                Stored::Text
                | Stored::Document
                | Stored::Integer
                | Stored::Float
                | Stored::Decimal
                | Stored::Boolean => Cell::Integer(values[row]),
            },
            Values::Floats(values) => Cell::Float(values[row]),
            Values::Booleans(values) => Cell::Boolean(values[row] == 1),
        }
    }

    /// The value as text that the field checks parse back to the same value, or refuse as they would the value; `None`
    /// where it is null.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        let mut text = String::new();
        let written = match self {
            Cell::Null => return None,
            Cell::Text(text) => return Some(text.into()),
            Cell::Integer(value) => write!(text, "{value}"),
            Cell::Float(value) => write!(text, "{value:?}"),
            Cell::Boolean(value) => write!(text, "{value}"),
            Cell::Timestamp(value) => match Timestamp::from_microsecond(*value) {
                Ok(timestamp) => write!(text, "{timestamp}"),
                Err(_) => write!(text, "{value} microseconds"),
            },
            Cell::Date(value) => match epoch_day(*value) {
                Some(date) => write!(text, "{date}"),
                None => write!(text, "day {value}"),
            },
        };
        written.expect("a string takes any text");
        Some(text.into())
    }
}

fn epoch_day(days: i64) -> Option<Date> {
    jiff::civil::date(1970, 1, 1)
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: Values, logical: TypeName, expected: &str) {
        let column = Column {
            values,
            validity: Vec::new(),
        };
        let cell = Cell::of(&column, 0, logical);
        assert_eq!(cell.text().as_deref(), Some(expected));
    }

    #[test]
    fn typed_values_as_text() {
        check(Values::Integers(vec![-5]), TypeName::Integer, "-5");
        check(
            Values::Integers(vec![1_772_359_200_000_001]),
            TypeName::Timestamp,
            "2026-03-01T10:00:00.000001Z",
        );
        check(
            Values::Integers(vec![i64::MAX]),
            TypeName::Timestamp,
            "9223372036854775807 microseconds",
        );
        check(Values::Integers(vec![20_513]), TypeName::Date, "2026-03-01");
        check(
            Values::Integers(vec![i64::MIN]),
            TypeName::Date,
            "day -9223372036854775808",
        );
        check(Values::Floats(vec![0.1]), TypeName::Float, "0.1");
        check(Values::Booleans(vec![1]), TypeName::Boolean, "true");
        let text = Values::Bytes {
            offsets: vec![0, 3],
            data: "né".into(),
        };
        check(text, TypeName::Decimal, "né");
    }
}
