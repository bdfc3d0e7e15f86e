//! JSON within a value: `json_path`, and the way to a member. Members are found while the text is read once, and nothing is
//! built of what is not asked for.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::findings::{Context, Otherwise, Remark};
use crate::steps::blanks::is_blank;
use crate::text::{Edit, Text};

/// The way to a part of a value: `customer.phones[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<Turn>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Turn {
    Member(String),
    /// From 0.
    Item(usize),
}

/// A path, and what becomes of a value that is no JSON.
#[derive(Debug)]
pub(crate) struct JsonPath {
    pub(crate) path: Path,
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

impl Path {
    /// Members parted by points, in quotes where they have signs of their own; items in brackets. `$` in front, as JSONPath
    /// has it, changes nothing.
    pub(crate) fn parse(text: &str) -> Option<Path> {
        let mut turns = Vec::new();
        let mut rest = match text.strip_prefix('$') {
            Some(rest) if rest.starts_with(['.', '[']) => rest.strip_prefix('.').unwrap_or(rest),
            _ => text,
        };
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (item, after) = inside.split_once(']')?;
                turns.push(match item.trim().strip_prefix(['"', '\'']) {
                    None => Turn::Item(item.trim().parse().ok()?),
                    Some(name) => Turn::Member(name.strip_suffix(['"', '\''])?.to_owned()),
                });
                rest = after;
            } else {
                if !turns.is_empty() {
                    rest = rest.strip_prefix('.')?;
                }
                let (name, after) = match rest.strip_prefix('"') {
                    Some(quoted) => quoted.split_once('"')?,
                    None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
                };
                if name.is_empty() {
                    return None;
                }
                turns.push(Turn::Member(name.to_owned()));
                rest = after;
            }
        }
        (!turns.is_empty()).then_some(Path(turns))
    }

    /// The one member that it is, where it leads no further.
    pub(crate) fn member(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Turn::Member(name)] => Some(name),
            _ => None,
        }
    }

    /// A path that starts with a column: the column's name, and the way within its values. Members that a person would
    /// write with quotes have them, so that `Nr. 5` is a name and no path.
    pub(crate) fn from_column(text: &str) -> Option<(String, Path)> {
        let is_bare = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
        if !text.contains('"') && !text.chars().all(is_bare) {
            return None;
        }
        let Path(mut turns) = Path::parse(text)?;
        let rest = turns.split_off(1);
        match turns.pop() {
            Some(Turn::Member(column)) if !rest.is_empty() => Some((column, Path(rest))),
            _ => None,
        }
    }

    /// The part of a JSON text to which it leads, as it is written there; of two members of one name, the last.
    pub(super) fn find<'t>(
        &self,
        json: &'t str,
    ) -> Result<Option<&'t RawValue>, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let found = Way(&self.0).deserialize(&mut reader)?;
        reader.end()?;
        Ok(found)
    }
}

impl JsonPath {
    /// Leaves the part to which the path leads: text without quotes, anything else as JSON. Null where there is none.
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        text.edit(|row, value, built| {
            if is_blank(value) {
                return Edit::Null;
            }
            match self.path.find(value).map(|found| found.and_then(plain)) {
                Ok(Some(found)) => {
                    built.push_str(&found);
                    Edit::Built
                }
                Ok(None) => Edit::Null,
                Err(_) => {
                    context.otherwise(row, self.otherwise, &self.remark);
                    match self.otherwise {
                        Otherwise::Keep => Edit::Same,
                        Otherwise::Null | Otherwise::Reject | Otherwise::Drop => Edit::Null,
                    }
                }
            }
        });
    }
}

/// A value as text: what a text says, and anything else as it is written. Nothing for `null`, and for text with half a
/// character in it.
pub(super) fn plain(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get() {
        "null" => None,
        text if text.starts_with('"') => serde_json::from_str::<&str>(text).map_or_else(
            |_| serde_json::from_str::<String>(text).ok().map(Cow::Owned),
            |text| Some(Cow::Borrowed(text)),
        ),
        other => Some(Cow::Borrowed(other)),
    }
}

/// What is left of a path.
struct Way<'p>(&'p [Turn]);

impl<'de> DeserializeSeed<'de> for Way<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        match self.0 {
            [] => serde::Deserialize::deserialize(reader).map(Some),
            _ => reader.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Way<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (name, rest) = match self.0 {
            [Turn::Member(name), rest @ ..] => (Some(name.as_str()), rest),
            _ => (None, [].as_slice()),
        };
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Is(name))? {
            match is_it {
                true => found = map.next_value_seed(Way(rest))?,
                false => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        if let [Turn::Item(item), rest @ ..] = self.0 {
            for _ in 0..*item {
                if list.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(None);
                }
            }
            found = list.next_element_seed(Way(rest))?.flatten();
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Whether a member has this name.
struct Is<'n>(Option<&'n str>);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(self.0 == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        fn check(path: &str, json: &str, expected: Option<&str>) {
            let path = Path::parse(path).expect("a path");
            let found = path.find(json).expect("JSON").and_then(plain);
            assert_eq!(found.as_deref(), expected, "{path:?} {json}");
        }
        let json = r#"{"a": {"b": [1, {"c d": "x\"y"}, [2, 3]], "n": null}, "a.b": true, "e": 1.50, "é": "ü"}"#;
        check("a.b[0]", json, Some("1"));
        check("$.a.b[1].\"c d\"", json, Some("x\"y"));
        check("a['b'][2][1]", json, Some("3"));
        check("a.b[1]", json, Some(r#"{"c d": "x\"y"}"#));
        check("\"a.b\"", json, Some("true"));
        check("e", json, Some("1.50"));
        check("\u{e9}", json, Some("\u{fc}"));
        for nothing in [
            "a.n",
            "a.x",
            "a.b[9]",
            "e.x",
            "e[0]",
            "a[0]",
            "b",
            "a.b.c",
            "\"a.b\".c",
        ] {
            check(nothing, json, None);
        }
        check("[1]", "[1, \"b\"]", Some("b"));
        check("$[0]", "[1, 2]", Some("1"));
        check("$", r#"{"$": 1}"#, Some("1"));
        check("a", r#"{"a": 1, "a": 2}"#, Some("2"));
        check("a", "null", None);
        check("a", "\"a\"", None);
        for text in ["{\"a\": 1", "{\"a\": 1} x", "a", "", "[1,]"] {
            assert!(
                Path::parse("a").expect("a path").find(text).is_err(),
                "{text}"
            );
        }
        let (column, path) = Path::from_column("a.b[0].\"c d\"").expect("a path");
        let rest = Path::parse("b[0].\"c d\"").expect("a path");
        assert_eq!((column.as_str(), path), ("a", rest));
        for text in ["a", "[0].a", "Nr. 5", "a b.c", "e.g.", "\"a.b\""] {
            assert_eq!(Path::from_column(text), None, "{text}");
        }
        for text in [
            "", "a.", ".a", "a..b", "a[x]", "a[1", "\"a", "a[0]b", "$.", "a[\"b]",
        ] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }
}
