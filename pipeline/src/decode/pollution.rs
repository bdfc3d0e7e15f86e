//! A file that is spoilt in one place loses what was spoilt, and nothing else: for any dialect, encoding and buffer, and however
//! it is cut into parts.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sluice_contract::stack::Pipeline;

use super::{
    parts::{check_of, pipeline_of},
    trickle::Trickle,
    *,
};

/// How a clean file is written.
#[derive(Debug, Clone)]
struct Style {
    delimiter: char,
    quote: char,
    line_break: &'static str,
    encoding: &'static str,
    /// Whether every field is enclosed, and not only those that need it.
    encloses_all: bool,
    ends_with_break: bool,
}

/// What is done to a line.
#[derive(Debug, Clone, Copy)]
enum Spoilt {
    /// A character is added.
    With(char),
    /// A character is taken out.
    Without,
    /// The rest of the line is missing.
    CutShort,
}

impl Style {
    fn field(&self, value: &str) -> String {
        let (delimiter, quote) = (self.delimiter, self.quote);
        let needs_quotes = self.encloses_all
            || value.is_empty()
            || value.starts_with([' ', '\t'])
            || value.contains([delimiter, quote, '\n', '\r']);
        if needs_quotes {
            let doubled = value.replace(quote, &format!("{quote}{quote}"));
            format!("{quote}{doubled}{quote}")
        } else {
            value.to_owned()
        }
    }

    fn record(&self, values: &[String]) -> String {
        let fields: Vec<String> = values.iter().map(|value| self.field(value)).collect();
        fields.join(&self.delimiter.to_string())
    }

    fn text(&self, header: &str, records: &[String]) -> String {
        let mut lines = vec![header.replace(',', &self.delimiter.to_string())];
        lines.extend_from_slice(records);
        let mut text = lines.join(self.line_break);
        if self.ends_with_break {
            text.push_str(self.line_break);
        }
        text
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
        match self.encoding {
            "marked" => ["\u{feff}".as_bytes(), text.as_bytes()].concat(),
            "utf-16le" => units().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => units().flat_map(u16::to_be_bytes).collect(),
            "windows-1252" => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            _ => text.as_bytes().to_vec(),
        }
    }

    fn pipeline(&self) -> Pipeline {
        let encoding = match self.encoding {
            "windows-1252" => ", encoding = \"windows-1252\"",
            _ => "",
        };
        let (delimiter, quote) = (self.delimiter, self.quote);
        let delimiter = if delimiter == '\t' {
            "\\t".to_owned()
        } else {
            delimiter.to_string()
        };
        let quote = if quote == '"' { "'\"'" } else { "\"'\"" };
        pipeline_of(&format!(
            ", delimiter = \"{delimiter}\", quote = {quote}{encoding}"
        ))
    }
}

impl Spoilt {
    fn apply(self, line: &str, place: usize) -> String {
        let mut characters: Vec<char> = line.chars().collect();
        let place = place % characters.len();
        match self {
            Self::With(character) => characters.insert(place, character),
            Self::Without => {
                characters.remove(place);
            }
            Self::CutShort => characters.truncate(place),
        }
        characters.into_iter().collect()
    }
}

fn styles() -> impl Strategy<Value = Style> {
    let encodings = vec!["utf-8", "marked", "utf-16le", "utf-16be", "windows-1252"];
    (
        prop::sample::select(vec![',', ';', '\t', '|']),
        prop::sample::select(vec!['"', '\'']),
        prop::sample::select(vec!["\n", "\r\n", "\r\r\n", "\r"]),
        prop::sample::select(encodings),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(delimiter, quote, line_break, encoding, encloses_all, ends_with_break)| Style {
                delimiter,
                quote,
                line_break,
                encoding,
                encloses_all,
                ends_with_break,
            },
        )
}

/// A value that does not begin, behind quotes, like what may follow a closing quote: an opening quote before such a one is
/// told from a closing one by nothing.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zé]{1,6}",
        2 => "[\"']{0,2}[a-zé][a-z,;|\"' é]{0,8}",
        1 => "[a-z]{1,3}\n[a-z,;\"' ]{0,5}[a-z]",
        1 => "\"{0,2}",
    ]
}

fn spoilt() -> impl Strategy<Value = Spoilt> {
    prop_oneof![
        4 => prop::sample::select(vec!['"', '\'', ',', ';', 'x', ' ', '\t', '\u{feff}']).prop_map(Spoilt::With),
        2 => Just(Spoilt::Without),
        1 => Just(Spoilt::CutShort),
    ]
}

