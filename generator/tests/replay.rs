//! `gen replay` as an operator uses it: rejects that go in again, and scripts that a shell runs.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;
use proptest::prelude::*;
use serde_json::{Value, json};
use sluice_pipeline::{
    part::{Part, Position},
    ports::SourceObject,
};
use tempfile::TempDir;

const MANIFEST: &str = r#"
[project]
name = "shop"

[pipeline.orders]
source = { prefix = "orders/" }
key = "id"
dedupe = "all"
plugin = "clean-orders"
limits = { max_record_bytes = 131072 }
[pipeline.orders.fields]
id = { type = "text", max_length = 8 }
amount = "integer"
[pipeline.orders.table]
[pipeline.orders.lake]

[pipeline.web-visits]
source = { prefix = "visits/" }
[pipeline.web-visits.fields]
page = "text"
[pipeline.web-visits.lake]
"#;

fn gen_in(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("gen").unwrap();
    command.current_dir(folder).args(args).output().unwrap()
}

#[track_caller]
fn done(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with a manifest whose only pipeline takes anything and has no plugin.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), "");
    folder
}

/// Its manifest, with more keys of the source.
fn write_manifest(folder: &Path, source: &str) {
    let manifest = MANIFEST.split("[pipeline.web-visits]").next().unwrap();
    let manifest = manifest.replace("plugin = \"clean-orders\"\n", "");
    let manifest = manifest.replace("\"orders/\"", &format!("\"orders/\"{source}"));
    fs::write(folder.join("manifest.toml"), manifest).unwrap();
}

/// Runs the pipeline on files; the records read, and all rejects.
fn run(folder: &Path, inputs: &[&str], out: &str) -> (u64, Vec<Value>) {
    let args = ["run", "manifest.toml", "--out", out, "--format", "json"];
    let summary = done(gen_in(folder, &[&args, inputs].concat()));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["failed"], json!([]), "{summary}");
    let mut rejects = Vec::new();
    for file in rejects_files(folder, out) {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        rejects.extend(
            text.lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()),
        );
    }
    (summary["totals"]["read"].as_u64().unwrap(), rejects)
}

fn rejects_files(folder: &Path, out: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder.join(out).join("rejects/orders")) else {
        return Vec::new();
    };
    let mut files: Vec<String> = entries
        .map(|entry| {
            format!(
                "{out}/rejects/orders/{}",
                entry.unwrap().file_name().display()
            )
        })
        .collect();
    files.sort();
    files
}

