//! Reads one record into columns.
//!
//! A text value enters unescaped, any other as it is written, nested ones included; a missing member and `null` are null.
//! Where values are wanted as JSON text, a text too enters as it is written.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sluice_contract::stack::Items;

use super::{
    Form,
    columns::{Columns, Found},
    dynamodb,
    scan::json_depth,
    unescape::{has_lone_surrogate, unescape},
};

/// What is wrong with a record: a short stable name, and a sentence for people without what is in it.
pub(super) type Problem = (&'static str, String);

/// Reads a record as row `row`, or leaves the columns as they were: where it is wrong, and where the batch has no room for
/// its columns.
pub(super) fn read(
    text: &[u8],
    row: usize,
    columns: &mut Columns,
    form: Form,
) -> Result<(), Problem> {
    let before = columns.len();
    columns.begin(row);
    let mut flaw = None;
    let outcome = match form.items {
        Items::Plain => {
            let mut reader = serde_json::Deserializer::from_slice(text);
            let record = RecordSeed {
                columns,
                row,
                max_depth: form.max_depth,
                flaw: &mut flaw,
            };
            let read = record.deserialize(&mut reader);
            read.and_then(|()| reader.end())
        }
        Items::DynamodbJson => dynamodb::read(text, row, columns, &mut flaw),
    };
    if columns.is_crowded() {
        columns.take_back(row, before);
        return Ok(());
    }
    let Err(error) = outcome else {
        return Ok(());
    };
    columns.take_back(row, before);
    Err(explain(text, flaw, &error, form))
}

/// What is wrong with a record that is valid JSON, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    NamedTwice,
    LoneSurrogate,
    TooDeep(usize),
    /// It is to have values of DynamoDB, and has one that is none.
    NotTyped,
    /// It says that an item was deleted.
    NoItem,
}

fn explain(text: &[u8], flaw: Option<Flaw>, error: &serde_json::Error, form: Form) -> Problem {
    let (line, column) = (error.line(), error.column());
    let place = match line {
        0 => "in the record".to_owned(),
        _ => format!("at line {line} column {column} of the record"),
    };
    if let Err(error) = std::str::from_utf8(text) {
        let at = error.valid_up_to();
        return (
            "invalid_utf8",
            format!("not UTF-8 at byte {at} of the record"),
        );
    }
    match text.first() {
        Some(b'{') => {}
        Some(b'[') if form.lines => {
            let message = "a record must be a JSON object, and this is an array: if its elements are the records, let the \
                           object's name end in `.json`";
            return ("not_an_object", message.to_owned());
        }
        _ => return ("not_an_object", "a record must be a JSON object".to_owned()),
    }
    // The only mistake in a text of which `serde_json` says what it is.
    let is_surrogate = || {
        let words = error.to_string();
        words.contains("surrogate") || words.contains("end of hex escape")
    };
    match flaw {
        Some(Flaw::NamedTwice) => ("bad_json", format!("a member is named twice, {place}")),
        Some(Flaw::TooDeep(depth)) => (TOO_DEEP, too_deep(depth, form.max_depth)),
        Some(Flaw::NotTyped) => {
            let message =
                "a value is not written as DynamoDB writes it, such as `{\"S\": \"text\"}`";
            ("bad_item", message.to_owned())
        }
        Some(Flaw::NoItem) => {
            let message =
                "the record has no `Item` and no `NewImage`: it tells of an item that was deleted";
            ("no_item", message.to_owned())
        }
        Some(Flaw::LoneSurrogate) => (LONE_SURROGATE, lone_surrogate(&place)),
        None if is_surrogate() => (LONE_SURROGATE, lone_surrogate(&place)),
        None if error.is_eof() => ("bad_json", "the record ends too early".to_owned()),
        None => ("bad_json", format!("not valid JSON {place}")),
    }
}

/// The code of JSON that is nested too deeply.
pub(crate) const TOO_DEEP: &str = "too_deep";

/// The code of JSON in which half a character is escaped.
pub(crate) const LONE_SURROGATE: &str = "lone_surrogate";

/// What is said of JSON that is nested too deeply.
pub(crate) fn too_deep(depth: usize, max_depth: usize) -> String {
    format!(
        "nested too deeply: got {depth} levels, limit {max_depth}; raise `limits.max_depth` if that is right"
    )
}

/// What is said of JSON in which half a character is escaped.
pub(crate) fn lone_surrogate(place: &str) -> String {
    format!(
        "half a character is escaped, {place}: `\\ud800` to `\\udfff` stand for one only in pairs"
    )
}

struct RecordSeed<'a> {
    columns: &'a mut Columns,
    row: usize,
    max_depth: usize,
    flaw: &'a mut Option<Flaw>,
}

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RecordSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(NameSeed(self.columns))? {
            let value: &RawValue = map.next_value()?;
            if let Err(flaw) = put(
                self.columns,
                column,
                self.row,
                value.get().as_bytes(),
                self.max_depth,
            ) {
                *self.flaw = Some(flaw);
                return Err(serde::de::Error::custom("flawed"));
            }
        }
        Ok(())
    }
}

