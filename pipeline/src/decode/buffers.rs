//! Every reader gives the same records through any buffer, from one byte on, and comes to an end.
#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use proptest::prelude::*;

use super::{
    parts::{pipeline_of, sources},
    trickle::Trickle,
    *,
};

/// What is left to compare of a record: its number, its text, its values, and what is wrong with it.
type Seen = (u64, Vec<u8>, Vec<Option<Vec<u8>>>, Option<&'static str>);

/// Reads an object of which the source hands out `step` bytes at a time, in batches of about `batch` bytes. Batches may
/// differ in which columns there are so far.
fn read(
    name: &str,
    source: &str,
    bytes: &[u8],
    step: usize,
    batch: usize,
) -> (Vec<Seen>, Option<&'static str>) {
    let kind = ObjectKind::of(name).unwrap();
    let input = Input::Stream(Box::new(Trickle::new(bytes, step)));
    let mut pipeline = pipeline_of(source);
    // How much is kept of a longer record depends on how much is at hand.
    pipeline.limits.max_record_bytes = 1 << 20;
    let mut decoder = Decoder::whole(kind, &pipeline, &[], input, batch);
    let mut seen: Vec<Seen> = Vec::new();
    // No record is shorter than nothing, and so there are no more batches than bytes and one for what is not closed.
    for _ in 0..=bytes.len() * 4 + 1 {
        let Some(batch) = decoder.next_batch().unwrap() else {
            seen.sort();
            // Every record is there, once.
            let numbers = seen.iter().map(|(number, ..)| *number);
            assert!(numbers.eq(0..seen.len() as u64));
            return (seen, decoder.damage().map(|damage| damage.code));
        };
        for row in 0..batch.rows {
            let values = ["id", "b"].map(|name| {
                let column = batch.fields.iter().position(|field| field.name == name)?;
                batch.columns[column].bytes(row).map(<[u8]>::to_vec)
            });
            let text = batch.raw_record(row).into_owned();
            seen.push((batch.record_number(row), text, values.to_vec(), None));
        }
        for (index, broken) in batch.broken.iter().enumerate() {
            let number = batch.broken_number(index);
            seen.push((number, broken.raw.clone(), Vec::new(), Some(broken.code)));
        }
    }
    panic!("no end");
}

fn check(name: &str, bytes: &[u8], step: usize, batch: usize) {
    check_of("", name, bytes, step, batch);
}

fn check_of(source: &str, name: &str, bytes: &[u8], step: usize, batch: usize) {
    let (at_once, damage) = read(name, source, bytes, usize::MAX, 1 << 20);
    let (slowly, same_damage) = read(name, source, bytes, step, batch);
    assert_eq!(same_damage, damage, "{name}");
    // How much comes before the place where it is noticed depends on how much is unpacked at a time.
    if damage.is_none() {
        assert_eq!(slowly, at_once, "{name}");
    }
}

fn encoded(text: &str, encoding: usize) -> Vec<u8> {
    let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
    match encoding {
        0 => text.as_bytes().to_vec(),
        1 => ["\u{feff}".as_bytes(), text.as_bytes()].concat(),
        2 => units().flat_map(u16::to_le_bytes).collect(),
        _ => units().flat_map(u16::to_be_bytes).collect(),
    }
}

fn packed(bytes: &[u8], ending: &str) -> Vec<u8> {
    match ending {
        ".gz" => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        ".zst" => zstd::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}

/// Rejects are kept until they are written, and so are the records that may become some: memory must not grow with how short
/// they are.
#[test]
fn a_batch_holds_no_more_than_can_be_rejected() {
    for (name, header, line) in [
        ("a.csv", "a,b\n", "x\n"),
        ("a.csv", "a\n", "x\n"),
        ("a.ndjson", "", "x\n"),
        ("a.ndjson", "", "{}\n"),
    ] {
        let text = format!("{header}{}", line.repeat(200_000));
        let input = Input::Stream(Box::new(Cursor::new(text.into_bytes())));
        let kind = ObjectKind::of(name).unwrap();
        let mut decoder = Decoder::new(kind, &pipeline_of(""), &[], input);
        let mut records = 0;
        while let Some(batch) = decoder.next_batch().unwrap() {
            assert!(batch.broken.len() <= 10_000, "{}", batch.broken.len());
            assert!(batch.records() <= 40_000, "{}", batch.records());
            records += batch.records();
        }
        // Lines that are no JSON may be taken together.
        assert!(records == 200_000 || line == "x\n" && header.is_empty());
    }
}

/// Every row of a batch has every column of it, so that memory must not grow with both.
#[test]
fn a_batch_holds_no_more_cells_than_it_may() {
    let mut wide = String::new();
    for column in 0..1_000 {
        wide += &format!("{{\"k{column}\":\"\"}}\n");
    }
    let late = format!("{}{wide}", "{}\n".repeat(20_000));
    let early = format!("{wide}{}", "{}\n".repeat(20_000));
    let ragged = format!("a{}\n{}", ",".repeat(1_000), "x\n".repeat(20_000));
    for (name, text) in [
        ("late.ndjson", late),
        ("early.ndjson", early.clone()),
        ("early.json", early),
        ("ragged.csv", ragged),
    ] {
        let lines = text.lines().count() as u64;
        let input = Input::Stream(Box::new(Cursor::new(text.into_bytes())));
        let kind = ObjectKind::of(name).unwrap();
        let mut decoder = Decoder::new(kind, &pipeline_of(""), &[], input);
        let mut records = 0;
        while let Some(batch) = decoder.next_batch().unwrap() {
            let cells = batch.rows * batch.columns.len();
            assert!(cells <= text::MOST_CELLS, "{name}: {cells}");
            assert!(
                batch
                    .columns
                    .iter()
                    .all(|column| column.rows() == batch.rows)
            );
            records += batch.records();
        }
        assert_eq!(records, lines - u64::from(name == "ragged.csv"), "{name}");
    }
}

const TEXTS: &str = "(id,b\n|id\tb\n|\\[)?(\\{\"id\":\"[aé😀]{0,3}\"\\}|\\{\"b\":\\[|\\}|[a-cé😀]{0,3}|\"|,|\t|\n|\r\n|\\[|\\]|\\{|\"\"){0,30}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in TEXTS, encoding in 0..4_usize, step in 1..9_usize, batch in 1..40_usize) {
        let bytes = encoded(&text, encoding);
        for (ending, _) in Format::ENDINGS {
            for compression in ["", ".gz", ".zst"] {
                check(&format!("a.{ending}{compression}"), &packed(&bytes, compression), step, batch);
            }
        }
    }

    #[test]
    fn any_wrapped_json(text in "(\\{\"d\":|\\{\"d\":\\{|\\[|\\{\"id\":\"a\"\\}|\\]|\\}|,|\"|x|\n|\\{){0,30}", step in 1..9_usize, batch in 1..40_usize) {
        for source in [", records = \"d\"", ", records = \"/d/d\""] {
            check_of(source, "a.json", text.as_bytes(), step, batch);
            check_of(source, "a.ndjson", text.as_bytes(), step, batch);
        }
    }

    #[test]
    fn any_dialect(text in "(sep=[;,]\r?\n|t\n\n|#c\n)?(id[,;]b)?(\r|\n|\r\n|\r\r\n)([a-cé😀]{0,4}|\"|[,;]|\t|\r|\n|\r\n|\"\"|\\\\|#| |\u{feff}|\u{feff}id,b\n){0,40}", source in sources(), encoding in 0..4_usize, step in 1..9_usize, batch in 1..40_usize) {
        let bytes = encoded(&text, encoding);
        for name in ["a.csv", "a.tsv", "a.csv.gz"] {
            let bytes = packed(&bytes, if name.ends_with(".gz") { ".gz" } else { "" });
            check_of(source, name, &bytes, step, batch);
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..60), mark in prop::sample::select(vec![&b""[..], b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"]), step in 1..9_usize, batch in 1..40_usize) {
        let bytes = [mark, &bytes].concat();
        for (ending, _) in Format::ENDINGS {
            check(&format!("a.{ending}"), &bytes, step, batch);
        }
    }
}
