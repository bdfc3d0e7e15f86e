//! The columns of JSON records, which are those that some record has had so far: each batch has all of them, and the next
//! one may have more.
//!
//! A plugin finds its inputs however they are spelled, but looks for each in one column. So where records of an object spell
//! one differently, the first spelling is the column of all.

use std::{collections::HashMap, sync::Arc};

use crate::{
    columns::{Column, ColumnField, TextBuilder},
    decode::{known::KnownColumn, text::most_rows},
    wanted::plain,
};

/// The longest name of a column, in bytes: that of a field, and the longest that a plugin may pass on.
const MAX_NAME_BYTES: usize = 255;

/// How many late names are remembered.
const MAX_LATE_COLUMNS: usize = 100;

/// The columns, while they are built.
pub(super) struct Columns {
    known: Arc<[KnownColumn]>,
    /// In the order in which they turned up.
    columns: Vec<Building>,
    by_name: HashMap<String, usize>,
    /// Inputs of the plugin by their plain names, where no two have the same: which are known, and as which column they
    /// turned up.
    inputs: HashMap<String, (usize, Option<usize>)>,
    /// The row of the record that is read.
    row: usize,
    /// How many names that are not known still become columns.
    room: usize,
    /// Whether that record has a column for which the batch has no room.
    crowded: bool,
    /// The column that the next member of the record probably has.
    next: usize,
    /// The columns as they are handed out: known ones first. `None` since one was added.
    fields: Option<Arc<[ColumnField]>>,
    /// Names that turned up when there was no room.
    late: Vec<String>,
}

/// A column.
struct Building {
    name: String,
    /// Its place among those that are known.
    known: Option<usize>,
    json: bool,
    values: TextBuilder,
}

/// A column that a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found(usize);