/// What a replay must bring back of a reject: its text and what is wrong with it.
fn essence(reject: &Value) -> String {
    let codes: Vec<&Value> = reject["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["code"])
        .collect();
    json!([
        reject["format"],
        reject["header"],
        reject["header_base64"],
        reject["raw"],
        reject["raw_base64"],
        codes
    ])
    .to_string()
}

fn sorted(rejects: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = rejects.iter().map(essence).collect();
    all.sort();
    all
}

/// Runs a file, replays its rejects, and runs those: all that has a text is rejected again, byte for byte.
#[track_caller]
fn check_round_trip(name: &str, bytes: &[u8]) -> Value {
    check_round_trip_of("", name, bytes)
}

/// The same for a pipeline whose source has these keys besides.
#[track_caller]
fn check_round_trip_of(source: &str, name: &str, bytes: &[u8]) -> Value {
    let folder = project();
    let folder = folder.path();
    write_manifest(folder, source);
    fs::write(folder.join(name), bytes).unwrap();
    let (_, first) = run(folder, &[name], "first");
    let files = rejects_files(folder, "first");
    if files.is_empty() {
        return Value::Null;
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let args = ["replay", "rejects", "--out", "replayed", "--format", "json"];
    let summary = done(gen_in(folder, &[&args, files.as_slice()].concat()));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let is_record = |reject: &&Value| {
        let defect = reject["raw"] == "" || reject["findings"][0]["code"] == "trailing_comma";
        !defect && reject["raw_bytes"].is_null()
    };
    let expected: Vec<Value> = first.iter().filter(is_record).cloned().collect();
    let skipped = summary["skipped"].as_object().unwrap().values();
    let skipped: u64 = skipped.map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(summary["read"], first.len(), "{summary}");
    assert_eq!(
        summary["replayed"].as_u64().unwrap() + skipped,
        first.len() as u64
    );
    if summary["replayed"] == 0 {
        assert!(expected.is_empty());
        return summary;
    }
    let (read, second) = run(folder, &["replayed"], "second");
    assert_eq!(
        read, summary["replayed"],
        "nothing is lost and nothing doubled"
    );
    assert_eq!(sorted(&second), sorted(&expected));
    summary
}

#[test]
fn rejects_of_csv_come_back_byte_for_byte() {
    let text = b"id,\"am\"\"ount\",amount\r\n1,x,2\r\n2,\"line\nbreak\",y\r\n3,\r\n4,\"a\"b,\r\n5,\xff,z\r\n6,\"open,1\r\n\
        7,,\"\r\n8,\r\r,1,2\r\n,\"q\"\"q\",1\n9,\"open,2\n\xef\xbb\xbf10,x,x\n\n\n11,no break,x";
    let summary = check_round_trip("orders.csv", text);
    assert!(
        summary["files"].as_array().unwrap().len() > 1,
        "open quotes stand alone: {summary}"
    );
    check_round_trip(
        "orders.tsv",
        b"id\tamount\n1\tx\n2\t\"a\tb\"\n\"3\n4\t5\t6\n",
    );
    check_round_trip("orders.csv", b"id,amount\r1,x\r2,\"a\rb\"\r\n3\n4,\"x\r");
}

#[test]
fn what_the_source_says_of_its_text_holds_for_a_replay() {
    #[track_caller]
    fn check(source: &str, text: &[u8], replayed: u64) {
        let summary = check_round_trip_of(source, "orders.csv", text);
        assert_eq!(summary["replayed"], replayed, "{source}");
    }
    let latin = b"id,amount,gr\xf6\xdfe\n\xe4,x,\xdf\n2,\"\xfc,1\n3,4,5\n";
    check(", encoding = \"windows-1252\"", latin, 2);
    check(
        ", encoding = \"shift_jis\"",
        b"id,amount\n\x83e\x83X,x\n\x80\x81,1\n2,2\n",
        2,
    );
    let utf16: Vec<u8> = "id,amount\n1,\u{e4}\n2,2\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    check("", &utf16, 1);
    check(", encoding = \"utf-16be\"", &utf16, 1);
    check(", header = false", b"1,x\n\xe9,2\n3,4\n5,\"6\n", 3);
    check(
        ", header = false, delimiter = \"auto\"",
        b"1;x\r2;2\r3;y\r",
        2,
    );
    check(
        ", header = [\"amount\", \"\", \"id\"], delimiter = \"|\"",
        b"x|2|3\n1|2\n",
        2,
    );
    check(
        ", skip_lines = 2, comment = \"#\"",
        b"\xe9 \"report\"\n\n#\nid,amount\n1,x\n#2,y\n2,2\n",
        1,
    );
    check(
        ", delimiter = \"auto\"",
        b"sep=;\r\nid;amount\r\n1;x\r\n",
        1,
    );
    check(
        ", quote = \"'\", escape = '\\', trim = true",
        b"id,amount\n'1,x\n'2\\'',x\n 3 ,x\n4,'\\\n",
        4,
    );
    check(
        ", quote = \"none\", escape = '\\'",
        b"id,amount\n1\\,1,x\n2\\\n,y\n\"3,z\n4,4\n",
        3,
    );
}

/// What was taken for UTF-8 and is none is kept as it is, and is read once somebody says what it is.
#[test]
fn an_encoding_that_is_said_later_brings_the_rejects_in() {
    let folder = project();
    let folder = folder.path();
    fs::write(
        folder.join("orders.csv"),
        b"id,amount\n\xe4,1\n2,2\n\x80,3\n",
    )
    .unwrap();
    let (read, rejects) = run(folder, &["orders.csv"], "first");
    assert_eq!((read, rejects.len()), (3, 2));
    let file = &rejects_files(folder, "first")[0];
    done(gen_in(
        folder,
        &["replay", "rejects", file, "--out", "replayed"],
    ));
    write_manifest(folder, ", encoding = \"windows-1252\"");
    let (read, rejects) = run(folder, &["replayed"], "second");
    assert_eq!((read, rejects), (2, Vec::new()));
}

#[test]
fn rejects_of_json_come_back_byte_for_byte() {
    let summary = check_round_trip(
        "orders.json",
        b"[{\"id\": \"1\", \"amount\": 1.5}, {\"id\": [1}, {\"id\": \"2\"},\n [3], null, word, \"x\", {\"id\": 1, \"id\": 2},\n\
          [4, {\"id\": \"5}\n, {\"id\": \"\xff\"}, {\"id\": \"6\", \"amount\": tru}, {\"id\": \"7",
    );
    assert!(summary["files"].as_array().unwrap().len() > 1, "{summary}");
    check_round_trip("orders.json", b"{\"id\": \"1\"} {\"id\": \"2\"}]{\"id\"");
    check_round_trip("orders.json", b"[{\"id\": \"1\"},]");
    check_round_trip(
        "orders.ndjson",
        b"{\"id\": \"1\"}\r\n\xff\xfe\n\xef\xbb\xbf{\"id\": 2}\n  [1]  \n{\"id\": \"\nnull\n\x1f\x8b\n",
    );
    check_round_trip(
        "odd.ndjson",
        b"{\"id\":\"1\",\"amount\":1}\n\xff\xfe first of the rejects\n",
    );
}

#[test]
fn utf16_comes_back_as_utf8() {
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain("id,amount\r\n1,ä\r\n2,2\r\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(check_round_trip("orders.csv", &utf16)["replayed"], 1);
}

#[test]
fn what_cannot_be_replayed_is_counted() {
    let long = "x".repeat(70_000);
    let text = format!("id,amount\n1,{long},2\n2,x\n");
    let summary = check_round_trip("orders.csv", text.as_bytes());
    assert_eq!(summary["skipped"], json!({ "truncated": 1 }));
    assert_eq!(summary["replayed"], 1);

    let summary = check_round_trip("orders.csv.gz", &[0x1f, 0x8b]);
    assert_eq!(summary["skipped"], json!({ "no_text": 1 }));
    assert_eq!(summary["upload"], Value::Null);

    let folder = project();
    let wide = format!("id,amount,{}\n1,x,\n", "w".repeat(5_000));
    fs::write(folder.path().join("wide.csv"), wide).unwrap();
    run(folder.path(), &["wide.csv"], "out");
    let file = &rejects_files(folder.path(), "out")[0];
    let old =
        json!({ "source": "a.csv", "row": 1, "raw": "1,x", "findings": [], "plugin_sha256": null });
    fs::write(folder.path().join("old.ndjson"), format!("{old}\n")).unwrap();
    let args = ["replay", "rejects", file, "old.ndjson", "--out", "replayed"];
    let text = done(gen_in(folder.path(), &args));
    insta::assert_snapshot!(text, @r"
    replayed 0 of 2 rejected records
    left out:
      1: the object's header is longer than 4 KiB and was not kept; the object has it
      1: written by a version of Sluice that did not note the format
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_csv_comes_back(text in "(id|\"id\"),amount\r?\n([0-9]{0,2}|x|\"|,|\n|\r\n|\r|\"\"|\"[a,\n]{0,3}\"){0,60}") {
        check_round_trip("a.csv", text.as_bytes());
    }

    #[test]
    fn any_dialect_comes_back(line_break in "\r|\n|\r\n|\r\r\n", records in "([0-9]{0,2}|x|é|\"|[,;]|\n|\r\n|\r|\"\"|\\\\|#| |\u{feff}|\"[a,\n]{0,3}\"){0,50}", source in prop::sample::select(vec!["", ", delimiter = \"auto\"", ", header = false", ", skip_lines = 1", ", quote = \"none\", escape = '\\'", ", escape = '\\', comment = \"#\"", ", trim = true, null_values = \"x\", quote = \"'\"", ", encoding = \"windows-1252\""])) {
        // An escape at the end of an object has nothing to act on, and a line break behind it would be that.
        prop_assume!(!records.trim_end_matches(['\r', '\n']).ends_with('\\'));
        let header = match source {
            ", header = false" => String::new(),
            ", skip_lines = 1" => format!("t{line_break}id,amount"),
            _ => "id,amount".to_owned(),
        };
        let text = format!("{header}{line_break}{records}");
        check_round_trip_of(source, "a.csv", text.as_bytes());
        check_round_trip_of(source, "a.tsv", text.replace(',', "\t").as_bytes());
        check_round_trip_of(source, "a.csv", format!("sep=;{line_break}{}", text.replace(',', ";")).as_bytes());
    }

    #[test]
    fn any_lines_of_json_come_back(text in "(\\{\"id\":\"[a-z]{0,9}\"\\}|[\\{\"a-c]{0,20}|\n|\r\n|\r| |\u{feff}){0,40}") {
        check_round_trip("a.ndjson", text.as_bytes());
    }

    #[test]
    fn any_json_comes_back(text in "\\[((\\{\"id\": ?\"[a-z]{0,9}\"\\}|\\{\"id\": \\[1\\}|\\{\"id\": \"x|[0-9\"a]{1,3}|\\[1)(,|,\n|, )){0,30}") {
        check_round_trip("a.json", text.as_bytes());
    }
}

/// A folder with a file of rejects.
fn with_rejects() -> TempDir {
    let folder = project();
    fs::write(folder.path().join("orders.csv"), "id,amount\n1,x\n2\n3,x\n").unwrap();
    run(folder.path(), &["orders.csv"], "out");
    let file = folder.path().join(&rejects_files(folder.path(), "out")[0]);
    fs::copy(file, folder.path().join("rejects.ndjson")).unwrap();
    folder
}

#[test]
fn a_person_is_told_what_to_do_next() {
    let folder = with_rejects();
    let args = [
        "replay",
        "rejects",
        "rejects.ndjson",
        "--code",
        "not_an_integer",
    ];
    let manifest = ["--out", "re played", "--manifest", "manifest.toml"];
    let text = done(gen_in(folder.path(), &[&args[..], &manifest].concat()));
    insta::assert_snapshot!(text, @r"
    replayed 2 of 3 rejected records
      re played/rejects-1.csv: 2 records, 18 bytes
    left out:
      1: without a reason of the given codes
    put them in, RAW-BUCKET being the stack's output `RawBucket`:
      aws s3 cp --recursive 're played' s3://RAW-BUCKET/orders/
    ");
    let replayed = fs::read_to_string(folder.path().join("re played/rejects-1.csv")).unwrap();
    assert_eq!(replayed, "id,amount\n1,x\n3,x\n");
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 5, "nothing unfinished is left: {names:?}");

    let text = done(gen_in(
        folder.path(),
        &["replay", "rejects", "rejects.ndjson", "--out", "all"],
    ));
    assert!(
        text.ends_with("  aws s3 cp --recursive all s3://RAW-BUCKET/PREFIX/\n"),
        "{text}"
    );
}

#[track_caller]
fn check_refusal(folder: &Path, args: &[&str], expected: &str) {
    let output = gen_in(folder, &[&["replay"], args].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(expected), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = with_rejects();
    let folder = folder.path();
    fs::write(folder.join("shop.toml"), MANIFEST).unwrap();
    fs::write(folder.join("other.ndjson"), "{}\n").unwrap();
    let rejects = ["rejects", "rejects.ndjson", "--out"];
    let with = |args: &[&'static str]| [&rejects[..], args].concat();
    check_refusal(folder, &with(&["out"]), "the folder `out` is not empty");
    check_refusal(
        folder,
        &["rejects", "other.ndjson", "--out", "new"],
        "`other.ndjson` line 1 is no reject: missing field `source`",
    );
    check_refusal(
        folder,
        &["rejects", "no.ndjson", "--out", "new"],
        "`no.ndjson` cannot be read",
    );
    check_refusal(
        folder,
        &with(&["new", "--manifest", "shop.toml"]),
        "the manifest has several pipelines",
    );
    assert!(!folder.join("new").exists());
    let stack = |args: &[&'static str]| {
        let (command, rest) = args.split_first().unwrap();
        [&[*command, "shop.toml", "--stack", "shop"], rest].concat()
    };
    check_refusal(
        folder,
        &stack(&["object", "s3://raw"]),
        "an object is written as s3://BUCKET/KEY",
    );
    check_refusal(
        folder,
        &stack(&["object", "s3://raw/other/a.csv"]),
        "`other/a.csv` belongs to no pipeline: keys start with `orders/` or `visits/`",
    );
    check_refusal(
        folder,
        &stack(&["plugin", "abc"]),
        "a sha256 has 64 hexadecimal digits",
    );
    check_refusal(
        folder,
        &stack(&["plugin", "--pipeline", "web-visits"]),
        "pipeline `web-visits` has no plugin",
    );
    check_refusal(
        folder,
        &["dead-letters", "shop.toml", "--stack=-x;"],
        "a stack's name is a letter",
    );
}

/// What a script is, and what it asks of the AWS CLI: every call with its words.
struct Staged {
    folder: TempDir,
    script: String,
}

impl Staged {
    /// Has `gen` print a script for the stack `shop`.
    fn new(args: &[&str]) -> Staged {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("manifest.toml"), MANIFEST).unwrap();
        let (command, rest) = args.split_first().unwrap();
        let start = ["replay", *command, "manifest.toml", "--stack", "shop"];
        let script = done(gen_in(folder.path(), &[&start, rest].concat()));
        Staged { folder, script }
    }

    /// What the AWS CLI prints of an answer: the lines that the script's own query selects, for the call of this operation.
    /// Queries are lists of columns over all members of one list, and what a path does not lead to is `None`.
    #[track_caller]
    fn printed(&self, operation: &str, answer: &Value) -> String {
        let (_, call) = self.script.split_once(&format!(" {operation} ")).unwrap();
        let query = call.split("--query '").nth(1).unwrap();
        let query = query.split('\'').next().unwrap();
        let (list, columns) = query.split_once("[].[").unwrap();
        let columns = columns.strip_suffix(']').unwrap();
        let column = |item: &Value, path: &str| {
            let found = path.split('.').try_fold(item, |at, name| at.get(name));
            match found {
                Some(Value::String(text)) => text.clone(),
                None | Some(Value::Null) => "None".to_owned(),
                Some(other) => panic!("`{path}` is no text but {other}"),
            }
        };
        let items = answer[list].as_array().unwrap();
        let line = |item| {
            let columns = columns.split(", ").map(|path| column(item, path));
            columns.collect::<Vec<_>>().join("\t")
        };
        items.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Runs it with a stand-in for `aws` that answers as `answers` says, lines of a shell's `case`, and fails whatever else
    /// it is asked. Returns whether the script succeeded, and the calls.
    fn run(&self, answers: &str) -> (bool, Vec<Vec<String>>) {
        let path = |name: &str| -> PathBuf { self.folder.path().join(name) };
        let stand_in = format!(
            "#!/bin/sh\nprintf '%s\\0' \"$@\" >>\"$CALLS\"\nprintf '\\1' >>\"$CALLS\"\ncase \"$*\" in\n\
             'cloudformation describe-stacks --stack-name shop '*OutputKey==*)\n\
             key=\"${{*#*OutputKey==?}}\"; echo \"the-${{key%%?\\].*}}\" ;;\n{answers}\n\
             *) echo \"nobody answers: $*\" >&2; exit 9 ;;\nesac\n"
        );
        let _ = fs::remove_file(path("calls"));
        fs::write(path("aws"), stand_in).unwrap();
        fs::set_permissions(path("aws"), fs::Permissions::from_mode(0o755)).unwrap();
        let search = format!(
            "{}:{}",
            self.folder.path().display(),
            std::env::var("PATH").unwrap()
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &self.script])
            .env("PATH", search)
            .env("CALLS", path("calls"))
            .output()
            .unwrap();
        let calls = fs::read_to_string(path("calls")).unwrap();
        let calls = calls.split_terminator('\u{1}');
        let words = |call: &str| call.split_terminator('\0').map(str::to_owned).collect();
        (output.status.success(), calls.map(words).collect())
    }
}

/// The calls of one operation.
fn of<'a>(calls: &'a [Vec<String>], operation: &str) -> Vec<&'a Vec<String>> {
    calls.iter().filter(|call| call[1] == operation).collect()
}

/// An entry of the ledger as DynamoDB gives it: its status and sort key, the part that follows, and the rest.
fn entry(status: &str, key: &str, next: Option<u64>, rest: &Value) -> Value {
    let mut entry = json!({ "status": { "S": status }, "sk": { "S": key } });
    if let Some(record) = next {
        let start = Position {
            record,
            byte: Some(record * 10),
        };
        let part = serde_json::to_value(Part { start, end: None }).unwrap();
        entry["next"] = as_dynamodb(&part);
    }
    let rest = rest.as_object().unwrap().clone();
    entry.as_object_mut().unwrap().extend(rest);
    entry
}

/// A document in DynamoDB's JSON.
fn as_dynamodb(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(value) => json!({ "BOOL": value }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(values) => json!({ "L": values.iter().map(as_dynamodb).collect::<Vec<_>>() }),
        Value::Object(members) => {
            let members = members.iter();
            let members: serde_json::Map<_, _> = members
                .map(|(name, value)| (name.clone(), as_dynamodb(value)))
                .collect();
            json!({ "M": members })
        }
    }
}

/// A text as a word of the shell.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Calls that change something and say nothing.
const SILENT: &str =
    "'dynamodb update-item '* | 'dynamodb delete-item '* | 's3 rm '* | 's3 cp '*) ;;";

/// What follows an option.
fn value<'a>(call: &'a [String], option: &str) -> &'a str {
    let at = call.iter().position(|word| word == option).unwrap();
    &call[at + 1]
}

const SHA256: &str = "5c1ae0a7b3f94d2c8e6b1f0a9d8c7b6a5f4e3d2c1b0a99887766554433221100";

#[test]
fn scripts() {
    insta::assert_snapshot!("dead-letters", Staged::new(&["dead-letters"]).script);
    insta::assert_snapshot!(
        "object-deduplicated",
        Staged::new(&["object", "s3://raw/orders/it's 1.csv"]).script
    );
    insta::assert_snapshot!(
        "object-lake",
        Staged::new(&["object", "s3://raw/visits/1.csv"]).script
    );
    insta::assert_snapshot!("plugin", Staged::new(&["plugin", SHA256]).script);
    insta::assert_snapshot!("plugin-versions", Staged::new(&["plugin"]).script);
}

#[test]
fn dead_letters_go_back() {
    let (done, calls) = Staged::new(&["dead-letters", "--pipeline", "web-visits"]).run(
        "'sqs get-queue-attributes '*QueueArn*) echo the-arn ;;\n\
             'sqs get-queue-attributes '*ApproximateNumberOfMessages*) echo 3 ;;\n\
             'sqs start-message-move-task --source-arn the-arn') ;;\n\
             'sqs list-message-move-tasks --source-arn the-arn') ;;",
    );
    assert!(done);
    let asked = of(&calls, "get-queue-attributes");
    assert_eq!(
        value(asked[0], "--queue-url"),
        "the-WebVisitsDeadLetterQueueUrl"
    );
    let started = of(&calls, "start-message-move-task");
    assert_eq!(started.len(), 1);
    assert_eq!(value(started[0], "--source-arn"), "the-arn");
}

#[test]
fn a_missing_output_ends_a_script() {
    let mut staged = Staged::new(&["dead-letters"]);
    staged.script = staged.script.replace("OutputKey==", "Other==");
    let (done, calls) = staged.run("*Other*) echo None ;;");
    assert!(!done);
    assert_eq!(calls.len(), 1);
}

#[test]
fn a_plugin_comes_back() {
    let shown = "'dynamodb query '* | 'dynamodb get-item '*) ;;";
    let (done, calls) = Staged::new(&["plugin", SHA256]).run(&format!("{shown}\n{SILENT}"));
    assert!(done);
    let copies = of(&calls, "cp");
    assert_eq!(
        copies[0][2..],
        [
            format!("s3://the-ArtifactsBucket/components/orders/{SHA256}.wasm"),
            "s3://the-ArtifactsBucket/plugins/orders.wasm".to_owned()
        ]
    );
    let (done, calls) = Staged::new(&["plugin"]).run(shown);
    assert!(done && of(&calls, "cp").is_empty());
}

/// Everything that a shell or JSON might trip over.
const KEY: &str = "orders/it's $(touch x) `y` \"z\" \\n\n*? ;& été 100%.csv";

#[test]
fn an_object_comes_back_whatever_it_is_called() {
    let uri = format!("s3://raw/{KEY}");
    let stem = SourceObject::stem_of(&uri, "v.1");
    let staged = Staged::new(&["object", &uri]);
    let none = json!({});
    let entries = json!({ "Items": [
        entry("parted", "ledger#orders", Some(7), &none),
        entry("done", "ledger#orders#00000000000000000007", Some(80), &none),
        entry("failed", "ledger#orders#00000000000000000080", Some(900), &none),
    ] });
    let seen =
        |hash: &str| json!({ "pk": { "S": format!("key#orders#{hash}") }, "sk": { "S": "seen" } });
    let brought = json!({ "Items": [seen("aa"), seen("bb")] });
    let (done, calls) = staged.run(&format!(
        "'s3api head-object '*) echo v.1 ;;\n\
         'dynamodb query '*) printf '%s\\n' {} ;;\n\
         's3api list-objects-v2 '*lake/orders/*Contents*) printf 'lake/orders/a b/{stem}.parquet\\n' ;;\n\
         's3api list-objects-v2 '*rejects/orders/*Contents*) echo None ;;\n\
         'dynamodb scan '*) printf '%s\\n' {} ;;\n{SILENT}",
        word(&staged.printed("query", &entries)),
        word(&staged.printed("scan", &brought)),
    ));
    assert!(done, "{calls:?}");
    let head = of(&calls, "head-object");
    assert_eq!(
        (value(head[0], "--bucket"), value(head[0], "--key")),
        ("raw", KEY)
    );
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let asked = of(&calls, "query");
    let values = json(value(asked[0], "--expression-attribute-values"));
    assert_eq!(values[":pk"]["S"], format!("object#{uri}#v.1"));
    let given_up = of(&calls, "update-item");
    let mut parts = Vec::new();
    for call in given_up {
        let key = json(value(call, "--key"));
        assert_eq!(key["pk"]["S"], format!("object#{uri}#v.1"));
        parts.push(key["sk"]["S"].as_str().unwrap().to_owned());
        json(value(call, "--expression-attribute-values"));
        json(value(call, "--expression-attribute-names"));
    }
    let part = |record: &str| format!("ledger#orders{record}");
    assert_eq!(
        parts,
        [
            part(""),
            part("#00000000000000000080"),
            part("#00000000000000000900")
        ],
        "what is done stays as it is, and what was not begun never is"
    );
    let removed = of(&calls, "rm");
    assert_eq!(removed.len(), 1);
    assert_eq!(
        removed[0][2],
        format!("s3://the-LakeBucket/lake/orders/a b/{stem}.parquet")
    );
    let forgotten: Vec<Value> = of(&calls, "delete-item")
        .iter()
        .map(|call| json(value(call, "--key")))
        .collect();
    assert_eq!(forgotten, [seen("aa"), seen("bb")]);
    assert_eq!(
        json(value(
            of(&calls, "scan")[0],
            "--expression-attribute-values"
        ))[":stem"]["S"],
        stem
    );
    let last = calls.last().unwrap();
    assert_eq!(last[1..], ["cp", &uri, &uri, "--storage-class", "STANDARD"]);
}

#[test]
fn an_object_waits_for_an_attempt_that_is_alive() {
    let staged = Staged::new(&["object", "s3://raw/visits/1.csv"]);
    let answers = |lease: &str| {
        let lease = json!({ "lease_until": { "N": lease } });
        let entries = json!({ "Items": [entry("running", "ledger#web-visits", None, &lease)] });
        let printed = word(&staged.printed("query", &entries));
        format!(
            "'s3api head-object '*) echo v1 ;;\n'dynamodb query '*) printf '%s\\n' {printed} ;;\n\
             's3api list-objects-v2 '*) echo None ;;\n{SILENT}"
        )
    };
    let (done, calls) = staged.run(&answers("99999999999"));
    assert!(!done && of(&calls, "cp").is_empty(), "{calls:?}");
    let (done, calls) = staged.run(&answers("1"));
    assert!(done && of(&calls, "cp").len() == 1, "{calls:?}");
    assert!(
        of(&calls, "scan").is_empty(),
        "only where objects share their duplicates"
    );
    let (done, calls) = staged.run("'s3api head-object '*) echo None ;;");
    assert!(!done && of(&calls, "cp").is_empty(), "{calls:?}");
}
