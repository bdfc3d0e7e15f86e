//! Which columns of the input the fields are read from, whatever spelling they have there.

use std::collections::HashSet;
use std::iter;

use sluice_sdk::contract::Field as Schema;
use sluice_sdk::{find_columns, plain_name};

use crate::findings::{Otherwise, Remark};
use crate::settings::{Field, Origin};
use crate::steps::json::{JsonPath, Path};

/// Where a field is read from.
pub(super) struct Found {
    /// The column that is the field, and nothing else.
    pub(super) column: Option<usize>,
    /// Columns that may have a value where that one has none, in order. They go their own way too.
    pub(super) others: Vec<Other>,
}

/// A column, or a part of its values.
pub(super) struct Other {
    pub(super) column: usize,
    pub(super) path: Option<JsonPath>,
}

/// Where every field is read from: the column with its name, or with one of its other names in order; and behind it those
/// of its further names that are nobody's, as one record of JSON has this name, and the next has that. A name that no column
/// has may be a path into one.
pub(super) fn found_columns(fields: &[Field], schema: &[Schema]) -> Vec<Found> {
    let names: Vec<Vec<&str>> = fields.iter().map(names_of).collect();
    let first = find_columns(&names, schema);
    let mut taken: Vec<bool> = vec![false; schema.len()];
    first
        .iter()
        .flatten()
        .for_each(|column| taken[*column] = true);
    let plain: Vec<String> = schema
        .iter()
        .map(|column| plain_name(&column.name))
        .collect();
    let mut found = Vec::with_capacity(fields.len());
    for (names, column) in names.iter().zip(first) {
        let mut others = Vec::new();
        for name in names {
            let of_name = plain_name(name);
            if !plain.contains(&of_name) {
                others.extend(dug(name, &plain));
            }
            for column in 0..schema.len() {
                if !taken[column] && plain[column] == of_name {
                    taken[column] = true;
                    others.push(Other { column, path: None });
                }
            }
        }
        found.push(Found { column, others });
    }
    read_unmade(fields, &plain, &mut taken, &mut found);
    found
}

/// A column that is made of others is read where those are not there: one file has names in parts, and the next as a whole. The
/// fields are sorted.
fn read_unmade(fields: &[Field], plain: &[String], taken: &mut [bool], found: &mut [Found]) {
    let mut made: HashSet<&str> = HashSet::new();
    for (field, found) in fields.iter().zip(found) {
        let is_made = match &field.origin {
            Origin::Read(_) => found.column.is_some() || !found.others.is_empty(),
            Origin::Made => made.contains(field.name.as_str()),
            Origin::Of(_) => true,
        };
        if !is_made && matches!(field.origin, Origin::Made) {
            let name = plain_name(&field.name);
            let columns = plain.iter().zip(taken.iter());
            found.column = columns
                .into_iter()
                .position(|(own, taken)| *own == name && !taken);
            found
                .column
                .into_iter()
                .for_each(|column| taken[column] = true);
        }
        let concerns_missing = || field.steps.iter().any(|step| step.step.concerns_missing());
        if is_made || found.column.is_some() || concerns_missing() {
            made.extend(field.makes().map(String::as_str));
        }
    }
}

/// The column into which a name leads as a path.
fn dug(name: &str, plain: &[String]) -> Option<Other> {
    let (column, path) = Path::from_column(name)?;
    let column = plain_name(&column);
    let column = plain.iter().position(|other| *other == column)?;
    let path = JsonPath {
        path,
        otherwise: Otherwise::Null,
        remark: Remark::new("bad_json", "the value is no JSON"),
    };
    Some(Other {
        column,
        path: Some(path),
    })
}

fn names_of(field: &Field) -> Vec<&str> {
    match &field.origin {
        Origin::Read(others) => {
            let others = others.iter().map(String::as_str);
            iter::once(field.name.as_str()).chain(others).collect()
        }
        Origin::Made | Origin::Of(_) => Vec::new(),
    }
}

/// Names, in whatever spelling.
pub(super) struct Names {
    exact: HashSet<String>,
    plain: HashSet<String>,
}

impl Names {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a String>) -> Names {
        let exact: HashSet<String> = names.cloned().collect();
        let plain = exact.iter().map(|name| plain_name(name)).collect();
        Names { exact, plain }
    }

    pub(super) fn have(&self, name: &str) -> bool {
        self.exact.contains(name) || self.plain.contains(&plain_name(name))
    }
}
