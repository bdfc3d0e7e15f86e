//! One column of a Parquet file: what it becomes, and how its values get there.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, StringArray,
    cast::AsArray as _,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_cast::{
    cast,
    display::{ArrayFormatter, FormatOptions},
};
use arrow_json::writer::{EncoderOptions, make_encoder};
use arrow_schema::{DataType, FieldRef, TimeUnit};
use sluice_contract::{field_type::TypeName, literal};

use super::super::{
    batch::{BadRow, Damage},
    typed::{Wanted, corrupt},
};
use crate::{
    columns::{Column, ColumnField, TextBuilder, Values, validity},
    shown::shown,
};

/// A column of the file.
pub(super) struct Source {
    field: FieldRef,
    shape: Shape,
    /// Whether its values are handed on as text.
    as_text: bool,
}

/// What a column is, once what differs only in width or layout is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Integer,
    Float,
    Decimal(u8, i8),
    Boolean,
    Timestamp,
    Date,
    /// Lists, maps and structures.
    Nested,
    /// Whatever else has a form that people read, such as times of the day.
    Shown,
}

impl Source {
    pub(super) fn new(field: &FieldRef, wanted: &Wanted) -> Self {
        let shape = Shape::of(field.data_type());
        let own = TypeName::of_logical(&shape.logical());
        let fits = |declared: TypeName| own.is_some_and(|own| declared.reads(own));
        let as_text = match &wanted.fields {
            None => true,
            Some(fields) => fields
                .iter()
                .any(|(name, declared)| name == field.name() && !fits(*declared)),
        };
        Self {
            field: field.clone(),
            shape,
            as_text,
        }
    }

    /// The column that it becomes.
    pub(super) fn field(&self) -> ColumnField {
        ColumnField {
            name: self.field.name().clone(),
            logical: if self.as_text {
                "text".to_owned()
            } else {
                self.shape.logical()
            },
            nullable: self.field.is_nullable(),
        }
    }

    /// The values of consecutive rows. Those that cannot be read are null, and told.
    pub(super) fn read(
        &self,
        array: &ArrayRef,
        broken: &mut Vec<BadRow>,
    ) -> Result<Column, Damage> {
        let plain = self.plain(array, broken)?;
        let nulls = validity::of((0..plain.len()).map(|row| plain.is_valid(row)));
        let values = match self.shape {
            Shape::Text => return Ok(text_column(plain.as_string::<i32>(), nulls)),
            Shape::Decimal(_, scale) => {
                return Ok(written(&plain, |row, out| {
                    let units = plain.as_primitive::<Decimal128Type>().value(row);
                    literal::write_decimal(units, scale.unsigned_abs(), out);
                }));
            }
            Shape::Nested => return nested(&self.field, &plain),
            Shape::Shown => return displayed(&plain),
            Shape::Integer => integers(plain.as_primitive::<Int64Type>().values()),
            Shape::Float => Values::Floats(plain.as_primitive::<Float64Type>().values().to_vec()),
            Shape::Boolean => {
                let bits = plain.as_boolean().values().iter();
                Values::Booleans(bits.map(u8::from).collect())
            }
            Shape::Timestamp => integers(plain.as_primitive::<TimestampMicrosecondType>().values()),
            Shape::Date => {
                let days = plain.as_primitive::<Date32Type>().values().iter();
                Values::Integers(days.map(|day| i64::from(*day)).collect())
            }
        };
        let column = Column {
            values,
            validity: nulls,
        };
        Ok(if self.as_text {
            self.as_text(&column, plain.len())
        } else {
            column
        })
    }

