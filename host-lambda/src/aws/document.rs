//! JSON text as a native document of DynamoDB, so that it can be queried by path.
//!
//! Documents that DynamoDB cannot hold exactly (numbers of more than 38 digits, more than 32 levels, an empty member
//! name) stay text: nothing is rounded and no record is lost for it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::value::RawValue;
use sluice_pipeline::sink::table::fits_number;

/// Levels of nesting that DynamoDB takes.
const MAX_LEVELS: u32 = 32;

/// The document of a JSON text, or the text itself where it fits no document.
pub(crate) fn document(json: &str) -> AttributeValue {
    native(json, MAX_LEVELS).unwrap_or_else(|| AttributeValue::S(json.to_owned()))
}

/// The JSON of a document. Numbers that JSON's usual types cannot hold, and binary values, become null.
pub(crate) fn json_of(value: &AttributeValue) -> serde_json::Value {
    use serde_json::Value;
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(number) => serde_json::from_str(number).unwrap_or_default(),
        AttributeValue::Bool(value) => Value::Bool(*value),
        AttributeValue::L(values) => values.iter().map(json_of).collect(),
        AttributeValue::M(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), json_of(value)))
            .collect(),
        _ => Value::Null,
    }
}

/// `None` where DynamoDB cannot hold it.
fn native(json: &str, levels_left: u32) -> Option<AttributeValue> {
    let json = json.trim_matches([' ', '\t', '\r', '\n']);
    Some(match json.as_bytes().first()? {
        b'{' => {
            let levels_left = levels_left.checked_sub(1)?;
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
            let mut map = HashMap::with_capacity(members.len());
            for (name, value) in members {
                if name.is_empty() {
                    return None;
                }
                map.insert(name, native(value.get(), levels_left)?);
            }
            AttributeValue::M(map)
        }
        b'[' => {
            let levels_left = levels_left.checked_sub(1)?;
            let values: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            AttributeValue::L(
                values
                    .into_iter()
                    .map(|value| native(value.get(), levels_left))
                    .collect::<Option<_>>()?,
            )
        }
        b'"' => AttributeValue::S(serde_json::from_str(json).ok()?),
        _ if json == "true" => AttributeValue::Bool(true),
        _ if json == "false" => AttributeValue::Bool(false),
        _ if json == "null" => AttributeValue::Null(true),
        _ => {
            serde_json::from_str::<&RawValue>(json).ok()?;
            AttributeValue::N(fits_number(json).then(|| json.to_owned())?)
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    fn number(value: &str) -> AttributeValue {
        AttributeValue::N(value.to_owned())
    }

    #[test]
    fn documents() {
        fn check(json: &str, expected: AttributeValue) {
            assert_eq!(document(json), expected, "{json}");
        }
        check("\"a\\u00e9\\n\"", text("aé\n"));
        check("true", AttributeValue::Bool(true));
        check(" null ", AttributeValue::Null(true));
        check("-12.50e3", number("-12.50e3"));
        check(
            "12345678901234567890123456789012345678",
            number("12345678901234567890123456789012345678"),
        );
        check("[]", AttributeValue::L(vec![]));
        check("[1, [\"x\"], {}]", {
            AttributeValue::L(vec![
                number("1"),
                AttributeValue::L(vec![text("x")]),
                AttributeValue::M(HashMap::new()),
            ])
        });
        check(
            r#"{"a": {"b": 1}, "c": false}"#,
            AttributeValue::M(HashMap::from([
                (
                    "a".to_owned(),
                    AttributeValue::M(HashMap::from([("b".to_owned(), number("1"))])),
                ),
                ("c".to_owned(), AttributeValue::Bool(false)),
            ])),
        );
    }

    #[test]
    fn what_fits_no_document_stays_text() {
        fn check(json: &str) {
            assert_eq!(document(json), text(json));
        }
        check("123456789012345678901234567890123456789");
        check("[1e126]");
        check(r#"{"a": 1e-131}"#);
        check(r#"{"": 1}"#);
        check(&format!("{}{}", "[".repeat(33), "]".repeat(33)));
        check("{");
        check("");
        check("troo");
        check(&"[".repeat(100_000));
    }

    proptest! {
        #[test]
        fn nothing_panics(json: String) {
            let _ = document(&json);
        }

        #[test]
        fn every_integer_fits(value: i64) {
            prop_assert_eq!(document(&value.to_string()), number(&value.to_string()));
        }
    }
}
