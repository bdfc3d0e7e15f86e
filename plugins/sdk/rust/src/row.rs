//! One row, as the author of a plugin sees it: getters read what came in, setters say what goes out.

use crate::contract::{Finding, Origin, Severity};
use crate::field::Column;
use crate::input::InputColumn;
use crate::origins::Origins;
use crate::output::{Behind, OutputColumn, Text};
use crate::validity::is_valid;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the outcome decides what becomes of the row"]
pub enum Outcome {
    /// It goes on, as it stands now.
    Keep,
    /// It does not, and that is in order; rows that were [emitted](Row::emit) before go on.
    Drop,
    /// It goes to the rejects, with its findings; see [`Row::reject`]. Rows emitted before are taken back.
    Reject,
}

/// A row. Getters always give what came in, also after a setter. A value that lives on past the row, such as a slice of
/// the text, can be handed to a setter without a copy.
pub struct Row<'a> {
    inputs: &'a [InputColumn<'a>],
    outputs: &'a mut [OutputColumn],
    origins: &'a mut Origins,
    origin: &'a Origin,
    /// The output column of each field, for findings.
    positions: &'a [Option<u32>],
    batch_rows: usize,
    /// The row of the batch.
    at: usize,
    /// Output rows before this row's.
    start: usize,
    notes: Notes,
}

