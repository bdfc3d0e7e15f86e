//! `gen data` as a person and a program use it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use serde_json::Value;

const CUSTOMERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/customers");

fn generate(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("gen").unwrap();
    command
        .arg("data")
        .arg(format!("{CUSTOMERS}/manifest.toml"))
        .args(arguments);
    command
}

/// Standard output of a run that succeeds without a word.
fn made(arguments: &[&str]) -> Vec<u8> {
    let output = generate(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    output.stdout
}

#[track_caller]
fn check_refusal(arguments: &[&str], expected: &str) {
    let output = generate(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(expected), "{told}");
}

/// What is committed is what the command gives. `BLESS` writes it anew.
#[test]
fn the_example_is_what_the_command_makes() {
    let path = Path::new(CUSTOMERS).join("data/customers.csv");
    let got = made(&["--seed", "7", "--dense-rank", "country=country_rank"]);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &got).unwrap();
    }
    let expected = fs::read(&path).unwrap();
    assert!(
        got == expected,
        "{} differs; BLESS=1 writes it",
        path.display()
    );
    assert_eq!(got.iter().filter(|byte| **byte == b'\n').count(), 101);
}

#[test]
fn rejects_are_those_that_the_truth_tells() {
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [
        ("csv", "a.csv"),
        ("ndjson", "a.ndjson"),
        ("parquet", "a.parquet"),
    ] {
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (data, truth, out) = (file(name), file("truth.ndjson"), file(format));
        let said = made(&[
            "--rows", "2000", "--mess", "0.1", "--format", format, "--out", &data, "--truth",
            &truth,
        ]);
        assert!(said.is_empty());
        let mut run = Command::cargo_bin("gen").unwrap();
        run.arg("run").arg(format!("{CUSTOMERS}/manifest.toml"));
        let output = run
            .args([&data, "--out", &out, "--format", "json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();

        let truths: Vec<Value> = lines(Path::new(&truth));
        let is_duplicate = |truth: &&Value| truth["code"] == "duplicate";
        let duplicates = truths.iter().filter(is_duplicate).count();
        assert!(duplicates > 0);
        assert_eq!(summary["totals"]["read"], 2000);
        assert_eq!(summary["totals"]["duplicate"], duplicates);
        let expected: BTreeMap<u64, (Value, Value)> = truths
            .iter()
            .filter(|truth| !is_duplicate(truth))
            .map(|truth| {
                let what = (truth["field"].clone(), truth["code"].clone());
                (truth["row"].as_u64().unwrap(), what)
            })
            .collect();
        assert!((150..250).contains(&truths.len()), "{}", truths.len());
        let rejects = fs::read_dir(format!("{out}/rejects/customers")).unwrap();
        let rejects = rejects.flat_map(|file| lines(&file.unwrap().path()));
        let got: BTreeMap<u64, (Value, Value)> = rejects
            .map(|reject| {
                let findings = reject["findings"].as_array().unwrap();
                assert_eq!(findings.len(), 1, "{reject}");
                let what = (findings[0]["column"].clone(), findings[0]["code"].clone());
                // The report counts from 1, as people do.
                (reject["row"].as_u64().unwrap() - 1, what)
            })
            .collect();
        assert_eq!(got, expected, "{format}");
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let mut command = Process::new(assert_cmd::cargo::cargo_bin("gen"));
    command
        .args([
            "data",
            &format!("{CUSTOMERS}/manifest.toml"),
            "--rows",
            "1000000",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut header = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut header).unwrap();
    assert!(header.starts_with("id,first_name,"), "{header}");
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_seed_is_a_file() {
    let first = made(&["--rows", "300"]);
    assert_eq!(made(&["--rows", "300"]), first);
    assert_eq!(made(&["--rows", "300", "--seed", "1"]), first);
    assert_ne!(made(&["--rows", "300", "--seed", "2"]), first);
    assert!(first.starts_with(&made(&["--rows", "30"])));
}

#[test]
fn what_does_not_fit_is_refused() {
    check_refusal(
        &["--mess", "1.5"],
        "`--mess` is out of range: got 1.5, allowed 0 to 1",
    );
    check_refusal(&["--truth", "t.ndjson"], "--mess");
    check_refusal(&["--dense-rank", "country"], "write it as `FIELD=NEW`");
    check_refusal(&["--dense-rank", "cuntry=r"], "did you mean `country`?");
    check_refusal(
        &["--out", "no/such/folder/a.csv"],
        "`no/such/folder/a.csv` cannot be written",
    );
    check_refusal(&["--pipeline", "x"], "there is no pipeline `x`");
}

#[test]
fn a_manifest_of_several_pipelines_needs_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.toml");
    let pipeline = |name: &str| {
        format!(
            "[pipeline.{name}]\nsource = {{ prefix = \"{name}/\" }}\nlake = true\nformats = \"ndjson\"\n\
             fields = {{ word = {{ type = \"text\", required = false }} }}\n"
        )
    };
    let text = format!(
        "[project]\nname = \"shop\"\n{}{}",
        pipeline("a"),
        pipeline("b")
    );
    fs::write(&path, text.replace("\"ndjson\"", "[\"ndjson\"]")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("gen").unwrap();
        command
            .arg("data")
            .arg(&path)
            .args(arguments)
            .output()
            .unwrap()
    };
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("choose one with `--pipeline`: `a`, `b`"),
        "{told}"
    );
    let output = run(&["--pipeline", "b", "--rows", "2"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("pipeline `b` does not take csv"), "{told}");
    assert_eq!(
        output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        3
    );
    // Nothing is demanded of a word in JSON.
    let output = run(&["--pipeline", "a", "--format", "ndjson", "--mess", "1"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("pipeline `a` leaves no way to break a record"),
        "{told}"
    );
}
