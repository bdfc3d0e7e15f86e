//! What the manifest demands of values that have the right type already.

use std::fmt::Display;

use arrow_array::{Array, StringArray};
use regex::Regex;
use sluice_contract::{literal, stack::FieldType};

use super::Violation;

/// The bounds of one field. Each function reports the rows that are outside; of nulls it may report what it likes.
pub(super) enum Constraint {
    None,
    Text {
        min_length: usize,
        max_length: usize,
        pattern: Option<Regex>,
        one_of: Vec<String>,
    },
    Integers {
        bounds: Bounds<i64>,
        one_of: Vec<i64>,
    },
    Floats(Bounds<f64>),
    Decimals {
        bounds: Bounds<i128>,
        scale: u8,
    },
    Timestamps(Bounds<i64>),
    Dates(Bounds<i64>),
}

/// Inclusive.
pub(super) struct Bounds<T> {
    min: Option<T>,
    max: Option<T>,
}

impl Constraint {
    pub(super) fn new(kind: &FieldType) -> Self {
        match kind {
            FieldType::Text {
                min_length,
                max_length,
                pattern,
                one_of,
            } => Self::Text {
                min_length: min_length.unwrap_or(0) as usize,
                max_length: max_length.map_or(usize::MAX, |max| max as usize),
                pattern: pattern
                    .as_ref()
                    .map(|pattern| Regex::new(pattern).expect("checked with the manifest")),
                one_of: one_of.clone(),
            },
            FieldType::Integer { min, max, one_of } => Self::Integers {
                bounds: Bounds {
                    min: *min,
                    max: *max,
                },
                one_of: one_of.clone(),
            },
            FieldType::Float { min, max } => Self::Floats(Bounds {
                min: *min,
                max: *max,
            }),
            FieldType::Decimal {
                scale, min, max, ..
            } => Self::Decimals {
                bounds: Bounds {
                    min: *min,
                    max: *max,
                },
                scale: *scale,
            },
            FieldType::Timestamp { min, max } => {
                let (first, last) = TIMESTAMPS;
                Self::Timestamps(Bounds {
                    min: min.or(Some(first)),
                    max: max.or(Some(last)),
                })
            }
            FieldType::Date { min, max } => {
                let (first, last) = DATES;
                let (min, max) = (min.map(i64::from), max.map(i64::from));
                Self::Dates(Bounds {
                    min: min.or(Some(first)),
                    max: max.or(Some(last)),
                })
            }
            FieldType::Boolean | FieldType::Json => Self::None,
        }
    }

    pub(super) fn texts(&self, values: &StringArray, found: &mut Vec<Violation>) {
        let Self::Text {
            min_length,
            max_length,
            pattern,
            one_of,
        } = self
        else {
            return;
        };
        let offsets = values.value_offsets();
        let bounded = *min_length > 0 || *max_length < usize::MAX;
        for row in 0..values.len() {
            if !bounded && pattern.is_none() && one_of.is_empty() {
                break;
            }
            if values.is_null(row) {
                continue;
            }
            let bytes = (offsets[row + 1] - offsets[row]) as usize;
            // A character is one to four bytes.
            let length = if bytes <= *max_length && bytes / 4 >= *min_length {
                None
            } else {
                Some(values.value(row).chars().count())
            };
            let (code, message) = if let Some(length) = length.filter(|length| length < min_length)
            {
                (
                    "too_short",
                    format!("{length} characters, at least {min_length} wanted"),
                )
            } else if let Some(length) = length.filter(|length| length > max_length) {
                (
                    "too_long",
                    format!("{length} characters, at most {max_length} allowed"),
                )
            } else if !one_of.is_empty()
                && !one_of.iter().any(|allowed| allowed == values.value(row))
            {
                (
                    "not_allowed",
                    format!("not one of the allowed values: `{}`", one_of.join("`, `")),
                )
            } else if let Some(pattern) = pattern
                .as_ref()
                .filter(|pattern| !pattern.is_match(values.value(row)))
            {
                ("pattern", format!("does not match the pattern `{pattern}`"))
            } else {
                continue;
            };
            found.push(Violation {
                row: row as u32,
                code,
                message,
            });
        }
    }

    pub(super) fn integers(&self, values: &[i64], found: &mut Vec<Violation>) {
        let Self::Integers { bounds, one_of } = self else {
            return;
        };
        bounds.check(values, found, i64::to_string);
        if !one_of.is_empty() {
            let outside = values
                .iter()
                .enumerate()
                .filter(|(_, value)| !one_of.contains(value));
            let allowed = one_of
                .iter()
                .map(i64::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            found.extend(outside.map(|(row, _)| Violation {
                row: row as u32,
                code: "not_allowed",
                message: format!("not one of the allowed values: {allowed}"),
            }));
        }
    }

    pub(super) fn floats(&self, values: &[f64], found: &mut Vec<Violation>) {
        let Self::Floats(bounds) = self else { return };
        bounds.check(values, found, f64::to_string);
        let wild = values
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_finite());
        found.extend(wild.map(|(row, _)| Violation {
            row: row as u32,
            code: "not_a_number",
            message: "not a finite number".to_owned(),
        }));
    }

    pub(super) fn decimals(&self, values: &[i128], found: &mut Vec<Violation>) {
        let Self::Decimals { bounds, scale } = self else {
            return;
        };
        bounds.check(values, found, |units| literal::decimal_text(*units, *scale));
    }

    pub(super) fn timestamps(&self, values: &[i64], found: &mut Vec<Violation>) {
        let Self::Timestamps(bounds) = self else {
            return;
        };
        bounds.check(values, found, |micros| literal::timestamp_text(*micros));
    }

    pub(super) fn dates(&self, values: &[i64], found: &mut Vec<Violation>) {
        let Self::Dates(bounds) = self else { return };
        bounds.check(values, found, |days| literal::date_text(*days as i32));
    }
}

/// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z, which every sink can hold.
const TIMESTAMPS: (i64, i64) = (-62_135_596_800_000_000, 253_402_300_799_999_999);
/// 0001-01-01 to 9999-12-31.
const DATES: (i64, i64) = (-719_162, 2_932_896);

impl<T: PartialOrd + Copy> Bounds<T> {
    fn check<D: Display>(&self, values: &[T], found: &mut Vec<Violation>, show: impl Fn(&T) -> D) {
        if let Some(min) = self.min {
            let below = values.iter().enumerate().filter(|(_, value)| **value < min);
            found.extend(below.map(|(row, _)| Violation {
                row: row as u32,
                code: "too_small",
                message: format!("less than {}, the smallest value allowed", show(&min)),
            }));
        }
        if let Some(max) = self.max {
            let above = values.iter().enumerate().filter(|(_, value)| **value > max);
            found.extend(above.map(|(row, _)| Violation {
                row: row as u32,
                code: "too_great",
                message: format!("more than {}, the greatest value allowed", show(&max)),
            }));
        }
    }
}
