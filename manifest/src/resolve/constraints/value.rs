//! Single values in a manifest, as values of a field: how they are written, and whether the field allows them.

use crate::manifest::Scalar;
use crate::problem::ProblemSink;
use crate::reader::{Written, in_backticks};
use sluice_contract::literal;
use sluice_contract::stack::FieldType;

/// Reads values of one field.
pub(super) struct Reader<'a> {
    /// The field's name.
    pub(super) field: &'a str,
    /// Its type. Constraints do not matter.
    pub(super) kind: FieldType,
}

impl Reader<'_> {
    /// Parses what was written for `constraint`, which must be of the TOML type that suits the field.
    pub(super) fn read<T>(
        &self,
        written: &Written<Scalar>,
        constraint: &str,
        parse: impl Fn(&[u8]) -> Option<T>,
        sink: &mut ProblemSink,
    ) -> Option<T> {
        let (expected, suits) = match (&self.kind, &written.value) {
            (FieldType::Text { .. } | FieldType::Json, value) => {
                ("a string", matches!(value, Scalar::String(_)))
            }
            (FieldType::Integer { .. }, value) => {
                ("an integer", matches!(value, Scalar::Integer(_)))
            }
            (FieldType::Float { .. }, value) => (
                "a number",
                matches!(value, Scalar::Integer(_) | Scalar::Float(_)),
            ),
            (FieldType::Decimal { .. }, value) => (
                "a number, or one in a string",
                matches!(
                    value,
                    Scalar::Integer(_) | Scalar::Float(_) | Scalar::String(_)
                ),
            ),
            (FieldType::Boolean, value) => ("a boolean", matches!(value, Scalar::Boolean(_))),
            (FieldType::Timestamp { .. } | FieldType::Date { .. }, value) => (
                "a date or a string",
                matches!(value, Scalar::Datetime(_) | Scalar::String(_)),
            ),
        };
        let kind = self.kind.name();
        let field = in_backticks(self.field);
        if !suits {
            sink.report(
                written.span,
                format!(
                    "`{constraint}` of {kind} field {field} must be {expected}, got {}",
                    written.value.toml_type()
                ),
                self.example(),
            );
            return None;
        }
        let text = written.value.text();
        let value = parse(text.as_bytes());
        if value.is_none() {
            sink.report(
                written.span,
                format!(
                    "`{constraint}` of {kind} field {field} cannot be {}",
                    in_backticks(&text)
                ),
                self.example(),
            );
        }
        value
    }

    /// What was written for `constraint`, as text that is valid for the type.
    pub(super) fn canonical_text(
        &self,
        written: &Written<Scalar>,
        constraint: &str,
        sink: &mut ProblemSink,
    ) -> Option<String> {
        self.read(
            written,
            constraint,
            |text| canonical_text(&self.kind, text),
            sink,
        )
    }

    fn example(&self) -> String {
        match &self.kind {
            FieldType::Text { .. } => "write it in quotes".to_owned(),
            FieldType::Integer { .. } => {
                "write a whole number of 64 bits without quotes, such as `5`".to_owned()
            }
            FieldType::Float { .. } => {
                "write a finite number without quotes, such as `0.5`".to_owned()
            }
            FieldType::Decimal {
                precision, scale, ..
            } => format!(
                "write at most {} digits before the point and {scale} after it, such as `{}`",
                precision - scale,
                literal::decimal_text(1, *scale)
            ),
            FieldType::Boolean => "write `true` or `false`".to_owned(),
            FieldType::Timestamp { .. } => "write it as `2026-11-22T10:00:00Z`".to_owned(),
            FieldType::Date { .. } => "write it as `2026-11-22`".to_owned(),
            FieldType::Json => "write JSON in single quotes, such as `'{}'`".to_owned(),
        }
    }
}

/// The text of a value that is valid for a type.
fn canonical_text(kind: &FieldType, bytes: &[u8]) -> Option<String> {
    match kind {
        FieldType::Text { .. } => String::from_utf8(bytes.to_vec()).ok(),
        FieldType::Integer { .. } => literal::integer(bytes).map(|value| value.to_string()),
        FieldType::Float { .. } => literal::float(bytes).map(|value| value.to_string()),
        FieldType::Decimal {
            precision, scale, ..
        } => literal::decimal(bytes, *precision, *scale)
            .map(|units| literal::decimal_text(units, *scale)),
        FieldType::Boolean => literal::boolean(bytes).map(|value| value.to_string()),
        FieldType::Timestamp { .. } => literal::timestamp(bytes).map(literal::timestamp_text),
        FieldType::Date { .. } => literal::date(bytes).map(literal::date_text),
        FieldType::Json => {
            serde_json::from_slice::<serde::de::IgnoredAny>(bytes).ok()?;
            String::from_utf8(bytes.to_vec()).ok()
        }
    }
}

/// Which constraint forbids a value of the type, as the end of a sentence.
pub(in crate::resolve) fn violation(kind: &FieldType, text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    match kind {
        FieldType::Text {
            min_length,
            max_length,
            pattern,
            one_of,
        } => {
            let length = text.chars().count();
            let matches = |pattern: &String| {
                regex::Regex::new(pattern).map_or(true, |regex| regex.is_match(text))
            };
            if let Some(least) = min_length.filter(|least| length < *least as usize) {
                Some(format!(
                    "is too short: got {length} characters, `min_length` is {least}"
                ))
            } else if let Some(most) = max_length.filter(|most| length > *most as usize) {
                Some(format!(
                    "is too long: got {length} characters, `max_length` is {most}"
                ))
            } else if pattern.as_ref().is_some_and(|pattern| !matches(pattern)) {
                Some("does not match its `pattern`".to_owned())
            } else {
                outside(&text.to_owned(), one_of)
            }
        }
        FieldType::Integer { min, max, one_of } => {
            let value = literal::integer(bytes)?;
            beyond(value, *min, *max).or_else(|| outside(&value, one_of))
        }
        FieldType::Float { min, max } => beyond(literal::float(bytes)?, *min, *max),
        FieldType::Decimal {
            precision,
            scale,
            min,
            max,
        } => beyond(literal::decimal(bytes, *precision, *scale)?, *min, *max),
        FieldType::Timestamp { min, max } => beyond(literal::timestamp(bytes)?, *min, *max),
        FieldType::Date { min, max } => beyond(literal::date(bytes)?, *min, *max),
        FieldType::Boolean | FieldType::Json => None,
    }
}

fn beyond<T: PartialOrd>(value: T, min: Option<T>, max: Option<T>) -> Option<String> {
    if min.is_some_and(|min| value < min) {
        Some("is less than its `min`".to_owned())
    } else if max.is_some_and(|max| value > max) {
        Some("is greater than its `max`".to_owned())
    } else {
        None
    }
}

fn outside<T: PartialEq>(value: &T, one_of: &[T]) -> Option<String> {
    (!one_of.is_empty() && !one_of.contains(value)).then(|| "is not in its `one_of`".to_owned())
}
