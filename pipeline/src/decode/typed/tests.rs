//! Files of formats with types, as they are and damaged.
#![allow(clippy::unwrap_used)]

use std::{io::Cursor, sync::Arc};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::{arrow::ArrowWriter, file::properties::WriterProperties};

use super::super::{Decoder, Input, ObjectKind, parts::pipeline};

/// A workbook that another program has written.
const WORKBOOK: &[u8] = include_bytes!("../../../tests/cases/xlsx-cells/input.xlsx");

/// A Parquet file of these texts, and their lengths, in groups of so many rows.
pub(in crate::decode) fn parquet(ids: &[Option<String>], group: usize) -> Vec<u8> {
    let lengths = ids.iter().map(|id| id.as_ref().map(|id| id.len() as i64));
    let columns: [(&str, ArrayRef); 2] = [
        ("id", Arc::new(StringArray::from(ids.to_vec()))),
        ("length", Arc::new(lengths.collect::<Int64Array>())),
    ];
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group));
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Reads an object to its end, and says how many records there were, and what the reader said of the object.
fn read(name: &str, bytes: &[u8]) -> (u64, Option<&'static str>) {
    let input = Input::Stream(Box::new(Cursor::new(bytes.to_vec())));
    let mut decoder = Decoder::new(ObjectKind::of(name).unwrap(), &pipeline(), &[], input);
    let mut records = 0;
    while let Some(batch) = decoder.next_batch().unwrap() {
        assert_eq!(batch.first_record, records);
        for column in &batch.columns {
            assert_eq!(
                column.slice(0..batch.rows),
                *column,
                "a column has as many values as the batch has rows"
            );
        }
        records += batch.records();
    }
    assert_eq!(decoder.position().record, records);
    let damage = decoder.damage().map(|damage| damage.code);
    (
        records,
        damage.or(decoder.refusal().map(|refusal| refusal.code)),
    )
}

/// Whatever is wrong with a file, reading it ends, and what it does not have is not made up.
fn check_damaged(name: &str, bytes: &[u8], step: usize) {
    let (whole, problem) = read(name, bytes);
    assert!(whole > 0 && problem.is_none(), "{name}: {problem:?}");
    for length in (0..bytes.len()).step_by(step) {
        let (records, problem) = read(name, &bytes[..length]);
        assert!(records <= whole, "{name}, {length} bytes of it");
        assert!(
            length == 0 || problem.is_some(),
            "{name}, {length} bytes of it"
        );
    }
    for at in (0..bytes.len()).step_by(step) {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= flip;
            read(name, &bytes);
        }
    }
}

#[test]
fn parquet_that_is_damaged() {
    let ids: Vec<_> = (0..20)
        .map(|id| (id % 7 > 0).then(|| format!("id-{id}")))
        .collect();
    check_damaged("a.parquet", &parquet(&ids, 6), 3);
}

#[test]
fn a_workbook_that_is_damaged() {
    check_damaged("a.xlsx", WORKBOOK, 17);
}

#[test]
fn compressed_files_are_read_too() {
    let bytes = parquet(&[Some("a".to_owned())], 1);
    let bytes = zstd::encode_all(&bytes[..], 1).unwrap();
    assert_eq!(read("a.parquet.zst", &bytes), (1, None));
    assert_eq!(read("a.parquet.gz", &bytes), (1, None));
}
