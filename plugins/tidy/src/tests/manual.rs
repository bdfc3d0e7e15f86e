//! The manual's examples, which are all true, and that it and the golden cases leave no step out.

use toml::{Table, Value};

use super::mistakes::refusal;
use super::{Became, Row, config, configured, plain, rows, run};
use crate::Tidy;
use crate::vocabulary::WORDS;
use sluice_sdk::ColumnPlugin;

const README: &str = include_str!("../../README.md");

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

const CASES: &str = include_str!("../../cases.toml");

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
