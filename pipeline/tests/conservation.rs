//! Whatever bytes an object holds, every record is accounted for, nothing panics, and nothing depends on threads.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, io::Read, sync::OnceLock};

use proptest::prelude::*;
use sluice_contract::{Stack, stack::Pipeline};
use sluice_pipeline::{
    decode::ObjectKind,
    local::{LocalOutputs, LocalSinks},
    ports::SourceObject,
    process::{Job, Outlets, judge_and_process},
    report::ObjectReport,
};

const MANIFEST: &str = r#"
[project]
name = "conservation"
[pipeline.people]
source = { prefix = "in/" }
key = "id"
order_by = "age"
limits = { max_record_bytes = 1024 }
[pipeline.people.fields]
id = "text"
age = { type = "integer", min = 0 }
note = { type = "text", required = false }
[pipeline.people.table]
[pipeline.people.lake]
"#;

fn pipeline() -> &'static Pipeline {
    static STACK: OnceLock<Stack> = OnceLock::new();
    &STACK
        .get_or_init(|| sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap())
        .pipelines[0]
}

/// The same, of which no more than a third may be rejected.
fn strict_pipeline() -> &'static Pipeline {
    static STRICT: OnceLock<Pipeline> = OnceLock::new();
    STRICT.get_or_init(|| {
        let mut strict = pipeline().clone();
        (strict.rejects.fail_ratio, strict.rejects.min_rows) = (0.34, 3);
        strict
    })
}

fn run(name: &str, bytes: &[u8], threads: usize) -> (ObjectReport, u64) {
    run_in(pipeline(), name, bytes, threads)
}

fn run_in(pipeline: &Pipeline, name: &str, bytes: &[u8], threads: usize) -> (ObjectReport, u64) {
    let out = tempfile::tempdir().unwrap();
    let object = SourceObject {
        uri: name.to_owned(),
        size: None,
        version: String::new(),
        stem: "object".to_owned(),
        sequencer: String::new(),
        received_at: 0,
    };
    let kind = ObjectKind::of(name).unwrap();
    let job = Job::whole(pipeline, &object, kind, None, threads, out.path());
    let database = out.path().join("sluice.sqlite");
    let open = || -> std::io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(std::io::Cursor::new(bytes.to_vec())))
    };
    let outlets = Outlets {
        sinks: &mut LocalSinks::new(database.clone(), pipeline, &object),
        seen: None,
        outputs: &mut LocalOutputs::new(out.path()),
        samples: None,
    };
    let mut report = judge_and_process(&job, &open, outlets).unwrap();
    (report.seconds, report.plugin_seconds) = (0.0, 0.0);
    let rejects =
        fs::read_to_string(out.path().join("rejects/people/object.ndjson")).unwrap_or_default();
    assert_eq!(rejects.lines().count() as u64, report.rejected);
    assert_eq!(
        out.path().join("lake").exists(),
        report.outputs.iter().any(|name| name.starts_with("lake/"))
    );
    let connection = rusqlite::Connection::open(&database).unwrap();
    let count = |sql: &str| {
        connection
            .query_row(sql, (), |row| row.get::<_, i64>(0))
            .unwrap()
    };
    // Of an object that is refused before anything is stored, there is not even a table.
    let rows = match count("SELECT count(*) FROM sqlite_master WHERE name = 'people'") {
        0 => 0,
        _ => count("SELECT count(*) FROM people"),
    };
    (report, rows as u64)
}

fn check(name: &str, bytes: &[u8]) {
    let (report, rows) = run(name, bytes, 1);
    assert!(report.adds_up(), "{report:?}");
    assert_eq!(report.stored, rows, "{report:?}");
    assert_eq!(run(name, bytes, 2), (report.clone(), rows));
    if report.refused.is_some() {
        assert_eq!(
            (report.read, rows, report.outputs.len()),
            (0, 0, 0),
            "{report:?}"
        );
        return;
    }
    // An object is stored as before, or not at all.
    let (strict, strict_rows) = run_in(strict_pipeline(), name, bytes, 1);
    let fails = strict_pipeline()
        .rejects
        .fails(report.read, report.rejected);
    match &strict.refused {
        None => assert_eq!((&strict, strict_rows), (&report, rows)),
        Some(refused) => {
            assert_eq!(
                (refused.read, refused.rejected),
                (report.read, report.rejected)
            );
            assert_eq!(
                (strict.read, strict_rows, strict.outputs.len()),
                (0, 0, 0),
                "{strict:?}"
            );
            assert_eq!(strict.first_reasons, report.first_reasons);
        }
    }
    assert_eq!(strict.refused.is_some(), fails, "{report:?}");
}

/// CSV that is mostly right.
fn csv() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        4 => "[0-9]{1,2}",
        2 => "[a-c]",
        1 => "\"[a,\"\n]{0,4}\"",
        1 => "[\"\r,é]{1,3}",
        1 => Just(String::new()),
    ];
    let row = proptest::collection::vec(cell, 2..=4).prop_map(|cells| cells.join(",") + "\n");
    proptest::collection::vec(row, 0..60)
        .prop_map(|rows| format!("id,age,note\n{}", rows.concat()).into_bytes())
}

/// JSON that is mostly right.
fn json() -> impl Strategy<Value = Vec<u8>> {
    let record = prop_oneof![
        6 => ("[0-9]{1,2}", 0..40_i32).prop_map(|(id, age)| format!("{{\"id\": \"{id}\", \"age\": {age}}}")),
        1 => Just("{\"id\": [1}".to_owned()),
        1 => Just("{\"id\": \"x".to_owned()),
        1 => "[\\[\\]{},\"0-9]{0,5}",
    ];
    let separator = prop_oneof![8 => Just(",\n"), 1 => Just(" "), 1 => Just(",,")];
    proptest::collection::vec((record, separator), 0..40).prop_map(|records| {
        let records: String = records
            .into_iter()
            .map(|(record, separator)| record + separator)
            .collect();
        format!("[{records}]").into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000), format in 0..6_usize) {
        check(["a.csv", "a.tsv", "a.json", "a.ndjson", "a.csv.gz", "a.json.zst"][format], &bytes);
    }

    #[test]
    fn nearly_csv(bytes in csv()) {
        check("a.csv", &bytes);
    }

    #[test]
    fn nearly_json(bytes in json()) {
        check("a.json", &bytes);
        check("a.ndjson", &bytes);
    }
}

/// What is over every limit is given up as a whole, and the record behind it is read.
#[test]
fn a_field_of_100_mb_is_one_rejected_record() {
    let mut bytes = b"id,age,note\n1,30,".to_vec();
    bytes.resize(bytes.len() + (100 << 20), b'x');
    bytes.extend_from_slice(b"\n2,31,short\n");
    let (report, rows) = run("a.csv", &bytes, 1);
    assert_eq!(
        (report.read, report.stored, report.rejected, rows),
        (2, 1, 1, 1)
    );
    assert_eq!(report.first_reasons[0].code, "record_too_large");
    assert!(
        report.first_reasons[0]
            .message
            .contains("got 104857605 bytes"),
        "{:?}",
        report.first_reasons
    );
}
