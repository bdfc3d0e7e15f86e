//! `[pipeline.NAME]` as it was written, with its source, plugin, limits and rejects.

use toml::de::DeValue;

use super::{Field, Lake, Table};
use crate::plugin_settings::{ConfigValue, WrittenLimits};
use crate::problem::ProblemSink;
use crate::reader::{
    Choice, Decode, DecodeTable, Entries, Given, Node, OneOrMany, TableReader, Toggle, Word,
    Written,
};
use sluice_contract::stack::{Dedupe, Format, Via};

/// `[pipeline.NAME]`
pub(crate) struct Pipeline {
    pub(crate) formats: Given<Vec<Written<Word<Format>>>>,
    pub(crate) source: Given<Source>,
    pub(crate) plugin: Given<Plugin>,
    pub(crate) key: Given<OneOrMany<String>>,
    pub(crate) order_by: Given<String>,
    pub(crate) dedupe: Given<Word<Dedupe>>,
    pub(crate) fields: Given<Entries<Field>>,
    pub(crate) table: Given<Toggle<Table>>,
    pub(crate) lake: Given<Toggle<Lake>>,
    pub(crate) limits: Given<Limits>,
    pub(crate) rejects: Given<Rejects>,
}

impl DecodeTable for Pipeline {
    const KEYS: &'static [&'static str] = &[
        "formats", "source", "plugin", "key", "order_by", "dedupe", "fields", "table", "lake",
        "limits", "rejects",
    ];

    fn read(table: &mut TableReader) -> Self {
        Pipeline {
            formats: table.get("formats"),
            source: table.get("source"),
            plugin: table.get("plugin"),
            key: table.get("key"),
            order_by: table.get("order_by"),
            dedupe: table.get("dedupe"),
            fields: table.get("fields"),
            table: table.get("table"),
            lake: table.get("lake"),
            limits: table.get("limits"),
            rejects: table.get("rejects"),
        }
    }
}

impl Choice for Dedupe {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("object", Dedupe::Object), ("all", Dedupe::All)];
    const FOREIGN: &'static [(&'static str, &'static str)] =
        &[("file", "object"), ("global", "all"), ("pipeline", "all")];
}

impl Choice for Format {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("csv", Format::Csv),
        ("tsv", Format::Tsv),
        ("json", Format::Json),
        ("ndjson", Format::Ndjson),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("jsonl", "ndjson"),
        ("jsonlines", "ndjson"),
        ("tab", "tsv"),
        ("txt", "csv"),
    ];
}

/// `source = { … }`
pub(crate) struct Source {
    pub(crate) prefix: Given<String>,
    pub(crate) via: Given<Word<Via>>,
    pub(crate) batch_size: Given<i64>,
    pub(crate) max_receive_count: Given<i64>,
    pub(crate) delimiter: Given<String>,
    pub(crate) split_mb: Given<i64>,
}

impl DecodeTable for Source {
    const KEYS: &'static [&'static str] = &[
        "prefix",
        "via",
        "batch_size",
        "max_receive_count",
        "delimiter",
        "split_mb",
    ];

    fn read(table: &mut TableReader) -> Self {
        Source {
            prefix: table.get("prefix"),
            via: table.get("via"),
            batch_size: table.get("batch_size"),
            max_receive_count: table.get("max_receive_count"),
            delimiter: table.get("delimiter"),
            split_mb: table.get("split_mb"),
        }
    }
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

/// `plugin = "NAME"` or `plugin = { … }`
pub(crate) struct Plugin {
    pub(crate) name: Given<String>,
    pub(crate) config: Given<Entries<ConfigValue>>,
    pub(crate) wasi: Given<bool>,
    pub(crate) samples: Given<i64>,
    pub(crate) refresh_seconds: Given<i64>,
    pub(crate) canary: Given<Canary>,
    pub(crate) limits: WrittenLimits,
}

impl Plugin {
    pub(super) const KEYS: &'static [&'static str] = &[
        "name",
        "config",
        "wasi",
        "samples",
        "refresh_seconds",
        "canary",
        "memory_mb",
        "batch_timeout_ms",
        "max_rows_per_row",
        "max_growth",
    ];
}

impl Decode for Plugin {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        match node.value {
            DeValue::String(name) => Some(Plugin {
                name: Given::Value(Written {
                    value: name.to_string(),
                    span: node.span,
                    key: node.key,
                }),
                config: Given::Absent,
                wasi: Given::Absent,
                samples: Given::Absent,
                refresh_seconds: Given::Absent,
                canary: Given::Absent,
                limits: WrittenLimits::default(),
            }),
            DeValue::Table(table) => {
                let table = &mut TableReader::new(table, &node.path, Plugin::KEYS, sink);
                Some(Plugin {
                    name: table.get("name"),
                    config: table.get("config"),
                    wasi: table.get("wasi"),
                    samples: table.get("samples"),
                    refresh_seconds: table.get("refresh_seconds"),
                    canary: table.get("canary"),
                    limits: WrittenLimits::read(table),
                })
            }
            _ => {
                let help =
                    "write the plugin's name in quotes, or `{ name = \"…\", config = { … } }`";
                node.mismatch("a string or a table", help, sink);
                None
            }
        }
    }
}

/// `canary = { … }`
pub(crate) struct Canary {
    pub(crate) objects: Given<i64>,
    pub(crate) max_rejected: Given<f64>,
}

impl DecodeTable for Canary {
    const KEYS: &'static [&'static str] = &["objects", "max_rejected"];

    fn read(table: &mut TableReader) -> Self {
        Canary {
            objects: table.get("objects"),
            max_rejected: table.get("max_rejected"),
        }
    }
}

/// `limits = { … }`
pub(crate) struct Limits {
    pub(crate) max_record_bytes: Given<i64>,
    pub(crate) max_columns: Given<i64>,
    pub(crate) max_expansion: Given<i64>,
}

impl DecodeTable for Limits {
    const KEYS: &'static [&'static str] = &["max_record_bytes", "max_columns", "max_expansion"];

    fn read(table: &mut TableReader) -> Self {
        Limits {
            max_record_bytes: table.get("max_record_bytes"),
            max_columns: table.get("max_columns"),
            max_expansion: table.get("max_expansion"),
        }
    }
}

/// `rejects = { … }`
pub(crate) struct Rejects {
    pub(crate) alert_ratio: Given<f64>,
    pub(crate) retention_days: Given<i64>,
}

impl DecodeTable for Rejects {
    const KEYS: &'static [&'static str] = &["alert_ratio", "retention_days"];

    fn read(table: &mut TableReader) -> Self {
        Rejects {
            alert_ratio: table.get("alert_ratio"),
            retention_days: table.get("retention_days"),
        }
    }
}
