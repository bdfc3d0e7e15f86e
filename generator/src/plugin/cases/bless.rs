//! Writes into a file of cases what came out of the plugin. Everything else in it stays as it is, to the byte: comments,
//! layout, and the cases that nothing is written about.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use similar::{ChangeTag, TextDiff};
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::json::{self, Members};
use super::{CaseText, Cases, Expected, Form, Outcome, Refused, Scalar};

/// What is to be written about a case.
#[derive(Debug, Default, PartialEq)]
pub(in crate::plugin) struct Blessing {
    /// How the plugin refused its configuration, if it did.
    pub(in crate::plugin) refused: Option<Refused>,
    /// The rows that came out differently, by their numbers in the case, from 0.
    pub(in crate::plugin) rows: BTreeMap<usize, Expected>,
}

/// What some editors begin a file with.
const MARK: &str = "\u{feff}";
/// The keys of a row that say what is expected of it.
const EXPECTATIONS: [&str; 3] = ["out", "outcome", "findings"];

/// The text with these blessings, by the numbers of the cases in it.
pub(in crate::plugin) fn bless(
    file: &CaseText,
    cases: &Cases,
    blessings: &BTreeMap<usize, Blessing>,
) -> String {
    if blessings.is_empty() {
        return file.text.clone();
    }
    match file.form {
        Form::Toml => bless_toml(&file.text, cases, blessings),
        Form::Ndjson => bless_ndjson(&file.text, blessings),
    }
}

fn bless_toml(text: &str, cases: &Cases, blessings: &BTreeMap<usize, Blessing>) -> String {
    let mut document: DocumentMut = text.parse().expect("it was read before");
    let list = document.get_mut("case").expect("there are cases");
    for (index, blessing) in blessings {
        let case = &cases.cases[*index];
        edit_nth(list, *index, |table| {
            match &blessing.refused {
                Some(refused) => set(table, "refused", &Form::Toml.refused(refused)),
                None => drop(table.remove("refused")),
            }
            let Some(rows) = table.get_mut("rows") else {
                return;
            };
            for row in 0..case.rows.len() {
                if blessing.refused.is_some() {
                    edit_nth(rows, row, |table| {
                        EXPECTATIONS.iter().for_each(|key| drop(table.remove(key)));
                    });
                } else if let Some(expected) = blessing.rows.get(&row) {
                    let indent = case.indent(row, text);
                    edit_nth(rows, row, |table| write_row(table, expected, indent));
                }
            }
        });
    }
    with_endings_of(text, &document.to_string())
}

/// The text with the line ends, and the mark at its beginning, that it had `before` it went through a parser that drops
/// them.
fn with_endings_of(before: &str, after: &str) -> String {
    let (mark, lines) = match before.strip_prefix(MARK) {
        Some(rest) => (MARK, rest),
        None => ("", before),
    };
    let new_ending = if lines.contains("\r\n") { "\r\n" } else { "\n" };
    let plain = lines.replace("\r\n", "\n");
    let diff = TextDiff::from_lines(plain.as_str(), after);
    let old: Vec<&str> = lines.split_inclusive('\n').collect();
    let mut text = mark.to_owned();
    for change in diff.iter_all_changes() {
        match (change.tag(), change.old_index()) {
            (ChangeTag::Equal, Some(line)) => text.push_str(old[line]),
            (ChangeTag::Delete, _) => {}
            _ => text.push_str(&change.value().replace('\n', new_ending)),
        }
    }
    text
}

fn write_row(table: &mut dyn TableLike, expected: &Expected, indent: &str) {
    let Expected {
        outcome,
        out,
        findings,
    } = expected;
    match out.as_deref() {
        Some([row]) if edit_table(table, "out", |table| write_cells(table, row)) => {}
        Some(rows) => set(table, "out", &Form::Toml.rows(rows, indent)),
        None => drop(table.remove("out")),
    }
    match outcome {
        Outcome::Kept => drop(table.remove("outcome")),
        _ => set(table, "outcome", &Form::Toml.text(outcome.name())),
    }
    if findings.is_empty() {
        table.remove("findings");
    } else {
        set(table, "findings", &Form::Toml.findings(findings, indent));
    }
}

/// Changes the values of a row that differ.
fn write_cells(table: &mut dyn TableLike, row: &[(String, Scalar)]) {
    let is_gone = |key: &&str| row.iter().all(|(name, _)| name != key);
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in keys.iter().map(String::as_str).filter(is_gone) {
        table.remove(key);
    }
    for (name, value) in row {
        if table.get(name).and_then(scalar_in).as_ref() != Some(value) {
            set(table, name, &Form::Toml.scalar(value));
        }
    }
}

fn scalar_in(item: &Item) -> Option<Scalar> {
    Some(match item.as_value()? {
        Value::String(text) => Scalar::Text(text.value().clone()),
        Value::Integer(value) => Scalar::Integer(*value.value()),
        Value::Float(value) => Scalar::Float(*value.value()),
        Value::Boolean(value) => Scalar::Boolean(*value.value()),
        Value::Datetime(value) => Scalar::Text(value.value().to_string()),
        Value::Array(_) | Value::InlineTable(_) => return None,
    })
}

