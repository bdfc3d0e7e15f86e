//! Tables of a plugin, as whoever knows files hands them over.
#![allow(clippy::unwrap_used, missing_docs)]

use sluice_manifest::{Table, load_with_tables};

const MANIFEST: &str = r#"
[project]
name = "shop"
[pipeline.orders]
source = { prefix = "orders/" }
lake = true
plugin = { name = "tidy", config = { id = "trim" }, tables = { words = "words.csv", more = "more.csv" } }
[pipeline.orders.fields]
id = "text"
"#;

fn table(rows: usize) -> Table {
    Table {
        columns: vec!["a".into(), "b".into()],
        rows: vec![vec![Some("é".into()), None]; rows],
    }
}

#[test]
fn a_table_is_a_setting() {
    let read = |file: &str| match file {
        "words.csv" => Ok(table(1)),
        _ => Ok(table(2)),
    };
    let stack = load_with_tables(MANIFEST, "manifest.toml", None, &read).unwrap();
    let config = stack.pipelines[0].plugin.as_ref().unwrap().config.iter();
    let config: Vec<(&str, &str)> = config
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("id", "trim"),
        (
            "table:more",
            r#"{"columns":["a","b"],"rows":[["é",null],["é",null]]}"#,
        ),
        (
            "table:words",
            r#"{"columns":["a","b"],"rows":[["é",null]]}"#,
        ),
    ];
    assert_eq!(config, expected);
}

#[test]
fn a_table_that_cannot_be_used_is_told_with_its_place() {
    let read = |file: &str| match file {
        "words.csv" => Err("no such file".to_owned()),
        _ => Ok(table(3_000)),
    };
    let problems = load_with_tables(MANIFEST, "manifest.toml", None, &read).unwrap_err();
    let expected = "\
error: the table `words` cannot be read: no such file
 --> manifest.toml:7:64
  |
7 | plugin = { name = \"tidy\", config = { id = \"trim\" }, tables = { words = \"words.csv\", more = \"more.csv\" } }
  |                                                                ^^^^^
  |
help: give the path of a CSV, TSV, JSON or NDJSON file, seen from the manifest's folder

error: the plugin's tables are too large: they take 36030 bytes as settings, limit 32768 bytes
 --> manifest.toml:7:85
  |
7 | plugin = { name = \"tidy\", config = { id = \"trim\" }, tables = { words = \"words.csv\", more = \"more.csv\" } }
  |                                                                                     ^^^^
  |
help: leave out rows and columns that are not looked up, or write a plugin that has the table in it
";
    assert_eq!(problems.to_string(), expected);
}
