#![allow(clippy::unwrap_used)]
//! The manual's examples, and what holds for any configuration and any rows. `gen plugin test` runs the golden cases.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sluice_sdk::contract::{self, Batch, OutColumn, Output, Severity, Values};
use sluice_sdk::testing;
use sluice_sdk::{ColumnPlugin, Config, Failure};
use toml::{Table, Value};

use crate::Tidy;
use crate::column::Kind;
use crate::time::{push_date, push_timestamp};
use crate::vocabulary::WORDS;

/// A row as the manual and the cases write it.
type Row = BTreeMap<String, String>;

/// What became of a row.
#[derive(Debug, PartialEq)]
enum Became {
    Rows(Vec<Row>),
    Dropped,
    Rejected,
}

/// The entries as the manifest hands them over: arrays and tables as JSON, scalars as text.
fn config(table: &Table) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => json(other).to_string(),
    };
    let mut entries: Vec<(String, String)> = table
        .iter()
        .map(|(key, value)| (key.clone(), text(value)))
        .collect();
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

const README: &str = include_str!("../README.md");

/// The contents of code between backticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The lines of the tables of steps: their five cells.
fn examples() -> impl Iterator<Item = [&'static str; 5]> {
    let mut inside = false;
    README.lines().filter_map(move |line| {
        if line == "| step | what it does | before | after | finding |" {
            inside = true;
            return None;
        }
        inside &= line.starts_with('|');
        if !inside || line.starts_with("| ---") {
            return None;
        }
        let cells: Vec<&str> = line.trim().split('|').map(str::trim).collect();
        let cells = &cells[1..cells.len() - 1];
        Some(
            cells
                .try_into()
                .unwrap_or_else(|_| panic!("{} cells: {line}", cells.len())),
        )
    })
}

#[test]
fn the_manual_tells_the_truth() {
    let mut count = 0;
    for [step, _, before, after, finding] in examples() {
        count += 1;
        let written = code(step).join("\n");
        let value = |text: &str| -> Value {
            let table: Table = toml::from_str(&format!("x = {text}"))
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            table["x"].clone()
        };
        let single: Result<Table, _> = toml::from_str(&format!("x = {written}"));
        let is_single = single.is_ok();
        let config = config(&single.unwrap_or_else(|_| {
            toml::from_str(&written).unwrap_or_else(|error| panic!("{written}: {error}"))
        }));
        let before = code(before)[0];
        let input = match (is_single, before) {
            (true, "null") => Row::new(),
            (true, before) => Row::from([("x".into(), plain(&value(before)))]),
            (false, before) => rows(&value(before)).remove(0),
        };
        let expected = match (after, is_single) {
            ("rejected", _) => Became::Rejected,
            ("dropped", _) => Became::Dropped,
            ("`null`", _) => Became::Rows(vec![Row::new()]),
            (after, true) => Became::Rows(vec![Row::from([(
                "x".into(),
                plain(&value(code(after)[0])),
            )])]),
            (after, false) => Became::Rows(rows(&value(code(after)[0]))),
        };
        let columns = if is_single {
            vec!["x".into()]
        } else {
            Vec::new()
        };
        let found = run(&config, &[input], &columns)
            .unwrap_or_else(|failure| panic!("{written}: {}", failure.message));
        let findings: Vec<String> = Some(finding.replace('`', ""))
            .filter(|finding| !finding.is_empty())
            .into_iter()
            .collect();
        assert_eq!(found, [(expected, findings)], "{written} of {before}");
    }
    assert!(count > 60, "{count} examples");
}

#[test]
fn the_manual_and_the_cases_name_every_step() {
    let examples: String = examples().map(|[step, ..]| format!("{step}\n")).collect();
    for text in [examples.as_str(), CASES] {
        for word in WORDS {
            let name = word.name;
            let is_named = [format!("\"{name}\""), format!("{{ {name} = ")];
            assert!(
                is_named.iter().any(|name| text.contains(name.as_str())),
                "`{name}`"
            );
        }
    }
}

