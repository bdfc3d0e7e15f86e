//! Golden cases of a plugin: what goes in, and what is expected to come out; as a person writes them, and as
//! `gen plugin test --bless` writes into their file what came out.
//!
//! One TOML file has them all, or they are NDJSON with one case a line. Nothing here runs a plugin.

mod bless;
mod json;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod written;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use sluice_contract::literal;
use sluice_contract::stack::PluginLimits;
use sluice_manifest::problem::{Problems, Span};
use sluice_pipeline::plugin::{Answer, Cell, Origin, Severity};

pub(super) use bless::{Blessing, bless};

/// The text of a file of cases.
pub(super) struct CaseText {
    /// What messages call the file.
    pub(super) path: String,
    pub(super) form: Form,
    pub(super) text: String,
}

/// How cases are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Toml,
    Ndjson,
}

/// What a file of cases says.
#[derive(Debug)]
pub(super) struct Cases {
    /// Whether the plugin gets an empty WASI.
    pub(super) wasi: bool,
    pub(super) cases: Vec<Case>,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    /// The line that it begins in, from 1.
    pub(super) line: usize,
    pub(super) config: BTreeMap<String, String>,
    pub(super) limits: PluginLimits,
    pub(super) origin: Origin,
    /// The most that a row may cost, in fuel.
    pub(super) max_fuel_per_row: Option<u64>,
    /// The columns of the input; `None` where neither they nor rows are given.
    pub(super) columns: Option<Vec<String>>,
    pub(super) rows: Vec<CaseRow>,
    /// How the plugin is expected to refuse the configuration or the columns, if it is.
    pub(super) refused: Option<Refused>,
}

/// One row of the input.
#[derive(Debug)]
pub(super) struct CaseRow {
    /// Where it is written.
    span: Span,
    /// The values that are not null.
    pub(super) input: Vec<(String, String)>,
    /// What is expected of it; `None` where that is yet to be written.
    pub(super) expected: Option<Expected>,
}

/// What is expected of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expected {
    pub(super) outcome: Outcome,
    /// The rows that it becomes, each with the values that are not null. `None` where nothing is said about them.
    pub(super) out: Option<Vec<Vec<(String, Scalar)>>>,
    pub(super) findings: Vec<Finding>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Kept,
    Dropped,
    Rejected,
}

/// What is said about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// The column's name.
    pub(super) column: Option<String>,
    pub(super) code: String,
    /// `None` where any message will do.
    pub(super) message: Option<String>,
}

/// How a plugin refuses its configuration or its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: String,
    /// `None` where any message will do.
    pub(super) message: Option<String>,
}

/// A value that is expected, as it can be written by hand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
}

impl CaseText {
    /// Reads a file.
    pub(super) fn open(path: &Path) -> std::io::Result<CaseText> {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let is_ndjson = matches!(ending.to_lowercase().as_str(), "ndjson" | "jsonl" | "json");
        Ok(CaseText {
            path: path.display().to_string(),
            form: if is_ndjson { Form::Ndjson } else { Form::Toml },
            text: std::fs::read_to_string(path)?,
        })
    }

    /// What it says, or everything that is wrong with it.
    pub(super) fn read(&self) -> Result<Cases, Problems> {
        read::read(self)
    }
}

impl Case {
    /// The blanks that the line begins with in which a row is written.
    fn indent<'t>(&self, row: usize, text: &'t str) -> &'t str {
        let start = self.rows[row].span.start;
        let line = &text[text[..start].rfind('\n').map_or(0, |end| end + 1)..start];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }
}

impl Outcome {
    /// Of what a plugin said of a row.
    pub(super) fn of(answer: &Answer) -> Outcome {
        match answer {
            Answer { rejected: true, .. } => Outcome::Rejected,
            Answer { rows, .. } if rows.is_empty() => Outcome::Dropped,
            _ => Outcome::Kept,
        }
    }

    /// The word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Outcome::Kept => "kept",
            Outcome::Dropped => "dropped",
            Outcome::Rejected => "rejected",
        }
    }
}

/// The word for a severity.
pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

impl Finding {
    /// Whether a finding is as it is expected to be.
    pub(super) fn fits(&self, got: &Finding) -> bool {
        let Finding {
            severity,
            column,
            code,
            message,
        } = self;
        (severity, column, code) == (&got.severity, &got.column, &got.code)
            && (message.is_none() || *message == got.message)
    }
}

impl Refused {
    /// Whether a refusal is as it is expected to be.
    pub(super) fn fits(&self, got: &Refused) -> bool {
        self.code == got.code && (self.message.is_none() || self.message == got.message)
    }
}

impl Scalar {
    /// The value that is written for a cell; `None` where it is null.
    pub(super) fn of(cell: &Cell) -> Option<Scalar> {
        Some(match cell {
            Cell::Null => return None,
            Cell::Integer(value) => Scalar::Integer(*value),
            Cell::Float(value) => Scalar::Float(*value),
            Cell::Boolean(value) => Scalar::Boolean(*value),
            Cell::Text(_) | Cell::Timestamp(_) | Cell::Date(_) => {
                Scalar::Text(cell.text()?.into_owned())
            }
        })
    }

    /// As JSON; what JSON has no words for becomes text.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Scalar::Text(text) => json!(text),
            Scalar::Integer(value) => json!(value),
            Scalar::Boolean(value) => json!(value),
            Scalar::Float(value) if value.is_finite() => json!(value),
            Scalar::Float(value) => json!(format!("{value:?}")),
        }
    }

    /// Whether a cell holds this value.
    pub(super) fn fits(&self, cell: &Cell) -> bool {
        match (self, cell) {
            (Scalar::Text(text), Cell::Timestamp(micros)) => {
                literal::timestamp(text.as_bytes()) == Some(*micros)
                    || cell.text().as_deref() == Some(text)
            }
            (Scalar::Text(text), Cell::Date(days)) => {
                literal::date(text.as_bytes()).map(i64::from) == Some(*days)
                    || cell.text().as_deref() == Some(text)
            }
            // JSON has no words for these.
            (Scalar::Text(text), Cell::Float(value)) if !value.is_finite() => {
                cell.text().as_deref() == Some(text)
            }
            (Scalar::Integer(expected), Cell::Float(value)) => *expected as f64 == *value,
            (Scalar::Float(expected), Cell::Float(value)) => {
                expected == value || expected.is_nan() && value.is_nan()
            }
            _ => Scalar::of(cell).as_ref() == Some(self),
        }
    }
}
