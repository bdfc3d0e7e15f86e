//! `gen plugin check` as a person and a program use it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::run;

const MANIFEST: &str = r#"
[project]
name = "shop"

[pipeline.words]
source = { prefix = "words/" }
plugin = { name = "evil", config = { evil = "EVIL" } }
[pipeline.words.fields]
capitals = "text"
length = "LENGTH"
[pipeline.words.lake]

[pipeline.visits]
source = { prefix = "visits/" }
plugin = "count-visits"
[pipeline.visits.fields]
page = "text"
[pipeline.visits.lake]

[pipeline.plain]
source = { prefix = "plain/" }
[pipeline.plain.fields]
page = "text"
[pipeline.plain.lake]
"#;

/// A folder with the plugin of that name, and samples, some of which are evil.
fn project(plugin: &str) -> TempDir {
    let folder = crate::project(plugin);
    fs::write(
        folder.path().join("words.csv"),
        "value\ngood\nevil\nsecret\n",
    )
    .unwrap();
    fs::write(folder.path().join("words.txt"), "value\n").unwrap();
    fs::write(folder.path().join("none.csv"), "value\n").unwrap();
    fs::write(
        folder.path().join("words.ndjson"),
        "{\"value\": \"a\", \"other\": 1}\n",
    )
    .unwrap();
    folder
}

fn manifest(folder: &TempDir, evil: &str, length: &str) {
    let text = MANIFEST.replace("EVIL", evil).replace("LENGTH", length);
    fs::write(folder.path().join("manifest.toml"), text).unwrap();
}

/// Runs `gen plugin check`, which must end so and say so.
#[track_caller]
fn check(folder: &TempDir, args: &str, code: i32, stderr: &str) -> String {
    let args: Vec<&str> = ["check"].into_iter().chain(args.split(' ')).collect();
    let (got, out, err) = run(folder, &args);
    assert_eq!((got, err.as_str()), (code, stderr), "{out}");
    out
}

