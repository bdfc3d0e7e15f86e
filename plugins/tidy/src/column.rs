//! A column between two steps: text, or of a type.

use sluice_sdk::contract::{self, Failure, Values};

use crate::steps::number::push_decimal;
use crate::text::{Text, TextBuilder};
use crate::time::{push_date, push_timestamp};
use sluice_sdk::NullBitmap;

/// What kind of values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Json,
    Integer,
    Float,
    Decimal { precision: u8, scale: u8 },
    Boolean,
    Timestamp,
    Date,
}

impl Kind {
    /// As the contract writes it.
    pub(crate) fn logical(self) -> String {
        match self {
            Kind::Text => "text".into(),
            Kind::Json => "json".into(),
            Kind::Integer => "integer".into(),
            Kind::Float => "float".into(),
            Kind::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            Kind::Boolean => "boolean".into(),
            Kind::Timestamp => "timestamp".into(),
            Kind::Date => "date".into(),
        }
    }

    /// Of what the contract writes. What is not known is text.
    pub(crate) fn of(logical: &str) -> Kind {
        match logical {
            "json" => Kind::Json,
            "integer" => Kind::Integer,
            "float" => Kind::Float,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "date" => Kind::Date,
            _ => decimal(logical).unwrap_or(Kind::Text),
        }
    }

    /// Whether steps over text take it.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Json)
    }
}

/// `decimal(10,2)`, with blanks as one likes.
pub(crate) fn decimal(logical: &str) -> Option<Kind> {
    let inside = logical
        .trim()
        .strip_prefix("decimal")?
        .trim()
        .strip_prefix('(')?
        .strip_suffix(')')?;
    let (precision, scale) = inside.split_once(',').unwrap_or((inside, "0"));
    let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    ((1..=38).contains(&precision) && scale <= precision)
        .then_some(Kind::Decimal { precision, scale })
}

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Text(Text),
    Integers(Vec<i64>, NullBitmap),
    Floats(Vec<f64>, NullBitmap),
    Booleans(Vec<u8>, NullBitmap),
}

impl Column {
    /// Of a column of the batch.
    pub(crate) fn new(column: contract::Column, rows: usize) -> Result<Column, Failure> {
        let nulls = NullBitmap::new(rows, column.validity);
        Ok(match column.values {
            Values::Bytes(bytes) => Column::Text(Text::new(bytes, nulls.finish())?),
            Values::Integers(values) => Column::Integers(values, nulls),
            Values::Floats(values) => Column::Floats(values, nulls),
            Values::Booleans(values) => Column::Booleans(values, nulls),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        match self {
            Column::Text(text) => text.rows(),
            Column::Integers(_, nulls) | Column::Floats(_, nulls) | Column::Booleans(_, nulls) => {
                nulls.rows()
            }
        }
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Column::Text(text) => text.is_null(row),
            Column::Integers(_, nulls) | Column::Floats(_, nulls) | Column::Booleans(_, nulls) => {
                nulls.is_null(row)
            }
        }
    }

    /// These rows of it, each as often as it is named.
    pub(crate) fn pick(&self, rows: &[u32]) -> Column {
        fn picked<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|row| values[*row as usize]).collect()
        }
        match self {
            Column::Text(text) => Column::Text(text.pick(rows)),
            Column::Integers(values, nulls) => {
                Column::Integers(picked(values, rows), nulls.pick(rows))
            }
            Column::Floats(values, nulls) => Column::Floats(picked(values, rows), nulls.pick(rows)),
            Column::Booleans(values, nulls) => {
                Column::Booleans(picked(values, rows), nulls.pick(rows))
            }
        }
    }

    /// Gives rows for which `which` holds the value that another column of the same type has there.
    pub(crate) fn take_from(&mut self, other: &Column, which: impl Fn(usize) -> bool) {
        fn take<T: Copy>(
            (to, to_nulls): (&mut [T], &mut NullBitmap),
            (from, from_nulls): (&[T], &NullBitmap),
            which: impl Fn(usize) -> bool,
        ) {
            for row in (0..to.len()).filter(|row| which(*row)) {
                to[row] = from[row];
                match from_nulls.is_null(row) {
                    true => to_nulls.set_null(row),
                    false => to_nulls.set_valid(row),
                }
            }
        }
        match (self, other) {
            (Column::Text(to), Column::Text(from)) => to.take_from(from, |_, row| which(row)),
            (Column::Integers(to, to_nulls), Column::Integers(from, from_nulls)) => {
                take((to, to_nulls), (from, from_nulls), which);
            }
            (Column::Floats(to, to_nulls), Column::Floats(from, from_nulls)) => {
                take((to, to_nulls), (from, from_nulls), which);
            }
            (Column::Booleans(to, to_nulls), Column::Booleans(from, from_nulls)) => {
                take((to, to_nulls), (from, from_nulls), which);
            }
            // Steps that change the type are about all rows.
            _ => {}
        }
    }

    /// Text of its values, as a manifest would write them.
    pub(crate) fn into_text(self, kind: Kind) -> Text {
        if let Column::Text(text) = self {
            return text;
        }
        let mut builder = TextBuilder::default();
        let mut value = String::new();
        for row in 0..self.rows() {
            if self.is_null(row) {
                builder.push(None);
                continue;
            }
            value.clear();
            match &self {
                Column::Text(_) => {}
                Column::Integers(values, _) => match kind {
                    Kind::Timestamp => push_timestamp(&mut value, values[row]),
                    Kind::Date => push_date(&mut value, values[row]),
                    _ => push_decimal(&mut value, i128::from(values[row]), 0),
                },
                Column::Floats(values, _) => value.push_str(&values[row].to_string()),
                Column::Booleans(values, _) => {
                    value.push_str(if values[row] == 1 { "true" } else { "false" })
                }
            }
            builder.push(Some(&value));
        }
        builder.finish()
    }

    /// As the contract has it: all rows, or those that are named.
    pub(crate) fn finish(self, rows: Option<&[u32]>) -> contract::Column {
        fn pick<T: Copy>(
            values: Vec<T>,
            nulls: NullBitmap,
            rows: Option<&[u32]>,
        ) -> (Vec<T>, Vec<u8>) {
            match rows {
                None => (values, nulls.finish()),
                Some(rows) => (
                    rows.iter().map(|row| values[*row as usize]).collect(),
                    nulls.pick(rows).finish(),
                ),
            }
        }
        let (values, validity) = match self {
            Column::Text(text) => return text.finish(rows),
            Column::Integers(values, nulls) => {
                let (values, validity) = pick(values, nulls, rows);
                (Values::Integers(values), validity)
            }
            Column::Floats(values, nulls) => {
                let (values, validity) = pick(values, nulls, rows);
                (Values::Floats(values), validity)
            }
            Column::Booleans(values, nulls) => {
                let (values, validity) = pick(values, nulls, rows);
                (Values::Booleans(values), validity)
            }
        };
        contract::Column { values, validity }
    }
}
