//! Names and values that are longer than what stores them, or that a terminal would take for commands.

use std::{fmt::Write as _, fs};

use tempfile::tempdir;

use crate::bounded::{done, r#gen, manifest, said};

const LAKE: &str = "lake = { partition_by = [\"place\"] }\n[pipeline.records.fields]\nid = \"text\"\nplace = \"text\"";

/// A hundred names of 5 KB, and a value that no folder can be called: one record pays, and what is noted stays short.
#[test]
fn one_record_does_not_stop_its_object() {
    let folder = tempdir().expect("there is room");
    manifest(folder.path(), LAKE);
    let mut text = String::new();
    for record in 0..100 {
        let name = "k".repeat(5_000);
        writeln!(
            text,
            "{{\"id\":\"{record}\",\"place\":\"a\",\"{name}{record}\":1}}"
        )
        .expect("a text grows");
    }
    writeln!(text, "{{\"id\":\"x\",\"place\":\"{}\"}}", "é".repeat(1_100)).expect("a text grows");
    fs::write(folder.path().join("a.ndjson"), text).expect("there is room");
    let summary = done(r#gen(folder.path()).args([
        "run",
        "manifest.toml",
        "a.ndjson",
        "--out",
        "out",
        "--format",
        "json",
    ]));
    assert!(summary.len() < 40_000, "{} bytes", summary.len());
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("it is JSON");
    assert_eq!(
        (&summary["totals"]["stored"], &summary["totals"]["rejected"]),
        (&100.into(), &1.into())
    );
}

/// Whatever comes from outside is shown so that a terminal shows it, and does nothing else.
#[cfg(unix)]
#[test]
fn a_terminal_is_sent_no_commands() {
    let folder = tempdir().expect("there is room");
    manifest(folder.path(), "lake = true\nfields.id = \"text\"");
    let evil = "a\u{1b}[31m\u{7}\nWhat to do\u{202e}.csv";
    fs::write(folder.path().join(evil), "id,\u{9b}31m,b\n1,2,3\n4\n")
        .expect("such a name is allowed");
    fs::write(folder.path().join("ok.csv"), "id,na\u{202e}me\n1,2\n4\n").expect("there is room");
    let missing = "no\u{1b}]0;title\u{7}.toml";
    let cases: [&[&str]; 6] = [
        &["run", "manifest.toml", evil, "--out", "out"],
        &["run", "manifest.toml", "ok.csv", "--out", "out"],
        &[
            "run",
            "manifest.toml",
            "nothing\u{1b}[2J.csv",
            "--out",
            "out",
        ],
        &["check", missing],
        &["plugin", "check", evil],
        &[
            "plugin",
            "try",
            "x\u{1b}[1m.wasm",
            "--manifest",
            "manifest.toml",
            evil,
        ],
    ];
    for arguments in cases {
        let output = r#gen(folder.path())
            .args(arguments)
            .output()
            .expect("it runs");
        let said = said(&output);
        let is_command =
            |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!said.contains(is_command), "{arguments:?}: {said:?}");
        assert!(
            !said.lines().any(|line| line.starts_with("What to do")),
            "{said}"
        );
    }
}

/// A pipe among the templates is none of them, and nobody waits for what comes out of it.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_template() {
    let folder = tempdir().expect("there is room");
    manifest(folder.path(), "lake = true\nfields.id = \"text\"");
    fs::create_dir(folder.path().join("templates")).expect("there is room");
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("templates/stack.hbs"))
        .status();
    assert!(made.expect("mkfifo is there").success());
    let arguments = ["stack", "manifest.toml", "--templates", "templates"];
    let output = r#gen(folder.path())
        .args(arguments)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("no file"), "{}", said(&output));
}