#[test]
fn a_plugin_that_may_be_used() {
    let folder = project("evil");
    let nothing_tried = "warning: there are no samples, so it was tried on no record\n";
    let out = check(&folder, "evil.wasm", 0, nothing_tried);
    assert!(
        out.starts_with("evil 0.1.0 may be used\n  file      evil.wasm, "),
        "{out}"
    );
    assert!(
        out.contains("\n  contract  1.0.0\n  inputs    value text\n"),
        "{out}"
    );
    assert!(out.ends_with("\n  trial     no samples\n"), "{out}");

    manifest(&folder, "none", "integer");
    let unknown = |column| {
        format!("warning: its column `{column}` is no field of pipeline `words`, and is left out\n")
    };
    let warnings = ["value", "long", "share"].map(unknown).concat();
    let args = "evil.wasm --manifest manifest.toml --samples words.csv --samples words.ndjson";
    let out = check(&folder, args, 0, &warnings);
    assert!(
        out.starts_with("evil 0.1.0 may be used in pipeline words\n"),
        "{out}"
    );
    assert!(
        out.ends_with("\n  trial     4 records of 2 files, 0 rejected\n"),
        "{out}"
    );

    let out = check(&folder, &format!("{args} --format json"), 0, "");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["name"], "evil");
    assert_eq!(answer["contract"], "1.0.0");
    assert_eq!(answer["pipeline"], "words");
    assert_eq!(answer["trial"]["records"], 4);
    assert_eq!(answer["inputs"][0]["name"], "value");
    assert_eq!(answer["outputs"][4]["logical"], "float");
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 3);
    assert_eq!(answer["engine"].as_str().unwrap().len(), 16);
    assert_eq!(answer["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(answer["compiled_sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn a_plugin_that_may_not_be_used() {
    let folder = project("evil");
    let args = "evil.wasm --manifest manifest.toml --samples words.csv";
    for (evil, length, reason) in [
        (
            "none",
            "text",
            "the plugin returns `length` as integer, but the manifest declares it as text; change one of them",
        ),
        (
            "trap",
            "integer",
            "the plugin fails on 1 of 3 sample records: `plugin_trap` in record 2 of sample set 1; correct the plugin",
        ),
        (
            "state",
            "integer",
            "the plugin's answer to a row depends on what it was given before: record 2 of sample set 1 came out differently when the same instance was given the same batch again; keep nothing from one call to the next, and look at every row by itself",
        ),
    ] {
        manifest(&folder, evil, length);
        let out = check(
            &folder,
            args,
            1,
            &format!("error: `evil.wasm` may not be used: {reason}\n"),
        );
        assert_eq!(out, "");
        let out = check(&folder, &format!("{args} --format json"), 1, "");
        let answer: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (&answer["ok"], answer["reason"].as_str()),
            (&false.into(), Some(reason))
        );
    }
    fs::write(folder.path().join("evil.wasm"), "no component").unwrap();
    check(
        &folder,
        "evil.wasm",
        1,
        "error: `evil.wasm` may not be used: not a WebAssembly component: the file has 12 bytes and does not start with `\\0asm`; build it with `gen plugin build`\n",
    );
}

#[test]
fn what_is_given_wrongly() {
    let folder = project("evil");
    manifest(&folder, "none", "integer");
    fs::copy(
        folder.path().join("evil.wasm"),
        folder.path().join("other.wasm"),
    )
    .unwrap();
    for (args, message) in [
        (
            "nowhere.wasm",
            "cannot read the plugin `nowhere.wasm`: No such file or directory (os error 2)\nhelp: build one with `gen plugin build`",
        ),
        (
            "other.wasm --manifest manifest.toml",
            "the plugin could be for several pipelines; name one with --pipeline: `words`, `visits`",
        ),
        (
            "evil.wasm --manifest manifest.toml --pipeline plain",
            "there is no pipeline `plain` with a plugin; the manifest has `words`, `visits`",
        ),
        (
            "evil.wasm --samples words.txt",
            "`words.txt` is of no known format; its name must end in .csv, .tsv, .json, .ndjson, .jsonl, .parquet, .xlsx or .xlsm, and may then have .gz or .zst",
        ),
        (
            "evil.wasm --samples none.csv",
            "`none.csv` holds no record that can be read; try it with `gen run`",
        ),
        (
            "evil.wasm --samples nowhere.csv",
            "`nowhere.csv` cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        check(&folder, args, 1, &format!("error: {message}\n"));
    }
}

/// The example's plugin fits the example's manifest.
#[test]
fn the_example() {
    let folder = project("clean-feedback");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/feedback");
    let args = format!(
        "clean_feedback.wasm --manifest {0}/manifest.toml --samples {0}/data/web-forms.csv --samples {0}/data/app-reviews.json",
        example.display()
    );
    let out = check(&folder, &args, 0, "");
    assert!(
        out.starts_with("clean-feedback 0.1.0 may be used in pipeline feedback\n"),
        "{out}"
    );
    assert!(
        out.ends_with("\n  trial     2000 records of 2 files, 0 rejected\n"),
        "{out}"
    );
}

/// A plugin that takes any columns names none, and what is wrong with its configuration is told all the same.
#[test]
fn a_configuration_is_shown_where_it_is_wrong() {
    let folder = project("evil");
    manifest(&folder, "what", "integer");
    let args = "evil.wasm --manifest manifest.toml --samples words.csv";
    let expected = "error: `evil` is `what`, and should be one of MISBEHAVIOURS\n\
                    \x20--> manifest.toml:7:45\n\
                    \x20 |\n\
                    7 | plugin = { name = \"evil\", config = { evil = \"what\" } }\n\
                    \x20 |                                             ^^^^^^\n";
    check(&folder, args, 1, expected);
    let out = check(&folder, &format!("{args} --format json"), 1, "");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        answer["reason"],
        "the plugin refuses its configuration with `bad_config`: `evil` is `what`, and should be one of MISBEHAVIOURS; see `config` in the manifest"
    );
}