    /// The values in the one layout of their shape.
    fn plain(&self, array: &ArrayRef, broken: &mut Vec<BadRow>) -> Result<ArrayRef, Damage> {
        let (to, code, what) = match (self.shape, array.data_type()) {
            (Shape::Text, DataType::FixedSizeBinary(_)) => return Ok(hex(array)),
            (Shape::Text, _) => (DataType::Utf8, "invalid_utf8", "is not UTF-8"),
            (Shape::Integer, _) => (DataType::Int64, "out_of_range", "is too great"),
            (Shape::Float, _) => (DataType::Float64, "out_of_range", "is too great"),
            (Shape::Decimal(precision, scale), _) => (
                DataType::Decimal128(precision, scale),
                "out_of_range",
                "is too great",
            ),
            (Shape::Boolean, _) => (DataType::Boolean, "out_of_range", "is no truth value"),
            (Shape::Timestamp, _) => (
                DataType::Timestamp(TimeUnit::Microsecond, None),
                "out_of_range",
                "is outside of what a timestamp can be",
            ),
            (Shape::Date, _) => (
                DataType::Date32,
                "out_of_range",
                "is outside of what a date can be",
            ),
            (Shape::Nested | Shape::Shown, _) => return Ok(array.clone()),
        };
        // An instant is the same in every zone.
        let array = match array.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                cast(array, &DataType::Timestamp(*unit, None)).map_err(unreadable)?
            }
            _ => array.clone(),
        };
        if array.data_type() == &to {
            return Ok(array);
        }
        let plain = cast(&array, &to).map_err(unreadable)?;
        if plain.null_count() > array.logical_null_count() {
            let nulls = array.logical_nulls();
            let had_value = |row: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
            let lost = (0..plain.len())
                .filter(|row| plain.is_null(*row))
                .filter(had_value);
            broken.extend(lost.map(|row| BadRow {
                row,
                code,
                message: format!("the value of column `{}` {what}", shown(self.field.name())),
            }));
        }
        Ok(plain)
    }

    /// Values as they are written in text.
    fn as_text(&self, column: &Column, rows: usize) -> Column {
        let logical = self.shape.logical();
        let mut text = TextBuilder::default();
        for row in 0..rows {
            if !column.is_valid(row) {
                text.push_null();
                continue;
            }
            match &column.values {
                // What a whole number is written like does not depend on how a program stored it.
                Values::Floats(values) => text.push(values[row].to_string().as_bytes()),
                _ => match column.json(row, &logical) {
                    serde_json::Value::String(value) => text.push(value.as_bytes()),
                    value => text.push(value.to_string().as_bytes()),
                },
            }
        }
        text.finish()
    }
}

impl Shape {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
            | DataType::Null => Self::Text,
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Integer,
            DataType::UInt64 => Self::Decimal(20, 0),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale)
                if (0..=*precision as i8).contains(scale) =>
            {
                Self::Decimal(*precision, *scale)
            }
            DataType::Boolean => Self::Boolean,
            DataType::Timestamp(..) => Self::Timestamp,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::RunEndEncoded(_, values) => Self::of(values.data_type()),
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::FixedSizeList(..)
            | DataType::Struct(_)
            | DataType::Map(..)
            | DataType::Union(..) => Self::Nested,
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Duration(_)
            | DataType::Interval(_) => Self::Shown,
        }
    }

    /// The logical type of its values.
    fn logical(self) -> String {
        match self {
            Self::Text | Self::Shown => "text".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Float => "float".to_owned(),
            Self::Decimal(precision, scale) => format!("decimal({precision},{scale})"),
            Self::Boolean => "boolean".to_owned(),
            Self::Timestamp => "timestamp".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Nested => "json".to_owned(),
        }
    }
}

fn integers(values: &[i64]) -> Values {
    Values::Integers(values.to_vec())
}

fn text_column(array: &StringArray, validity: Vec<u8>) -> Column {
    let start = array.value_offsets()[0];
    let offsets = array
        .value_offsets()
        .iter()
        .map(|offset| (offset - start) as u32);
    let end = array.value_offsets()[array.len()];
    Column {
        values: Values::Bytes {
            offsets: offsets.collect(),
            data: array.value_data()[start as usize..end as usize].to_vec(),
        },
        validity,
    }
}

/// A column of what `write` appends for each row that has a value.
fn written(array: &ArrayRef, mut write: impl FnMut(usize, &mut Vec<u8>)) -> Column {
    let (mut text, mut value) = (TextBuilder::default(), Vec::new());
    for row in 0..array.len() {
        if array.is_null(row) {
            text.push_null();
            continue;
        }
        value.clear();
        write(row, &mut value);
        text.push(&value);
    }
    text.finish()
}

fn nested(field: &FieldRef, array: &ArrayRef) -> Result<Column, Damage> {
    let options = EncoderOptions::default().with_explicit_nulls(true);
    let mut encoder = make_encoder(field, array, &options).map_err(unreadable)?;
    Ok(written(array, |row, out| encoder.encode(row, out)))
}

fn displayed(array: &ArrayRef) -> Result<Column, Damage> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options).map_err(unreadable)?;
    Ok(written(array, |row, out| {
        out.extend_from_slice(formatter.value(row).to_string().as_bytes());
    }))
}

fn hex(array: &ArrayRef) -> ArrayRef {
    let bytes = array.as_fixed_size_binary().iter();
    let digits = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    Arc::new(
        bytes
            .map(|bytes| bytes.map(digits))
            .collect::<StringArray>(),
    )
}

/// The library may quote a value, so its words are not handed on.
fn unreadable(_: arrow_schema::ArrowError) -> Damage {
    corrupt("a column's values cannot be read as its type")
}
