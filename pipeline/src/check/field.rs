//! One field: its column becomes a typed Arrow array, and every row that does not fit becomes a violation.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use sluice_contract::{
    field_type::{FieldType, TypeName},
    literal,
    stack::{Field, Limits},
};

use super::{SchemaMismatch, Violation, arrow_type, constraint::Constraint};
use crate::{
    columns::{Column, TextBuilder, Values, validity},
    decode::json::{
        LONE_SURROGATE, TOO_DEEP, has_lone_surrogate, json_depth, lone_surrogate, too_deep,
    },
};

/// Checks the values of one field.
pub(super) struct FieldChecker {
    field: Field,
    constraint: Constraint,
    /// Levels of nesting of JSON, at the most.
    max_depth: usize,
}

/// A column while its type is still open: nulls as a validity bitmap, and what could not be read.
struct Parsed<T> {
    values: Vec<T>,
    nulls: Nulls,
    violations: Vec<Violation>,
}

/// Which rows are null.
struct Nulls {
    validity: Vec<u8>,
    rows: usize,
}

/// Whether the manifest's type can be made of a plugin's.
pub(super) fn check_logical(field: &Field, logical: &str) -> Result<(), SchemaMismatch> {
    let declared = field.kind.type_name();
    let fits = TypeName::of_logical(logical).is_some_and(|actual| declared.reads(actual));
    if fits {
        return Ok(());
    }
    Err(SchemaMismatch {
        column: field.name.clone(),
        actual: logical.to_owned(),
        declared: declared.name().to_owned(),
    })
}

