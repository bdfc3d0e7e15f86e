//! Records and answers as JSON Schema (2020-12).

use serde_json::{Map, Value, json};
use sluice_contract::{
    field_type::FieldType,
    literal,
    stack::{Field, Pipeline},
};

/// A schema of a pipeline.
pub(super) fn reference(pipeline: &Pipeline, name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}.{name}", pipeline.name) })
}

/// Those that all APIs share.
pub(super) fn common() -> Map<String, Value> {
    let count = json!({ "type": "integer", "minimum": 0 });
    let findings = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Finding" } });
    let counts = json!({
        "read": count, "stored": count, "dropped": count, "duplicate": count, "rejected": count,
        "without_details": count,
        "results": { "type": "array", "items": { "$ref": "#/components/schemas/Result" } },
    });
    let mut problem = json!({
        "type": { "type": "string", "format": "uri", "description": "What kind of problem it is." },
        "title": { "type": "string" },
        "status": { "type": "integer" },
        "detail": { "type": "string", "description": "What it is this time. It holds no value of a record." },
        "errors": findings, "warnings": findings,
    });
    for (name, schema) in counts.as_object().into_iter().flatten() {
        problem[name] = schema.clone();
    }
    let outcomes = [
        "stored",
        "accepted",
        "duplicate",
        "older",
        "dropped",
        "rejected",
    ];
    let schemas = json!({
        "Finding": {
            "type": "object", "required": ["pointer", "code", "detail"], "additionalProperties": false,
            "properties": {
                "pointer": { "type": "string", "description": "Where in the body, as RFC 6901 has it." },
                "code": { "type": "string", "description": "A short stable name." },
                "detail": { "type": "string", "description": "What is wrong, for people." },
            },
        },
        "Problem": {
            "type": "object", "required": ["type", "title", "status", "detail"], "additionalProperties": false,
            "properties": problem,
        },
        "Message": {
            "type": "object", "description": "What API Gateway says by itself.",
            "properties": { "message": { "type": "string" } },
        },
        "Result": {
            "type": "object", "required": ["index", "status", "outcome"], "additionalProperties": false,
            "properties": {
                "index": count, "status": { "type": "integer" }, "outcome": { "enum": outcomes },
                "locations": { "type": "array", "items": { "type": "string", "format": "uri-reference" } },
                "errors": findings, "warnings": findings,
            },
        },
        "Batch": {
            "type": "object", "required": ["read", "stored", "dropped", "duplicate", "rejected", "results"],
            "description": "read = stored + dropped + duplicate + rejected. What is on its way counts as stored, and what is older than what is stored as a duplicate.",
            "additionalProperties": false, "properties": counts,
        },
    });
    schemas.as_object().cloned().unwrap_or_default()
}

/// Those of one pipeline.
pub(super) fn of_pipeline(pipeline: &Pipeline) -> Map<String, Value> {
    let record = reference(pipeline, "Record");
    let names: Vec<&str> = pipeline
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    let stored: Map<String, Value> = (pipeline.fields.iter())
        .map(|field| (field.name.clone(), stored(field)))
        .collect();
    let sent: Map<String, Value> = (pipeline.fields.iter())
        .map(|field| (field.name.clone(), sent(pipeline, field)))
        .collect();
    let is_needed = |field: &&Field| {
        field.required
            && field.default.is_none()
            && field.generate.is_none()
            && pipeline.plugin.is_none()
    };
    let needed: Vec<&str> = (pipeline.fields.iter().filter(is_needed))
        .map(|field| field.name.as_str())
        .collect();
    let about = match &pipeline.plugin {
        None => {
            "A record as it is sent. Members that are no fields are ignored, and told.".to_owned()
        }
        Some(plugin) => format!(
            "A record as it is sent. The plugin `{}` makes a stored record of it, and may read other members.",
            plugin.name
        ),
    };
    let schema = |name: &str, schema: Value| (format!("{}.{name}", pipeline.name), schema);
    Map::from_iter([
        schema(
            "RecordIn",
            json!({ "type": "object", "description": about, "required": needed, "properties": sent }),
        ),
        schema(
            "Record",
            json!({
                "type": "object", "description": "A record as it is stored.", "required": names,
                "additionalProperties": false, "properties": stored,
            }),
        ),
        schema(
            "One",
            json!({
                "type": "object", "required": ["outcome", "warnings"], "additionalProperties": false,
                "properties": {
                    "outcome": { "enum": ["stored", "accepted", "duplicate", "dropped"] },
                    "record": record,
                    "records": {
                        "type": "array", "items": record, "description": "In place of `record`, where the plugin made several of it.",
                    },
                    "warnings": { "type": "array", "items": { "$ref": "#/components/schemas/Finding" } },
                },
            }),
        ),
    ])
}

