//! Parts of an object, decoded one by one, give what the whole gives: for any text, however it is cut.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sluice_contract::stack::Pipeline;

use super::*;

/// Records are at most this long in these tests.
const MAX_RECORD_BYTES: u32 = 60;

pub(super) fn pipeline() -> Pipeline {
    pipeline_of("")
}

/// A pipeline whose source has these keys besides.
pub(super) fn pipeline_of(source: &str) -> Pipeline {
    let manifest = format!(
        "[project]\nname = \"parts\"\n[pipeline.p]\nsource = {{ prefix = \"in/\"{source} }}\nlake = true\n\
         fields = {{ id = \"text\" }}\n"
    );
    let mut stack = sluice_manifest::load(&manifest, "manifest.toml", None).unwrap();
    let mut pipeline = stack.pipelines.remove(0);
    pipeline.limits.max_record_bytes = MAX_RECORD_BYTES;
    pipeline
}

fn known() -> Vec<KnownColumn> {
    vec![KnownColumn {
        name: "id".to_owned(),
        json: false,
        input: false,
    }]
}

/// What is left to compare of a record: its number, its raw text or the beginning of it, and what is wrong with it.
type Seen = (u64, Vec<u8>, Option<&'static str>);

fn read(mut decoder: Decoder) -> (Vec<Seen>, Position) {
    let mut seen = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        for row in 0..batch.rows {
            // A member of JSON is a column where a record of the part had it.
            let id = batch.fields.iter().position(|field| field.name == "id");
            let id = id
                .and_then(|id| batch.columns[id].bytes(row))
                .unwrap_or(b"null");
            let raw = [&*batch.raw_record(row), id].concat();
            seen.push((batch.record_number(row), raw, None));
        }
        for (index, broken) in batch.broken.iter().enumerate() {
            let number = batch.broken_number(index);
            seen.push((number, broken.raw.clone(), Some(broken.code)));
        }
    }
    seen.sort();
    (seen, decoder.position())
}

fn from(bytes: &[u8], start: u64, end: Option<u64>) -> Input {
    let end = end.unwrap_or(bytes.len() as u64);
    let bytes = bytes[start as usize..end as usize].to_vec();
    Input::Stream(Box::new(Cursor::new(bytes)))
}

/// Cuts an object into parts of about `part_bytes`, each found from the one before, and reads them.
fn in_parts(
    kind: ObjectKind,
    pipeline: &Pipeline,
    bytes: &[u8],
    part_bytes: u64,
    batch_bytes: usize,
) -> Vec<Seen> {
    let header = header(kind, pipeline, from(bytes, 0, None)).unwrap();
    let (mut seen, mut part) = (Vec::new(), Part::WHOLE);
    loop {
        let start = part.start.byte.unwrap();
        let own_header: &[u8] = if start == 0 { &[] } else { &header };
        let which = (&part, own_header);
        let input = from(bytes, start, None);
        part.end = cut_by(
            kind,
            pipeline,
            &known(),
            which,
            input,
            part_bytes,
            batch_bytes,
        )
        .unwrap();
        let input = from(bytes, start, part.end.and_then(|end| end.byte));
        let which = (&part, own_header);
        let decoder =
            Decoder::of_part(kind, pipeline, &known(), which, input, batch_bytes).unwrap();
        let (records, end) = read(decoder);
        seen.extend(records);
        let Some(next) = part.end else { return seen };
        assert_eq!(
            end.record, next.record,
            "a part ends where the next one begins"
        );
        part = Part {
            start: next,
            end: None,
        };
    }
}

/// Reads an object in two parts, the second of which begins at a record and not at a byte.
fn at_a_record(
    kind: ObjectKind,
    pipeline: &Pipeline,
    bytes: &[u8],
    record: u64,
    batch_bytes: usize,
) -> Vec<Seen> {
    let middle = Position { record, byte: None };
    let first = Part {
        end: Some(middle),
        ..Part::WHOLE
    };
    let second = Part {
        start: middle,
        end: None,
    };
    let mut seen = Vec::new();
    for part in [first, second] {
        let (input, which) = (from(bytes, 0, None), (&part, &b""[..]));
        let decoder =
            Decoder::of_part(kind, pipeline, &known(), which, input, batch_bytes).unwrap();
        seen.extend(read(decoder).0);
    }
    seen
}

fn check(name: &str, bytes: &[u8], part_bytes: u64, batch_bytes: usize) {
    check_of(&pipeline(), name, bytes, part_bytes, batch_bytes);
}

pub(super) fn check_of(
    pipeline: &Pipeline,
    name: &str,
    bytes: &[u8],
    part_bytes: u64,
    batch_bytes: usize,
) {
    let kind = ObjectKind::of(name).unwrap();
    let whole = Decoder::whole(kind, pipeline, &known(), from(bytes, 0, None), batch_bytes);
    let (whole, end) = read(whole);
    assert_eq!(end.record, whole.len() as u64);
    if kind.format.layout().entry() == Entry::AnyRecord {
        let parts = in_parts(kind, pipeline, bytes, part_bytes, batch_bytes);
        assert_eq!(parts, whole);
    }
    for record in [0, 1, end.record / 2, end.record] {
        assert_eq!(
            at_a_record(kind, pipeline, bytes, record, batch_bytes),
            whole,
            "at {record}"
        );
    }
}

/// Keys of a source that change how CSV is read.
pub(super) fn sources() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        ", delimiter = \"auto\"",
        ", delimiter = \";\", comment = \"#\", trim = true",
        ", header = false",
        ", header = [\"id\", \"\", \"b\"], delimiter = \"auto\", null_values = [\"a\"]",
        ", skip_lines = 2",
        ", quote = \"none\"",
        ", quote = \"none\", escape = '\\'",
        ", escape = '\\', comment = \"#\"",
        ", quote = \"'\"",
    ])
}

