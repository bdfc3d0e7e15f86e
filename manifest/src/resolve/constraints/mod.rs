//! What a field's values must be like: which constraints fit its type, and whether they make sense together.

mod decimal;
mod pattern;
mod value;

use super::declared::names;
use crate::manifest::{Field, Scalar, WrittenType};
use crate::nearest::listed;
use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, Written, in_backticks};
use sluice_contract::field_type::{Demand, FieldType, TypeName};
use sluice_contract::literal;
use value::Reader;

pub(super) use value::violation;

/// No value has more characters than the longest record has bytes.
const MOST_CHARACTERS: i64 = 16_777_216;

/// Constraints, and what they demand.
const CONSTRAINTS: [(&str, Demand); 8] = [
    ("min", Demand::Bounds),
    ("max", Demand::Bounds),
    ("min_length", Demand::Length),
    ("max_length", Demand::Length),
    ("pattern", Demand::Pattern),
    ("one_of", Demand::Choice),
    ("precision", Demand::Digits),
    ("scale", Demand::Digits),
];

/// The type of field `name` with its constraints.
pub(super) fn kind(
    name: &str,
    type_name: &Written<WrittenType>,
    written: &Field,
    sink: &mut ProblemSink,
) -> Option<FieldType> {
    let WrittenType {
        name: type_of,
        digits,
    } = type_name.value;
    refuse_misfits(name, type_of, written, sink);
    let kind = match type_of {
        TypeName::Text => text(name, written, sink),
        TypeName::Integer => {
            let reader = Reader {
                field: name,
                kind: FieldType::Integer {
                    min: None,
                    max: None,
                    one_of: Vec::new(),
                },
            };
            let (min, max) = bounds(&reader, written, literal::integer, sink);
            let one_of = one_of(&reader, written, literal::integer, sink);
            FieldType::Integer { min, max, one_of }
        }
        TypeName::Float => {
            let reader = Reader {
                field: name,
                kind: FieldType::Float {
                    min: None,
                    max: None,
                },
            };
            let (min, max) = bounds(&reader, written, literal::float, sink);
            FieldType::Float { min, max }
        }
        TypeName::Decimal => {
            let (precision, scale) = decimal::digits(name, digits, type_name.span, written, sink)?;
            let reader = Reader {
                field: name,
                kind: FieldType::Decimal {
                    precision,
                    scale,
                    min: None,
                    max: None,
                },
            };
            let (min, max) = bounds(
                &reader,
                written,
                |text| literal::decimal(text, precision, scale),
                sink,
            );
            FieldType::Decimal {
                precision,
                scale,
                min,
                max,
            }
        }
        TypeName::Timestamp => {
            let reader = Reader {
                field: name,
                kind: FieldType::Timestamp {
                    min: None,
                    max: None,
                },
            };
            let (min, max) = bounds(&reader, written, literal::timestamp, sink);
            FieldType::Timestamp { min, max }
        }
        TypeName::Date => {
            let reader = Reader {
                field: name,
                kind: FieldType::Date {
                    min: None,
                    max: None,
                },
            };
            let (min, max) = bounds(&reader, written, literal::date, sink);
            FieldType::Date { min, max }
        }
        TypeName::Boolean => FieldType::Boolean,
        TypeName::Json => FieldType::Json,
    };
    refuse_impossible_choices(name, &kind, written, sink);
    Some(kind)
}

/// What stands in for a missing value, in the form in which the type's values are written.
pub(super) fn default(
    name: &str,
    kind: &FieldType,
    given: &Given<Scalar>,
    sink: &mut ProblemSink,
) -> Option<String> {
    let written = given.written()?;
    let text = Reader {
        field: name,
        kind: kind.clone(),
    }
    .canonical_text(written, "default", sink)?;
    if let Some(fact) = violation(kind, &text) {
        sink.report(
            written.span,
            format!("`default` of field {} {fact}", in_backticks(name)),
            "choose a default that the field's own constraints allow",
        );
    }
    Some(text)
}

fn refuse_misfits(name: &str, type_of: TypeName, written: &Field, sink: &mut ProblemSink) {
    let type_name = type_of.name();
    fn place<T>(given: &Given<T>) -> Option<Span> {
        given.written().map(|written| written.key)
    }
    let given = [
        place(&written.min),
        place(&written.max),
        place(&written.min_length),
        place(&written.max_length),
        place(&written.pattern),
        place(&written.one_of),
        place(&written.precision),
        place(&written.scale),
    ];
    for ((constraint, demand), place) in CONSTRAINTS.into_iter().zip(given) {
        let Some(place) = place.filter(|_| !type_of.allows(demand)) else {
            continue;
        };
        let mine: Vec<&str> = CONSTRAINTS
            .into_iter()
            .filter(|(_, demand)| type_of.allows(*demand))
            .map(|(name, _)| name)
            .collect();
        let alternative = match mine.as_slice() {
            [] => format!("{type_name} has no such constraints"),
            _ => format!("for {type_name} there are {}", listed(mine, "and")),
        };
        sink.report(
            place,
            format!(
                "`{constraint}` does not fit {type_name} field {}",
                in_backticks(name)
            ),
            format!(
                "`{constraint}` fits {}; {alternative}",
                listed(names(&TypeName::with_demand(demand)), "and")
            ),
        );
    }
}

