//! What a plugin returned, believed only after every number in it was checked against the batch and the limits.
//!
//! A plugin may be wrong or hostile; either way the answer to bad output is the same as to a trap, and so nothing here
//! panics, and nothing is repaired silently except what is harmless: a finding's message is cut, and an error about a
//! row that is not rejected becomes a warning.

use sluice_contract::field_type::TypeName;

use crate::columns::{Column, ColumnField, Values, validity};

use super::bindings::sluice::transform::types;
use super::log_tap::cut;
use super::logical::{fits, kind};
use super::{Finding, OutColumn, Severity, Transformed, Words};

/// What the runtime asked for, and therefore may be answered.
pub(super) struct Asked<'a> {
    /// Rows of the batch.
    pub(super) rows: usize,
    /// Its columns.
    pub(super) columns: &'a [Column],
    /// The fields that `configure` returned.
    pub(super) outputs: &'a [(ColumnField, TypeName)],
    /// Output rows of one row, at the most.
    pub(super) max_rows_per_row: u32,
    /// Bytes of new values, at the most.
    pub(super) max_bytes: u64,
}

impl Asked<'_> {
    /// Output rows, at the most.
    pub(super) fn max_rows(&self) -> u64 {
        (self.rows as u64)
            .saturating_mul(u64::from(self.max_rows_per_row))
            .min(u64::from(u32::MAX))
    }
}

/// A plugin's answer, as it came.
pub(super) struct UntrustedOutput(pub(super) types::Output);

/// What is wrong with an answer. The text completes "the plugin returned".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadOutput {
    #[error("{found} columns, and its configuration promised {wanted}")]
    ColumnCount { found: usize, wanted: usize },
    #[error(
        "{found} rows for {read}: the limit is {limit} (`max_rows_per_row` in the plugin's limits)"
    )]
    TooManyRows { found: u32, read: usize, limit: u64 },
    #[error("{found} bytes: the limit is {limit} (`max_growth` in the plugin's limits)")]
    TooManyBytes { found: u64, limit: u64 },
    #[error("{found} rows for {wanted} without saying where they come from (`source-rows`)")]
    RowCount { found: u32, wanted: usize },
    #[error("{found} source rows for {wanted} rows")]
    SourceRowCount { found: usize, wanted: u32 },
    #[error("a row that comes from row {row} of a batch of {rows}")]
    SourceRow { row: u32, rows: usize },
    #[error(
        "more than {limit} rows that come from row {row} (`max_rows_per_row` in the plugin's limits)"
    )]
    RepeatedRow { row: u32, limit: u32 },
    #[error("more than {limit} bytes for the rows of one batch")]
    TooMuchInAll { limit: u64 },
    #[error("row {row} both as an output row and as rejected")]
    KeptAndRejected { row: u32 },
    #[error("row {row} as rejected in a batch of {rows}, or not in ascending order")]
    Rejected { row: u32, rows: usize },
    #[error("input column {index} of {count} as column `{column}`")]
    Keep {
        column: String,
        index: u32,
        count: usize,
    },
    #[error("{found} as column `{column}`, which is of type {logical}")]
    Kind {
        column: String,
        found: &'static str,
        logical: String,
    },
    #[error("{found} values in column `{column}` for {wanted} rows")]
    Length {
        column: String,
        found: usize,
        wanted: usize,
    },
    #[error(
        "offsets in column `{column}` that do not start at 0, or fall, or do not end with the data's {bytes} bytes"
    )]
    Offsets { column: String, bytes: usize },
    #[error("text in column `{column}` that is not UTF-8")]
    Utf8 { column: String },
    #[error("a boolean in column `{column}` that is neither 0 nor 1")]
    Boolean { column: String },
    #[error("{found} bytes of validity in column `{column}`, and {wanted} are needed")]
    Validity {
        column: String,
        found: usize,
        wanted: usize,
    },
    #[error("{found} findings: the limit is {limit}")]
    TooManyFindings { found: usize, limit: usize },
    #[error("a finding about row {row} of a batch of {rows}")]
    FindingRow { row: u32, rows: usize },
    #[error("a finding about column {column} of {count}")]
    FindingColumn { column: u32, count: usize },
    #[error(
        "a finding whose code is not 1 to {MAX_CODE_BYTES} letters, digits, `_`, `-`, `.` or `:`"
    )]
    FindingCode,
}

/// The longest code of a finding, in bytes.
const MAX_CODE_BYTES: usize = 64;
/// The longest message of a finding, in bytes.
const MAX_MESSAGE_BYTES: usize = 1024;

