//! How one field is made wrong, and the code that the pipeline's checks give it.

use sluice_contract::field_type::FieldType;
use sluice_contract::literal;

use super::Way;
use crate::format::DataFormat;
use crate::plan::FieldPlan;

/// A text that makes a field wrong in a way, or none at all, and the code that it gets.
pub(super) fn spoil(
    format: DataFormat,
    way: Way,
    field: &FieldPlan,
    value: Option<&str>,
) -> Option<(Option<String>, &'static str)> {
    let some = |text: String, code| Some((Some(text), code));
    match way {
        Way::MissingValue => field.needed.then_some((None, "missing")),
        Way::Unreadable => {
            let (text, code) = unreadable(format, field)?;
            some(text.to_owned(), code)
        }
        Way::OutOfRange => {
            let (text, code) = out_of_range(&field.kind)?;
            some(text, code)
        }
        Way::WrongChoice => match &field.kind {
            FieldType::Integer { min, max, one_of } if !one_of.is_empty() => {
                let within = min.unwrap_or(i64::MIN)..=max.unwrap_or(i64::MAX);
                let near = one_of
                    .iter()
                    .flat_map(|one| [one.checked_add(1), one.checked_sub(1)]);
                let wrong = near
                    .flatten()
                    .find(|near| !one_of.contains(near) && within.contains(near))?;
                some(wrong.to_string(), "not_allowed")
            }
            _ => text_with(field, "not_allowed", value),
        },
        Way::TooLong => text_with(field, "too_long", value),
        Way::TooShort => text_with(field, "too_short", value),
        Way::WrongShape => text_with(field, "pattern", value),
        Way::DuplicateRow | Way::RaggedRow => None,
    }
}

/// What people write into a field of a type, and no program can read.
fn unreadable(format: DataFormat, field: &FieldPlan) -> Option<(&'static str, &'static str)> {
    let (texts, code): (&[&str], _) = match &field.kind {
        FieldType::Text { .. } => return None,
        FieldType::Integer { .. } => (&["n/a", "about 12", "12x"], "not_an_integer"),
        FieldType::Float { .. } => (&["n/a", "1.2.3", "12x"], "not_a_number"),
        FieldType::Decimal { .. } => (&["n/a", "12.50 EUR", "1.2.3"], "not_a_decimal"),
        FieldType::Boolean => (&["maybe", "unknown"], "not_a_boolean"),
        FieldType::Timestamp { .. } => (
            &["2025-02-30T10:00:00Z", "31.01.2025 10:00", "yesterday"],
            "not_a_timestamp",
        ),
        FieldType::Date { .. } => (&["2025-02-30", "31.01.2025", "unknown"], "not_a_date"),
        // In a record of JSON, every member is JSON.
        FieldType::Json if format == DataFormat::Ndjson => return None,
        FieldType::Json => (&["{not json}", "[1 2]"], "not_json"),
    };
    let mut texts = texts.iter();
    let text = texts.find(|text| field.limits.can_write(text))?;
    Some((text, code))
}

/// A value next to the bounds of a field.
fn out_of_range(kind: &FieldType) -> Option<(String, &'static str)> {
    const DAY_MICROS: i64 = 86_400_000_000;
    match kind {
        FieldType::Integer { min, max, one_of } if one_of.is_empty() => {
            let above = max
                .and_then(|max| max.checked_add(1))
                .map(|value| (value, "too_great"));
            let below = min
                .and_then(|min| min.checked_sub(1))
                .map(|value| (value, "too_small"));
            above
                .or(below)
                .map(|(value, code)| (value.to_string(), code))
        }
        FieldType::Decimal {
            precision,
            scale,
            min,
            max,
        } => {
            let most = 10_i128.pow(u32::from(*precision)) - 1;
            let above = max.map(|max| (max + 1, "too_great"));
            let below = min.map(|min| (min - 1, "too_small"));
            let fits = |(value, _): &(i128, &str)| (-most..=most).contains(value);
            let (value, code) = above.filter(fits).or(below.filter(fits))?;
            Some((literal::decimal_text(value, *scale), code))
        }
        FieldType::Float { min, max } => {
            let above = max.map(|max| (max + max.abs().max(1.0), "too_great"));
            let below = min.map(|min| (min - min.abs().max(1.0), "too_small"));
            let fits = |(value, _): &(f64, &str)| value.abs() < 1e100;
            let (value, code) = above.filter(fits).or(below.filter(fits))?;
            Some((value.to_string(), code))
        }
        FieldType::Timestamp { min, max } => {
            let above = max.map(|max| (max.saturating_add(DAY_MICROS), "too_great"));
            let below = min.map(|min| (min.saturating_sub(DAY_MICROS), "too_small"));
            let fits = |(value, _): &(i64, &str)| literal::TIMESTAMPS.contains(value);
            let (value, code) = above.filter(fits).or(below.filter(fits))?;
            Some((literal::timestamp_text(value), code))
        }
        FieldType::Date { min, max } => {
            let above = max.map(|max| (max.saturating_add(1), "too_great"));
            let below = min.map(|min| (min.saturating_sub(1), "too_small"));
            let fits = |(value, _): &(i32, &str)| literal::DATES.contains(value);
            let (value, code) = above.filter(fits).or(below.filter(fits))?;
            Some((literal::date_text(value), code))
        }
        FieldType::Integer { .. }
        | FieldType::Text { .. }
        | FieldType::Boolean
        | FieldType::Json => None,
    }
}

/// A text that fails a field's demands with this code, made of its value where it has one.
fn text_with(
    field: &FieldPlan,
    code: &'static str,
    value: Option<&str>,
) -> Option<(Option<String>, &'static str)> {
    if !matches!(field.kind, FieldType::Text { .. }) {
        return None;
    }
    let limits = &field.limits;
    let value = value.unwrap_or("value");
    // Nobody reads a file for texts of megabytes.
    const LONGEST: usize = 16_384;
    let long = || {
        let wanted = limits
            .most
            .checked_add(1)
            .filter(|wanted| *wanted <= LONGEST)?;
        let letters = value.chars().chain(std::iter::repeat('x'));
        Some(
            letters
                .take(wanted.max(value.chars().count() + 1))
                .collect::<String>(),
        )
    };
    let short = || {
        let kept = limits.least.checked_sub(1).filter(|kept| *kept > 0)?;
        Some(value.chars().take(kept).collect::<String>())
    };
    let padded = |text: &str| {
        let letters = text.chars().chain(std::iter::repeat('?'));
        let length = limits
            .least
            .max(text.chars().count())
            .min(limits.most.min(LONGEST));
        letters.take(length).collect::<String>()
    };
    let candidates = [
        long(),
        short(),
        Some(value.to_lowercase()),
        Some(value.replace(['@', '-', '+'], "")),
        Some(format!(
            "{}?",
            value
                .chars()
                .take(limits.most.min(LONGEST).saturating_sub(1))
                .collect::<String>()
        )),
        Some(padded("unknown")),
        Some(padded("?")),
        Some(padded("0")),
    ];
    let found = candidates.into_iter().flatten().find(|text| {
        !text.is_empty() && limits.broken_by(text) == Some(code) && limits.can_write(text)
    })?;
    Some((Some(found), code))
}