/// A field of a stored record.
fn stored(field: &Field) -> Value {
    with_notes(field, kind(field, field.may_be_null()))
}

/// A field of a record that is sent. What a plugin makes of it, nobody knows here.
fn sent(pipeline: &Pipeline, field: &Field) -> Value {
    let may_lack = !field.required || field.default.is_some() || field.generate.is_some();
    let mut schema = match &pipeline.plugin {
        None => kind(field, may_lack),
        Some(_) => json!({}),
    };
    if let Some(default) = &field.default {
        schema["default"] = value(&field.kind, default);
    }
    if field.generate.is_some() {
        schema["description"] = "Without one, a UUID is made.".into();
    }
    with_notes(field, schema)
}

fn with_notes(field: &Field, mut schema: Value) -> Value {
    if field.pii {
        schema["x-pii"] = true.into();
    }
    if let Some(example) = example(field) {
        schema["examples"] = json!([example]);
    }
    schema
}

/// The type with its constraints.
fn kind(field: &Field, nullable: bool) -> Value {
    let mut schema = json!({});
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            schema[name] = value;
        }
    };
    let choices = |choices: Vec<Value>| {
        let null = nullable.then_some(Value::Null);
        (!choices.is_empty()).then(|| choices.into_iter().chain(null).collect())
    };
    let of = match &field.kind {
        FieldType::Text {
            min_length,
            max_length,
            pattern,
            one_of,
        } => {
            set("minLength", min_length.map(Value::from));
            set("maxLength", max_length.map(Value::from));
            // What only Rust's regular expressions have, others cannot read.
            let common = pattern
                .as_ref()
                .filter(|pattern| !pattern.contains("(?") && !pattern.contains("[["));
            set("pattern", common.map(|pattern| pattern.as_str().into()));
            set(
                "enum",
                choices(one_of.iter().map(|it| it.as_str().into()).collect()),
            );
            "string"
        }
        FieldType::Integer { min, max, one_of } => {
            set("format", Some("int64".into()));
            set("minimum", Some(min.unwrap_or(i64::MIN).into()));
            set("maximum", Some(max.unwrap_or(i64::MAX).into()));
            set(
                "enum",
                choices(one_of.iter().map(|it| (*it).into()).collect()),
            );
            "integer"
        }
        FieldType::Float { min, max } => {
            set("format", Some("double".into()));
            set("minimum", min.map(Value::from));
            set("maximum", max.map(Value::from));
            "number"
        }
        FieldType::Decimal {
            precision, scale, ..
        } => {
            let about =
                format!("At most {precision} digits, {scale} of them after the point, exactly.");
            set("description", Some(about.into()));
            "number"
        }
        FieldType::Boolean => "boolean",
        FieldType::Timestamp { .. } => {
            set("format", Some("date-time".into()));
            "string"
        }
        FieldType::Date { .. } => {
            set("format", Some("date".into()));
            "string"
        }
        // Any value.
        FieldType::Json => return schema,
    };
    schema["type"] = match nullable {
        true => json!([of, "null"]),
        false => of.into(),
    };
    schema
}

/// A value that the field takes, where one is at hand.
fn example(field: &Field) -> Option<Value> {
    if let Some(default) = &field.default {
        return Some(value(&field.kind, default));
    }
    if field.generate.is_some() {
        return Some("6f1c0b7e-3d52-8a41-9c0e-5b7f2d9e4a10".into());
    }
    match &field.kind {
        FieldType::Text { one_of, .. } => one_of.first().map(|first| first.as_str().into()),
        FieldType::Integer { min, max, one_of } => {
            let first = one_of.first().copied();
            Some(
                first
                    .unwrap_or(1.max(min.unwrap_or(1)).min(max.unwrap_or(i64::MAX)))
                    .into(),
            )
        }
        FieldType::Boolean => Some(true.into()),
        FieldType::Timestamp {
            min: None,
            max: None,
        } => Some("2026-11-22T10:00:00Z".into()),
        FieldType::Timestamp { min, max } => {
            min.or(*max).map(|at| literal::timestamp_text(at).into())
        }
        FieldType::Date {
            min: None,
            max: None,
        } => Some("2026-11-22".into()),
        FieldType::Date { min, max } => min.or(*max).map(|day| literal::date_text(day).into()),
        FieldType::Float { min, max } => min.or(*max).map(Value::from),
        FieldType::Decimal { .. } | FieldType::Json => None,
    }
}

/// A value of the manifest, as JSON has it.
fn value(kind: &FieldType, text: &str) -> Value {
    match kind {
        FieldType::Text { .. } | FieldType::Timestamp { .. } | FieldType::Date { .. } => {
            text.into()
        }
        FieldType::Integer { .. }
        | FieldType::Float { .. }
        | FieldType::Decimal { .. }
        | FieldType::Boolean
        | FieldType::Json => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}