/// How many findings a batch may have.
pub(super) fn max_findings(rows: usize) -> usize {
    4 * rows + 16
}

impl UntrustedOutput {
    /// Checks everything.
    pub(super) fn check(self, asked: &Asked<'_>) -> Result<Transformed, BadOutput> {
        let output = self.0;
        if output.columns.len() != asked.outputs.len() {
            return Err(BadOutput::ColumnCount {
                found: output.columns.len(),
                wanted: asked.outputs.len(),
            });
        }
        if u64::from(output.rows) > asked.max_rows() {
            return Err(BadOutput::TooManyRows {
                found: output.rows,
                read: asked.rows,
                limit: asked.max_rows(),
            });
        }
        let rejected = check_rejected(&output.rejected, asked.rows)?;
        match &output.source_rows {
            None if output.rows as usize != asked.rows => {
                return Err(BadOutput::RowCount {
                    found: output.rows,
                    wanted: asked.rows,
                });
            }
            None => {}
            Some(rows) => check_source_rows(rows, output.rows, asked, &rejected)?,
        }
        let mut columns = Vec::with_capacity(output.columns.len());
        let mut bytes = 0;
        for (column, (field, logical)) in output.columns.into_iter().zip(asked.outputs) {
            let column = match column {
                types::OutColumn::Keep(index) => check_keep(index, field, *logical, asked.columns)?,
                types::OutColumn::Replace(column) => {
                    let column = check_column(column, field, *logical, output.rows as usize)?;
                    bytes += column.values.size();
                    OutColumn::Replace(column)
                }
            };
            columns.push(column);
        }
        if bytes > asked.max_bytes {
            return Err(BadOutput::TooManyBytes {
                found: bytes,
                limit: asked.max_bytes,
            });
        }
        let findings = check_findings(output.findings, asked, &output.rejected, &rejected)?;
        Ok(Transformed {
            rows: output.rows as usize,
            columns,
            source_rows: output.source_rows,
            rejected: output.rejected,
            findings,
        })
    }
}

/// One flag a row; empty where none is rejected.
fn check_rejected(rejected: &[u32], rows: usize) -> Result<Vec<bool>, BadOutput> {
    if rejected.is_empty() {
        return Ok(Vec::new());
    }
    let mut flags = vec![false; rows];
    let mut least = 0;
    for &row in rejected {
        if row as usize >= rows || row < least {
            return Err(BadOutput::Rejected { row, rows });
        }
        flags[row as usize] = true;
        least = row + 1;
    }
    Ok(flags)
}

fn check_source_rows(
    source: &[u32],
    wanted: u32,
    asked: &Asked<'_>,
    rejected: &[bool],
) -> Result<(), BadOutput> {
    let rows = asked.rows;
    if source.len() != wanted as usize {
        return Err(BadOutput::SourceRowCount {
            found: source.len(),
            wanted,
        });
    }
    if let Some(&row) = source.iter().find(|row| **row as usize >= rows) {
        return Err(BadOutput::SourceRow { row, rows });
    }
    if let Some(&row) = source
        .iter()
        .find(|row| rejected.get(**row as usize) == Some(&true))
    {
        return Err(BadOutput::KeptAndRejected { row });
    }
    // The limit holds for every row, and not for the sum of a batch: what becomes of a row must not depend on its batch,
    // and one long row must not fill the memory.
    let limit = asked.max_rows_per_row;
    if source.len() > limit as usize {
        let mut times = vec![0; rows];
        for &row in source {
            times[row as usize] += 1;
            if times[row as usize] > limit {
                return Err(BadOutput::RepeatedRow { row, limit });
            }
        }
    }
    Ok(())
}

fn check_keep(
    index: u32,
    field: &ColumnField,
    logical: TypeName,
    columns: &[Column],
) -> Result<OutColumn, BadOutput> {
    match columns.get(index as usize) {
        None => Err(BadOutput::Keep {
            column: field.name.clone(),
            index,
            count: columns.len(),
        }),
        Some(column) => {
            check_kind(&column.values, field, logical)?;
            Ok(OutColumn::Keep(index as usize))
        }
    }
}

fn check_kind(values: &Values, field: &ColumnField, logical: TypeName) -> Result<(), BadOutput> {
    if fits(logical, values) {
        return Ok(());
    }
    Err(BadOutput::Kind {
        column: field.name.clone(),
        found: kind(values),
        logical: field.logical.clone(),
    })
}

