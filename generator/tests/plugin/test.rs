//! `gen plugin test` as a person and a program use it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{project, run};

/// Cases of which each goes wrong in its own way, but the first.
const CASES: &str = r#"# Ours.
[[case]]
name = "honest"
config = { evil = "none" }
rows = [{ in = { value = "good" }, out = { value = "good", capitals = "GOOD", length = 4, long = false, share = 0.5 } }]

[[case]]
name = "values"
rows = [
  { in = { value = "longer\u200b" }, out = { value = "longer", capitals = "x", length = "9", share = 1, lenght = 7 } }, # mine
  { in = { value = "new" } },
  { in = { value = "the quick brown fox jumps over the lazy dog, and the dog sleeps" }, out = { value = "the quick red fox jumps over the lazy dog, and the dog sleeps" } },
]

[[case]]
name = "outcomes"
config = { evil = "trap" }
rows = [
  { in = { value = "evil" }, outcome = "kept", findings = [{ severity = "warning", code = "odd" }] },
  { in = { value = "good" }, out = [{ value = "good" }, { value = "b" }] },
  { in = { value = "good" }, outcome = "dropped" },
]

[[case]]
name = "it counts its calls"
config = { evil = "state" }
rows = [{ in = { value = "good" }, outcome = "kept" }, { in = { value = "evil" }, outcome = "kept" }]

[[case]]
name = "it looks at other rows"
config = { evil = "company" }
rows = [{ in = { value = "good" }, outcome = "kept" }, { in = { value = "evil" }, outcome = "kept" }]

[[case]]
name = "it is dear"
budget = { fuel_per_row = 1 }
rows = [{ in = { value = "good" }, outcome = "kept" }]

[[case]]
name = "it refuses"
config = { evil = "what" }

[[case]]
name = "it should refuse"
refused = { code = "x" }
rows = [{ in = { value = "good" } }]

[[case]]
name = "it has no memory"
limits = { memory_mb = 1 }
rows = [{ in = { value = "good" } }]
"#;

