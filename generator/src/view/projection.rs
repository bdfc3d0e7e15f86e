//! Partition projection: how Athena computes which folders of a lake there may be, instead of asking a catalog that
//! somebody would have to keep up to date.
//!
//! The parameters and the patterns of dates are those of the Athena user guide, "Supported types for partition
//! projection". Bounds come from the field's own `min` and `max`, because records outside of them are rejected.

use sluice_contract::literal::{civil_from_days, date_text};
use sluice_contract::stack::{Field, FieldType, Partition, PartitionTransform};

/// The first year of a field without `min`. Earlier folders are there, but Athena does not see them.
const DEFAULT_FIRST_YEAR: i32 = 2000;

/// The last year of a field without `max`, where years are all there is.
const DEFAULT_LAST_YEAR: i32 = 2100;

/// The last folder of a field without `max`, in Athena's own arithmetic.
const DEFAULT_END: &str = "NOW+1YEARS";

/// More values than this are not listed, so that the parameter stays far below Glue's 512,000 bytes.
const MOST_LISTED_VALUES: usize = 200;

/// What Hive calls the folder of rows that have no value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

const MICROS_PER_DAY: i64 = 24 * 3600 * 1_000_000;

/// How one partition column is projected.
#[derive(Debug, PartialEq)]
pub(super) struct Projection {
    /// Parameters of the column, without `projection.COLUMN.` before their names.
    pub(super) parameters: Vec<(&'static str, String)>,
    /// What somebody who writes a query should know.
    pub(super) comment: String,
}

/// The projection of a partition.
pub(super) fn projection(field: &Field, partition: &Partition) -> Projection {
    match partition.transform {
        PartitionTransform::Value => by_value(field),
        PartitionTransform::Year => by_year(field),
        PartitionTransform::Month => by_time(field, "yyyy-MM", "MONTHS", |day| day[..7].to_owned()),
        PartitionTransform::Day => by_time(field, "yyyy-MM-dd", "DAYS", str::to_owned),
        PartitionTransform::Hour => {
            by_time(field, "yyyy-MM-dd-HH", "HOURS", |day| format!("{day}-00"))
        }
    }
}

fn by_value(field: &Field) -> Projection {
    let listed = match &field.kind {
        FieldType::Text { one_of, .. } => one_of.clone(),
        FieldType::Integer { one_of, .. } => one_of.iter().map(i64::to_string).collect(),
        FieldType::Boolean => vec!["true".to_owned(), "false".to_owned()],
        FieldType::Date { .. } => return by_time(field, "yyyy-MM-dd", "DAYS", str::to_owned),
        FieldType::Float { .. }
        | FieldType::Decimal { .. }
        | FieldType::Timestamp { .. }
        | FieldType::Json => Vec::new(),
    };
    // A list is written with commas and blanks around them mean nothing, so that such values cannot be in it.
    let listable =
        |value: &String| !value.contains(',') && value.trim() == value && !value.is_empty();
    if !listed.is_empty() && listed.len() <= MOST_LISTED_VALUES && listed.iter().all(listable) {
        let mut values = listed;
        if field.may_be_null() {
            values.push(NO_VALUE.to_owned());
        }
        return Projection {
            parameters: vec![("type", "enum".to_owned()), ("values", values.join(","))],
            comment: "one of the values that the manifest lists".to_owned(),
        };
    }
    if let FieldType::Integer {
        min: Some(min),
        max: Some(max),
        ..
    } = field.kind
    {
        return Projection {
            parameters: vec![
                ("type", "integer".to_owned()),
                ("range", format!("{min},{max}")),
            ],
            comment: format!("{min} to {max}"),
        };
    }
    Projection {
        parameters: vec![("type", "injected".to_owned())],
        comment: "a query must say which value it wants, with =".to_owned(),
    }
}

fn by_year(field: &Field) -> Projection {
    let (first, last) = days(field);
    let year = |days: i32| civil_from_days(days).0.clamp(1, 9999);
    let first = first.map_or(DEFAULT_FIRST_YEAR, year);
    let last = last.map_or(DEFAULT_LAST_YEAR, year).max(first);
    Projection {
        parameters: vec![
            ("type", "integer".to_owned()),
            ("range", format!("{first},{last}")),
            ("digits", "4".to_owned()),
        ],
        comment: format!(
            "{first} to {last}; min and max of {} move the bounds",
            field.name
        ),
    }
}

/// `shorten` turns a day, as `2026-11-22`, into the first value of its kind.
fn by_time(field: &Field, format: &str, unit: &str, shorten: fn(&str) -> String) -> Projection {
    let (first, last) = days(field);
    let text = |days: i32| match civil_from_days(days).0 {
        ..1 => "0001-01-01".to_owned(),
        1..=9999 => date_text(days),
        _ => "9999-12-31".to_owned(),
    };
    let first = shorten(&first.map_or_else(|| format!("{DEFAULT_FIRST_YEAR}-01-01"), text));
    // The last hour of the last day has to be in it.
    let last = last.map(|days| shorten(&text(days.saturating_add(i32::from(unit == "HOURS")))));
    let shown_last = last.clone().unwrap_or_else(|| "a year from now".to_owned());
    Projection {
        parameters: vec![
            ("type", "date".to_owned()),
            ("format", format.to_owned()),
            (
                "range",
                format!("{first},{}", last.as_deref().unwrap_or(DEFAULT_END)),
            ),
            ("interval", "1".to_owned()),
            ("interval.unit", unit.to_owned()),
        ],
        comment: format!(
            "{first} to {shown_last}; min and max of {} move the bounds",
            field.name
        ),
    }
}

/// The first and the last day that a field can have, counted from 1970-01-01.
fn days(field: &Field) -> (Option<i32>, Option<i32>) {
    let day_of = |micros: i64| i32::try_from(micros.div_euclid(MICROS_PER_DAY)).ok();
    match field.kind {
        FieldType::Timestamp { min, max } => (min.and_then(day_of), max.and_then(day_of)),
        FieldType::Date { min, max } => (min, max),
        FieldType::Text { .. }
        | FieldType::Integer { .. }
        | FieldType::Float { .. }
        | FieldType::Decimal { .. }
        | FieldType::Boolean
        | FieldType::Json => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: FieldType, required: bool, transform: PartitionTransform, expected: &str) {
        let field = Field {
            name: "f".to_owned(),
            kind,
            required,
            default: None,
            generate: None,
            pii: false,
            fake: None,
        };
        let partition = Partition {
            field: "f".to_owned(),
            transform,
        };
        let projection = projection(&field, &partition);
        let shown: Vec<String> = projection
            .parameters
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn parts_of_a_time() {
        use PartitionTransform::{Day, Hour, Month, Year};
        let open = FieldType::Timestamp {
            min: None,
            max: None,
        };
        check(
            open.clone(),
            true,
            Year,
            "type=integer range=2000,2100 digits=4",
        );
        check(
            open.clone(),
            true,
            Month,
            "type=date format=yyyy-MM range=2000-01,NOW+1YEARS interval=1 interval.unit=MONTHS",
        );
        check(
            open.clone(),
            true,
            Day,
            "type=date format=yyyy-MM-dd range=2000-01-01,NOW+1YEARS interval=1 interval.unit=DAYS",
        );
        let bound = FieldType::Timestamp {
            min: Some(0),
            max: Some(MICROS_PER_DAY),
        };
        check(
            bound.clone(),
            true,
            Year,
            "type=integer range=1970,1970 digits=4",
        );
        check(
            bound,
            true,
            Hour,
            "type=date format=yyyy-MM-dd-HH range=1970-01-01-00,1970-01-03-00 interval=1 interval.unit=HOURS",
        );
    }

    #[test]
    fn values() {
        use PartitionTransform::Value;
        let text = |one_of: &[&str]| FieldType::Text {
            min_length: None,
            max_length: None,
            pattern: None,
            one_of: one_of.iter().map(|value| (*value).to_owned()).collect(),
        };
        check(text(&[]), true, Value, "type=injected");
        check(text(&["a", "b"]), true, Value, "type=enum values=a,b");
        check(
            text(&["a", "b"]),
            false,
            Value,
            "type=enum values=a,b,__HIVE_DEFAULT_PARTITION__",
        );
        check(text(&["a,b"]), true, Value, "type=injected");
        check(
            FieldType::Boolean,
            true,
            Value,
            "type=enum values=true,false",
        );
        let integer = |min, max| FieldType::Integer {
            min,
            max,
            one_of: Vec::new(),
        };
        check(
            integer(Some(1), Some(5)),
            true,
            Value,
            "type=integer range=1,5",
        );
        check(integer(Some(1), None), true, Value, "type=injected");
        check(
            FieldType::Date {
                min: Some(365),
                max: None,
            },
            true,
            Value,
            "type=date format=yyyy-MM-dd range=1971-01-01,NOW+1YEARS interval=1 interval.unit=DAYS",
        );
    }
}