#[test]
fn a_byte_order_mark_counts() {
    let text = "\u{feff}id,b\n1,2\n3,4\n5,6\n";
    check("a.csv", text.as_bytes(), 4, 8);
    check(
        "a.ndjson",
        "\u{feff}{\"id\":1}\n{\"id\":2}\n".as_bytes(),
        4,
        8,
    );
}

#[test]
fn what_looks_like_a_mark_inside_is_none() {
    check(
        "a.csv",
        b"id\n1\n\xff\xfe2\n\xef\xbb\xbf3\n\x1f\x8b4\n",
        2,
        3,
    );
}

#[test]
fn returns_in_the_header_end_no_line_where_feeds_do() {
    check("a.csv", b"\n\r\" \n1\n2\n\"\"3\n\"4", 1, 1);
    let of = |source, text: &str| check_of(&pipeline_of(source), "a.csv", text.as_bytes(), 1, 1);
    of(
        ", delimiter = \";\", comment = \"#\", trim = true",
        "#c\nid\r;,\r\n\u{feff},\r\n,\r\n\u{feff}id\n\u{feff}id\naaaaaaa\u{feff}aa\r\naaaa\"\"\ra\"\"",
    );
}

#[test]
fn joined_files_are_told_in_every_part() {
    for name in ["a.csv", "a.tsv"] {
        for text in [
            "id\r,\u{feff}id\na\n\r\n\n\u{feff}\u{feff}\na\u{feff}id\n\naa\u{feff}id\n\n\u{feff}\u{feff}id\n\na",
            "id,\u{feff}id\na\n\r\n\n\u{feff}\u{feff}\na\u{feff}id\n\naa\u{feff}id\n\n\u{feff}\u{feff}id\n\na",
            "id,id\nid\naaid\n\"id\na\"\nid\n\r\n\n\r\naid\n\n\r\n\nid\n\n\n\r\na\r\nid\n\nid\naa\n\"\"",
        ] {
            let pipeline = pipeline_of(", quote = \"none\"");
            check_of(&pipeline, name, text.as_bytes(), 1, 1);
        }
    }
}

#[test]
fn compressed_objects_have_no_bytes_to_begin_at() {
    let kind = ObjectKind::of("a.csv.zst").unwrap();
    let bytes = zstd::encode_all(&b"id\n1\n2\n3\n"[..], 1).unwrap();
    let input = from(&bytes, 0, None);
    let cut = cut_by(
        kind,
        &pipeline(),
        &known(),
        (&Part::WHOLE, b""),
        input,
        2,
        3,
    )
    .unwrap();
    assert_eq!(cut, None);
    let decoder = Decoder::whole(kind, &pipeline(), &known(), from(&bytes, 0, None), 3);
    assert_eq!(read(decoder).1.byte, None);
    assert_eq!(at_a_record(kind, &pipeline(), &bytes, 2, 3).len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_csv(text in "(id|\"id\"|a,b)\r?\n([a-c]{0,6}|\"|,|\n|\r\n|\"\"|\"[a,\n]{0,3}\"){0,60}", part in 1..80_u64, batch in 1..40_usize) {
        check("a.csv", text.as_bytes(), part, batch);
    }

    #[test]
    fn any_dialect(text in "(sep=[;,]\r?\n|t\n\n|#c\n)?(id|\"id\"|a[,;]b|\\xef\\xbb\\xbfid)(\r|\n|\r\n|\r\r\n)([a-c]{0,6}|\"|[,;]|\r|\n|\r\n|\"\"|\\\\|#| |\u{feff}|\u{feff}id\n|\"[a,\n]{0,3}\"){0,60}", source in sources(), part in 1..80_u64, batch in 1..40_usize) {
        let pipeline = pipeline_of(source);
        check_of(&pipeline, "a.csv", text.as_bytes(), part, batch);
        check_of(&pipeline, "a.tsv", text.as_bytes(), part, batch);
    }

    #[test]
    fn any_ndjson(text in "(\\{\"id\":\"[a-z]{0,9}\"\\}|[\\{\\}\"a-c]{0,70}|\n|\r\n| ){0,40}", part in 1..80_u64, batch in 1..40_usize) {
        check("a.ndjson", text.as_bytes(), part, batch);
    }

    // Without zeros, which are looked for in more bytes than a part of these tests has.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(prop_oneof![1_u8.., Just(b'\n'), Just(b'"')], 0..300), part in 1..80_u64, batch in 1..40_usize) {
        prop_assume!(!bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]));
        check("a.csv", &bytes, part, batch);
        check("a.ndjson", &bytes, part, batch);
    }

    #[test]
    fn any_parquet(ids in proptest::collection::vec(proptest::option::of("[a-z]{0,9}"), 0..40), group in 1..10_usize, batch in 1..400_usize) {
        check("a.parquet", &super::typed::tests::parquet(&ids, group), 1, batch);
    }

    #[test]
    fn any_line_of_json(text in "(\\{\"id\":\"[a-z]{0,9}\"\\}|\\{\"id\":\\[|\\{\"|\\}\\{\"|\"|\\}|,| |\n){0,40}", part in 1..80_u64, batch in 1..40_usize) {
        check("a.ndjson", text.as_bytes(), part, batch);
    }

    #[test]
    fn any_json(text in "\\[?(\\{\"id\":\"[a-z]{0,9}\"\\}|\\{\"id\":\\[|,|\\{|\\[|\\]|\\}|\"|x|\n){0,30}", batch in 1..40_usize) {
        check("a.json", text.as_bytes(), 1, batch);
    }
}