/// Runs `gen plugin test`, which must end so and say so last.
#[track_caller]
fn check(folder: &TempDir, args: &str, code: i32, last_line: &str) -> String {
    let args: Vec<&str> = ["test"].into_iter().chain(args.split(' ')).collect();
    let (got, out, err) = run(folder, &args);
    assert_eq!(
        (got, err.lines().last()),
        (code, Some(last_line)),
        "{out}{err}"
    );
    out
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// The text without figures that a new compiler would change.
fn without_fuel(text: &str) -> String {
    let number = |word: &str| word.replace(',', "").parse::<u64>().is_ok();
    let line = |line: &str| -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let shown = words.iter().enumerate().map(|(index, word)| {
            let before_fuel = words.get(index + 1) == Some(&"fuel");
            let got = index > 0 && words[index - 1] == "got" && line.contains("fuel a row:");
            let word = if number(word) && before_fuel {
                "N"
            } else {
                word
            };
            if got { "N," } else { word }
        });
        shown.collect::<Vec<_>>().join(" ") + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn every_difference_is_told() {
    let folder = project("evil");
    write(&folder, "cases.toml", CASES);
    let out = check(&folder, "evil.wasm", 1, "8 of 9 cases failed");
    insta::assert_snapshot!("differences", without_fuel(&out));

    let out = check(&folder, "evil.wasm --format json", 1, "8 of 9 cases failed");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["plugin"]["name"], "evil");
    assert_eq!(answer["plugin"]["sha256"].as_str().unwrap().len(), 64);
    let cases = answer["cases"].as_array().unwrap();
    assert_eq!(
        (&cases[0]["name"], &cases[0]["ok"]),
        (&"honest".into(), &true.into())
    );
    assert!(cases[0]["fuel_per_row"].as_u64().unwrap() > 10);
    assert!(cases[0]["memory_bytes"].as_u64().unwrap() >= 1 << 16);
    let first = &cases[1]["differences"][0];
    assert_eq!(
        (&first["kind"], &first["row"]),
        (&"value".into(), &1.into())
    );
    assert_eq!(
        (&first["expected"], &first["got"]),
        (&"longer".into(), &"longer\u{200b}".into())
    );
    let kinds: Vec<&str> = cases
        .iter()
        .flat_map(|case| case["differences"].as_array().unwrap())
        .map(|difference| difference["kind"].as_str().unwrap())
        .collect();
    insta::assert_snapshot!("kinds", kinds.join(" "));

    // A figure that is the same on every machine is the same twice.
    let again = check(&folder, "evil.wasm --format json", 1, "8 of 9 cases failed");
    assert_eq!(out, again);
}

#[test]
fn some_of_the_cases() {
    let folder = project("evil");
    write(&folder, "cases.toml", CASES);
    let out = check(&folder, "evil.wasm --filter honest", 0, "1 case passed");
    assert!(
        out.starts_with("evil 0.1.0, cases of cases.toml\n  ok    honest  1 row, "),
        "{out}"
    );
    check(&folder, "evil.wasm --filter it", 1, "6 of 6 cases failed");
    check(
        &folder,
        "evil.wasm --filter xyz",
        1,
        "error: no case has `xyz` in its name; there are 9",
    );
}

#[test]
fn what_comes_out_is_blessed() {
    let folder = project("evil");
    write(&folder, "cases.toml", CASES);
    let out = check(&folder, "evil.wasm --bless", 1, "4 of 9 cases failed");
    insta::assert_snapshot!("blessed-says", without_fuel(&out));
    let blessed = read(&folder, "cases.toml");
    insta::assert_snapshot!("blessed", blessed);

    // What is left has no remedy in the file, and blessing again changes nothing.
    check(&folder, "evil.wasm --bless", 1, "4 of 9 cases failed");
    assert_eq!(read(&folder, "cases.toml"), blessed);
    check(
        &folder,
        "evil.wasm --bless --filter outcomes",
        0,
        "1 case passed",
    );
    assert_eq!(read(&folder, "cases.toml"), blessed);
}

#[test]
fn cases_a_line_each() {
    let folder = project("evil");
    let cases = "{\"name\": \"a\", \"rows\": [{\"in\": {\"value\": \"good\"}}]}\n\n\
                 {\"name\":\"b\",\"config\":{\"evil\":\"what\"}}\n";
    write(&folder, "cases.ndjson", cases);
    let out = check(&folder, "evil.wasm", 1, "2 of 2 cases failed");
    let remedy =
        "    nothing is expected of 1 row yet; write `out`, or take what comes out with --bless\n";
    assert!(out.contains(remedy), "{out}");
    let out = check(
        &folder,
        "evil.wasm --bless --format json",
        0,
        "2 cases passed",
    );
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert!(
        answer["changes"]
            .as_str()
            .unwrap()
            .starts_with("--- cases.ndjson\n"),
        "{out}"
    );
    let blessed = read(&folder, "cases.ndjson");
    insta::assert_snapshot!("blessed-lines", blessed);
    check(&folder, "evil.wasm --bless", 0, "2 cases passed");
    assert_eq!(read(&folder, "cases.ndjson"), blessed);
}

#[test]
fn what_is_given_wrongly() {
    let folder = project("evil");
    check(
        &folder,
        "nowhere.wasm",
        1,
        "help: give a plugin's folder or a component; `gen plugin new` makes a plugin to start from",
    );
    check(
        &folder,
        "evil.wasm",
        1,
        "help: write one, or say with --cases where the cases are",
    );
    check(
        &folder,
        "evil.wasm --cases none.toml",
        1,
        "error: cannot read the cases `none.toml`: No such file or directory (os error 2)",
    );
    write(
        &folder,
        "cases.toml",
        "[[case]]\nname = \"a\"\nrwos = [{ in = {} }]\n",
    );
    let (code, out, err) = run(&folder, &["test", "evil.wasm"]);
    assert_eq!((code, out.as_str()), (1, ""));
    insta::assert_snapshot!("mistakes", err);
    let (code, out, err) = run(&folder, &["test", "evil.wasm", "--format", "json"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["problems"][0]["help"], "did you mean `rows`?");

    write(
        &folder,
        "cases.toml",
        "[[case]]\nname = \"a\"\nrows = [{ in = {} }]\n",
    );
    write(&folder, "evil.wasm", "no component");
    check(
        &folder,
        "evil.wasm",
        1,
        "error: `evil.wasm`: not a WebAssembly component: the file has 12 bytes and does not start with `\\0asm`; build it with `gen plugin build`",
    );
}

/// The example's plugin, from its folder, with typed columns.
#[test]
fn the_example() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/clean-feedback");
    let cases = r#"
[[case]]
name = "an honest record"
rows = [{ in = { "Ticket ID" = " 7 ", Created = "2026-03-01 10:00:00.25", customer = "c-17", rating = "5 stars", unknown = "x" } }]
[[case]]
name = "nothing in it"
rows = [{ in = { id = "7" } }, { in = { id = "test", submitted_at = "2026-03-01" } }, { in = { id = "", submitted_at = "2026-03-01" } }]
"#;
    write(&folder, "feedback.toml", cases);
    let plugin = plugin.display().to_string();
    let args = format!("{plugin} --cases feedback.toml --bless");
    check(&folder, &args, 0, "2 cases passed");
    insta::assert_snapshot!("example", read(&folder, "feedback.toml"));
    check(&folder, &args, 0, "2 cases passed");
}

#[test]
fn a_large_row_costs_what_it_costs() {
    let folder = project("clean-feedback");
    let case = |name: &str, length: usize| {
        let comment = "word ".repeat(length / 5);
        format!(
            "[[case]]\nname = \"{name}\"\nrows = [{{ in = {{ id = \"1\", submitted_at = \"2026-03-01\", \
             comment = \"{comment}\" }}, outcome = \"kept\", findings = [{{ severity = \"info\", \
             code = \"comment_cut\" }}] }}]\n"
        )
    };
    write(
        &folder,
        "cases.toml",
        &(case("small", 10_000) + &case("large", 300_000)),
    );
    let (_, out, stderr) = run(
        &folder,
        &["test", "clean_feedback.wasm", "--format", "json"],
    );
    let answer: Value = serde_json::from_str(&out).unwrap();
    let fuel = |case: usize| answer["cases"][case]["fuel_per_row"].as_u64().unwrap();
    assert!(fuel(1) > 5 * fuel(0), "{out}{stderr}");
}

#[test]
fn a_trap_can_be_expected_beside_a_budget() {
    let folder = project("evil");
    let cases = "budget = { fuel_per_row = 1000000 }\n\
                 [[case]]\nname = \"it traps\"\nconfig = { evil = \"trap\" }\n\
                 rows = [{ in = { value = \"evil\" }, outcome = \"rejected\", \
                 findings = [{ severity = \"error\", code = \"plugin_trap\" }] }]\n";
    write(&folder, "cases.toml", cases);
    check(&folder, "evil.wasm", 0, "1 case passed");
}
