//! `gen run` as a person and a program use it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, path::Path};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const MANIFEST: &str = r#"
[project]
name = "shop"

[pipeline.orders]
source = { prefix = "orders/" }
key = "id"
[pipeline.orders.fields]
id = "text"
amount = "integer"
[pipeline.orders.table]
[pipeline.orders.lake]

[pipeline.visits]
source = { prefix = "visits/" }
formats = ["ndjson"]
[pipeline.visits.fields]
page = "text"
[pipeline.visits.lake]
"#;

/// A folder with a manifest and data for both pipelines.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "manifest.toml", MANIFEST);
    write(&folder, "data/orders/1.csv", "id,amount\n1,10\n2,x\n1,11\n");
    write(
        &folder,
        "data/visits/1.ndjson",
        "{\"page\": \"/\"}\n{\"page\": \"/a\"}\n",
    );
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn run(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("gen")
        .unwrap()
        .current_dir(folder.path())
        .arg("run")
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

fn json(folder: &TempDir, args: &[&str]) -> Value {
    let (code, stdout, stderr) = run(folder, &[args, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn every_file_goes_to_the_pipeline_of_its_prefix() {
    let folder = project();
    let summary = json(&folder, &["manifest.toml", "data", "--out", "out"]);
    let objects = summary["objects"].as_array().unwrap();
    let counts = |index: usize| {
        let object = &objects[index];
        let count = |name| object[name].as_u64().unwrap();
        let names = ["read", "stored", "dropped", "duplicate", "rejected"];
        (object["pipeline"].as_str().unwrap(), names.map(count))
    };
    assert_eq!(objects.len(), 2);
    assert_eq!(counts(0), ("orders", [3, 1, 0, 1, 1]));
    assert_eq!(counts(1), ("visits", [2, 2, 0, 0, 0]));
    assert_eq!(summary["totals"]["read"], 5);

    let reject: Value =
        serde_json::from_str(&only_line(&folder.path().join("out/rejects/orders"))).unwrap();
    assert_eq!((&reject["row"], &reject["raw"]), (&2.into(), &"2,x".into()));
    assert_eq!(reject["findings"][0]["code"], "not_an_integer");
    assert!(folder.path().join("out/sluice.sqlite").exists());
}

fn only_line(folder: &Path) -> String {
    let files: Vec<_> = fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
    assert_eq!(text.lines().count(), 1);
    text
}

#[test]
fn a_file_is_done_once_unless_asked_again() {
    let folder = project();
    let args = ["manifest.toml", "data", "--out", "out"];
    let first = json(&folder, &args);
    let second = json(&folder, &args);
    assert_eq!(second["objects"], Value::Array(Vec::new()));
    assert_eq!(second["skipped"].as_array().unwrap().len(), 2);
    let third = json(&folder, &[&args[..], &["--again"]].concat());
    assert_eq!(
        third["objects"][0]["outputs"], first["objects"][0]["outputs"],
        "the same names"
    );
    assert_eq!(third["objects"].as_array().unwrap().len(), 2);
}

#[test]
fn records_of_other_files_are_duplicates_where_that_is_asked_for() {
    let folder = project();
    let manifest = MANIFEST.replace("key = \"id\"", "key = \"id\"\ndedupe = \"all\"");
    write(&folder, "manifest.toml", &manifest);
    write(&folder, "data/orders/2.csv", "id,amount\n1,12\n3,30\n");
    let args = ["manifest.toml", "data/orders", "--out", "out"];
    let counts = |summary: &Value| {
        let object =
            |object: &Value| ["stored", "duplicate"].map(|name| object[name].as_u64().unwrap());
        let objects = summary["objects"].as_array().unwrap();
        objects.iter().map(object).collect::<Vec<_>>()
    };
    assert_eq!(counts(&json(&folder, &args)), [[1, 1], [1, 1]]);
    // A file that is processed again is no duplicate of itself.
    let again = json(&folder, &[&args[..], &["--again"]].concat());
    assert_eq!(counts(&again), [[1, 1], [1, 1]]);
    assert!(folder.path().join("out/seen-keys.sqlite").exists());
}

#[test]
fn a_file_that_is_refused_says_why_and_comes_in_after_the_mend() {
    let folder = project();
    write(&folder, "data/orders/1.csv", "id;amount\n1;10\n");
    let args = ["manifest.toml", "data", "--out", "out"];
    let (code, stdout, stderr) = run(&folder, &args);
    assert_eq!(code, 1, "{stderr}");
    let told: Vec<&str> = stdout.lines().filter(|line| line.contains(": ")).collect();
    assert_eq!(
        told,
        [
            "data/orders/1.csv: refused, nothing of it is stored: its only column is not a field of the manifest: separated \
             by `;`, it would have 2 of them: say `delimiter = \";\"` of the source (no_matching_column)"
        ]
    );
    assert!(!folder.path().join("out/rejects").exists());
    assert!(!folder.path().join("out/lake/orders").exists());

    // It is tried again without being asked for, and the other file is not.
    let source = "source = { prefix = \"orders/\" }";
    let mended = "source = { prefix = \"orders/\", delimiter = \";\" }";
    write(&folder, "manifest.toml", &MANIFEST.replace(source, mended));
    let summary = json(&folder, &args);
    assert_eq!(summary["objects"].as_array().unwrap().len(), 1);
    assert_eq!(summary["objects"][0]["stored"], 1);
    assert_eq!(summary["skipped"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_is_stored_of_a_file_of_which_too_much_is_rejected() {
    let folder = project();
    let key = "key = \"id\"";
    let strict = format!("{key}\nrejects = {{ fail_ratio = 0.3 }}");
    write(&folder, "manifest.toml", &MANIFEST.replace(key, &strict));
    let args = [
        "manifest.toml",
        "data/orders",
        "--out",
        "out",
        "--format",
        "json",
    ];
    let (code, stdout, stderr) = run(&folder, &args);
    assert_eq!(code, 1, "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    let object = &summary["objects"][0];
    assert_eq!((&object["read"], &object["stored"]), (&0.into(), &0.into()));
    assert_eq!(object["findings"]["not_an_integer"], 1);
    let refused = &object["refused"];
    assert_eq!(
        (&refused["read"], &refused["rejected"]),
        (&3.into(), &1.into())
    );
    assert_eq!(
        refused["message"],
        "1 of 3 records are rejected, 33.3 %, and `fail_ratio` allows 30.0 %"
    );
    assert!(!folder.path().join("out/rejects").exists());
    assert!(!folder.path().join("out/lake").exists());
    let database = rusqlite::Connection::open(folder.path().join("out/sluice.sqlite")).unwrap();
    let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'orders'";
    let tables: i64 = database.query_row(tables, (), |row| row.get(0)).unwrap();
    assert_eq!(tables, 0, "the table was not even opened");

    let lenient = strict.replace("0.3", "0.34");
    write(&folder, "manifest.toml", &MANIFEST.replace(key, &lenient));
    let summary = json(&folder, &["manifest.toml", "data/orders", "--out", "out"]);
    assert_eq!(summary["objects"][0]["stored"], 1);
}

#[test]
fn columns_that_are_missing_or_left_out_are_said() {
    let folder = project();
    let optional = MANIFEST.replace(
        "amount = \"integer\"",
        "amount = { type = \"integer\", required = false }",
    );
    write(&folder, "manifest.toml", &optional);
    write(&folder, "data/orders/1.csv", "id,Amount,note\n1,10,x\n");
    write(&folder, "data/orders/2.csv", "id,Amount\n2,10\n");
    let args = ["manifest.toml", "data/orders", "--out", "out"];
    let (code, stdout, stderr) = run(&folder, &args);
    assert_eq!(code, 0, "{stderr}");
    let told: Vec<&str> = stdout.lines().filter(|line| line.contains(": ")).collect();
    assert_eq!(
        told,
        [
            "data/orders/1.csv and another file: no column came for `amount` (there is `Amount`)",
            "data/orders/1.csv: columns that nobody asked for were left out: `Amount`, `note`",
            "data/orders/2.csv: columns that nobody asked for were left out: `Amount`",
        ]
    );
    let again = json(&folder, &[&args[..], &["--again"]].concat());
    assert_eq!(
        again["objects"][0]["missing_columns"],
        serde_json::json!([{ "field": "amount", "nearest": "Amount" }])
    );
}

/// A pipeline that is cleaned without code, all of whose fields may be empty.
const TIDY: &str = r#"
[project]
name = "people"
[pipeline.people]
source = { prefix = "data/" }
lake = true
[pipeline.people.plugin]
name = "tidy"
config = { id = "trim", name = { from = ["full name"] }, age = "integer", country = { map = { DE = "Germany" } } }
[pipeline.people.fields]
id      = { type = "text", required = false }
name    = { type = "text", required = false }
age     = { type = "integer", required = false }
country = { type = "text", required = false }
"#;

#[test]
fn what_a_plugin_finds_under_another_name_is_neither_missing_nor_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "manifest.toml", TIDY);
    let rows = "ID,Full Name,Age,Landing Page\n1,Ana,30,x\n2,Bo,thirty,y\n3,Cy,,z\n";
    write(&folder, "data/1.csv", rows);
    let records = r#"{"id": "1", "Full Name": "Ana", "Age": "x", "Landing Page": "/"}"#;
    write(&folder, "data/2.ndjson", records);
    let (code, stdout, stderr) = run(&folder, &["manifest.toml", "data", "--out", "out"]);
    assert_eq!(code, 0, "{stderr}");
    let told: Vec<&str> = stdout.lines().filter(|line| line.contains(": ")).collect();
    assert_eq!(
        told,
        [
            "findings: 2 bad_number",
            "data/1.csv and another file: no column came for `country`",
            "data/1.csv and another file: columns that nobody asked for were left out: `Landing Page`",
            "data/1.csv and another file: values that the plugin turned to null: 1 of `age`",
        ]
    );
}

#[test]
fn a_value_in_the_settings_of_a_plugin_makes_no_header_of_a_record() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "manifest.toml", TIDY);
    // Behind the first record, which is taken for a header, nothing reaches a field.
    write(&folder, "data/1.csv", "1,Ana,DE\n2,Bo,DE\n3,Cy,AT\n");
    write(&folder, "data/2.csv", "1,Ana,AT\n2,Bo,DE\n");
    let args = ["manifest.toml", "data", "--out", "out", "--format", "json"];
    let (code, stdout, stderr) = run(&folder, &args);
    assert_eq!(code, 1, "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    for object in summary["objects"].as_array().unwrap() {
        assert_eq!(object["refused"]["code"], "no_matching_column", "{object}");
        assert!(!object.to_string().contains("Ana"), "{object}");
    }
    assert!(!folder.path().join("out/lake").exists());
}

#[test]
fn nothing_is_left_half_written() {
    let folder = project();
    json(&folder, &["manifest.toml", "data", "--out", "out"]);
    let names = fs::read_dir(folder.path().join("out")).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| !name.starts_with("sluice.sqlite"));
    names.sort();
    assert_eq!(names, ["lake", "rejects"]);
}

#[test]
fn rejects_are_an_error_only_when_that_is_asked_for() {
    let folder = project();
    let (code, stdout, _) = run(&folder, &["manifest.toml", "data", "--out", "out"]);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("row 2: `amount`: not an integer (not_an_integer)"),
        "{stdout}"
    );
    let (code, ..) = run(
        &folder,
        &["manifest.toml", "data", "--out", "strict", "--strict"],
    );
    assert_eq!(code, 1);
}

#[track_caller]
fn check_refusal(folder: &TempDir, args: &[&str], expected: &str) {
    let (code, stdout, stderr) = run(folder, args);
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(stdout, "");
    assert!(stderr.contains(expected), "{stderr}");
}

#[test]
fn what_cannot_be_run_is_told_before_anything_is_written() {
    let folder = project();
    write(&folder, "data/notes.txt", "");
    write(&folder, "elsewhere/1.csv", "id\n");
    write(&folder, "data/visits/2.csv", "page\n/\n");
    write(&folder, "empty/readme.txt", "");
    let out = ["--out", "out"];
    let with_out = |args: &[&'static str]| [args, &out].concat();
    let cases = [
        (
            with_out(&["manifest.toml", "data/notes.txt"]),
            "is of no known format; its name must end in .csv",
        ),
        (
            with_out(&["manifest.toml", "elsewhere/1.csv"]),
            "could belong to several pipelines or none",
        ),
        (
            with_out(&["manifest.toml", "data/visits/2.csv"]),
            "which pipeline `visits` does not take",
        ),
        (
            with_out(&["manifest.toml", "missing.csv", "--pipeline", "orders"]),
            "`missing.csv` cannot be read",
        ),
        (
            with_out(&["manifest.toml", "data", "--pipeline", "order"]),
            "there is no pipeline `order`",
        ),
        (
            with_out(&["manifest.toml", "empty"]),
            "there is nothing to read",
        ),
        (
            with_out(&["missing.toml", "data"]),
            "cannot read the manifest `missing.toml`",
        ),
    ];
    for (args, expected) in cases {
        check_refusal(&folder, &args, expected);
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_missing_plugin_is_told_with_its_place() {
    let folder = project();
    let manifest = MANIFEST.replace("key = \"id\"", "key = \"id\"\nplugin = \"clean-orders\"");
    write(&folder, "manifest.toml", &manifest);
    let args = ["manifest.toml", "data/orders", "--out", "out"];
    check_refusal(
        &folder,
        &args,
        "plugin `clean-orders` of pipeline `orders` is not at `plugins/clean_orders.wasm`",
    );
    write(&folder, "plugins/clean_orders.wasm", "no component");
    check_refusal(&folder, &args, "plugin `plugins/clean_orders.wasm`: ");
}
