//! The plugin runtime: loads a component, runs it in a sandbox, and believes nothing that it returns.
//!
//! The rest of the crate sees plain columns and outcomes. The wasmtime engine, its limits and the WIT types stay in
//! here.

mod answer;
mod bindings;
mod cell;
mod codes;
mod compiler;
mod engine;
mod error;
mod idle;
mod inspect;
mod log_tap;
mod logical;
mod mentions;
mod merge;
mod sandbox;
mod settings;
#[cfg(test)]
mod strangers;
mod survey;
mod ticker;
mod transformer;
mod trusted;
mod untrusted;
mod version;
mod wasi;

pub use answer::Answer;
pub use cell::Cell;
pub use codes::KnownCodes;
pub use compiler::{COMPILE, CompileLimits, compile_in_a_process, main as compile_plugin};
pub use engine::PluginEngine;
pub use error::PluginError;
pub use inspect::CONTRACT;
pub use transformer::{Cost, Transformer};
pub use trusted::TrustedCompiled;
pub use version::PluginVersion;

pub(crate) use logical::check_fields;
pub(crate) use mentions::Mentions;
pub(crate) use transformer::is_failure;

use crate::columns::{Column, ColumnField};

/// What a plugin made of a batch, checked: indices in range, lengths equal, text valid UTF-8, counts bounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Transformed {
    /// Output rows.
    pub rows: usize,
    /// One for each field of the output schema.
    pub columns: Vec<OutColumn>,
    /// For every output row the input row; `None` means the same row. Never names a rejected row.
    pub source_rows: Option<Vec<u32>>,
    /// Rejected input rows, ascending: the plugin's own choice, and the rows that made it fail. Each has a finding of
    /// severity error. Without `source_rows` the output values of these rows mean nothing.
    pub rejected: Vec<u32>,
    /// What the plugin said, and what the runtime says of the rows that made it fail; ordered by row.
    pub findings: Vec<Finding>,
}

/// A column of the output.
#[derive(Debug, Clone, PartialEq)]
pub enum OutColumn {
    /// Input column `i`, not copied; rows still to be picked by `source_rows`.
    Keep(usize),
    /// A new column of `rows` rows.
    Replace(Column),
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Suspicious, and stored all the same.
    Warning,
    /// The reason for a rejection.
    Error,
}

/// Whose words the code and the message of a finding are. What is a plugin's may be a record's: it goes where records go, and
/// nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The host's.
    Own,
    /// The host's code, and a message that may quote the plugin.
    Quoting,
    /// The plugin's.
    Plugin,
}

/// What was said about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The row in the input batch.
    pub row: u32,
    /// The column in the output schema.
    pub column: Option<u32>,
    /// How serious it is.
    pub severity: Severity,
    /// A short stable name.
    pub code: String,
    /// A sentence for people, without record content.
    pub message: String,
    /// Whose words these are.
    pub words: Words,
}

/// What a plugin says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The columns it reads.
    pub inputs: Vec<ColumnField>,
    /// The columns it makes.
    pub outputs: Vec<ColumnField>,
    /// JSON Schema of its configuration, or empty.
    pub config_schema: String,
}

/// Where a batch comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The pipeline's name.
    pub pipeline: String,
    /// The source object.
    pub source: String,
    /// The number of the batch's first row in its object, from 0.
    pub first_row: u64,
    /// When the object arrived, in microseconds since 1970-01-01T00:00:00Z.
    pub received_at: i64,
}