impl FieldChecker {
    pub(super) fn new(field: &Field, limits: &Limits) -> Self {
        Self {
            field: field.clone(),
            constraint: Constraint::new(&field.kind),
            max_depth: limits.max_depth as usize,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.field.name
    }

    /// The column as an array, and the rows that do not fit. Those are null or anything in the array.
    pub(super) fn check(&self, column: Option<Column>, rows: usize) -> (ArrayRef, Vec<Violation>) {
        let (array, mut violations) = match column {
            Some(column) => self.parse(column, rows),
            None => (self.absent(rows), Vec::new()),
        };
        let fills = self.field.default.is_some() || self.field.generate.is_some();
        if self.field.required && !fills && array.null_count() > 0 {
            // A value that could not be read is null too, and has its reason already.
            let mut explained: Vec<u32> =
                violations.iter().map(|violation| violation.row).collect();
            explained.sort_unstable();
            let missing = (0..rows as u32).filter(|row| array.is_null(*row as usize));
            let missing = missing.filter(|row| explained.binary_search(row).is_err());
            let message = "the field is required and has no value";
            violations.extend(missing.map(|row| Violation {
                row,
                code: "missing",
                message: message.to_owned(),
            }));
        }
        (array, violations)
    }

    fn absent(&self, rows: usize) -> ArrayRef {
        match &self.field.default {
            None => new_null_array(&arrow_type(&self.field.kind), rows),
            Some(_) => {
                let mut nulls = TextBuilder::default();
                nulls.pad(rows);
                self.parse(nulls.finish(), rows).0
            }
        }
    }

    fn parse(&self, column: Column, rows: usize) -> (ArrayRef, Vec<Violation>) {
        let default = self.field.default.as_deref().map(str::as_bytes);
        match &self.field.kind {
            FieldType::Text { .. } => self.text(column, rows, default),
            FieldType::Json => {
                let (array, mut violations) = self.text(column, rows, default);
                let texts = array
                    .as_any()
                    .downcast_ref::<StringArray>()
                    .expect("made of text");
                for (row, text) in texts.iter().enumerate() {
                    if let Some((code, message)) = text.and_then(|text| self.not_json(text)) {
                        let row = row as u32;
                        violations.push(Violation { row, code, message });
                    }
                }
                (array, violations)
            }
            FieldType::Integer { .. } => {
                let parsed = match column.values {
                    Values::Integers(values) => {
                        Parsed::ready(values, column.validity, rows, default, literal::integer)
                    }
                    _ => Parsed::read(
                        &column,
                        rows,
                        default,
                        literal::integer,
                        "not_an_integer",
                        "not an integer",
                    ),
                };
                let (values, nulls, violations) = self.constrained(parsed, Constraint::integers);
                (Arc::new(Int64Array::new(values.into(), nulls)), violations)
            }
            FieldType::Float { .. } => {
                let parsed = match column.values {
                    Values::Floats(values) => {
                        Parsed::ready(values, column.validity, rows, default, literal::float)
                    }
                    Values::Integers(values) => {
                        let values = values.into_iter().map(|value| value as f64).collect();
                        Parsed::ready(values, column.validity, rows, default, literal::float)
                    }
                    _ => Parsed::read(
                        &column,
                        rows,
                        default,
                        literal::float,
                        "not_a_number",
                        "not a finite number",
                    ),
                };
                let (values, nulls, violations) = self.constrained(parsed, Constraint::floats);
                (
                    Arc::new(Float64Array::new(values.into(), nulls)),
                    violations,
                )
            }
            FieldType::Decimal {
                precision, scale, ..
            } => {
                let read = |text: &[u8]| literal::decimal(text, *precision, *scale);
                let message = format!(
                    "not a decimal number of at most {precision} digits, {scale} after the point"
                );
                let parsed = match &column.values {
                    Values::Integers(values) => {
                        let texts = values
                            .iter()
                            .map(|value| read(value.to_string().as_bytes()));
                        Parsed::from_options(
                            texts,
                            &column,
                            rows,
                            default,
                            read,
                            "not_a_decimal",
                            &message,
                        )
                    }
                    _ => Parsed::read(&column, rows, default, read, "not_a_decimal", &message),
                };
                let (values, nulls, violations) = self.constrained(parsed, Constraint::decimals);
                let array = Decimal128Array::new(values.into(), nulls)
                    .with_data_type(arrow_type(&self.field.kind));
                (Arc::new(array), violations)
            }
            FieldType::Boolean => {
                let parsed = match column.values {
                    Values::Booleans(values) => {
                        let read = |text: &[u8]| literal::boolean(text).map(u8::from);
                        Parsed::ready(values, column.validity, rows, default, read)
                    }
                    _ => {
                        let read = |text: &[u8]| literal::boolean(text).map(u8::from);
                        Parsed::read(
                            &column,
                            rows,
                            default,
                            read,
                            "not_a_boolean",
                            "neither true nor false",
                        )
                    }
                };
                let values =
                    BooleanBuffer::from_iter(parsed.values.iter().map(|value| *value == 1));
                (
                    Arc::new(BooleanArray::new(values, parsed.nulls.into_buffer())),
                    parsed.violations,
                )
            }
            FieldType::Timestamp { .. } => {
                let parsed = match column.values {
                    Values::Integers(values) => {
                        Parsed::ready(values, column.validity, rows, default, literal::timestamp)
                    }
                    _ => {
                        let message = "not a timestamp in the form of 2026-11-22T17:04:05Z";
                        Parsed::read(
                            &column,
                            rows,
                            default,
                            literal::timestamp,
                            "not_a_timestamp",
                            message,
                        )
                    }
                };
                let (values, nulls, violations) = self.constrained(parsed, Constraint::timestamps);
                (
                    Arc::new(
                        TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC"),
                    ),
                    violations,
                )
            }
            FieldType::Date { .. } => {
                let read = |text: &[u8]| literal::date(text).map(i64::from);
                let parsed = match column.values {
                    Values::Integers(values) => {
                        Parsed::ready(values, column.validity, rows, default, read)
                    }
                    _ => Parsed::read(
                        &column,
                        rows,
                        default,
                        read,
                        "not_a_date",
                        "not a date in the form of 2026-11-22",
                    ),
                };
                let (values, nulls, violations) = self.constrained(parsed, Constraint::dates);
                // What is outside of `i32` is outside of the bounds, and refused.
                let days = values
                    .into_iter()
                    .map(|day| i32::try_from(day).unwrap_or_default())
                    .collect::<Vec<_>>();
                (Arc::new(Date32Array::new(days.into(), nulls)), violations)
            }
        }
    }

    /// Why a text is not the JSON that the field may have: a short stable name, and a sentence for people.
    fn not_json(&self, text: &str) -> Option<(&'static str, String)> {
        if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
            return Some(("not_json", "not valid JSON".to_owned()));
        }
        if has_lone_surrogate(text.as_bytes()) {
            return Some((LONE_SURROGATE, lone_surrogate("in the value")));
        }
        // A level takes two characters.
        let depth = (text.len() > self.max_depth * 2).then(|| json_depth(text.as_bytes()));
        let depth = depth.filter(|depth| *depth > self.max_depth)?;
        Some((TOO_DEEP, too_deep(depth, self.max_depth)))
    }

