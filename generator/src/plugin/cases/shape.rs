//! What can be written into a file of cases: its tables and keys, read as they stand there. What they mean together is
//! found out in `read.rs`.

use sluice_contract::literal;
use sluice_manifest::plugin_settings::{ConfigValue, WrittenLimits};
use sluice_manifest::problem::ProblemSink;
use sluice_manifest::reader::{Choice, Decode, Entries, Node, OneOrMany, Word, Written};
use sluice_manifest::table;
use sluice_pipeline::plugin::Severity;
use toml::de::DeValue;

use super::{Outcome, Scalar};

table! {
    /// The whole TOML file.
    pub(super) struct WrittenFile {
        cases as "case": Vec<Written<WrittenCase>>,
        budget: WrittenBudget,
        limits: WrittenLimits,
        wasi: bool,
    }
}

table! {
    /// `[[case]]`
    pub(super) struct WrittenCase {
        name: String,
        config: Entries<ConfigValue>,
        columns: Vec<Written<String>>,
        origin: WrittenOrigin,
        budget: WrittenBudget,
        limits: WrittenLimits,
        rows: Vec<Written<WrittenRow>>,
        refused: WrittenRefused,
    }
}

table! {
    /// `budget = { … }`
    pub(super) struct WrittenBudget {
        fuel_per_row: i64,
    }
}

table! {
    /// `origin = { … }`
    pub(super) struct WrittenOrigin {
        source: String,
        first_row: i64,
        received_at: Moment,
    }
}

table! {
    /// An item of `rows`.
    pub(super) struct WrittenRow {
        input as "in": Entries<ConfigValue>,
        out: OneOrMany<Entries<Scalar>>,
        outcome: Word<Outcome>,
        findings: Vec<Written<WrittenFinding>>,
    }
}

table! {
    /// An item of `findings`.
    pub(super) struct WrittenFinding {
        severity: Word<Level>,
        column: String,
        code: String,
        message: String,
    }
}

table! {
    /// `refused = { … }`
    pub(super) struct WrittenRefused {
        code: String,
        message: String,
    }
}

/// A severity that can be read.
#[derive(Clone, Copy)]
pub(super) struct Level(pub(super) Severity);

/// A point in time, in microseconds since 1970.
pub(super) struct Moment(pub(super) i64);

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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use sluice_manifest::reader::paths;

    use super::*;

    /// Each key has a row in the page about golden cases, and no other has; what is below a key is told in its row.
    #[test]
    fn the_page_has_every_key() {
        let page = include_str!("../../../../docs/plugin-tests.md");
        let mut rows = BTreeMap::new();
        let mut table = None;
        for line in page.lines() {
            table = match line {
                _ if line.starts_with("| key at the top") => Some(""),
                _ if line.starts_with("| key of a case") => Some("case."),
                _ if line.starts_with("| key |") => Some("case.rows."),
                _ => table.filter(|_| line.starts_with('|')),
            };
            let row = table.zip(line.strip_prefix("| `"));
            if let Some((parent, (key, about))) =
                row.and_then(|(parent, row)| Some((parent, row.split_once('`')?)))
            {
                rows.insert(format!("{parent}{key}"), about);
            }
        }
        let mut of_rows = BTreeSet::new();
        for path in paths::<WrittenFile>() {
            let (parent, key) = path.rsplit_once('.').unwrap_or(("", &path));
            if ["", "case", "case.rows"].contains(&parent) {
                assert!(rows.contains_key(&path), "`{path}` has no row");
                of_rows.insert(path);
            } else if !parent.starts_with("limits") && parent != "budget" {
                // What the top has for all cases is as in a case.
                assert!(rows[parent].contains(key), "`{path}` is not told");
            }
        }
        let unknown = rows.keys().find(|key| !of_rows.contains(*key));
        assert_eq!(unknown, None);
    }
}
