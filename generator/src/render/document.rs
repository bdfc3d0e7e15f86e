//! A JSON document whose members keep their order, which defines nothing twice, and which may be written with commas
//! before closing brackets.
//!
//! A template that ends every member with a comma needs no thought about which one is the last. A name that is defined
//! twice would silently replace a resource, so it is an error. It knows nothing of CloudFormation.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;

/// A line of a template for people is shorter than this, where it can be broken.
const MOST_LINE_BYTES: usize = 120;

/// The blanks of one level. One is enough to see it, and the whole has to fit a call: with two, a quarter of a template
/// is such blanks.
const INDENT: usize = 1;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Document>),
    /// An object, in the order in which it was written.
    Object(Vec<(String, Document)>),
}

/// Why a text is not a document.
#[derive(Debug)]
pub(crate) struct DocumentError(serde_json::Error);

impl DocumentError {
    /// Where in the text, in bytes.
    pub(crate) fn offset(&self, text: &str) -> usize {
        let start: usize = text
            .split_inclusive('\n')
            .take(self.0.line().saturating_sub(1))
            .map(str::len)
            .sum();
        // The parser stops behind what it cannot use.
        (start + self.0.column().saturating_sub(1)).min(text.len())
    }

    /// What is wrong, without the place.
    pub(crate) fn reason(&self) -> String {
        let text = self.0.to_string();
        text.split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Document {
    /// Parses a text that holds one document.
    pub(crate) fn parse(text: &str) -> Result<Document, DocumentError> {
        serde_json::from_str(&without_trailing_commas(text)).map_err(DocumentError)
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Document> {
        match self {
            Document::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Over several lines, with a final line break. What fits a line is on one.
    pub fn pretty(&self) -> String {
        let mut text = String::new();
        self.write_pretty(0, 0, &mut text);
        text.push('\n');
        text
    }

    /// `indent` blanks come before every line but the first, and `used` characters are in the first line already.
    fn write_pretty(&self, indent: usize, used: usize, out: &mut String) {
        let line = self.on_one_line();
        let fits = used + line.len() < MOST_LINE_BYTES;
        let (open, close) = match self {
            Document::List(values) if !fits && !values.is_empty() => ('[', ']'),
            Document::Object(members) if !fits && !members.is_empty() => ('{', '}'),
            _ => {
                out.push_str(&line);
                return;
            }
        };
        out.push(open);
        let inner = indent + INDENT;
        let mut separator = "\n";
        let mut start = |out: &mut String, name: &str| {
            out.push_str(separator);
            out.push_str(&" ".repeat(inner));
            out.push_str(name);
            separator = ",\n";
            inner + name.len()
        };
        match self {
            Document::Object(members) => {
                for (name, value) in members {
                    let used = start(out, &format!("{}: ", quoted(name)));
                    value.write_pretty(inner, used, out);
                }
            }
            Document::List(values) => {
                for value in values {
                    let used = start(out, "");
                    value.write_pretty(inner, used, out);
                }
            }
            _ => unreachable!("everything else is on one line"),
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push(close);
    }

    /// On one line, with blanks where people put them.
    fn on_one_line(&self) -> String {
        match self {
            Document::Object(members) if !members.is_empty() => {
                let members = members
                    .iter()
                    .map(|(name, value)| format!("{}: {}", quoted(name), value.on_one_line()));
                format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
            }
            Document::List(values) => {
                format!(
                    "[{}]",
                    values
                        .iter()
                        .map(Document::on_one_line)
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            other => other.minified(),
        }
    }

    /// Without white space.
    pub fn minified(&self) -> String {
        serde_json::to_string(self).expect("every document is JSON")
    }
}

/// A string in JSON's notation.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("every string is JSON")
}

/// The text with a blank in the place of every comma that comes before a closing bracket, so that places stay the same.
fn without_trailing_commas(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut comma = None;
    let mut in_string = false;
    let mut escaped = false;
    for at in 0..bytes.len() {
        let byte = bytes[at];
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => (in_string, comma) = (true, None),
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(at) = comma.take() {
                    bytes[at] = b' ';
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => comma = None,
        }
    }
    String::from_utf8(bytes).expect("ASCII was replaced by ASCII")
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Document::Null => serializer.serialize_unit(),
            Document::Bool(value) => serializer.serialize_bool(*value),
            Document::Number(value) => value.serialize(serializer),
            Document::Text(value) => serializer.serialize_str(value),
            Document::List(values) => serializer.collect_seq(values),
            Document::Object(members) => {
                serializer.collect_map(members.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Document, E> {
        Ok(Document::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Document, E> {
        Ok(Document::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Document, E> {
        Ok(Document::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Document, E> {
        Number::from_f64(value)
            .map(Document::Number)
            .ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Document, E> {
        Ok(Document::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Document, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(Document::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Document, A::Error> {
        let mut members: Vec<(String, Document)> = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            if members.iter().any(|(known, _)| *known == key) {
                return Err(de::Error::custom(format_args!("`{key}` is defined twice")));
            }
            members.push((key, access.next_value()?));
        }
        Ok(Document::Object(members))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let got = Document::parse(text)
            .map(|document| document.minified())
            .map_err(|error| {
                let offset = error.offset(text);
                format!("{} before `{}`", error.reason(), &text[offset..])
            });
        assert_eq!(got.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn order_and_values_stay() {
        check(
            r#"{"b":1,"a":[null,true,-2,0.05,"x"]}"#,
            Ok(r#"{"b":1,"a":[null,true,-2,0.05,"x"]}"#),
        );
    }

    #[test]
    fn a_comma_may_come_last() {
        check("{\"a\": [1, 2, ],\n}", Ok(r#"{"a":[1,2]}"#));
        check(
            r#"{"a": ",]", "b": "\",}",}"#,
            Ok(r#"{"a":",]","b":"\",}"}"#),
        );
        check(r#"["\\",]"#, Ok(r#"["\\"]"#));
    }

    #[test]
    fn what_fits_a_line_is_on_one() {
        let long = "x".repeat(60);
        let text = format!(r#"{{"a":{{"b":[1,{{}}]}},"c":["{long}","{long}"],"d":[]}}"#);
        let expected = format!(
            "{{\n \"a\": {{ \"b\": [1, {{}}] }},\n \"c\": [\n  \"{long}\",\n  \"{long}\"\n ],\n \"d\": []\n}}\n"
        );
        assert_eq!(Document::parse(&text).unwrap().pretty(), expected);
    }

    #[test]
    fn two_commas_are_one_too_many() {
        check("[1,, ]", Err("trailing comma before `]`"));
    }

    #[test]
    fn nothing_is_defined_twice() {
        check(
            "{\"a\": 1,\n\"a\": 2}",
            Err("`a` is defined twice before `\": 2}`"),
        );
    }

    proptest! {
        #[test]
        fn what_serde_json_reads_stays_as_it_is(text in r#"[\[\]{},:"\\a1 ]{0,40}"#) {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text)
                && let Ok(document) = Document::parse(&text)
            {
                for written in [document.minified(), document.pretty()] {
                    let again: serde_json::Value = serde_json::from_str(&written).unwrap();
                    prop_assert_eq!(&again, &value);
                }
            }
        }

        #[test]
        fn places_stay_the_same(text in r#"[\[\]{},"\\aä ]{0,40}"#) {
            prop_assert_eq!(without_trailing_commas(&text).len(), text.len());
        }
    }
}