impl Columns {
    pub(super) fn new(known: &[KnownColumn], max_columns: usize) -> Self {
        let mut inputs = HashMap::new();
        for (at, input) in known.iter().enumerate().filter(|(_, known)| known.input) {
            let name = plain(&input.name);
            let is_other = |known: &&KnownColumn| known.input && plain(&known.name) == name;
            if known.iter().filter(is_other).count() == 1 {
                inputs.insert(name, (at, None));
            }
        }
        Self {
            known: known.into(),
            columns: Vec::new(),
            by_name: HashMap::new(),
            inputs,
            row: 0,
            crowded: false,
            room: max_columns.saturating_sub(known.len()),
            next: 0,
            fields: None,
            late: Vec::new(),
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Begins the record of row `row`.
    pub(super) fn begin(&mut self, row: usize) {
        (self.row, self.crowded, self.next) = (row, false, 0);
    }

    /// Whether a batch of `rows` rows has no room for one more.
    pub(super) fn is_full(&self, rows: usize) -> bool {
        rows as u64 >= most_rows(self.columns.len())
    }

    /// Whether the record that was read last is one for the next batch: it has columns for which there is no room in this
    /// one, because every row of it would have them.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// The column of a member; `None` where there is no room for one more.
    pub(super) fn find(&mut self, name: &str) -> Option<Found> {
        let column = match self.columns.get(self.next) {
            // Records mostly have the same members in the same order.
            Some(next) if next.name == name => self.next,
            _ => match self.by_name.get(name) {
                Some(column) if self.may_be(*column, name) => *column,
                Some(_) | None => self.add(name)?,
            },
        };
        self.next = column + 1;
        Some(Found(column))
    }

    /// Whether a column can hold a member of this name: one that is called otherwise only if the record has none so far.
    fn may_be(&self, column: usize, name: &str) -> bool {
        let column = &self.columns[column];
        column.name == name || column.values.rows() <= self.row
    }

    fn add(&mut self, name: &str) -> Option<usize> {
        let known = self.known.iter().position(|known| known.name == name);
        let input = match self.inputs.is_empty() {
            true => None,
            false => self.inputs.get(&plain(name)).copied(),
        };
        if let Some((_, Some(column))) = input
            && self.may_be(column, name)
        {
            self.by_name.insert(name.to_owned(), column);
            return Some(column);
        }
        if self.row > 0 && self.row as u64 >= most_rows(self.columns.len() + 1) {
            self.crowded = true;
            return None;
        }
        if known.is_none() {
            let is_name = (1..=MAX_NAME_BYTES).contains(&name.len());
            let Some(room) = self.room.checked_sub(1).filter(|_| is_name) else {
                if self.late.len() < MAX_LATE_COLUMNS && !self.late.iter().any(|late| late == name)
                {
                    self.late.push(name.to_owned());
                }
                return None;
            };
            self.room = room;
        }
        let json = match known.or(input.map(|(known, _)| known)) {
            Some(known) => self.known[known].json,
            // A plugin may take it for a column that is called a little differently.
            None => {
                let plain_name = plain(name);
                let mut known = self.known.iter();
                known.any(|known| known.json && plain(&known.name) == plain_name)
            }
        };
        let column = self.columns.len();
        if let Some((_, None)) = input
            && let Some((_, turned_up)) = self.inputs.get_mut(&plain(name))
        {
            *turned_up = Some(column);
        }
        self.by_name.insert(name.to_owned(), column);
        self.columns.push(Building {
            name: name.to_owned(),
            known,
            json,
            values: TextBuilder::default(),
        });
        self.fields = None;
        Some(column)
    }

    /// Whether values of a column are wanted as JSON text.
    pub(super) fn is_json(&self, Found(column): Found) -> bool {
        self.columns[column].json
    }

    /// Where the value of row `row` goes; `None` where it has one already.
    pub(super) fn value(&mut self, Found(column): Found, row: usize) -> Option<&mut TextBuilder> {
        let values = &mut self.columns[column].values;
        (values.rows() <= row).then(|| {
            values.pad(row);
            values
        })
    }

    /// Forgets row `row`, and columns from the `before`th on, which it was the first to have.
    pub(super) fn take_back(&mut self, row: usize, before: usize) {
        for column in self.columns.drain(before..) {
            self.room += usize::from(column.known.is_none());
        }
        self.by_name.retain(|_, column| *column < before);
        for (_, turned_up) in self.inputs.values_mut() {
            *turned_up = turned_up.filter(|column| *column < before);
        }
        for column in &mut self.columns {
            column.values.truncate(row);
        }
    }

    /// The columns of `rows` rows, which are taken out.
    pub(super) fn take(&mut self, rows: usize) -> Vec<Column> {
        let mut taken: Vec<(usize, Column)> = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            column.values.pad(rows);
            taken.push((rank(column), column.values.finish()));
        }
        taken.sort_by_key(|(rank, _)| *rank);
        taken.into_iter().map(|(_, column)| column).collect()
    }

    /// What is taken out, in that order.
    pub(super) fn fields(&mut self) -> Arc<[ColumnField]> {
        let columns = &self.columns;
        let fields = self.fields.get_or_insert_with(|| {
            let mut columns: Vec<&Building> = columns.iter().collect();
            columns.sort_by_key(|column| rank(column));
            let fields = columns.iter().map(|column| ColumnField::text(&column.name));
            fields.collect()
        });
        fields.clone()
    }

    /// Names that became no column.
    pub(super) fn late(&self) -> &[String] {
        &self.late
    }
}

/// Objects that have the same known columns have them in the same order.
fn rank(column: &Building) -> usize {
    column.known.unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn columns(max_columns: usize) -> Columns {
        let known = |name: &str, json| KnownColumn {
            name: name.to_owned(),
            json,
            input: false,
        };
        Columns::new(&[known("id", false), known("Doc", true)], max_columns)
    }

    fn names(columns: &mut Columns) -> Vec<String> {
        let fields = columns.fields();
        fields.iter().map(|field| field.name.clone()).collect()
    }

    #[test]
    fn a_column_is_there_once_a_record_has_it() {
        let mut columns = columns(10);
        assert!(names(&mut columns).is_empty());
        for (row, members) in [&["x", "Doc"][..], &["id", "x"], &["x"]].iter().enumerate() {
            columns.begin(row);
            for name in *members {
                let found = columns.find(name).unwrap();
                columns.value(found, row).unwrap().push(name.as_bytes());
                assert!(columns.value(found, row).is_none(), "it has a value");
            }
        }
        assert_eq!(names(&mut columns), ["id", "Doc", "x"]);
        let taken = columns.take(3);
        assert_eq!(taken[0].bytes(1), Some(&b"id"[..]));
        assert_eq!(
            (taken[1].bytes(0), taken[1].bytes(1)),
            (Some(&b"Doc"[..]), None)
        );
        assert!((0..3).all(|row| taken[2].bytes(row) == Some(b"x")));
    }

    #[test]
    fn a_record_that_is_broken_leaves_no_column() {
        let mut columns = columns(3);
        columns.find("a").unwrap();
        let before = columns.len();
        assert_eq!(columns.find("b"), None, "no room");
        columns.find("id").unwrap();
        columns.take_back(0, before);
        assert_eq!(names(&mut columns), ["a"]);
        columns.take_back(0, 0);
        assert!(columns.find("b").is_some());
        assert_eq!(columns.find(""), None);
        assert_eq!(columns.late(), ["b", ""]);
    }

    #[test]
    fn spellings_of_an_input_are_one_column() {
        let input = |name: &str, json| KnownColumn {
            name: name.to_owned(),
            json,
            input: true,
        };
        let field = KnownColumn {
            input: false,
            ..input("BODY", true)
        };
        let known = [
            input("full name", false),
            input("body", false),
            input("a", false),
            input("A", false),
            field,
        ];
        let mut columns = Columns::new(&known, 20);
        let mut put = |row: usize, names: &[&str]| {
            columns.begin(row);
            for name in names {
                let found = columns.find(name).unwrap();
                columns.value(found, row).unwrap().push(name.as_bytes());
            }
        };
        put(0, &["Full_Name", "A"]);
        put(1, &["full name", "a", "Body"]);
        // One that has it twice has both.
        put(2, &["FULLNAME", "fullName", "body"]);
        put(3, &["fullName"]);
        assert_eq!(
            names(&mut columns),
            ["a", "A", "Full_Name", "Body", "fullName"]
        );
        let found = columns.find("Body").unwrap();
        assert!(!columns.is_json(found), "the plugin says what it reads");
        let taken = columns.take(4);
        let text = |column: usize, row| taken[column].bytes(row).map(String::from_utf8_lossy);
        let of = |column| [0, 1, 2, 3].map(|row| text(column, row).map(String::from));
        assert_eq!(
            of(2),
            [Some("Full_Name"), Some("full name"), Some("FULLNAME"), None]
                .map(|text| text.map(str::to_owned))
        );
        assert_eq!(
            of(3),
            [None, Some("Body"), Some("body"), None].map(|text| text.map(str::to_owned))
        );
        assert_eq!(
            of(4),
            [None, None, Some("fullName"), Some("fullName")].map(|text| text.map(str::to_owned))
        );
    }

    #[test]
    fn json_is_wanted_under_any_spelling() {
        let mut columns = columns(10);
        for (name, json) in [
            ("doc", true),
            ("Doc", true),
            ("D O C", true),
            ("id", false),
            ("d", false),
        ] {
            let found = columns.find(name).unwrap();
            assert_eq!(columns.is_json(found), json, "{name}");
        }
    }
}
