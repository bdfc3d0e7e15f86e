//! What can be written into a file of cases: its tables and keys, read as they stand there. What they mean together is
//! found out in `read.rs`.

use sluice_contract::literal;
use sluice_manifest::plugin_settings::{ConfigValue, WrittenLimits};
use sluice_manifest::problem::ProblemSink;
use sluice_manifest::reader::{
    Choice, Decode, DecodeTable, Entries, Given, Node, OneOrMany, TableReader, Word, Written,
};
use sluice_pipeline::plugin::Severity;
use toml::de::DeValue;

use super::{Outcome, Scalar};

/// The whole TOML file.
pub(super) struct WrittenFile {
    pub(super) cases: Given<Vec<Written<WrittenCase>>>,
    pub(super) budget: Given<WrittenBudget>,
    pub(super) limits: Given<WrittenLimits>,
    pub(super) wasi: Given<bool>,
}

/// `[[case]]`
pub(super) struct WrittenCase {
    pub(super) name: Given<String>,
    pub(super) config: Given<Entries<ConfigValue>>,
    pub(super) columns: Given<Vec<Written<String>>>,
    pub(super) origin: Given<WrittenOrigin>,
    pub(super) budget: Given<WrittenBudget>,
    pub(super) limits: Given<WrittenLimits>,
    pub(super) rows: Given<Vec<Written<WrittenRow>>>,
    pub(super) refused: Given<WrittenRefused>,
}

/// `budget = { … }`
pub(super) struct WrittenBudget {
    pub(super) fuel_per_row: Given<i64>,
}

/// `origin = { … }`
pub(super) struct WrittenOrigin {
    pub(super) source: Given<String>,
    pub(super) first_row: Given<i64>,
    pub(super) received_at: Given<Moment>,
}

/// An item of `rows`.
pub(super) struct WrittenRow {
    pub(super) input: Given<Entries<ConfigValue>>,
    pub(super) out: Given<OneOrMany<Entries<Scalar>>>,
    pub(super) outcome: Given<Word<Outcome>>,
    pub(super) findings: Given<Vec<Written<WrittenFinding>>>,
}

/// An item of `findings`.
pub(super) struct WrittenFinding {
    pub(super) severity: Given<Word<Level>>,
    pub(super) column: Given<String>,
    pub(super) code: Given<String>,
    pub(super) message: Given<String>,
}

/// `refused = { … }`
pub(super) struct WrittenRefused {
    pub(super) code: Given<String>,
    pub(super) message: Given<String>,
}

/// A severity that can be read.
#[derive(Clone, Copy)]
pub(super) struct Level(pub(super) Severity);

/// A point in time, in microseconds since 1970.
pub(super) struct Moment(pub(super) i64);

impl DecodeTable for WrittenFile {
    const KEYS: &'static [&'static str] = &["case", "budget", "limits", "wasi"];

    fn read(table: &mut TableReader) -> Self {
        WrittenFile {
            cases: table.get("case"),
            budget: table.get("budget"),
            limits: table.get("limits"),
            wasi: table.get("wasi"),
        }
    }
}

impl DecodeTable for WrittenCase {
    const KEYS: &'static [&'static str] = &[
        "name", "config", "columns", "origin", "budget", "limits", "rows", "refused",
    ];

    fn read(table: &mut TableReader) -> Self {
        WrittenCase {
            name: table.get("name"),
            config: table.get("config"),
            columns: table.get("columns"),
            origin: table.get("origin"),
            budget: table.get("budget"),
            limits: table.get("limits"),
            rows: table.get("rows"),
            refused: table.get("refused"),
        }
    }
}

impl DecodeTable for WrittenBudget {
    const KEYS: &'static [&'static str] = &["fuel_per_row"];

    fn read(table: &mut TableReader) -> Self {
        WrittenBudget {
            fuel_per_row: table.get("fuel_per_row"),
        }
    }
}

impl DecodeTable for WrittenOrigin {
    const KEYS: &'static [&'static str] = &["source", "first_row", "received_at"];

    fn read(table: &mut TableReader) -> Self {
        WrittenOrigin {
            source: table.get("source"),
            first_row: table.get("first_row"),
            received_at: table.get("received_at"),
        }
    }
}

impl DecodeTable for WrittenRow {
    const KEYS: &'static [&'static str] = &["in", "out", "outcome", "findings"];

    fn read(table: &mut TableReader) -> Self {
        WrittenRow {
            input: table.get("in"),
            out: table.get("out"),
            outcome: table.get("outcome"),
            findings: table.get("findings"),
        }
    }
}

impl DecodeTable for WrittenFinding {
    const KEYS: &'static [&'static str] = &["severity", "column", "code", "message"];

    fn read(table: &mut TableReader) -> Self {
        WrittenFinding {
            severity: table.get("severity"),
            column: table.get("column"),
            code: table.get("code"),
            message: table.get("message"),
        }
    }
}

impl DecodeTable for WrittenRefused {
    const KEYS: &'static [&'static str] = &["code", "message"];

    fn read(table: &mut TableReader) -> Self {
        WrittenRefused {
            code: table.get("code"),
            message: table.get("message"),
        }
    }
}

impl Choice for Outcome {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("kept", Outcome::Kept),
        ("dropped", Outcome::Dropped),
        ("rejected", Outcome::Rejected),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("keep", "kept"),
        ("drop", "dropped"),
        ("reject", "rejected"),
    ];
}

impl Choice for Level {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("info", Level(Severity::Info)),
        ("warning", Level(Severity::Warning)),
        ("error", Level(Severity::Error)),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[("warn", "warning")];
}

impl Decode for Scalar {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        Some(match node.value {
            DeValue::String(text) => Scalar::Text(text.to_string()),
            DeValue::Integer(_) => Scalar::Integer(i64::decode(node, sink)?),
            DeValue::Float(float) => {
                // TOML has words for what is no finite number.
                let value = float.as_str().trim_start_matches('+').parse();
                value
                    .map_or_else(|_| f64::decode(node, sink), Some)
                    .map(Scalar::Float)?
            }
            DeValue::Boolean(value) => Scalar::Boolean(*value),
            DeValue::Datetime(moment) => Scalar::Text(moment.to_string()),
            DeValue::Array(_) | DeValue::Table(_) => {
                let expected = "a string, a number or a boolean";
                node.mismatch(expected, "write JSON as a text, in quotes", sink);
                return None;
            }
        })
    }
}

impl Decode for Moment {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let text = match node.value {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let micros = literal::timestamp(text.as_bytes());
        if micros.is_none() {
            sink.report(
                node.span,
                format!("`{}` is no point in time", node.path),
                "write it as `\"2026-03-01T10:00:00Z\"`",
            );
        }
        micros.map(Moment)
    }
}