    fn text(
        &self,
        mut column: Column,
        rows: usize,
        default: Option<&[u8]>,
    ) -> (ArrayRef, Vec<Violation>) {
        if let Some(default) = default
            && !column.validity.is_empty()
        {
            column = fill(&column, rows, default);
        }
        let Values::Bytes { offsets, data } = column.values else {
            unreachable!("a column of another logical type is refused before the first row")
        };
        let offsets = ScalarBuffer::<i32>::new(Buffer::from_vec(offsets), 0, rows + 1);
        let nulls = Nulls {
            validity: column.validity,
            rows,
        }
        .into_buffer();
        let array = StringArray::try_new(OffsetBuffer::new(offsets), Buffer::from_vec(data), nulls)
            .expect("decoders and the plugin runtime let only UTF-8 through");
        let mut violations = Vec::new();
        self.constraint.texts(&array, &mut violations);
        (Arc::new(array), violations)
    }

    fn constrained<T>(
        &self,
        mut parsed: Parsed<T>,
        check: impl Fn(&Constraint, &[T], &mut Vec<Violation>),
    ) -> (Vec<T>, Option<NullBuffer>, Vec<Violation>) {
        let mut found = Vec::new();
        check(&self.constraint, &parsed.values, &mut found);
        found.retain(|violation| parsed.nulls.is_valid(violation.row as usize));
        parsed.violations.append(&mut found);
        (parsed.values, parsed.nulls.into_buffer(), parsed.violations)
    }
}

impl<T: Copy + Default> Parsed<T> {
    /// Values that a plugin made.
    fn ready(
        mut values: Vec<T>,
        validity: Vec<u8>,
        rows: usize,
        default: Option<&[u8]>,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Self {
        let mut nulls = Nulls { validity, rows };
        if let Some(default) = default.and_then(read) {
            (0..rows)
                .filter(|row| !nulls.is_valid(*row))
                .for_each(|row| values[row] = default);
            nulls.validity = Vec::new();
        }
        Self {
            values,
            nulls,
            violations: Vec::new(),
        }
    }

    /// Values that are still text. Blanks around them do not count, and an empty text is null.
    fn read(
        column: &Column,
        rows: usize,
        default: Option<&[u8]>,
        read: impl Fn(&[u8]) -> Option<T>,
        code: &'static str,
        message: &str,
    ) -> Self {
        let default = default.and_then(&read);
        let mut values = Vec::with_capacity(rows);
        let mut nulls = Nulls {
            validity: Vec::new(),
            rows,
        };
        let mut violations = Vec::new();
        for row in 0..rows {
            let text = column.bytes(row).unwrap_or_default().trim_ascii();
            let value = match (text.is_empty(), default) {
                (true, Some(default)) => Some(default),
                (true, None) => None,
                (false, _) => {
                    let value = read(text);
                    if value.is_none() {
                        violations.push(Violation {
                            row: row as u32,
                            code,
                            message: message.to_owned(),
                        });
                    }
                    value
                }
            };
            if value.is_none() {
                nulls.set(row);
            }
            values.push(value.unwrap_or_default());
        }
        Self {
            values,
            nulls,
            violations,
        }
    }

    /// Values that were converted one by one.
    fn from_options(
        converted: impl Iterator<Item = Option<T>>,
        column: &Column,
        rows: usize,
        default: Option<&[u8]>,
        read: impl Fn(&[u8]) -> Option<T>,
        code: &'static str,
        message: &str,
    ) -> Self {
        let mut violations = Vec::new();
        let mut values = Vec::with_capacity(rows);
        for (row, value) in converted.enumerate() {
            if value.is_none() && column.is_valid(row) {
                violations.push(Violation {
                    row: row as u32,
                    code,
                    message: message.to_owned(),
                });
            }
            values.push(value.unwrap_or_default());
        }
        let mut parsed = Self::ready(values, column.validity.clone(), rows, default, read);
        parsed.violations = violations;
        parsed
    }
}

impl Nulls {
    fn is_valid(&self, row: usize) -> bool {
        validity::is_valid(&self.validity, row)
    }

    fn set(&mut self, row: usize) {
        if self.validity.is_empty() {
            self.validity = vec![0xff; validity::bitmap_bytes(self.rows)];
        }
        validity::clear(&mut self.validity, row);
    }

    fn into_buffer(self) -> Option<NullBuffer> {
        validity::into_nulls(self.validity, self.rows)
    }
}

/// A text column in which nulls are replaced.
fn fill(column: &Column, rows: usize, default: &[u8]) -> Column {
    let mut filled = TextBuilder::default();
    for row in 0..rows {
        filled.push(column.bytes(row).unwrap_or(default));
    }
    filled.finish()
}
