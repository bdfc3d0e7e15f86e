//! Which columns of the input the fields are read from, whatever spelling they have there.

use std::collections::HashSet;
use std::iter;

use sluice_sdk::contract::Field as Schema;
use sluice_sdk::{find_columns, plain_name};

use crate::settings::{Field, Origin};

/// The columns of the input for each field: the one with its name, or with its other names in order; and behind it those of
/// its further names that are nobody's. One record of JSON has this name, and the next has that.
pub(super) fn found_columns(fields: &[Field], schema: &[Schema]) -> Vec<Vec<usize>> {
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
    let mut found: Vec<Vec<usize>> = first
        .into_iter()
        .map(|first| first.into_iter().collect())
        .collect();
    for (names, found) in names.iter().zip(&mut found) {
        for name in names.iter().map(|name| plain_name(name)) {
            for column in 0..schema.len() {
                if !taken[column] && plain[column] == name {
                    taken[column] = true;
                    found.push(column);
                }
            }
        }
    }
    found
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