/// Puts a value, as it is written, into its column, if it has one.
pub(super) fn put(
    columns: &mut Columns,
    column: Option<Found>,
    row: usize,
    bytes: &[u8],
    max_depth: usize,
) -> Result<(), Flaw> {
    let is_nested = matches!(bytes, [b'{' | b'[', ..]);
    // A level takes two characters.
    if is_nested && bytes.len() / 2 >= max_depth {
        let levels = 1 + json_depth(bytes);
        if levels > max_depth {
            return Err(Flaw::TooDeep(levels));
        }
    }
    let Some(column) = column else {
        return Ok(());
    };
    let as_json = columns.is_json(column);
    let values = columns.value(column, row).ok_or(Flaw::NamedTwice)?;
    match bytes {
        b"null" => values.push_null(),
        [b'"', inner @ .., b'"'] if !as_json => {
            if memchr::memchr(b'\\', inner).is_none() {
                values.push(inner);
            } else {
                values
                    .push_with(|data| unescape(inner, data))
                    .map_err(|_| Flaw::LoneSurrogate)?;
            }
        }
        _ if as_json && has_lone_surrogate(bytes) => return Err(Flaw::LoneSurrogate),
        _ => values.push(bytes),
    }
    Ok(())
}

struct NameSeed<'a>(&'a mut Columns);

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Option<Found>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Option<Found>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.find(name))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::decode::known::KnownColumn;

    fn check(text: &str, expected: Result<&[Option<&str>], &str>) {
        let known = |name: &str, json| KnownColumn {
            name: name.to_owned(),
            json,
            input: false,
        };
        let mut columns = Columns::new(&[known("a", false), known("j", true)], 5);
        let form = Form {
            max_depth: 4,
            items: Items::Plain,
            lines: true,
        };
        let read = read(text.as_bytes(), 0, &mut columns, form);
        let taken = columns.take(usize::from(read.is_ok()));
        let text_of = |column: &crate::columns::Column| {
            column
                .bytes(0)
                .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
        };
        let seen: Result<Vec<_>, _> = read.map(|()| taken.iter().map(text_of).collect());
        match (seen, expected) {
            (Ok(seen), Ok(expected)) => {
                let seen: Vec<Option<&str>> = seen.iter().map(Option::as_deref).collect();
                assert_eq!(seen, expected, "{text}");
            }
            (seen, expected) => {
                assert_eq!(
                    seen.map_err(|(code, _)| code),
                    Err(expected.unwrap_err()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn values_are_what_is_written() {
        check(r#"{"a": "x", "j": "x"}"#, Ok(&[Some("x"), Some("\"x\"")]));
        check(
            r#"{"a": "1\n\u00e9\ud83d\ude00", "j": "\n"}"#,
            Ok(&[Some("1\né😀"), Some("\"\\n\"")]),
        );
        check(
            r#"{"a": [1, "x"], "j": [1, "x"]}"#,
            Ok(&[Some("[1, \"x\"]"), Some("[1, \"x\"]")]),
        );
        check(r#"{"a": null, "j": null}"#, Ok(&[None, None]));
        check(
            r#"{"a": "null", "j": "null"}"#,
            Ok(&[Some("null"), Some("\"null\"")]),
        );
        check(r#"{"a": "", "j": ""}"#, Ok(&[Some(""), Some("\"\"")]));
        check(r#"{"a": 1E+2, "j": 5.0}"#, Ok(&[Some("1E+2"), Some("5.0")]));
        check("{}", Ok(&[]));
    }

    #[test]
    fn what_is_wrong_has_a_name() {
        check(r#"{"a": 1, "a": 1}"#, Err("bad_json"));
        check(r#"{"a": "\ud83d"}"#, Err("lone_surrogate"));
        check(r#"{"a": "\ud83dx"}"#, Err("lone_surrogate"));
        check(r#"{"a": "\ud83d\u0041"}"#, Err("lone_surrogate"));
        check(r#"{"a": "\ude00"}"#, Err("lone_surrogate"));
        check(r#"{"j": ["\ud83d"]}"#, Err("lone_surrogate"));
        check(r#"{"\ud83d": 1}"#, Err("lone_surrogate"));
        check(r#"{"a": "\u12"}"#, Err("bad_json"));
        check(r#"{"a": [[[1]]]}"#, Ok(&[Some("[[[1]]]")]));
        check(r#"{"a": [[[[1]]]]}"#, Err("too_deep"));
        check("[1]", Err("not_an_object"));
        check("x", Err("not_an_object"));
        check("{", Err("bad_json"));
        check("{} x", Err("bad_json"));
    }
}
