//! A line of NDJSON as TOML's reader would have it, each value with its place, so that there is one reader for both. A
//! member that is null is as good as none.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sluice_manifest::problem::{ProblemSink, Span};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// How deep a value may be nested, as in TOML's own reader.
const MAX_DEPTH: usize = 80;

/// The members of a JSON object in their order, each value as it is written.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

/// What of a line is JSON: all but blanks, the line's end, and the mark that some editors begin a file with.
pub(super) fn trimmed(line: &str) -> &str {
    line.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

/// Reads the JSON value of `line`, which begins at byte `at` of the text. What is wrong is reported.
pub(super) fn parse<'a>(
    line: &'a str,
    at: usize,
    sink: &mut ProblemSink,
) -> Option<Spanned<DeValue<'a>>> {
    match serde_json::from_str::<&RawValue>(line) {
        Ok(raw) => Reader { line, at, sink }.value(raw, 0),
        Err(error) => {
            let place = (error.column().saturating_sub(1)).min(line.len().saturating_sub(1));
            let place = line.floor_char_boundary(place);
            let length = line[place..].chars().next().map_or(0, char::len_utf8);
            let span = Span {
                start: at + place,
                end: at + place + length,
            };
            let words = error.to_string();
            let words = words.split(" at line").next().unwrap_or_default();
            sink.report_broken(span, format!("this is no JSON: {words}"));
            None
        }
    }
}

struct Reader<'a, 's, 't> {
    line: &'a str,
    at: usize,
    sink: &'s mut ProblemSink<'t>,
}

impl<'a> Reader<'a, '_, '_> {
    /// `None` for null, and for what is reported.
    fn value(&mut self, raw: &'a RawValue, depth: usize) -> Option<Spanned<DeValue<'a>>> {
        let text = raw.get();
        let span = self.span(text);
        if depth > MAX_DEPTH {
            let place = Span {
                start: span.start,
                end: span.start + 1,
            };
            let help = format!("at most {MAX_DEPTH} lists and tables in each other can be read");
            self.sink.report(place, "nested too deeply", help);
            return None;
        }
        let value = match text.as_bytes().first()? {
            b'{' => self.table(raw, depth),
            b'[' => {
                let items: Vec<&'a RawValue> =
                    serde_json::from_str(text).expect("a JSON list was read before");
                let mut array = DeArray::new();
                for item in items {
                    if item.get() == "null" {
                        let span = self.span(item.get());
                        self.sink
                            .report(Span::from(span), "null in a list", "leave it out");
                        continue;
                    }
                    array.push(self.value(item, depth + 1)?);
                }
                DeValue::Array(array)
            }
            b'"' => {
                let text: String = serde_json::from_str(text).expect("a JSON text was read before");
                DeValue::String(text.into())
            }
            b't' => DeValue::Boolean(true),
            b'f' => DeValue::Boolean(false),
            b'n' => return None,
            // Every number of JSON is one of TOML.
            _ => match DeValue::parse(text) {
                Ok(number) => number.into_inner(),
                Err(error) => {
                    let span = Span::from(span);
                    self.sink.report_broken(span, error.message().to_owned());
                    return None;
                }
            },
        };
        Some(Spanned::new(span, value))
    }

    fn table(&mut self, raw: &'a RawValue, depth: usize) -> DeValue<'a> {
        let Members(members) =
            serde_json::from_str(raw.get()).expect("a JSON object was read before");
        let mut table = DeTable::new();
        let mut end = self.span(raw.get()).start + 1;
        for (name, raw) in members {
            let value_span = self.span(raw.get());
            // Between two values there are a comma, the key and a colon.
            let between = &self.line[end - self.at..value_span.start - self.at];
            let key = between.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
            let start = value_span.start - key.len();
            let key = key.trim_end_matches(|c: char| c == ':' || c.is_ascii_whitespace());
            let key_span = start..start + key.len();
            end = value_span.end;
            if table.contains_key(name.as_str()) {
                let span = Span::from(key_span);
                self.sink
                    .report(span, "duplicate key", "leave one of them out");
                continue;
            }
            if let Some(value) = self.value(raw, depth + 1) {
                table.insert(Spanned::new(key_span, name.into()), value);
            }
        }
        DeValue::Table(table)
    }

    /// Where a part of the line is in the whole text.
    fn span(&self, part: &'a str) -> std::ops::Range<usize> {
        let start = self.at + (part.as_ptr().addr() - self.line.as_ptr().addr());
        start..start + part.len()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'a>, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
