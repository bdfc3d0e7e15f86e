//! The record path on whole objects: every folder in `cases/` is a test, which holds a manifest and an input, and what
//! must become of it. `BLESS=1` writes the expected files anew. A second test of each folder reads its input [damaged](damage).
#![allow(clippy::unwrap_used, missing_docs)]

mod damage;

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use arrow_array::{Array as _, ArrayRef, cast::AsArray as _, types::TimestampMicrosecondType};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use libtest_mimic::{Arguments, Failed, Trial};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sluice_contract::{
    literal,
    stack::{Pipeline, Stack},
};
use sluice_pipeline::{
    decode::ObjectKind,
    local::{LocalOutputs, LocalSinks},
    ports::SourceObject,
    process::{Job, Outlets, judge_and_process},
    report::ObjectReport,
};

/// The file that stands for tables.
const DATABASE: &str = "sluice.sqlite";

fn main() {
    let mut folders: Vec<PathBuf> = fs::read_dir("tests/cases")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!folders.is_empty());
    folders.sort();
    let trials = folders.into_iter().flat_map(|folder| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let whole = folder.clone();
        [
            Trial::test(name.clone(), move || check(&whole)),
            Trial::test(name + "-damaged", move || damage::check(&folder)),
        ]
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Compares what becomes of one object with what is in its folder. The result must not depend on the number of threads.
fn check(case: &Path) -> Result<(), Failed> {
    let mut wrong = String::new();
    for threads in [1, 3] {
        for (name, actual) in run(case, threads) {
            let path = case.join(name);
            if std::env::var_os("BLESS").is_some() {
                fs::write(&path, &actual)?;
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected != actual {
                writeln!(
                    wrong,
                    "{} ({threads} threads)\n--- expected\n{expected}\n+++ actual\n{actual}",
                    path.display()
                )?;
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("BLESS=1 accepts these:\n{wrong}").into())
    }
}

fn manifest_of(case: &Path) -> Stack {
    let manifest = fs::read_to_string(case.join("manifest.toml")).unwrap();
    sluice_manifest::load(&manifest, "manifest.toml", None).unwrap()
}

fn input_of(case: &Path) -> String {
    let mut files = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.find(|name| name.starts_with("input.")).unwrap()
}

/// What becomes of one object, with files and a database in `out`.
fn process(
    pipeline: &Pipeline,
    name: &str,
    open: &dyn Fn() -> io::Result<Box<dyn io::Read + Send>>,
    threads: usize,
    out: &Path,
) -> ObjectReport {
    let object = SourceObject {
        uri: name.to_owned(),
        size: None,
        version: "1".to_owned(),
        stem: "object".to_owned(),
        sequencer: String::new(),
        received_at: 0,
    };
    let kind = ObjectKind::in_source(name, &pipeline.source).unwrap();
    let job = Job::whole(pipeline, &object, kind, None, threads, out);
    let outlets = Outlets {
        sinks: &mut LocalSinks::new(out.join(DATABASE), pipeline, &object),
        seen: None,
        outputs: &mut LocalOutputs::new(out),
        samples: None,
    };
    judge_and_process(&job, open, outlets).unwrap()
}

fn run(case: &Path, threads: usize) -> Vec<(&'static str, String)> {
    let stack = manifest_of(case);
    let pipeline = &stack.pipelines[0];
    let input = input_of(case);
    let out = tempfile::tempdir().unwrap();
    let has_table = pipeline.table().is_some();
    let open = || -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(fs::File::open(case.join(&input))?))
    };
    let mut report = process(pipeline, &input, &open, threads, out.path());
    assert!(report.adds_up());
    report.seconds = 0.0;

    let rows = if has_table {
        table_text(&out.path().join(DATABASE))
    } else {
        String::new()
    };
    let (lake, lake_rows) = lake_text(out.path(), &report);
    let rejects =
        fs::read_to_string(out.path().join("rejects/people/object.ndjson")).unwrap_or_default();
    assert_eq!(
        lake_rows,
        report.rows,
        "{}: the lake holds what the report says",
        case.display()
    );
    assert_eq!(
        rejects.lines().count() as u64,
        report.rejected,
        "{}: every reject is kept",
        case.display()
    );
    if has_table {
        assert_eq!(
            rows.lines().count() as u64,
            report.stored,
            "{}: the table holds what is stored",
            case.display()
        );
    }
    let report = serde_json::to_string_pretty(&report).unwrap() + "\n";
    vec![
        ("report.json", report),
        ("table.txt", rows),
        ("lake.txt", lake),
        ("rejects.ndjson", shortened(&rejects)),
    ]
}

fn table_text(database: &Path) -> String {
    let connection = rusqlite::Connection::open(database).unwrap();
    // Of an object that is refused before anything is stored, there is not even a table.
    let Ok(mut select) = connection.prepare("SELECT * FROM people") else {
        return String::new();
    };
    // The columns behind the fields say where a row comes from.
    let is_field = |name: &&str| !name.contains('#');
    let columns = select.column_names().filter(is_field).count();
    let mut rows = select.query(()).unwrap();
    let mut text = String::new();
    while let Some(row) = rows.next().unwrap() {
        let cells: Vec<_> = (0..columns)
            .map(|column| {
                format!(
                    "{:?}",
                    row.get::<_, rusqlite::types::Value>(column).unwrap()
                )
            })
            .collect();
        writeln!(text, "{}", cells.join(" | ")).unwrap();
    }
    text
}

fn lake_text(root: &Path, report: &ObjectReport) -> (String, u64) {
    let (mut text, mut rows) = (String::new(), 0);
    for name in report
        .outputs
        .iter()
        .filter(|name| name.ends_with(".parquet"))
    {
        writeln!(text, "{name}").unwrap();
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(fs::File::open(root.join(name)).unwrap())
                .unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            rows += batch.num_rows() as u64;
            for row in 0..batch.num_rows() {
                let cells: Vec<_> = batch
                    .columns()
                    .iter()
                    .map(|column| cell(column, row))
                    .collect();
                writeln!(text, "  {}", cells.join(" | ")).unwrap();
            }
        }
    }
    (text, rows)
}

fn cell(column: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default().with_null("∅");
    match column.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(times) if times.is_valid(row) => literal::timestamp_text(times.value(row)),
        Some(_) => "∅".to_owned(),
        None => ArrayFormatter::try_new(column, &options)
            .unwrap()
            .value(row)
            .to_string(),
    }
}

/// Long raw texts, cut for the eye.
fn shortened(rejects: &str) -> String {
    let mut text = String::new();
    for line in rejects.lines() {
        let mut reject: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(raw) = reject["raw"].as_str().filter(|raw| raw.len() > 200) {
            reject["raw"] = format!("{}… ({} bytes)", &raw[..50], raw.len()).into();
        }
        writeln!(text, "{reject}").unwrap();
    }
    text
}
