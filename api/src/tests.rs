//! A pipeline with an API, for tests.

#![allow(clippy::unwrap_used)]

use sluice_contract::stack::Pipeline;

const FIELDS: &str = r#"
[pipeline.people.fields]
id = { type = "text", generate = "uuid" }
shop = { type = "text", default = "main" }
day = { type = "date", default = "2026-11-22" }
name = { type = "text", max_length = 20, required = false }
age = { type = "integer", required = false, max = 150 }
email = { type = "text", required = false, pii = true, pattern = '@' }
version = { type = "integer", default = 1 }
notes = { type = "json", required = false }
"#;

/// A pipeline with an API. `keys` are further keys of it; without any, its key is `id`.
pub(crate) fn pipeline(keys: &str) -> Pipeline {
    let keys = match keys.contains("key =") {
        true => keys.replace("default = \"main\"", ""),
        false => format!("key = \"id\"\n{keys}"),
    };
    let mut fields = FIELDS.to_owned();
    if !keys.contains("key = \"id\"") {
        fields = fields.replace(", default = \"main\"", "");
        fields = fields.replace(", default = \"2026-11-22\"", "");
    }
    let sinks = match keys.contains("lake = ") {
        true => "",
        false => "table = true",
    };
    let text = format!(
        "[project]\nname = \"people\"\n[pipeline.people]\nsource = {{ prefix = \"in/\" }}\n{sinks}\n{api}\n{keys}\n{fields}",
        api = match keys.contains("api = ") {
            true => "",
            false => "api = { max_records = 5, max_body_kb = 8 }",
        },
    );
    let mut stack = sluice_manifest::load(&text, "manifest.toml", None).unwrap();
    stack.pipelines.remove(0)
}
