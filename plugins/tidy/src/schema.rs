//! The JSON Schema of the configuration, made of the list of steps and that of conditions.

use serde_json::{Map as Table, Value, json};

use crate::build::condition::{IGNORE_CASE, SAYINGS};
use crate::options::Shape;
use crate::vocabulary::{WORDS, Word};

/// The JSON Schema of the configuration.
pub(crate) fn schema() -> String {
    let steps: Vec<Value> = WORDS.iter().flat_map(schemas).collect();
    json!({
        "type": "object",
        "description": "For each field, the step or steps that its values go through; for `*`, those of every column.",
        "additionalProperties": { "$ref": "#/$defs/steps" },
        "$defs": {
            "steps": { "anyOf": [ { "$ref": "#/$defs/step" }, { "type": "array", "items": { "$ref": "#/$defs/step" } } ] },
            "step": { "anyOf": steps },
            "condition": condition_schema(),
            "texts": { "anyOf": [ { "type": "string" }, { "type": "array", "items": { "type": "string" } } ] },
            "scalar": { "type": ["string", "number", "boolean"] }
        }
    })
    .to_string()
}

fn schemas(word: &Word) -> Vec<Value> {
    let mut schemas = Vec::new();
    if word.alone {
        schemas.push(json!({ "const": word.name, "description": word.about }));
    }
    let Some((main, shape)) = word.main else {
        return schemas;
    };
    let properties = |options: &[(&str, Shape)]| -> Table<String, Value> {
        options
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), shape.schema()))
            .collect()
    };
    let mut beside = properties(word.options);
    let mut value = shape.schema();
    if word.has_options_inside() {
        let mut inside = properties(word.options);
        inside.insert(main.to_owned(), shape.schema());
        let inside =
            json!({ "type": "object", "properties": inside, "additionalProperties": false });
        value = json!({ "anyOf": [value, inside] });
    }
    beside.insert(word.name.to_owned(), value);
    schemas.push(json!({
        "type": "object", "description": word.about, "properties": beside, "required": [word.name], "additionalProperties": false
    }));
    schemas
}

fn condition_schema() -> Value {
    let sayings = SAYINGS.iter().map(|saying| (saying.name, saying.shape));
    let properties: Table<String, Value> = sayings
        .chain([IGNORE_CASE])
        .map(|(name, shape)| (name.to_owned(), shape.schema()))
        .collect();
    json!({ "anyOf": [
        { "enum": ["empty", "not_empty"] },
        { "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1 }
    ] })
}

impl Shape {
    fn schema(self) -> Value {
        match self {
            Shape::Text => json!({ "type": "string" }),
            Shape::Texts => json!({ "$ref": "#/$defs/texts" }),
            Shape::Whole => json!({ "type": "integer", "minimum": 0 }),
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Scalar => json!({ "$ref": "#/$defs/scalar" }),
            Shape::OneOf(words) => json!({ "enum": words }),
            Shape::Pairs => {
                json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/scalar" } })
            }
            Shape::Condition => json!({ "$ref": "#/$defs/condition" }),
        }
    }
}
