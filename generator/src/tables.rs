//! Reads the tables that a manifest names for its plugins, as the pipeline reads records.

use std::fs::File;
use std::path::Path;

use sluice_contract::format::Format;
use sluice_manifest::Table;
use sluice_pipeline::decode::{Decoder, Input, ObjectKind};

/// The longest file that is looked at: what becomes a setting is far smaller.
const MOST_BYTES: u64 = 1 << 20;

/// A pipeline with nothing but defaults, as which a table is read. A plugin gets text, whatever the format.
const PIPELINE: &str = r#"
[project]
name = "none"
[pipeline.none]
source = { prefix = "none/" }
lake = true
plugin = "none"
[pipeline.none.fields]
none = { type = "text", required = false }
"#;

/// The table in a file, whose path is seen from a folder.
///
/// # Errors
/// Why it cannot be read, for people.
pub fn read(folder: &Path, file: &str) -> Result<Table, String> {
    let path = folder.join(file);
    let told = |error: std::io::Error| format!("`{}`: {error}", path.display());
    let kind = ObjectKind::of(file).ok_or_else(|| {
        format!(
            "`{file}` is of no known format; its name must end in {}",
            Format::listed_endings()
        )
    })?;
    let bytes = path.metadata().map_err(told)?.len();
    if bytes > MOST_BYTES {
        return Err(format!(
            "`{file}` has {bytes} bytes, limit {MOST_BYTES} bytes"
        ));
    }
    let stack = sluice_manifest::load(PIPELINE, "none", None).map_err(|error| error.to_string())?;
    let input = Input::File(File::open(&path).map_err(told)?);
    let mut decoder = Decoder::new(kind, &stack.pipelines[0], &[], input);
    let mut table = Table::default();
    while let Some(batch) = decoder.next_batch().map_err(told)? {
        if let Some(broken) = batch.broken.first() {
            return Err(format!(
                "record {} of `{file}`: {}",
                batch.broken_number(0) + 1,
                broken.message
            ));
        }
        // Later records may have members that the first ones had not.
        for field in &*batch.fields {
            if !table.columns.contains(&field.name) {
                table.columns.push(field.name.clone());
            }
        }
        let columns: Vec<Option<usize>> = table
            .columns
            .iter()
            .map(|name| batch.fields.iter().position(|field| field.name == *name))
            .collect();
        for row in 0..batch.rows {
            let values = columns.iter().map(|column| {
                let value = batch.columns[(*column)?].bytes(row)?;
                Some(String::from_utf8_lossy(value).into_owned())
            });
            table.rows.push(values.collect());
        }
    }
    // Half a table would look values up as if the others were not meant to be there.
    let refused = decoder.refusal().map(|refusal| &refusal.message);
    if let Some(why) = refused.or(decoder.damage().map(|damage| &damage.message)) {
        return Err(format!("`{file}` cannot be read: {why}"));
    }
    if table.rows.is_empty() {
        return Err(format!("`{file}` has no record"));
    }
    let width = table.columns.len();
    for row in &mut table.rows {
        row.resize(width, None);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(name: &str, text: &str, expected: Result<&[&[&str]], &str>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        let rows = read(folder.path(), name).map(|table| {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
            let mut rows = vec![table.columns];
            rows.extend(table.rows.iter().map(|row| row.iter().map(value).collect()));
            rows
        });
        let rows: Result<Vec<Vec<String>>, String> = rows;
        match (rows, expected) {
            (Ok(rows), Ok(expected)) => assert_eq!(rows, expected, "{text}"),
            (Err(reason), Err(expected)) => assert_eq!(reason, expected, "{text}"),
            (rows, _) => panic!("{text}: {rows:?}"),
        }
    }

    #[test]
    fn tables_are_read_as_records_are() {
        let expected: &[&[&str]] = &[&["code", "name"], &["DE", "Germany"], &["FR", "-"]];
        check(
            "a.csv",
            "\u{feff}code,name\r\nDE,Germany\nFR,\n",
            Ok(expected),
        );
        check("a.tsv", "code\tname\nDE\tGermany\nFR\t\n", Ok(expected));
        check(
            "a.ndjson",
            "{\"code\":\"DE\",\"name\":\"Germany\"}\n{\"code\":\"FR\"}\n",
            Ok(expected),
        );
        check(
            "a.json",
            "[{\"code\":\"DE\",\"name\":\"Germany\"},{\"code\":\"FR\",\"name\":null}]",
            Ok(expected),
        );
        check("a.csv", "code,name\n", Err("`a.csv` has no record"));
        check(
            "a.csv",
            "%PDF-1.7\n",
            Err("`a.csv` cannot be read: it is a PDF document"),
        );
        check(
            "a.xlsx",
            "code,name\n",
            Err(
                "`a.xlsx` cannot be read: the file is damaged or cut short: it is no zip archive, as every workbook is",
            ),
        );
        check(
            "a.csv",
            "code,name\nDE\n",
            Err("record 1 of `a.csv`: got 1 fields, the header has 2"),
        );
        check(
            "a.txt",
            "",
            Err(
                "`a.txt` is of no known format; its name must end in .csv, .tsv, .json, .ndjson, .jsonl, .parquet, .xlsx or .xlsm",
            ),
        );
    }
}