/// The readable records, by the values of their columns, and how many others there are.
fn read(pipeline: &Pipeline, bytes: &[u8], step: usize, batch: usize) -> (Vec<Vec<String>>, usize) {
    let kind = ObjectKind::of("a.csv").unwrap();
    let input = Input::Stream(Box::new(Trickle::new(bytes, step)));
    let mut decoder = Decoder::whole(kind, pipeline, &[], input, batch);
    let (mut rows, mut broken) = (Vec::new(), 0);
    while let Some(batch) = decoder.next_batch().unwrap() {
        for row in 0..batch.rows {
            let values = batch.columns.iter();
            let text = |value: Option<&[u8]>| String::from_utf8(value.unwrap_or(b"-").to_vec());
            rows.push(
                values
                    .map(|column| text(column.bytes(row)).unwrap())
                    .collect(),
            );
        }
        broken += batch.broken.len();
    }
    (rows, broken)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_record_costs_itself_alone(
        style in styles(),
        contents in prop::collection::vec((values(), values()), 1..12),
        at in any::<prop::sample::Index>(),
        place in 0..40_usize,
        spoilt in spoilt(),
        step in 1..40_usize,
        batch in 1..200_usize,
        part in 1..80_u64,
    ) {
        let mut pipeline = style.pipeline();
        let clean: Vec<Vec<String>> = (contents.into_iter().enumerate())
            // None becomes another by one letter.
            .map(|(number, (a, b))| vec![format!("{number}r{number}"), a, b])
            .collect();
        let mut records: Vec<String> = clean.iter().map(|values| style.record(values)).collect();
        pipeline.limits.max_record_bytes = 1 << 20;
        let bytes = style.bytes(&style.text("id,a,b", &records));
        prop_assert_eq!(read(&pipeline, &bytes, step, batch), (clean.clone(), 0), "as it was");

        let at = at.index(records.len());
        records[at] = spoilt.apply(&records[at], place);
        let bytes = style.bytes(&style.text("id,a,b", &records));
        let (rows, _) = read(&pipeline, &bytes, step, batch);
        let others = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
            let names: Vec<&String> = clean.iter().map(|values| &values[0]).collect();
            let is_other = |row: &&Vec<String>| row[0] != clean[at][0] && names.contains(&&row[0]);
            rows.iter().filter(is_other).cloned().collect()
        };
        prop_assert_eq!(others(&rows), others(&clean), "the others of {:?}", records);

        // However it is cut, and with the longest record so short that quotes are given up for it.
        check_of(&pipeline, "a.csv", &bytes, part, batch);
        pipeline.limits.max_record_bytes = 60;
        check_of(&pipeline, "a.csv", &bytes, part, batch);
    }

    #[test]
    fn records_in_the_way_of_quotes_cost_themselves(
        lines in prop::collection::vec(prop::sample::select(vec!["a,b", "x\",\",y", "\"a,b", "a,\"b", "a\",b", "\"a\",b", "a,\"\"", "\"\"\",", "\"\"a,b", "a,\"", "\","]), 0..40),
        limit in 8..60_u32,
        part in 1..80_u64,
        batch in 1..80_usize,
        step in 1..40_usize,
    ) {
        let text = format!("id,b\n{}", lines.join("\n"));
        let mut pipeline = pipeline_of("");
        pipeline.limits.max_record_bytes = limit;
        check_of(&pipeline, "a.csv", text.as_bytes(), part, batch);
        let at_once = read(&pipeline, text.as_bytes(), usize::MAX, 1 << 20);
        prop_assert_eq!(read(&pipeline, text.as_bytes(), step, batch), at_once);
    }
}

/// Each of these lines opens a quote that the next one does not close. Were each of them walked to the end of the longest record,
/// this would take hours.
#[test]
fn a_million_open_quotes_are_walked_once() {
    for line in [
        "x\",\",y\n",
        "\"\n\"a\n",
        "a,\"b\n",
        "\"\"\"\n",
        "\"a\n,\"\n",
    ] {
        let text = format!("id,b\n{}\"z", line.repeat(1_000_000));
        for limit in [1 << 10, 256 << 10, 16 << 20] {
            let mut pipeline = pipeline_of("");
            pipeline.limits.max_record_bytes = limit;
            let (rows, broken) = read(&pipeline, text.as_bytes(), usize::MAX, 1 << 20);
            assert!(rows.len() + broken > 0);
        }
    }
}
