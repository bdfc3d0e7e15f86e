//! Items as DynamoDB writes them, with the type of every value beside it: `{"id": {"S": "1"}, "n": {"N": "5"}}`. They are
//! read as the plain values that they stand for.
//!
//! An export to S3 has an item a line, in a member `Item`; an incremental export and a stream have `NewImage`, and nothing
//! of the kind where an item was deleted. A scan has items alone.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    columns::Columns,
    record::{Flaw, put},
};

/// Levels of nesting that an item may have.
const MAX_LEVELS: usize = 32;

/// Reads a record as row `row`. What is not valid JSON is serde's error; what else is wrong is in `flaw`.
pub(super) fn read(
    text: &[u8],
    row: usize,
    columns: &mut Columns,
    flaw: &mut Option<Flaw>,
) -> serde_json::Result<()> {
    let record: Members<'_> = serde_json::from_slice(text)?;
    let mut found = Ok(());
    let item = match item_of(&record) {
        Ok(item) => item,
        Err(error) => {
            *flaw = Some(error);
            return Err(serde::de::Error::custom("flawed"));
        }
    };
    let mut plain = Vec::new();
    for (name, value) in &item.0 {
        let column = columns.find(name);
        plain.clear();
        found = found
            .and_then(|()| write(value, &mut plain, MAX_LEVELS))
            .and_then(|()| put(columns, column, row, &plain, usize::MAX));
    }
    found.map_err(|error| {
        *flaw = Some(error);
        serde::de::Error::custom("flawed")
    })
}

/// The item of a record, which may be the record itself.
fn item_of<'a>(record: &Members<'a>) -> Result<Members<'a>, Flaw> {
    let member = |wanted: &str| record.0.iter().find(|(name, _)| name == wanted);
    if let Some((_, image)) = member("Item").or_else(|| member("NewImage")) {
        return parse(image);
    }
    match member("Keys").and(member("Metadata").or_else(|| member("OldImage"))) {
        Some(_) => Err(Flaw::NoItem),
        None => Ok(Members(record.0.clone())),
    }
}

/// Writes what a typed value stands for as JSON.
fn write(typed: &RawValue, out: &mut Vec<u8>, levels_left: usize) -> Result<(), Flaw> {
    let Members(members) = parse(typed)?;
    let [(kind, value)] = members.as_slice() else {
        return Err(Flaw::NotTyped);
    };
    let raw = value.get().as_bytes();
    let levels_left = levels_left.checked_sub(1).ok_or(Flaw::NotTyped)?;
    match (&**kind, raw) {
        ("S" | "B", [b'"', ..]) | ("BOOL", b"true" | b"false") => out.extend_from_slice(raw),
        ("NULL", b"true") => out.extend_from_slice(b"null"),
        ("N", [b'"', ..]) => out.extend_from_slice(number(value)?.as_bytes()),
        ("SS" | "BS" | "NS" | "L", [b'[', ..]) => {
            let values: Vec<&RawValue> = parse(value)?;
            write_list(&values, out, |value, out| {
                match (&**kind, value.get().as_bytes()) {
                    ("L", _) => write(value, out, levels_left),
                    ("NS", _) => {
                        out.extend_from_slice(number(value)?.as_bytes());
                        Ok(())
                    }
                    (_, text @ [b'"', ..]) => {
                        out.extend_from_slice(text);
                        Ok(())
                    }
                    _ => Err(Flaw::NotTyped),
                }
            })?;
        }
        ("M", [b'{', ..]) => {
            let Members(members) = parse(value)?;
            out.push(b'{');
            for (index, (name, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                let name = serde_json::to_string(name).map_err(|_| Flaw::NotTyped)?;
                out.extend_from_slice(name.as_bytes());
                out.push(b':');
                write(value, out, levels_left)?;
            }
            out.push(b'}');
        }
        _ => return Err(Flaw::NotTyped),
    }
    Ok(())
}

fn write_list(
    values: &[&RawValue],
    out: &mut Vec<u8>,
    mut write: impl FnMut(&RawValue, &mut Vec<u8>) -> Result<(), Flaw>,
) -> Result<(), Flaw> {
    out.push(b'[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(value, out)?;
    }
    out.push(b']');
    Ok(())
}

/// A number, which is written as a text.
fn number(value: &RawValue) -> Result<String, Flaw> {
    let text: String = parse(value)?;
    let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && serde_json::from_str::<&RawValue>(&text).is_ok();
    if is_number {
        Ok(text)
    } else {
        Err(Flaw::NotTyped)
    }
}

fn parse<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Result<T, Flaw> {
    serde_json::from_str(value.get()).map_err(|_| Flaw::NotTyped)
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(typed: &str, expected: Result<&str, Flaw>) {
        let typed: &RawValue = serde_json::from_str(typed).unwrap();
        let mut out = Vec::new();
        let written = write(typed, &mut out, 3).map(|()| String::from_utf8(out).unwrap());
        assert_eq!(written, expected.map(str::to_owned), "{typed}");
    }

    #[test]
    fn values_are_what_they_stand_for() {
        check(r#"{"S": "a\"\u00e9"}"#, Ok(r#""a\"\u00e9""#));
        check(r#"{"N": "-1.5e3"}"#, Ok("-1.5e3"));
        check(r#"{"BOOL": false}"#, Ok("false"));
        check(r#"{"NULL": true}"#, Ok("null"));
        check(r#"{"B": "AQI="}"#, Ok(r#""AQI=""#));
        check(r#"{"SS": ["a", "b"]}"#, Ok(r#"["a","b"]"#));
        check(r#"{"NS": ["1", "2.0"]}"#, Ok("[1,2.0]"));
        check(r#"{"BS": []}"#, Ok("[]"));
        check(r#"{"L": [{"S": "x"}, {"L": []}]}"#, Ok(r#"["x",[]]"#));
        check(
            r#"{"M": {"a": {"N": "1"}, "": {"M": {}}}}"#,
            Ok(r#"{"a":1,"":{}}"#),
        );
    }

    #[test]
    fn anything_else_is_no_item() {
        for typed in [
            "1",
            "{}",
            r#"{"S": 1}"#,
            r#"{"N": 1}"#,
            r#"{"N": "1,0"}"#,
            r#"{"N": "true"}"#,
            r#"{"BOOL": "true"}"#,
            r#"{"NULL": false}"#,
            r#"{"SS": [1]}"#,
            r#"{"X": "1"}"#,
            r#"{"S": "a", "N": "1"}"#,
            r#"{"L": [{"L": [{"L": [{"L": []}]}]}]}"#,
        ] {
            check(typed, Err(Flaw::NotTyped));
        }
    }
}
