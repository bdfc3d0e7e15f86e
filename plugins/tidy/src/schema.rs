//! The JSON Schema of the configuration, made of the list of steps and that of conditions.

use serde_json::{Map as Table, Value};

use crate::build::condition::{IGNORE_CASE, SAYINGS};
use crate::options::Shape;
use crate::vocabulary::{WORDS, Word};
use crate::written::WHEN;

/// What does not depend on the lists. It is read and not built, which takes a tenth of the code.
const FRAME: &str = r##"{
    "type": "object",
    "description": "For each field, the step or steps that its values go through; for `*`, those of every column.",
    "patternProperties": { "^table:": { "type": "object" } },
    "additionalProperties": { "$ref": "#/$defs/steps" },
    "$defs": {
        "steps": { "anyOf": [ { "$ref": "#/$defs/step" }, { "type": "array", "items": { "$ref": "#/$defs/step" } } ] },
        "step": { "anyOf": [] },
        "condition": { "anyOf": [
            { "enum": ["empty", "not_empty"] },
            { "type": "object", "properties": {}, "additionalProperties": false, "minProperties": 1 }
        ] },
        "when": { "type": "object", "minProperties": 1, "additionalProperties": { "anyOf": [
            { "$ref": "#/$defs/scalar" },
            { "type": "array", "items": { "$ref": "#/$defs/scalar" } },
            { "$ref": "#/$defs/condition" }
        ] } },
        "texts": { "anyOf": [ { "type": "string" }, { "type": "array", "items": { "type": "string" } } ] },
        "scalar": { "type": ["string", "number", "boolean"] }
    }
}"##;

/// The JSON Schema of the configuration.
pub(crate) fn schema() -> String {
    let mut schema = read(FRAME);
    let sayings = SAYINGS.iter().map(|saying| (saying.name, saying.shape));
    let parts = [
        ("/$defs/step/anyOf", Value::Array(steps())),
        (
            "/$defs/condition/anyOf/1/properties",
            Value::Object(properties(
                &sayings.chain([IGNORE_CASE]).collect::<Vec<_>>(),
            )),
        ),
    ];
    for (place, part) in parts {
        if let Some(empty) = schema.pointer_mut(place) {
            *empty = part;
        }
    }
    schema.to_string()
}

/// Every way to write a step.
fn steps() -> Vec<Value> {
    let mut steps = Vec::new();
    for word in WORDS {
        if word.alone {
            steps.push(object(vec![
                ("const", word.name.into()),
                ("description", word.about.into()),
            ]));
        }
        if let Some(main) = word.main {
            steps.push(table(word, main));
        }
    }
    steps
}

/// A step as a table.
fn table(word: &Word, (main, shape): (&str, Shape)) -> Value {
    let mut value = shape.schema();
    if word.has_options_inside() {
        let mut inside = properties(word.options);
        inside.insert(main.to_owned(), shape.schema());
        let inside = closed(inside, Vec::new());
        value = object(vec![("anyOf", Value::Array(vec![value, inside]))]);
    }
    let mut beside = properties(word.options);
    if word.is_of_rows {
        beside.insert(WHEN.to_owned(), Shape::When.schema());
    }
    beside.insert(word.name.to_owned(), value);
    let required = Value::Array(vec![word.name.into()]);
    closed(
        beside,
        vec![("description", word.about.into()), ("required", required)],
    )
}

/// A table with these properties and no others; and what else there is to say of it.
fn closed(properties: Table<String, Value>, mut more: Vec<(&str, Value)>) -> Value {
    more.extend([
        ("type", "object".into()),
        ("properties", Value::Object(properties)),
        ("additionalProperties", false.into()),
    ]);
    object(more)
}

fn properties(options: &[(&str, Shape)]) -> Table<String, Value> {
    let mut properties = Table::new();
    for (name, shape) in options {
        properties.insert((*name).to_owned(), shape.schema());
    }
    properties
}

impl Shape {
    fn schema(self) -> Value {
        match self {
            Shape::Text => read(r#"{ "type": "string" }"#),
            Shape::Texts => read(r##"{ "$ref": "#/$defs/texts" }"##),
            Shape::Whole => read(r#"{ "type": "integer", "minimum": 0 }"#),
            Shape::Flag => read(r#"{ "type": "boolean" }"#),
            Shape::Scalar => read(r##"{ "$ref": "#/$defs/scalar" }"##),
            Shape::OneOf(words) => object(vec![("enum", words.into())]),
            Shape::Pairs => read(
                r##"{ "type": "object", "additionalProperties": { "$ref": "#/$defs/scalar" } }"##,
            ),
            Shape::Members => read(
                r##"{ "anyOf": [ { "$ref": "#/$defs/texts" }, { "type": "object", "additionalProperties": { "type": "string" } } ] }"##,
            ),
            Shape::When => read(r##"{ "$ref": "#/$defs/when" }"##),
            Shape::Operands => {
                read(r#"{ "type": "array", "items": { "type": ["string", "number"] } }"#)
            }
            Shape::Condition => read(r##"{ "$ref": "#/$defs/condition" }"##),
        }
    }
}

fn object(pairs: Vec<(&str, Value)>) -> Value {
    let mut table = Table::new();
    for (name, value) in pairs {
        table.insert(name.to_owned(), value);
    }
    Value::Object(table)
}

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("what is written here is JSON")
}