fn check_column(
    column: types::ColumnResult,
    field: &ColumnField,
    logical: TypeName,
    rows: usize,
) -> Result<Column, BadOutput> {
    let name = || field.name.clone();
    let (values, length) = match column.values {
        types::ValuesResult::Bytes(types::BytesColumnResult { offsets, data }) => {
            let length = offsets.len().wrapping_sub(1);
            (Values::Bytes { offsets, data }, length)
        }
        types::ValuesResult::Integers(values) => {
            let length = values.len();
            (Values::Integers(values), length)
        }
        types::ValuesResult::Floats(values) => {
            let length = values.len();
            (Values::Floats(values), length)
        }
        types::ValuesResult::Booleans(values) => {
            let length = values.len();
            (Values::Booleans(values), length)
        }
    };
    check_kind(&values, field, logical)?;
    if length != rows {
        // An empty list of offsets lacks even the one that no rows have.
        return Err(match length {
            usize::MAX => BadOutput::Offsets {
                column: name(),
                bytes: 0,
            },
            found => BadOutput::Length {
                column: name(),
                found,
                wanted: rows,
            },
        });
    }
    match &values {
        Values::Bytes { offsets, data } => check_text(offsets, data, name)?,
        Values::Booleans(values) if values.iter().any(|value| *value > 1) => {
            return Err(BadOutput::Boolean { column: name() });
        }
        _ => {}
    }
    let wanted = validity::bitmap_bytes(rows);
    if !column.validity.is_empty() && column.validity.len() != wanted {
        return Err(BadOutput::Validity {
            column: name(),
            found: column.validity.len(),
            wanted,
        });
    }
    Ok(Column {
        values,
        validity: column.validity,
    })
}

/// Checks offsets and characters. ASCII, the common case, cannot be cut inside a character.
fn check_text(offsets: &[u32], data: &[u8], name: impl Fn() -> String) -> Result<(), BadOutput> {
    // No early exit, so that the loop runs over several offsets at a time.
    let falls = offsets
        .windows(2)
        .fold(false, |falls, pair| falls | (pair[0] > pair[1]));
    if falls
        || offsets.first() != Some(&0)
        || offsets.last().map(|end| *end as usize) != Some(data.len())
    {
        return Err(BadOutput::Offsets {
            column: name(),
            bytes: data.len(),
        });
    }
    if data.is_ascii() {
        return Ok(());
    }
    let text = simdutf8::basic::from_utf8(data).map_err(|_| BadOutput::Utf8 { column: name() })?;
    if offsets
        .iter()
        .all(|offset| text.is_char_boundary(*offset as usize))
    {
        Ok(())
    } else {
        Err(BadOutput::Utf8 { column: name() })
    }
}

fn check_findings(
    findings: Vec<types::Finding>,
    asked: &Asked<'_>,
    rejected_rows: &[u32],
    rejected: &[bool],
) -> Result<Vec<Finding>, BadOutput> {
    let limit = max_findings(asked.rows);
    if findings.len() > limit {
        return Err(BadOutput::TooManyFindings {
            found: findings.len(),
            limit,
        });
    }
    let mut explained = vec![false; rejected.len()];
    let mut checked = Vec::with_capacity(findings.len());
    for finding in findings {
        let types::Finding {
            row,
            column,
            severity,
            code,
            mut message,
        } = finding;
        if row as usize >= asked.rows {
            return Err(BadOutput::FindingRow {
                row,
                rows: asked.rows,
            });
        }
        if let Some(column) = column.filter(|column| *column as usize >= asked.outputs.len()) {
            return Err(BadOutput::FindingColumn {
                column,
                count: asked.outputs.len(),
            });
        }
        if !is_code(&code) {
            return Err(BadOutput::FindingCode);
        }
        let end = cut(&message, MAX_MESSAGE_BYTES).len();
        message.truncate(end);
        let severity = match Severity::from(severity) {
            Severity::Error if rejected.get(row as usize) != Some(&true) => Severity::Warning,
            severity => severity,
        };
        if severity == Severity::Error {
            explained[row as usize] = true;
        }
        checked.push(Finding {
            row,
            column,
            severity,
            code,
            message,
            words: Words::Plugin,
        });
    }
    for &row in rejected_rows {
        if !explained[row as usize] {
            checked.push(Finding {
                row,
                column: None,
                severity: Severity::Error,
                code: "rejected_by_plugin".into(),
                message: "the plugin rejects it without giving a reason".into(),
                words: Words::Own,
            });
        }
    }
    checked.sort_by_key(|finding| finding.row);
    Ok(checked)
}

/// Whether `code` is short and plain enough to count findings by.
fn is_code(code: &str) -> bool {
    (1..=MAX_CODE_BYTES).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}
