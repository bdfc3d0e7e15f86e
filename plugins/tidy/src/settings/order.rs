//! The fields among one another: which are made of which, in what order they run, and that no two of them are one.

use std::collections::{BTreeMap, HashSet};

use sluice_nearest::listed;
use sluice_sdk::plain_name;

use super::field::find;
use super::{Field, Origin};
use crate::mistake::Mistakes;
use crate::steps::Step;

/// Adds fields that only a step of another one names, and marks the others that are made.
pub(super) fn add_made(fields: &mut Vec<Field>, mistakes: &mut Mistakes) {
    let mut makers: BTreeMap<String, String> = BTreeMap::new();
    for field in &*fields {
        for name in field.makes() {
            if name.trim().is_empty() {
                mistakes.of_field(&field.name, "a column without a name is made: give it one");
            } else if let Some(other) = makers.insert(name.clone(), field.name.clone()) {
                mistakes.of_field(
                    &field.name,
                    format!(
                        "`{name}` is made twice, by `{other}` and by `{}`: give one of them another name",
                        field.name
                    ),
                );
            }
        }
    }
    for (name, maker) in &makers {
        let Some(field) = fields.iter_mut().find(|field| field.name == *name) else {
            fields.push(Field {
                origin: Origin::Made,
                ..Field::plain(name)
            });
            continue;
        };
        let other = match &field.origin {
            Origin::Read(from) if from.is_empty() => {
                field.origin = Origin::Made;
                continue;
            }
            Origin::Read(_) => "from",
            Origin::Of(combined) => combined.step,
            Origin::Made => continue,
        };
        mistakes.of_field(
            name,
            format!(
                "the column is made by a step of `{maker}`, and has `{other}` too: leave one out"
            ),
        );
    }
}

/// No two fields are one column of the input, and none are one of the output.
pub(super) fn check_names(fields: &[Field], mistakes: &mut Mistakes) {
    for (index, field) in fields.iter().enumerate() {
        for other in &fields[..index] {
            if let (Some(name), Some(same)) = (&field.output, &other.output)
                && name == same
            {
                mistakes.of_field(
                    &field.name,
                    format!(
                        "`{}` and `{}` both come out as `{name}`: give one of them another name, or `remove` it",
                        other.name, field.name
                    ),
                );
            }
            if field.is_read()
                && other.is_read()
                && plain_name(&field.name) == plain_name(&other.name)
            {
                mistakes.of_field(
                    &field.name,
                    format!(
                        "`{}` and `{}` are one column, as case, blanks and signs in names make no difference: write its steps under one key",
                        other.name, field.name
                    ),
                );
            }
        }
    }
}

/// Puts every field after those that it is made of.
pub(super) fn sort(fields: &mut Vec<Field>, mistakes: &mut Mistakes) {
    check_exploded(fields, mistakes);
    let sources = sources(fields);
    let mut sorted: Vec<Field> = Vec::new();
    let mut rest = std::mem::take(fields);
    while !rest.is_empty() {
        let waits = |field: &Field, rest: &[Field]| {
            let mut sources = sources.get(&field.name).into_iter().flatten();
            sources.any(|source| rest.iter().any(|other| other.name == *source))
        };
        let flags: Vec<bool> = rest.iter().map(|field| waits(field, &rest)).collect();
        let mut flags = flags.into_iter();
        let (ready, waiting): (Vec<Field>, Vec<Field>) =
            rest.into_iter().partition(|_| flags.next() == Some(false));
        if let (true, [first, ..]) = (ready.is_empty(), waiting.as_slice()) {
            let names: Vec<&str> = waiting.iter().map(|field| field.name.as_str()).collect();
            let words = match names.as_slice() {
                [_] => "the column is made of itself: use other columns".to_owned(),
                names => format!(
                    "{} wait for one another: leave one of these steps out",
                    listed(names.iter().copied(), "and")
                ),
            };
            return mistakes.of_field(&first.name, words);
        }
        sorted.extend(ready);
        rest = waiting;
    }
    *fields = sorted;
    check_pieces(fields, mistakes);
}

/// The fields that each field is made of.
fn sources(fields: &[Field]) -> BTreeMap<String, Vec<String>> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for field in fields {
        let of_field = sources.entry(field.name.clone()).or_default();
        for name in field.looks_at() {
            let source = find(fields, name).map_or(name, |source| &source.name);
            of_field.push(source.clone());
        }
        for made in field.makes() {
            let of_made = sources.entry(made.clone()).or_default();
            of_made.push(field.name.clone());
        }
    }
    sources
}

/// One column at the most has a row for each piece.
fn check_exploded(fields: &[Field], mistakes: &mut Mistakes) {
    let mut exploded = fields.iter().filter(|field| field.explodes());
    let Some(first) = exploded.next() else {
        return;
    };
    for second in exploded {
        mistakes.of_field(
            &second.name,
            format!(
                "`{}` and `{}` both have `explode`, and only one column can: leave one out",
                first.name, second.name
            ),
        );
    }
}

/// What is said of whole rows looks at no column that has several values a row. The fields are sorted.
fn check_pieces(fields: &[Field], mistakes: &mut Mistakes) {
    // Fields with a value for each piece, and columns that are made of such values.
    let mut in_pieces: HashSet<&str> = HashSet::new();
    let mut made_in_pieces: HashSet<&str> = HashSet::new();
    for field in fields {
        let is_of_pieces = |name: &String| {
            find(fields, name).is_some_and(|of| in_pieces.contains(of.name.as_str()))
        };
        let mut is_in_pieces = match &field.origin {
            Origin::Read(_) => false,
            Origin::Made => made_in_pieces.contains(field.name.as_str()),
            Origin::Of(combined) => combined.columns.iter().any(is_of_pieces),
        };
        for step in &field.steps {
            let mut looked = step.when.iter().filter(|when| when.column != field.name);
            if let (false, Some(when)) =
                (is_in_pieces, looked.find(|when| is_of_pieces(&when.column)))
            {
                mistakes.of_field(
                    &field.name,
                    format!(
                        "`{}` has several values a row behind `explode`: use another column",
                        when.column
                    ),
                );
            }
            is_in_pieces |= matches!(*step.step, Step::Explode(_));
            if is_in_pieces {
                made_in_pieces.extend(step.step.makes().iter().map(String::as_str));
            }
        }
        if is_in_pieces {
            in_pieces.insert(&field.name);
        }
    }
}
