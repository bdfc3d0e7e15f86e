//! Keys in paths: `/people/DE,17` is the record whose key is `DE` and `17`.
//!
//! The fields of a key stand in the manifest's order, as they are stored, joined with commas. A comma or a `\` inside has a
//! `\` before it, and everything that is no letter, digit or `- . _ ~ ,` is percent-encoded, as URLs have it.

use sluice_contract::{
    field_type::FieldType,
    literal,
    stack::{Field, Pipeline},
};

use crate::record::Rows;

/// The key of a record: a value for each field of the pipeline's key, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(
    /// The values.
    pub Vec<KeyPart>,
);

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// The field.
    pub field: String,
    /// Its value as it is stored: digits of a number, a text, `2026-11-22T10:00:00.000000Z`.
    pub text: String,
}

/// A text that is the key of no record. The message says why, without the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// It has too few values, or too many.
    #[error("a key has {wanted} values, separated by commas, and this one has {got}")]
    Parts {
        /// How many a key has.
        wanted: usize,
        /// How many it has.
        got: usize,
    },
    /// A value is none of its field.
    #[error("the value of `{field}` is not of type {kind}")]
    Value {
        /// The field.
        field: String,
        /// Its type.
        kind: &'static str,
    },
}

impl Key {
    /// Reads what stands in a path, where nothing is percent-encoded any more.
    pub fn parse(pipeline: &Pipeline, text: &str) -> Result<Key, NotAKey> {
        let parts = split(text);
        if parts.len() != pipeline.key.len() {
            return Err(NotAKey::Parts {
                wanted: pipeline.key.len(),
                got: parts.len(),
            });
        }
        let fields = key_fields(pipeline);
        let parts = fields.zip(parts).map(|((_, field), text)| {
            let canonical = canonical(&field.kind, &text).ok_or_else(|| NotAKey::Value {
                field: field.name.clone(),
                kind: field.kind.name(),
            })?;
            Ok(KeyPart {
                field: field.name.clone(),
                text: canonical,
            })
        });
        parts.collect::<Result<_, _>>().map(Key)
    }

    /// That of a row; `None` where the pipeline has no key.
    pub(crate) fn of_row(pipeline: &Pipeline, rows: &Rows<'_>, row: usize) -> Option<Key> {
        let part = |(at, field): (usize, &Field)| {
            Some(KeyPart {
                field: field.name.clone(),
                text: rows.text(at, row)?,
            })
        };
        let parts: Vec<KeyPart> = key_fields(pipeline).map(part).collect::<Option<_>>()?;
        (!parts.is_empty()).then_some(Key(parts))
    }

    /// As it stands in a path, percent-encoded.
    pub fn in_path(&self) -> String {
        let mut path = String::new();
        for (number, part) in self.0.iter().enumerate() {
            if number > 0 {
                path.push(',');
            }
            for c in part.text.chars() {
                match c {
                    ',' => path += "%5C,",
                    '\\' => path += "%5C%5C",
                    c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') => {
                        path.push(c)
                    }
                    c => {
                        let mut bytes = [0; 4];
                        let bytes = c.encode_utf8(&mut bytes).bytes();
                        bytes.for_each(|byte| path += &format!("%{byte:02X}"));
                    }
                }
            }
        }
        path
    }
}

/// The fields of the key, each with its place among all fields.
fn key_fields(pipeline: &Pipeline) -> impl Iterator<Item = (usize, &Field)> {
    pipeline.key.iter().map(|name| {
        let mut fields = pipeline.fields.iter().enumerate();
        let found = fields.find(|(_, field)| field.name == *name);
        found.expect("a stack's key names declared fields")
    })
}

/// Takes a text apart at its commas.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let last = parts.last_mut().expect("there is always one");
        match c {
            ',' => parts.push(String::new()),
            '\\' => last.push(characters.next().unwrap_or('\\')),
            c => last.push(c),
        }
    }
    parts
}

/// A value as it is stored; `None` where it is none of the type.
fn canonical(kind: &FieldType, text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    match kind {
        FieldType::Text { .. } => Some(text.to_owned()),
        FieldType::Integer { .. } => literal::integer(bytes).map(|value| value.to_string()),
        FieldType::Decimal {
            precision, scale, ..
        } => literal::decimal(bytes, *precision, *scale)
            .map(|units| literal::decimal_text(units, *scale)),
        FieldType::Timestamp { .. } => literal::timestamp(bytes).map(literal::timestamp_text),
        FieldType::Date { .. } => literal::date(bytes).map(literal::date_text),
        // No key is of these types.
        FieldType::Float { .. } | FieldType::Boolean | FieldType::Json => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::{request::Target, tests::pipeline};

    fn key(parts: &[(&str, &str)]) -> Key {
        let part = |(field, text): &(&str, &str)| KeyPart {
            field: (*field).to_owned(),
            text: (*text).to_owned(),
        };
        Key(parts.iter().map(part).collect())
    }

    #[test]
    fn keys_in_paths() {
        let two = pipeline("key = [\"shop\", \"id\"]");
        let shop = key(&[("shop", "Köln, 1\\2/3"), ("id", "7")]);
        assert_eq!(shop.in_path(), "K%C3%B6ln%5C,%201%5C%5C2%2F3,7");
        assert_eq!(
            Key::parse(&two, "a"),
            Err(NotAKey::Parts { wanted: 2, got: 1 })
        );
        assert_eq!(
            Key::parse(&two, "a,b,c"),
            Err(NotAKey::Parts { wanted: 2, got: 3 })
        );
        let days = pipeline("key = \"day\"");
        assert_eq!(
            Key::parse(&days, "2026-11-22").unwrap(),
            key(&[("day", "2026-11-22")])
        );
        assert_eq!(
            Key::parse(&days, "x").unwrap_err().to_string(),
            "the value of `day` is not of type date"
        );
    }

    proptest! {
        #[test]
        fn a_key_comes_back_from_its_path(shop: String, id: String) {
            let two = pipeline("key = [\"shop\", \"id\"]");
            let key = key(&[("shop", &shop), ("id", &id)]);
            let path = format!("/people/{}", key.in_path());
            prop_assert!(path.is_ascii());
            let Target::Record(text) = Target::of(two.api.as_ref().unwrap(), &path) else {
                return Err(TestCaseError::fail(path));
            };
            prop_assert_eq!(Key::parse(&two, &text).unwrap(), key);
        }
    }
}
