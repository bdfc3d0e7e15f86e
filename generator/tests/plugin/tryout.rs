//! `gen plugin try` as a person and a program use it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{project, run};

const MANIFEST: &str = r#"
[project]
name = "shop"

[pipeline.words]
source = { prefix = "words/" }
plugin = { name = "evil", config = { evil = "trap" } }
[pipeline.words.fields]
capitals = { type = "text", max_length = 6 }
length = "LENGTH"
[pipeline.words.lake]
"#;

/// Runs `gen plugin try`, which must end so and say so.
#[track_caller]
fn check(folder: &TempDir, args: &str, code: i32, stderr: &str) -> String {
    let args: Vec<&str> = ["try"].into_iter().chain(args.split(' ')).collect();
    let (got, out, err) = run(folder, &args);
    assert_eq!((got, err.as_str()), (code, stderr), "{out}");
    out
}

fn words(length: &str) -> TempDir {
    let folder = project("evil");
    let manifest = MANIFEST.replace("LENGTH", length);
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    // A row with too few columns, and one that would clear the screen.
    let words = "value,other\ngood,1\nevil,2\nonly\n\u{1b}[2J\u{202e},3\nlonger than six,4\n";
    fs::write(folder.path().join("words.csv"), words).unwrap();
    folder
}

#[test]
fn every_record_before_and_after() {
    let folder = words("integer");
    let args = "evil.wasm words.csv --manifest manifest.toml";
    let out = check(&folder, args, 0, "");
    insta::assert_snapshot!("words", out);
    assert!(!out.contains('\u{1b}'));

    let out = check(&folder, &format!("{args} --rows 1"), 0, "");
    assert!(out.contains("\n1 record of words.csv: 1 kept\n"), "{out}");

    let out = check(&folder, &format!("{args} --format json"), 0, "");
    let rows: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let outcomes: Vec<_> = rows
        .iter()
        .map(|row| row["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        ["kept", "rejected", "unreadable", "kept", "rejected"]
    );
    assert_eq!(rows[4]["rejected_by"], "manifest");
    insta::assert_snapshot!("words-json", format!("{:#}", rows[4]));
}

#[test]
fn fields_that_do_not_fit_are_not_checked() {
    let folder = words("text");
    let warning = "warning: the fields are not checked: the plugin returns `length` as integer, but the manifest declares it as text; change one of them\n";
    let args = "evil.wasm words.csv --manifest manifest.toml";
    let out = check(&folder, args, 0, warning);
    assert!(
        out.contains(
            "5 records of words.csv: 3 kept, 1 rejected by the plugin, 1 could not be read\n"
        ),
        "{out}"
    );
}

#[test]
fn records_without_a_change_are_counted() {
    let folder = project("boundary");
    let manifest = r#"
[project]
name = "letters"
[pipeline.letters]
source = { prefix = "letters/" }
plugin = { name = "boundary", config = { api = "rows", work = "one" } }
[pipeline.letters.fields]
a = "text"
[pipeline.letters.lake]
"#;
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    let letters = "a,b,c,d,e,f,g,h\nA,b,c,d,e,f,g,h\na,b,c,d,e,f,g,h\nX,b,c,d,e,f,g,h\n";
    fs::write(folder.path().join("letters.csv"), letters).unwrap();
    let args = "boundary.wasm letters.csv --manifest manifest.toml";
    insta::assert_snapshot!("letters", check(&folder, args, 0, ""));
    insta::assert_snapshot!(
        "letters-all",
        check(&folder, &format!("{args} --all"), 0, "")
    );
}

#[test]
fn what_is_given_wrongly() {
    let folder = words("integer");
    for (args, message) in [
        (
            "nowhere.wasm words.csv --manifest manifest.toml",
            "cannot read the plugin `nowhere.wasm`: No such file or directory (os error 2)\nhelp: build one with `gen plugin build`",
        ),
        (
            "evil.wasm nowhere.csv --manifest manifest.toml",
            "`nowhere.csv` cannot be read: No such file or directory (os error 2)",
        ),
        (
            "evil.wasm manifest.toml --manifest manifest.toml",
            "`manifest.toml` is of no known format; its name must end in .csv, .tsv, .json, .ndjson, .jsonl, .parquet, .xlsx or .xlsm, and may then have .gz or .zst",
        ),
        (
            "evil.wasm words.csv --manifest manifest.toml --pipeline visits",
            "there is no pipeline `visits` with a plugin; the manifest has `words`",
        ),
    ] {
        check(&folder, args, 1, &format!("error: {message}\n"));
    }
    let manifest = MANIFEST
        .replace("LENGTH", "integer")
        .replace("trap", "what");
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    check(
        &folder,
        "evil.wasm words.csv --manifest manifest.toml",
        1,
        "error: `evil` is `what`, and should be one of MISBEHAVIOURS\n\
         \x20--> manifest.toml:7:45\n\
         \x20 |\n\
         7 | plugin = { name = \"evil\", config = { evil = \"what\" } }\n\
         \x20 |                                             ^^^^^^\n",
    );
}

/// The example's plugin on the example's data.
#[test]
fn the_example() {
    let folder = project("clean-feedback");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/feedback");
    let data = fs::read_to_string(example.join("data/web-forms.csv")).unwrap();
    fs::write(folder.path().join("web-forms.csv"), data).unwrap();
    let args = format!(
        "clean_feedback.wasm web-forms.csv --rows 5 --manifest {}/manifest.toml",
        example.display()
    );
    insta::assert_snapshot!("feedback", check(&folder, &args, 0, ""));
}