/// What the rows of a batch left behind besides values.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) findings: Vec<Finding>,
    pub(crate) rejected: Vec<u32>,
    /// Rejected rows that are output rows too, because that was no harm until a row was dropped or emitted.
    pub(crate) phantoms: Vec<usize>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(
        inputs: &'a [InputColumn<'a>],
        outputs: &'a mut [OutputColumn],
        origins: &'a mut Origins,
        origin: &'a Origin,
        positions: &'a [Option<u32>],
        batch_rows: usize,
    ) -> Row<'a> {
        Row {
            inputs,
            outputs,
            origins,
            origin,
            positions,
            batch_rows,
            at: 0,
            start: 0,
            notes: Notes::default(),
        }
    }

    /// The output column of a field, and what it needs to know.
    #[inline(always)]
    fn output(&mut self, column: Column) -> (&mut OutputColumn, Behind<'_>) {
        let index = column.0;
        let behind = Behind {
            input: &self.inputs[index],
            origins: self.origins,
            batch_rows: self.batch_rows,
        };
        (&mut self.outputs[index], behind)
    }

    /// The text of a column; empty where it is null, missing, or no text.
    #[inline(always)]
    pub fn text(&self, column: Column) -> &'a str {
        self.get(column).unwrap_or_default()
    }

    /// The text of a column; `None` where it is null, missing, or no text.
    #[inline(always)]
    pub fn get(&self, column: Column) -> Option<&'a str> {
        match &self.inputs[column.0] {
            InputColumn::Text {
                text,
                offsets,
                validity,
            } if is_valid(validity, self.at) => {
                Some(&text[offsets[self.at] as usize..offsets[self.at + 1] as usize])
            }
            _ => None,
        }
    }

    /// The integer, timestamp or date of a column, parsed if it is text.
    pub fn integer(&self, column: Column) -> Option<i64> {
        match &self.inputs[column.0] {
            InputColumn::Integers { values, validity } => {
                is_valid(validity, self.at).then(|| values[self.at])
            }
            _ => self.text(column).trim().parse().ok(),
        }
    }

    /// The float of a column, parsed if it is text.
    pub fn float(&self, column: Column) -> Option<f64> {
        match &self.inputs[column.0] {
            InputColumn::Floats { values, validity } => {
                is_valid(validity, self.at).then(|| values[self.at])
            }
            _ => self.text(column).trim().parse().ok(),
        }
    }

    /// The boolean of a column, parsed if it is the text `true` or `false`.
    pub fn boolean(&self, column: Column) -> Option<bool> {
        match &self.inputs[column.0] {
            InputColumn::Booleans { values, validity } => {
                is_valid(validity, self.at).then(|| values[self.at] == 1)
            }
            _ => self.text(column).trim().parse().ok(),
        }
    }

    /// Whether the object has this column at all.
    pub fn has(&self, column: Column) -> bool {
        !matches!(self.inputs[column.0], InputColumn::Missing)
    }

    /// The row's number in its object, counted from 0.
    pub fn number(&self) -> u64 {
        self.origin.first_row + self.at as u64
    }

    /// When the object arrived: microseconds since 1970-01-01T00:00:00Z. A retry sees the same value.
    pub fn received_at(&self) -> i64 {
        self.origin.received_at
    }

    /// The object, as `s3://bucket/key` or a file's path.
    pub fn source(&self) -> &'a str {
        &self.origin.source
    }

    /// Sets text, JSON or a decimal. What came in costs nothing to set again.
    #[inline]
    pub fn set_text(&mut self, column: Column, value: &str) {
        if self.is_input(column, value) {
            self.reset(column);
        } else {
            self.set_other_text(column, value);
        }
    }

    /// Whether a value is the very piece of memory that came in.
    #[inline(always)]
    fn is_input(&self, column: Column, value: &str) -> bool {
        match &self.inputs[column.0] {
            InputColumn::Text { text, offsets, .. } => {
                let (start, end) = (offsets[self.at] as usize, offsets[self.at + 1] as usize);
                // An empty one may be a null.
                value.len() == end.wrapping_sub(start)
                    && !value.is_empty()
                    && value.as_ptr() == text.as_ptr().wrapping_add(start)
            }
            _ => false,
        }
    }

    fn set_other_text(&mut self, column: Column, value: &str) {
        if self.get(column) == Some(value) {
            self.reset(column);
        } else {
            let (output, behind) = self.output(column);
            output.set_text(value, behind);
        }
    }

    /// Sets text that `build` makes in place, piece by piece: for text that is known to differ from what came in.
    #[inline]
    pub fn build_text(&mut self, column: Column, build: impl FnOnce(&mut Text<'_>)) {
        let (output, behind) = self.output(column);
        output.build_text(behind, build);
    }

    /// Takes back what the row set a column to.
    #[inline]
    pub fn reset(&mut self, column: Column) {
        self.outputs[column.0].truncate(self.origins.len());
    }

    /// Sets an integer, a timestamp in microseconds since 1970, or a date in days since 1970.
    #[inline]
    pub fn set_integer(&mut self, column: Column, value: i64) {
        let (output, behind) = self.output(column);
        output.set_integer(value, behind);
    }

    /// Sets a timestamp: microseconds since 1970-01-01T00:00:00Z.
    #[inline]
    pub fn set_timestamp(&mut self, column: Column, microseconds: i64) {
        self.set_integer(column, microseconds);
    }

    /// Sets a date: days since 1970-01-01.
    #[inline]
    pub fn set_date(&mut self, column: Column, days: i64) {
        self.set_integer(column, days);
    }

    /// Sets a float.
    pub fn set_float(&mut self, column: Column, value: f64) {
        let (output, behind) = self.output(column);
        output.set_float(value, behind);
    }

    /// Sets a boolean.
    pub fn set_boolean(&mut self, column: Column, value: bool) {
        let (output, behind) = self.output(column);
        output.set_boolean(value, behind);
    }

    /// Sets a null.
    #[inline]
    pub fn set_null(&mut self, column: Column) {
        let was_null = match &self.inputs[column.0] {
            InputColumn::Missing => true,
            InputColumn::Text { validity, .. } => !is_valid(validity, self.at),
            _ => false,
        };
        if was_null {
            self.reset(column);
        } else {
            let (output, behind) = self.output(column);
            output.set_null(behind);
        }
    }

    /// Notes something good to know. Messages must not hold personal data; codes are short and stable.
    pub fn info(&mut self, column: Column, code: &str, message: impl Into<String>) {
        self.note(Severity::Info, Some(column), code, message.into());
    }

    /// Notes something suspicious. The row is stored all the same.
    pub fn warn(&mut self, column: Column, code: &str, message: impl Into<String>) {
        self.note(Severity::Warning, Some(column), code, message.into());
    }

    /// Rejects the row for a reason: `return row.reject(ID, "no_id", "the record has no id")`.
    pub fn reject(&mut self, column: Column, code: &str, message: impl Into<String>) -> Outcome {
        self.note(Severity::Error, Some(column), code, message.into());
        Outcome::Reject
    }

    /// Rejects the row for a reason that is not about one column.
    pub fn reject_row(&mut self, code: &str, message: impl Into<String>) -> Outcome {
        self.note(Severity::Error, None, code, message.into());
        Outcome::Reject
    }

    fn note(&mut self, severity: Severity, column: Option<Column>, code: &str, message: String) {
        let column = column.and_then(|column| self.positions[column.0]);
        self.notes.findings.push(Finding {
            row: self.at as u32,
            column,
            severity,
            code: code.into(),
            message,
        });
    }

    /// Adds the row as it stands now to the output, and starts over with the row as it came in. To make several rows of
    /// one: set, emit, set, emit, and return [`Outcome::Drop`].
    pub fn emit(&mut self) {
        self.diverge();
        self.origins.push(self.at);
    }

    /// Goes to row `at` of the batch, where the last row is `settle`d.
    #[inline]
    pub(crate) fn begin(&mut self, at: usize) {
        self.at = at;
        self.start = self.origins.len();
    }

    /// Does what the author decided.
    #[inline]
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Keep => self.origins.push(self.at),
            Outcome::Drop => self.settle_dropped(),
            Outcome::Reject => self.settle_rejected(),
        }
    }

    #[cold]
    fn settle_dropped(&mut self) {
        self.discard();
        self.diverge();
    }

    #[cold]
    fn settle_rejected(&mut self) {
        self.notes.rejected.push(self.at as u32);
        // What it emitted before.
        self.origins.truncate(self.start);
        self.discard();
        if !self.origins.diverged() {
            self.origins.push(self.at);
        }
    }

    fn diverge(&mut self) {
        if !self.origins.diverged() {
            self.origins.diverge();
            self.notes.phantoms = self
                .notes
                .rejected
                .iter()
                .map(|row| *row as usize)
                .collect();
        }
    }

    /// Takes back what the row set.
    fn discard(&mut self) {
        let rows = self.origins.len();
        self.outputs
            .iter_mut()
            .for_each(|output| output.truncate(rows));
    }

    /// Ends the batch.
    pub(crate) fn finish(self) -> Notes {
        self.notes
    }
}
