//! Files of a few rows, with and without keys, and what their folder's few files have.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use arrow_array::{Int64Array, StringArray, cast::AsArray as _, types::Int64Type};
use parquet::arrow::ArrowWriter;
use proptest::{collection::vec, prelude::*};

use super::*;

const MANIFEST: &str = r#"
[project]
name = "shop"
[pipeline.orders]
source = { prefix = "in/" }
KEY
[pipeline.orders.fields]
id = "text"
version = { type = "integer", required = true }
country = "text"
note = "text"
[pipeline.orders.lake]
partition_by = ["country"]
"#;

const KEY: &str = "key = [\"country\", \"id\"]\norder_by = \"version\"";

fn pipeline(key: &str) -> Pipeline {
    let manifest = MANIFEST.replace("KEY", key);
    let stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
    stack.pipelines.into_iter().next().unwrap()
}

/// A file with these ids and versions.
fn file(rows: &[(&str, i64)]) -> Bytes {
    let ids: StringArray = rows.iter().map(|(id, _)| Some(*id)).collect();
    let versions: Int64Array = rows.iter().map(|(_, version)| Some(*version)).collect();
    parquet(&[("id", Arc::new(ids)), ("version", Arc::new(versions))])
}

fn parquet(columns: &[(&str, ArrayRef)]) -> Bytes {
    let rows = RecordBatch::try_from_iter(columns.to_vec()).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), None).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    bytes.into()
}

/// Compacts files.
fn compact(pipeline: &Pipeline, files: &[Bytes]) -> Result<Vec<RecordBatch>, CompactError> {
    let scratch = tempfile::tempdir().unwrap();
    let lake = pipeline.lake().unwrap();
    let mut compactor = Compactor::new(pipeline, lake, scratch.path(), 7);
    if compactor.looks_first() {
        for (number, file) in (0..).zip(files) {
            compactor.look(number, file)?;
        }
    }
    for (number, file) in (0..).zip(files) {
        compactor.add(number, file)?;
    }
    let (paths, rows) = compactor.finish()?;
    let mut batches = Vec::new();
    for path in paths {
        let file = std::fs::File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        batches.extend(reader.build().unwrap().map(Result::unwrap));
    }
    let written: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(written as u64, rows);
    Ok(batches)
}

fn ids_and_versions(batches: &[RecordBatch]) -> Vec<(String, i64)> {
    let rows = batches.iter().flat_map(|rows| {
        let ids = rows.column_by_name("id").unwrap().as_string::<i32>();
        let versions = rows.column_by_name("version").unwrap();
        let versions = versions.as_primitive::<Int64Type>();
        (0..rows.num_rows()).map(|row| (ids.value(row).to_owned(), versions.value(row)))
    });
    rows.collect()
}

fn check(key: &str, files: &[&[(&str, i64)]], expected: &[(&str, i64)]) {
    let files: Vec<Bytes> = files.iter().map(|rows| file(rows)).collect();
    let got = ids_and_versions(&compact(&pipeline(key), &files).unwrap());
    let got: Vec<(&str, i64)> = got
        .iter()
        .map(|(id, version)| (id.as_str(), *version))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn records_without_a_key_all_stay() {
    check(
        "",
        &[&[("a", 1), ("b", 1)], &[("a", 1)]],
        &[("a", 1), ("b", 1), ("a", 1)],
    );
}

#[test]
fn of_a_key_the_newest_version_stays() {
    let files: &[&[(&str, i64)]] = &[&[("a", 2), ("b", 1)], &[("a", 1), ("b", 2), ("c", 1)]];
    check(KEY, files, &[("a", 2), ("b", 2), ("c", 1)]);
}

#[test]
fn of_equal_versions_the_one_that_arrived_last_stays() {
    let notes = |note: &str| {
        let note: ArrayRef = Arc::new(StringArray::from(vec![note]));
        let id: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        let version: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        parquet(&[("note", note), ("version", version), ("id", id)])
    };
    let batches = compact(&pipeline(KEY), &[notes("first"), notes("last")]).unwrap();
    assert_eq!(batches.len(), 1);
    let note = batches[0].column_by_name("note").unwrap();
    assert_eq!(note.as_string::<i32>().value(0), "last");
}

#[test]
fn a_field_that_came_later_is_null_and_one_that_left_is_gone() {
    let gone: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let id: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let version: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let old = parquet(&[("gone", gone), ("id", id), ("version", version)]);
    let batches = compact(&pipeline(""), &[old, file(&[("b", 2)])]).unwrap();
    let schema = batches[0].schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
    assert_eq!(names, ["id", "version", "note"]);
    assert_eq!(batches[0].column_by_name("note").unwrap().null_count(), 2);
}

/// Before `id` was in the manifest, nothing told these records apart.
#[test]
fn rows_without_a_key_are_all_different() {
    let versions: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let old = parquet(&[("version", versions)]);
    let batches = compact(&pipeline(KEY), &[old, file(&[("a", 1), ("", 5)])]).unwrap();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 4);
}

#[test]
fn what_does_not_fit_is_refused() {
    let id: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let error = compact(&pipeline(""), &[file(&[("a", 1)]), parquet(&[("id", id)])]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "file 2 of the folder has column `id` as Int64, and the manifest as Utf8"
    );
    let error = compact(&pipeline(""), &[Bytes::from_static(b"PAR1 no more")]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("file 1 of the folder cannot be read: "),
        "{error}"
    );
}

proptest! {
    #[test]
    fn nothing_is_lost_but_older_versions(
        files in vec(vec((0..6u8, 0..4i64), 0..12), 0..6),
        has_key: bool,
    ) {
        let pipeline = pipeline(if has_key { KEY } else { "" });
        let named: Vec<Vec<(String, i64)>> = files
            .iter()
            .map(|rows| rows.iter().map(|(id, version)| (id.to_string(), *version)).collect())
            .collect();
        let contents: Vec<Bytes> = named
            .iter()
            .map(|rows| file(&rows.iter().map(|(id, version)| (id.as_str(), *version)).collect::<Vec<_>>()))
            .collect();
        let mut got = ids_and_versions(&compact(&pipeline, &contents).unwrap());
        let all = named.into_iter().flatten();
        let mut expected: Vec<(String, i64)> = if has_key {
            let mut newest: BTreeMap<String, i64> = BTreeMap::new();
            for (id, version) in all {
                let known = newest.entry(id).or_insert(version);
                *known = version.max(*known);
            }
            newest.into_iter().collect()
        } else {
            all.collect()
        };
        got.sort();
        expected.sort();
        prop_assert_eq!(got, expected);
    }
}