#[test]
fn the_manuals_manifest_is_right() {
    let manifest = README
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let manifest: Table = toml::from_str(manifest).unwrap();
    let plugin = manifest["pipeline"]["contacts"]["plugin"]["config"]
        .as_table()
        .unwrap()
        .clone();
    configured(&config(&plugin), &[])
        .map_err(|failure| failure.message)
        .unwrap();
}

/// The three mistakes of the manual, in its words.
#[test]
fn the_manuals_mistakes_are_told_so() {
    let config = [
        ("amount", r#"{"number":{"locale":"gr","as":"float"}}"#),
        ("email", r#"["trim","lowr"]"#),
        ("signed_up", r#"{"timestamp":"iso","zone":"Berlin"}"#),
    ];
    let expected = README
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("\n```")
        .next()
        .unwrap();
    assert_eq!(refusal(&config), expected);
}

fn refusal(config: &[(&str, &str)]) -> String {
    let entries: Vec<(String, String)> = config
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect();
    configured(&entries, &[])
        .err()
        .map(|failure| failure.message)
        .unwrap_or_default()
}

const CASES: &str = include_str!("../cases.toml");

#[test]
fn the_schema_knows_every_step() {
    let schema: serde_json::Value = serde_json::from_str(&Tidy::describe().config_schema).unwrap();
    let steps = schema["$defs"]["step"]["anyOf"].as_array().unwrap();
    for word in WORDS {
        let named = steps
            .iter()
            .filter(|step| step["const"] == word.name || !step["properties"][word.name].is_null());
        assert_eq!(
            named.count(),
            usize::from(word.alone) + usize::from(word.main.is_some()),
            "{}",
            word.name
        );
    }
}

#[test]
fn every_example_of_a_remedy_is_right() {
    for word in WORDS.iter().filter(|word| !word.example.is_empty()) {
        let table: Table = toml::from_str(&format!("x = {}", word.example)).unwrap();
        assert_eq!(
            configured(&config(&table), &[])
                .err()
                .map(|failure| failure.message),
            None,
            "{}",
            word.name
        );
    }
}

#[test]
fn names_of_other_tools_lead_to_steps() {
    for (other, step) in crate::vocabulary::OTHER_NAMES {
        assert!(
            WORDS.iter().all(|word| word.name != *other)
                && WORDS.iter().any(|word| word.name == *step),
            "{other}"
        );
    }
}

#[test]
fn mistakes() {
    fn check(key: &str, value: &str, expected: &str) {
        assert_eq!(refusal(&[(key, value)]), expected, "{value}");
    }
    check(
        "x",
        "trimm",
        "`x`: `trimm` is no step: did you mean `trim`?",
    );
    check("x", "Trim", "`x`: `Trim` is no step: did you mean `trim`?");
    check(
        "x",
        "cut",
        "`x`: `cut` needs to be told more: write `{ cut = 40 }`",
    );
    check(
        "x",
        r#"{"trim":1}"#,
        "`x`: `trim` takes nothing: write `\"trim\"`",
    );
    check(
        "x",
        r#"[5]"#,
        "`x[0]`: `5` is no step: write the name of one, or a table such as `{ cut = 40 }`",
    );
    check(
        "x",
        r#"{}"#,
        "`x`: `{}` names no step: write the name of one",
    );
    check(
        "x",
        r#"{"cut":5,"mask":"all"}"#,
        "`x`: `cut` and `mask` are two steps in one table: write each in a table of its own",
    );
    check(
        "x",
        r#"{"cut":5,"ende":"…"}"#,
        "`x.ende`: `ende` is no option: did you mean `end`?",
    );
    check(
        "x",
        r#"{"cut":"five"}"#,
        "`x.cut`: `cut` is `five`: write a whole number",
    );
    check(
        "x",
        r#"{"cut":0}"#,
        "`x.cut`: `cut` is `0`: write 1 to 1000000",
    );
    check(
        "x",
        r#"{"cut":2,"end":"..."}"#,
        "`x.end`: `end` has 3 characters, which leaves none of 2: shorten it",
    );
    check(
        "x",
        r#"{"mask":"mail"}"#,
        "`x.mask`: `mask` is `mail`: did you mean `email`?",
    );
    check(
        "x",
        r#"["integer","lower"]"#,
        "`x[1]`: the step takes text, and the column is of type `integer` by then: put it before the step that gives the type",
    );
    check(
        "x",
        r#"["integer",{"default":"none"}]"#,
        "`x[1].default`: `none` does not fit the column, which is of type `integer` by then: write a whole number",
    );
    check(
        "x",
        r#"{"timestamp":"%d.%m.%y %H:%M","else":"keep"}"#,
        "`x.else`: `else` is `keep`: write `null`, `reject` or `drop`",
    );
    check(
        "x",
        r#"{"timestamp":"%d.%m"}"#,
        "`x.timestamp`: format `%d.%m` has no year: add `%Y`",
    );
    check(
        "x",
        r#"{"timestamp":"iso","zone":"Europe/Belin"}"#,
        "`x.zone`: zone `Europe/Belin` is not known: did you mean `Europe/Berlin`?",
    );
    check(
        "x",
        r#"{"number":{"as":"money"}}"#,
        "`x.number.as`: `as` is `money`: write `integer`, `float` or `decimal(p,s)` with 1 to 38 digits, of which s come after the point",
    );
    check(
        "x",
        r#"{"number":{"locale":"de","group":",","as":"float"}}"#,
        "`x`: `,` is both the point and what stands between groups: set `point` or `group` to another",
    );
    check(
        "x",
        r#"{"drop_if":"test"}"#,
        "`x.drop_if`: `test` is no condition: write `{ is = \"test\" }` for the value, or `empty` or `not_empty`",
    );
    check(
        "x",
        r#"{"drop_if":{"above":5}}"#,
        "`x.drop_if.above`: `above` compares numbers and dates, and the column is of type `text` by then: put it behind `number`, `timestamp` or the like",
    );
    check(
        "x",
        r#"{"drop_if":{"iss":5}}"#,
        "`x.drop_if.iss`: `iss` is no condition: did you mean `is`?",
    );
    check(
        "x",
        r#"["trim",{"from":"y"}]"#,
        "`x[1]`: `from` says where the column comes from: put it first",
    );
    check(
        "x",
        r#"[{"explode":";"},{"copy":"y"}]"#,
        "`x[1]`: the step makes columns, and the column has several values a row by then: put it before `explode`",
    );
    check(
        "x",
        "drop_blank_rows",
        "`x`: `drop_blank_rows` is about all columns: write it under `\"*\"`",
    );
    check(
        "x",
        r#"{"join":["x","y"]}"#,
        "`x`: the column is made of itself: use other columns",
    );
    check(
        "x",
        "[",
        "`x`: the steps are no JSON (at character 1): write a list of steps",
    );
    check(
        "*",
        r#"{"copy":"y"}"#,
        "`\"*\"`: this step is about one column, and `*` is about all: write it under the column's name",
    );
    check(
        "x",
        r#"{"boolean":{"true":"yes"}}"#,
        "`x`: only one of `true` and `false` is given: write both lists, or neither",
    );
    check(
        "x",
        r#"{"required":"no id"}"#,
        "`x.required`: `code` is `no id`: write 1 to 64 letters, digits, `_`, `-`, `.` or `:`, such as `no_consent`",
    );
    check(
        "x",
        r#"["trim",{"timestamp":{"formats":["iso","%d"],"zone":"UTC"}}]"#,
        "`x[1].timestamp.formats[1]`: format `%d` has no year: add `%Y`",
    );
    check(
        "Full Name",
        r#"{"from":["name","NAME ","full_name"]}"#,
        "`\"Full Name\".from[1]`: `NAME ` is looked for already, as `name`, because case, blanks and signs in names make no difference: leave it out",
    );
    check(
        "x",
        r#"{"from":["y","y"]}"#,
        "`x.from[1]`: `y` is looked for already: leave it out",
    );
    check(
        "x",
        r#"{"from":"x"}"#,
        "`x.from[0]`: `x` is looked for already: leave it out",
    );
    let pair = |a: &str, b: &str| refusal(&[("a", a), ("b", b)]);
    assert_eq!(
        pair(r#"{"copy":"c"}"#, r#"{"copy":"c"}"#),
        "`b`: `c` is made twice, by `a` and by `b`: give one of them another name"
    );
    assert_eq!(
        pair(r#"{"rename":"c"}"#, r#"{"rename":"c"}"#),
        "`b`: `a` and `b` both come out as `c`: give one of them another name, or `remove` it"
    );
    assert_eq!(
        pair(r#"{"join":"b"}"#, r#"{"join":"a"}"#),
        "`a`: `a` and `b` are made of one another: leave one of these steps out"
    );
    assert_eq!(
        pair(r#"{"explode":"b"}"#, r#"{"explode":"a"}"#),
        "`b`: `a` and `b` both have `explode`, and only one column can: leave one out"
    );
    assert_eq!(
        pair(r#"{"explode":"b"}"#, r#"{"join":"a"}"#),
        "`b`: `a` has several values a row behind `explode`: join something else"
    );
    assert_eq!(
        pair(r#"{"copy":"b"}"#, r#"{"from":"c"}"#),
        "`b`: the column is made by a step of `a`, and has `from` too: leave one out"
    );
    assert_eq!(
        refusal(&[("E-Mail", "trim"), ("email", "trim")]),
        "`email`: `E-Mail` and `email` are one column, as case, blanks and signs in names make no difference: write its steps under one key"
    );
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

/// Steps of every kind that take text, as JSON.
fn text_steps() -> Vec<&'static str> {
    vec![
        r#""trim""#,
        r#""collapse""#,
        r#""printable""#,
        r#""lower""#,
        r#""upper""#,
        r#""title""#,
        r#""nfc""#,
        r#""nfkc""#,
        r#""strip_accents""#,
        r#"{"only":"digits","also":"+"}"#,
        r#"{"only":"letters_digits"}"#,
        r#"{"only":"ascii"}"#,
        r#"{"before":"a"}"#,
        r#"{"cut":3}"#,
        r#"{"cut":3,"end":"…"}"#,
        r#"{"pad":6}"#,
        r#""email""#,
        r#"{"email":{"else":"reject"}}"#,
        r#""empty_to_null""#,
        r#"{"null_if":["a",""],"ignore_case":true}"#,
        r#"{"default":"x"}"#,
        r#"{"one_of":["a","B"],"ignore_case":true}"#,
        r#"{"mask":"email"}"#,
        r#"{"mask":"phone"}"#,
        r#"{"mask":"card"}"#,
        r#"{"mask":"all","keep_last":2}"#,
    ]
}

/// Steps that are not the same when they are done again, or that end a list.
fn other_steps() -> Vec<&'static str> {
    vec![
        r#"{"redact":["email","card","phone"]}"#,
        r#"{"map":{"a":"b"},"else":"null"}"#,
        r#"{"after":"a"}"#,
        r#"{"replace":{"a":"aa","b":""}}"#,
        r#""hash""#,
        r#"{"hash":{"salt":"s","digits":8}}"#,
        r#"{"drop_if":{"contains":"b","ignore_case":true}}"#,
        r#"{"warn_if":{"longer_than":2}}"#,
        r#""required""#,
        r#"{"copy":"copied"}"#,
        r#"{"split":",","into":["p","q"]}"#,
        r#"{"explode":";"}"#,
        r#"{"number":{"locale":"de","as":"decimal(6,2)","currency":true,"percent":"divide","round":true}}"#,
        r#"{"integer":{"locale":"en","else":"drop"}}"#,
        r#"{"float":"fr"}"#,
        r#""boolean""#,
        r#"{"date":["%d.%m.%y","excel"]}"#,
        r#"{"timestamp":["iso","%d %b %Y %I:%M%p %z","unix"],"zone":"Europe/Paris","else":"reject"}"#,
        r#""remove""#,
    ]
}

fn cell() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        2 => ".{0,12}".prop_map(Some),
        4 => "[aAbB@.,;:/ +0-9€%()ßİΣσςéÉ\u{301}\u{200b}\t-]{0,14}".prop_map(Some),
        2 => prop::sample::select(vec!["2026-03-29 02:30", "29.3.26", "1.234,50 €", "a@b.example", "4111 1111 1111 1111", "+49 30 1234567", "1 mar 2026 1:00pm Z"]).prop_map(|text| Some(text.into())),
    ]
}

fn entries_of(steps: &[&str]) -> Vec<(String, String)> {
    vec![("x".into(), format!("[{}]", steps.join(",")))]
}

fn batch_of(cells: &[Option<String>]) -> Batch {
    let rows: Vec<Vec<Option<&str>>> = cells.iter().map(|cell| vec![cell.as_deref()]).collect();
    testing::batch(1, &rows)
}

/// What became of each cell, whatever batch it was in.
fn transformed(
    entries: &[(String, String)],
    cells: &[Option<String>],
) -> Option<Vec<(Became, Vec<String>)>> {
    let (mut tidy, fields) = configured(entries, &["x".into()]).ok()?;
    let batch = batch_of(cells);
    let output = tidy.transform(batch.clone(), testing::origin()).unwrap();
    assert!(output.findings.len() <= 4 * cells.len() + 16);
    Some(
        (0..cells.len() as u32)
            .map(|row| became(row, &batch, &fields, &output))
            .collect(),
    )
}

proptest! {
    #[test]
    fn steps_over_text_done_twice_are_done_once(step in prop::sample::select(text_steps()), cells in prop::collection::vec(cell(), 1..80)) {
        let texts = |found: &[(Became, Vec<String>)]| -> Vec<Option<String>> {
            found.iter().map(|(became, _)| match became {
                Became::Rows(rows) => rows[0].get("x").cloned(),
                _ => None,
            }).collect()
        };
        let once = texts(&transformed(&entries_of(&[step]), &cells).unwrap());
        let twice = texts(&transformed(&entries_of(&[step]), &once).unwrap());
        prop_assert_eq!(once, twice, "{}", step);
    }

    #[test]
    fn a_row_does_not_depend_on_its_batch(
        first in prop::collection::vec(prop::sample::select(text_steps()), 0..4),
        then in prop::collection::vec(prop::sample::select(other_steps()), 0..4),
        cells in prop::collection::vec(cell(), 1..80),
        half in any::<prop::sample::Index>(),
    ) {
        let entries = entries_of(&[first, then].concat());
        if let Some(whole) = transformed(&entries, &cells) {
            let (left, right) = cells.split_at(half.index(cells.len()));
            let mut halves = transformed(&entries, left).unwrap();
            halves.extend(transformed(&entries, right).unwrap());
            prop_assert_eq!(whole, halves);
        }
    }

    #[test]
    fn no_configuration_panics(key in "[a-c*]?", value in prop_oneof![".*", any_json()], cells in prop::collection::vec(cell(), 1..9)) {
        transformed(&[("x".into(), value.clone())], &cells);
        let _ = configured(&[(key, value)], &["a".into(), "x".into()]);
    }
}

/// JSON that is nearly a configuration.
fn any_json() -> impl Strategy<Value = String> {
    let names: Vec<String> = WORDS
        .iter()
        .flat_map(|word| {
            word.takes()
                .into_iter()
                .map(|(name, _)| name)
                .chain([word.name])
        })
        .map(String::from)
        .collect();
    let leaf = prop_oneof![
        prop::sample::select(names.clone()).prop_map(serde_json::Value::from),
        "[a-z%.,YmdHM ]{0,9}".prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        (0u64..40).prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
    ];
    let json = leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(prop::sample::select(names.clone()), inner, 0..4)
                .prop_map(|table| table.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    json.prop_map(|json: serde_json::Value| json.to_string())
}