fn text(name: &str, written: &Field, sink: &mut ProblemSink) -> FieldType {
    let reader = Reader {
        field: name,
        kind: FieldType::Text {
            min_length: None,
            max_length: None,
            pattern: None,
            one_of: Vec::new(),
        },
    };
    let min_length = length(&written.min_length, "min_length", 0, name, sink);
    let max_length = length(&written.max_length, "max_length", 1, name, sink);
    refuse_crossed(
        name,
        ["min_length", "max_length"],
        min_length,
        max_length,
        written.min_length.written().map(|w| w.span),
        sink,
    );
    let pattern = written.pattern.written().map(|pattern| {
        pattern::check(name, pattern, sink);
        pattern.value.clone()
    });
    let one_of = one_of(
        &reader,
        written,
        |text| String::from_utf8(text.to_vec()).ok(),
        sink,
    );
    FieldType::Text {
        min_length,
        max_length,
        pattern,
        one_of,
    }
}

/// A number of characters.
fn length(
    given: &Given<i64>,
    constraint: &str,
    least: i64,
    name: &str,
    sink: &mut ProblemSink,
) -> Option<u32> {
    let written = given.written()?;
    if !(least..=MOST_CHARACTERS).contains(&written.value) {
        sink.report(
            written.span,
            format!(
                "`{constraint}` of field {} is out of range: got {}, allowed {least} to {MOST_CHARACTERS}",
                in_backticks(name),
                written.value
            ),
            "write a number of characters, or leave it out",
        );
        return None;
    }
    u32::try_from(written.value).ok()
}

/// `min` and `max`, of which the first is not greater.
fn bounds<T: PartialOrd + Copy>(
    reader: &Reader,
    written: &Field,
    parse: impl Fn(&[u8]) -> Option<T>,
    sink: &mut ProblemSink,
) -> (Option<T>, Option<T>) {
    let min = written
        .min
        .written()
        .and_then(|min| reader.read(min, "min", &parse, sink));
    let max = written
        .max
        .written()
        .and_then(|max| reader.read(max, "max", &parse, sink));
    let place = written.min.written().map(|written| written.span);
    refuse_crossed(reader.field, ["min", "max"], min, max, place, sink);
    (min, max)
}

fn refuse_crossed<T: PartialOrd>(
    name: &str,
    [least, most]: [&str; 2],
    min: Option<T>,
    max: Option<T>,
    place: Option<Span>,
    sink: &mut ProblemSink,
) {
    if let (Some(min), Some(max), Some(place)) = (min, max, place)
        && min > max
    {
        sink.report(
            place,
            format!(
                "`{least}` of field {} is greater than its `{most}`",
                in_backticks(name)
            ),
            "exchange them, or no value is valid",
        );
    }
}

/// The only values, each once.
fn one_of<T: PartialEq>(
    reader: &Reader,
    written: &Field,
    parse: impl Fn(&[u8]) -> Option<T>,
    sink: &mut ProblemSink,
) -> Vec<T> {
    let Some(choices) = written.one_of.written() else {
        return Vec::new();
    };
    let shown = in_backticks(reader.field);
    if choices.value.is_empty() && sink.is_clean_at(choices.span) {
        sink.report(
            choices.span,
            format!("`one_of` of field {shown} is empty"),
            "list the valid values, or leave it out",
        );
    }
    let mut values = Vec::new();
    for choice in &choices.value {
        let Some(value) = reader.read(choice, "one_of", &parse, sink) else {
            continue;
        };
        if values.contains(&value) {
            let message = format!(
                "{} is in `one_of` of field {shown} twice",
                in_backticks(&choice.value.text())
            );
            sink.report(choice.span, message, "leave one out");
            continue;
        }
        values.push(value);
    }
    values
}

/// A choice that another constraint forbids is a mistake in one of them.
fn refuse_impossible_choices(
    name: &str,
    kind: &FieldType,
    written: &Field,
    sink: &mut ProblemSink,
) {
    if !kind.type_name().allows(Demand::Choice) {
        return;
    }
    for choice in written.one_of.value().into_iter().flatten() {
        if !sink.is_clean_at(choice.span) {
            continue;
        }
        if let Some(fact) = violation(kind, &choice.value.text()) {
            sink.report(
                choice.span,
                format!(
                    "{} in `one_of` of field {} {fact}",
                    in_backticks(&choice.value.text()),
                    in_backticks(name)
                ),
                "leave it out, or loosen the other constraint",
            );
        }
    }
}