/// Gives a key this value, written as TOML, where it stands.
fn set(table: &mut dyn TableLike, key: &str, toml: &str) {
    let mut value: Value = toml.parse().expect("what is written is TOML");
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(item) => *item = Item::Value(value),
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// Edits a table in a list, however both are written.
fn edit_nth(list: &mut Item, index: usize, edit: impl FnOnce(&mut dyn TableLike)) {
    match list {
        Item::ArrayOfTables(tables) => {
            edit(tables.get_mut(index).expect("it was counted before"));
        }
        list => {
            let item = list.as_array_mut().and_then(|list| list.get_mut(index));
            let table = item.and_then(Value::as_inline_table_mut);
            edit_inline(table.expect("it was counted before"), edit);
        }
    }
}

/// Edits the table at a key; false where there is none.
fn edit_table(table: &mut dyn TableLike, key: &str, edit: impl FnOnce(&mut dyn TableLike)) -> bool {
    match table.get_mut(key) {
        Some(Item::Value(Value::InlineTable(table))) => edit_inline(table, edit),
        Some(Item::Table(table)) => edit(table),
        _ => return false,
    }
    true
}

/// Edits a table in braces. What stands before the closing one belongs to the last value, and stays there.
fn edit_inline(table: &mut toml_edit::InlineTable, edit: impl FnOnce(&mut dyn TableLike)) {
    let last = |table: &toml_edit::InlineTable| {
        let (key, value) = table.iter().last()?;
        let end = value.decor().suffix().and_then(|suffix| suffix.as_str());
        Some((key.to_owned(), end.unwrap_or_default().to_owned()))
    };
    let before = last(table);
    edit(table);
    let (Some((old, end)), Some((new, _))) = (before, last(table)) else {
        return;
    };
    // A comment stays with its value.
    if old == new || end.contains('#') {
        return;
    }
    if let Some(value) = table.get_mut(&old) {
        value.decor_mut().set_suffix("");
    }
    if let Some(value) = table.get_mut(&new) {
        value.decor_mut().set_suffix(end);
    }
}

fn bless_ndjson(text: &str, blessings: &BTreeMap<usize, Blessing>) -> String {
    let mut blessed = String::with_capacity(text.len());
    let mut index = 0;
    for line in text.split_inclusive('\n') {
        let case = json::trimmed(line);
        if case.is_empty() {
            blessed.push_str(line);
            continue;
        }
        match blessings.get(&index) {
            Some(blessing) => {
                let (before, after) = line.split_once(case).expect("it is a part of the line");
                blessed.push_str(before);
                blessed.push_str(&bless_line(case, blessing));
                blessed.push_str(after);
            }
            None => blessed.push_str(line),
        }
        index += 1;
    }
    blessed
}

fn bless_line(case: &str, blessing: &Blessing) -> String {
    let style = Style {
        spaced: case.contains("\": "),
    };
    let Members(members) = serde_json::from_str(case).expect("it was read before");
    let rows = members.iter().find(|(key, _)| key == "rows");
    let rows = rows.map(|(_, rows)| {
        let rows: Vec<&RawValue> = serde_json::from_str(rows.get()).expect("it was read before");
        let rows = rows.iter().enumerate().map(|(index, row)| {
            let changes = if blessing.refused.is_some() {
                EXPECTATIONS.map(|key| (key, None)).to_vec()
            } else if let Some(expected) = blessing.rows.get(&index) {
                row_members(expected)
            } else {
                return row.get().to_owned();
            };
            let Members(members) = serde_json::from_str(row.get()).expect("it was read before");
            style.object(&members, changes)
        });
        style.list(rows.collect())
    });
    let refused = blessing.refused.as_ref();
    let mut changes = vec![(
        "refused",
        refused.map(|refused| Form::Ndjson.refused(refused)),
    )];
    changes.extend(rows.map(|rows| ("rows", Some(rows))));
    style.object(&members, changes)
}

/// The members that say what is expected, as JSON; `None` for those that are left out.
fn row_members(expected: &Expected) -> Vec<(&'static str, Option<String>)> {
    let form = Form::Ndjson;
    let outcome = expected.outcome;
    let findings = &expected.findings;
    vec![
        ("out", expected.out.as_ref().map(|rows| form.rows(rows, ""))),
        (
            "outcome",
            (outcome != Outcome::Kept).then(|| form.text(outcome.name())),
        ),
        (
            "findings",
            (!findings.is_empty()).then(|| form.findings(findings, "")),
        ),
    ]
}

/// How a line of JSON is written.
#[derive(Clone, Copy)]
struct Style {
    /// Whether blanks stand between its parts.
    spaced: bool,
}

impl Style {
    /// An object with some members changed, in their places; new ones come last.
    fn object(
        self,
        members: &[(String, &RawValue)],
        changes: Vec<(&'static str, Option<String>)>,
    ) -> String {
        let colon = if self.spaced { ": " } else { ":" };
        let mut parts = Vec::new();
        for (key, raw) in members {
            let value = match changes.iter().find(|(changed, _)| changed == key) {
                Some((_, None)) => continue,
                Some((_, Some(value))) => value.clone(),
                None => raw.get().to_owned(),
            };
            parts.push(format!("{}{colon}{value}", Form::Ndjson.text(key)));
        }
        for (key, value) in changes {
            if let Some(value) = value.filter(|_| members.iter().all(|(known, _)| known != key)) {
                parts.push(format!("{}{colon}{value}", Form::Ndjson.text(key)));
            }
        }
        format!("{{{}}}", parts.join(self.comma()))
    }

    fn list(self, items: Vec<String>) -> String {
        format!("[{}]", items.join(self.comma()))
    }

    fn comma(self) -> &'static str {
        if self.spaced { ", " } else { "," }
    }
}
