#![allow(clippy::unwrap_used)]
//! What the tests of configurations share, and how rows are put together. `gen plugin test` runs the golden cases.

mod any;
mod manual;
mod mistakes;

use std::collections::BTreeMap;

use sluice_sdk::contract::{self, Batch, OutColumn, Output, Severity, Values};
use sluice_sdk::testing;
use sluice_sdk::{ColumnPlugin, Config, Failure};
use toml::{Table, Value};

use crate::Tidy;
use crate::column::Kind;
use crate::time::{push_date, push_timestamp};

/// A row as the manual and the cases write it.
type Row = BTreeMap<String, String>;

/// What became of a row.
#[derive(Debug, PartialEq)]
enum Became {
    Rows(Vec<Row>),
    Dropped,
    Rejected,
}

/// The table of the manual, as the setting that the host makes of it.
fn countries() -> (String, String) {
    let manual = include_str!("../../README.md");
    let text = manual.split("```csv\n").nth(1).unwrap();
    let text = text.split("```").next().unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let columns = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    let table = serde_json::json!({ "columns": columns, "rows": rows });
    ("table:countries".into(), table.to_string())
}

/// The entries as the manifest hands them over: arrays and tables as JSON, scalars as text; and the manual's table.
fn config(table: &Table) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => json(other).to_string(),
    };
    let mut entries: Vec<(String, String)> = table
        .iter()
        .map(|(key, value)| (key.clone(), text(value)))
        .collect();
    entries.push(countries());
    entries.sort();
    entries
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.clone().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Datetime(time) => time.to_string().into(),
        Value::Array(list) => list.iter().map(json).collect(),
        Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn schema(columns: &[String]) -> Vec<contract::Field> {
    let field = |name: &String| contract::Field {
        name: name.clone(),
        logical: "text".into(),
        nullable: true,
    };
    columns.iter().map(field).collect()
}

fn configured(
    entries: &[(String, String)],
    columns: &[String],
) -> Result<(Tidy, Vec<contract::Field>), Failure> {
    Tidy::configure(schema(columns), Config::new(entries.to_vec()))
}

/// Runs rows through a configuration; also each row's findings, as `warning bad_date`.
fn run(
    entries: &[(String, String)],
    rows: &[Row],
    more: &[String],
) -> Result<Vec<(Became, Vec<String>)>, Failure> {
    let mut columns: Vec<String> = more.to_vec();
    for name in rows.iter().flat_map(BTreeMap::keys) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let (mut tidy, fields) = configured(entries, &columns)?;
    let values: Vec<Vec<Option<&str>>> = rows
        .iter()
        .map(|row| {
            columns
                .iter()
                .map(|name| row.get(name).map(String::as_str))
                .collect()
        })
        .collect();
    let batch = testing::batch(columns.len(), &values);
    let output = tidy.transform(batch.clone(), testing::origin())?;
    Ok((0..rows.len() as u32)
        .map(|row| became(row, &batch, &fields, &output))
        .collect())
}

fn became(
    row: u32,
    batch: &Batch,
    fields: &[contract::Field],
    output: &Output,
) -> (Became, Vec<String>) {
    let findings = output
        .findings
        .iter()
        .filter(|finding| finding.row == row)
        .map(|finding| {
            assert!(!finding.message.is_empty());
            let severity = match finding.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            format!("{severity} {}", finding.code)
        });
    let source = |at: u32| {
        output
            .source_rows
            .as_ref()
            .map_or(at, |rows| rows[at as usize])
    };
    let kept: Vec<u32> = (0..output.rows).filter(|at| source(*at) == row).collect();
    let values = |at: u32| {
        let columns = fields.iter().zip(&output.columns);
        columns
            .filter_map(|(field, column)| {
                let (column, at) = match column {
                    OutColumn::Keep(index) => (&batch.columns[*index as usize], source(at)),
                    OutColumn::Replace(column) => (column, at),
                };
                Some((
                    field.name.clone(),
                    value(column, at as usize, Kind::of(&field.logical))?,
                ))
            })
            .collect()
    };
    let became = match () {
        () if output.rejected.contains(&row) => Became::Rejected,
        () if kept.is_empty() => Became::Dropped,
        () => Became::Rows(kept.into_iter().map(values).collect()),
    };
    (became, findings.collect())
}

/// A value as TOML writes it, but text without quotes.
fn value(column: &contract::Column, row: usize, kind: Kind) -> Option<String> {
    if !column.validity.is_empty() && column.validity[row / 8] >> (row % 8) & 1 == 0 {
        return None;
    }
    let mut text = String::new();
    match (&column.values, kind) {
        (Values::Bytes(bytes), _) => {
            let (start, end) = (bytes.offsets[row] as usize, bytes.offsets[row + 1] as usize);
            text.push_str(std::str::from_utf8(&bytes.data[start..end]).unwrap());
        }
        (Values::Integers(values), Kind::Timestamp) => push_timestamp(&mut text, values[row]),
        (Values::Integers(values), Kind::Date) => push_date(&mut text, values[row]),
        (Values::Integers(values), _) => text = values[row].to_string(),
        (Values::Floats(values), _) => text = format!("{:?}", values[row]),
        (Values::Booleans(values), _) => text = (values[row] == 1).to_string(),
    }
    Some(text)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) => format!("{number:?}"),
        other => other.to_string(),
    }
}

fn row(table: &Table) -> Row {
    table
        .iter()
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect()
}

fn rows(value: &Value) -> Vec<Row> {
    match value {
        Value::Table(table) => vec![row(table)],
        Value::Array(list) => list.iter().flat_map(rows).collect(),
        other => panic!("{other} is no row"),
    }
}

#[test]
fn columns_that_do_not_change_are_kept() {
    let entries = config(
        &toml::from_str(
            r#""*" = "collapse"
        a = ["trim", "lower", "nfc", { cut = 9 }, { map = { "UK" = "GB" } }]
        n = { number = { as = "decimal(5,1)" } }"#,
        )
        .unwrap(),
    );
    let columns = ["a", "b", "n"].map(String::from);
    let (mut tidy, _) = configured(&entries, &columns).unwrap();
    let batch = testing::batch(
        3,
        &[
            vec![Some("ada"), Some("B c"), Some("1.5")],
            vec![None, None, None],
        ],
    );
    let output = tidy.transform(batch, testing::origin()).unwrap();
    assert!(
        output
            .columns
            .iter()
            .all(|column| matches!(column, OutColumn::Keep(_)))
    );
}

#[test]
fn at_most_four_findings_a_row_and_errors_first() {
    let step = r#"{"integer":{"else":"null"}}"#;
    let mut entries: Vec<(String, String)> = ('a'..='h')
        .map(|key| (key.to_string(), step.into()))
        .collect();
    entries[7].1 = "{\"integer\":{\"else\":\"reject\"}}".into();
    let row: Row = ('a'..='h')
        .map(|key| (key.to_string(), "x".into()))
        .collect();
    let found = run(&entries, &[row], &[]).unwrap();
    let warning = "warning bad_number".to_owned();
    assert_eq!(
        found,
        [(
            Became::Rejected,
            vec![
                "error bad_number".into(),
                warning.clone(),
                warning.clone(),
                warning
            ]
        )]
    );
}
