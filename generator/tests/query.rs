//! `gen query` over what `gen run` made, with the DuckDB that the emulated AWS runs on, too.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, path::Path, path::PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

const MANIFEST: &str = r#"
[project]
name = "shop"

[pipeline.web-orders]
source = { prefix = "orders/" }
key = "id"
order_by = "ordered"
[pipeline.web-orders.fields]
id = "text"
ordered = "timestamp"
city = { type = "text", required = false }
total = { type = "decimal", precision = 10, scale = 2, required = false }
paid = { type = "boolean", required = false }
[pipeline.web-orders.lake]
partition_by = ["city", "year(ordered)"]

[pipeline.visits]
source = { prefix = "visits/" }
[pipeline.visits.fields]
page = "text"
[pipeline.visits.lake]
"#;

const ORDERS: &str = "id,ordered,city,total,paid
1,2026-01-01T10:00:00Z,New York,1.50,true
2,2026-01-01T10:00:00+02:00,a/b,,
,2026-01-01T10:00:00Z,x,1,true
";

const CORRECTIONS: &str =
    "id,ordered,city,total,paid\n1,2026-01-02T10:00:00Z,New York,2.50,false\n";

fn python() -> PathBuf {
    let venv = std::env::var_os("SLUICE_VENV").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv");
    venv.unwrap_or_else(beside).join("bin/python")
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn r#gen(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("gen")
        .unwrap()
        .current_dir(folder.path())
        .args(args)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A folder in which orders were processed.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "manifest.toml", MANIFEST);
    write(&folder, "orders/1.csv", ORDERS);
    write(&folder, "orders/2.csv", CORRECTIONS);
    let (code, _, told) = run(&folder);
    assert_eq!(code, 0, "{told}");
    folder
}

/// Processes the orders.
fn run(folder: &TempDir) -> (i32, String, String) {
    let args = "run manifest.toml orders --out out --pipeline web-orders";
    r#gen(folder, &args.split(' ').collect::<Vec<_>>())
}

fn query(folder: &TempDir, sql: &str, more: &[&str]) -> (i32, String, String) {
    let python = python();
    let fixed = [
        "query",
        "manifest.toml",
        sql,
        "--out",
        "out",
        "--python",
        python.to_str().unwrap(),
    ];
    r#gen(folder, &[&fixed[..], more].concat())
}

fn rows(folder: &TempDir, sql: &str) -> Value {
    let (code, rows, told) = query(folder, sql, &["--format", "json"]);
    assert_eq!(code, 0, "{told}");
    serde_json::from_str(&rows).unwrap()
}

#[test]
fn rows_have_the_columns_and_types_of_the_manifest() {
    let folder = project();
    assert_eq!(
        rows(&folder, "select * from web_orders order by id, ordered"),
        json!([
            { "id": "1", "ordered": "2026-01-01 10:00:00", "total": "1.50", "paid": true, "city": "New York", "ordered_year": "2026" },
            { "id": "1", "ordered": "2026-01-02 10:00:00", "total": "2.50", "paid": false, "city": "New York", "ordered_year": "2026" },
            { "id": "2", "ordered": "2026-01-01 08:00:00", "total": null, "paid": null, "city": "a/b", "ordered_year": "2026" },
        ])
    );
    let described = rows(&folder, "describe web_orders");
    let types: Vec<&str> = described
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["column_type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "VARCHAR",
            "TIMESTAMP",
            "DECIMAL(10,2)",
            "BOOLEAN",
            "VARCHAR",
            "VARCHAR"
        ]
    );
}

#[test]
fn the_newest_version_of_each_key() {
    let folder = project();
    let latest = rows(
        &folder,
        "select id, total from web_orders_latest order by id",
    );
    assert_eq!(
        latest,
        json!([{ "id": "1", "total": "2.50" }, { "id": "2", "total": null }])
    );
}

#[test]
fn what_was_refused() {
    let folder = project();
    let refused = rows(
        &folder,
        "select \"row\", findings[1].code as code from rejects.web_orders",
    );
    assert_eq!(refused, json!([{ "row": 3, "code": "missing" }]));
}

#[test]
fn a_lake_without_a_file_has_no_rows() {
    let folder = project();
    assert_eq!(rows(&folder, "select page from visits"), json!([]));
    assert_eq!(rows(&folder, "select raw from rejects.visits"), json!([]));
}

#[test]
fn a_field_that_came_later_is_null_in_older_files() {
    let folder = project();
    let more = MANIFEST.replace(
        "paid = ",
        "note = { type = \"text\", required = false }\npaid = ",
    );
    write(&folder, "manifest.toml", &more);
    assert_eq!(
        rows(
            &folder,
            "select count(*) as n, count(note) as notes from web_orders"
        ),
        json!([{ "n": 3, "notes": 0 }])
    );
    write(
        &folder,
        "orders/3.csv",
        "id,ordered,note\n3,2026-01-03T10:00:00Z,hello\n",
    );
    assert_eq!(run(&folder).0, 0);
    assert_eq!(
        rows(
            &folder,
            "select count(*) as n, count(note) as notes from web_orders"
        ),
        json!([{ "n": 4, "notes": 1 }])
    );
}

#[test]
fn a_file_that_was_edited_replaces_its_rows_in_every_folder() {
    let folder = project();
    write(
        &folder,
        "orders/1.csv",
        "id,ordered,city\n7,2025-01-01T10:00:00Z,Rome\n",
    );
    assert_eq!(run(&folder).0, 0);
    assert_eq!(
        rows(&folder, "select id from web_orders order by id desc"),
        json!([{ "id": "7" }, { "id": "1" }])
    );
    write(&folder, "orders/1.csv", "x,y\n1,2\n");
    assert_eq!(run(&folder).0, 1, "it is refused");
    assert_eq!(
        rows(&folder, "select id from web_orders order by id desc"),
        json!([{ "id": "7" }, { "id": "1" }])
    );
}

#[test]
fn what_json_cannot_say_is_null_and_folders_may_be_called_anything() {
    let folder = project();
    fs::rename(folder.path().join("out"), folder.path().join("o[u]t's*")).unwrap();
    let python = python();
    let args = [
        "query",
        "manifest.toml",
        "select count(*) as n, 'nan'::double as x, '-inf'::double as y from web_orders",
        "--out",
        "o[u]t's*",
        "--format",
        "json",
        "--python",
        python.to_str().unwrap(),
    ];
    let (code, rows, told) = r#gen(&folder, &args);
    assert_eq!(code, 0, "{told}");
    let rows: Value = serde_json::from_str(&rows).unwrap();
    assert_eq!(rows, json!([{ "n": 3, "x": null, "y": null }]));
}

#[test]
fn other_formats() {
    let folder = project();
    let sql = "select id, total from web_orders_latest order by id";
    let (_, text, _) = query(&folder, sql, &[]);
    assert_eq!(text, "id  total\n--  -----\n1   2.50\n2\n");
    let (_, csv, _) = query(&folder, sql, &["--format", "csv"]);
    assert_eq!(csv, "id,total\n1,2.50\n2,\n");
}

#[test]
fn what_can_be_wrong() {
    let folder = project();
    let (code, _, told) = query(&folder, "select nothing from web_orders", &[]);
    assert_eq!(code, 1);
    assert!(told.contains("nothing"), "{told}");
    let args = [
        "query",
        "manifest.toml",
        "select 1",
        "--out",
        "out",
        "--python",
        "no-such-python",
    ];
    let (code, _, told) = r#gen(&folder, &args);
    assert_eq!(code, 1);
    assert!(told.contains("--python"), "{told}");
}
