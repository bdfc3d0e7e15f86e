//! `[pipeline.NAME]` as it was written, with its source, plugin, limits and rejects.

use super::{Api, Field, Http, Lake, Table};
use crate::plugin_settings::{ConfigValue, WrittenLimits};
use crate::problem::ProblemSink;
use crate::reader::{
    Choice, Decode, Entries, Node, OneOrMany, Short, Shorten, Toggle, Word, Written,
};
use crate::table;
use sluice_contract::stack::{Dedupe, Format, Items, Via};

table! {
    /// `[pipeline.NAME]`
    pub(crate) struct Pipeline {
        formats: Vec<Written<Word<Format>>>,
        source: Source,
        plugin: Short<Plugin>,
        key: OneOrMany<String>,
        order_by: String,
        dedupe: Word<Dedupe>,
        fields: Entries<Short<Field>>,
        table: Toggle<Table>,
        lake: Toggle<Lake>,
        http: Short<Http>,
        api: Toggle<Api>,
        limits: Limits,
        rejects: Rejects,
    }
}

impl Choice for Dedupe {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("object", Dedupe::Object), ("all", Dedupe::All)];
    const FOREIGN: &'static [(&'static str, &'static str)] =
        &[("file", "object"), ("global", "all"), ("pipeline", "all")];
}

impl Choice for Format {
    const CHOICES: &'static [(&'static str, Self)] = Format::NAMES;
    const FOREIGN: &'static [(&'static str, &'static str)] = Format::ALSO_CALLED;
}

table! {
    /// `source = { … }`
    pub(crate) struct Source {
        prefix: String,
        via: Word<Via>,
        batch_size: i64,
        max_receive_count: i64,
        split_mb: i64,
        records: String,
        items: Word<Items>,
        format: Word<Format>,
        encoding: String,
        max_window_mb: i64,
        ignore: OneOrMany<String>,
        delimiter: String,
        header: WrittenHeader,
        skip_lines: i64,
        comment: String,
        quote: String,
        escape: String,
        trim: bool,
        null_values: OneOrMany<String>,
    }
}

/// `header = true`, `false` or `["…"]`
pub(crate) enum WrittenHeader {
    /// Whether objects have one.
    Present(bool),
    /// What stands in its place.
    Names(Vec<Written<String>>),
}

impl Decode for WrittenHeader {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        if let Some(present) = node.value.as_bool() {
            return Some(WrittenHeader::Present(present));
        }
        if node.value.is_array() {
            return Vec::decode(node, sink).map(WrittenHeader::Names);
        }
        node.mismatch(
            "a boolean or a list",
            "write `true`, `false` or the names of the columns: `[\"…\"]`",
            sink,
        );
        None
    }
}

impl Choice for Items {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("plain", Items::Plain),
        ("dynamodb-json", Items::DynamodbJson),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("dynamodb", "dynamodb-json"),
        ("dynamodb_json", "dynamodb-json"),
        ("ddb", "dynamodb-json"),
        ("DYNAMODB_JSON", "dynamodb-json"),
        ("json", "plain"),
    ];
}

impl Choice for Via {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("s3", Via::S3),
        ("sns", Via::Sns),
        ("eventbridge", Via::Eventbridge),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] =
        &[("sqs", "s3"), ("events", "eventbridge")];
}

table! {
    /// `plugin = "NAME"` or `plugin = { … }`
    pub(crate) struct Plugin {
        name: String,
        config: Entries<ConfigValue>,
        tables: Entries<String>,
        wasi: bool,
        samples: i64,
        refresh_seconds: i64,
        canary: Canary,
        ..limits: WrittenLimits,
    }
}

impl Shorten for Plugin {
    const KEY: &'static str = "name";
    const HELP: &'static str =
        "write the plugin's name in quotes, or `{ name = \"…\", config = { … } }`";
}

table! {
    /// `canary = { … }`
    pub(crate) struct Canary {
        objects: i64,
        max_rejected: f64,
    }
}

table! {
    /// `limits = { … }`
    pub(crate) struct Limits {
        max_record_bytes: i64,
        max_columns: i64,
        max_expansion: i64,
        max_depth: i64,
        max_ahead_hours: i64,
    }
}

table! {
    /// `rejects = { … }`
    pub(crate) struct Rejects {
        alert_ratio: f64,
        fail_ratio: f64,
        min_rows: i64,
        retention_days: i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_every_format() {
        let reference = include_str!("../../../docs/manifest.md");
        let row = reference
            .lines()
            .find(|line| line.starts_with("| `formats` |"));
        let row = row.unwrap_or_default();
        for (name, format) in Format::NAMES {
            assert!(row.contains(&format!("`\"{name}\"`")), "{name}");
            for (ending, _) in Format::ENDINGS.iter().filter(|(_, of)| of == format) {
                let told = ending == name || row.contains(&format!("`.{ending}`"));
                assert!(told, ".{ending}");
            }
        }
    }
}
