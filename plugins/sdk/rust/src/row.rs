//! One row, as the author of a plugin sees it: getters read what came in, setters say what goes out.

use crate::contract::{Finding, Origin, Severity};
use crate::field::Column;
use crate::input::InputColumn;
use crate::output::{Origins, OutputColumn, Text};
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
    /// Fields that the row has set.
    staged: Vec<usize>,
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
        let (staged, notes) = (Vec::with_capacity(outputs.len()), Notes::default());
        Row {
            inputs,
            outputs,
            origins,
            origin,
            positions,
            batch_rows,
            at: 0,
            start: 0,
            staged,
            notes,
        }
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
        let index = column.0;
        if self.get(column).is_some_and(|input| same(input, value)) {
            self.outputs[index].unstage();
        } else if self.outputs[index].set_text(
            value,
            &self.inputs[index],
            self.origins,
            self.batch_rows,
        ) {
            self.staged.push(index);
        }
    }

    /// Sets text that `build` makes in place, piece by piece.
    pub fn build_text(&mut self, column: Column, build: impl FnOnce(&mut Text<'_>)) {
        let index = column.0;
        let input = self.get(column);
        if self.outputs[index].build_text(&self.inputs[index], self.origins, self.batch_rows, build)
        {
            self.staged.push(index);
        }
        if input.is_some_and(|input| self.outputs[index].staged_text() == Some(input.as_bytes())) {
            self.outputs[index].unstage();
        }
    }

    /// Sets an integer, a timestamp in microseconds since 1970, or a date in days since 1970.
    #[inline]
    pub fn set_integer(&mut self, column: Column, value: i64) {
        if self.outputs[column.0].set_integer(value) {
            self.staged.push(column.0);
        }
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
        if self.outputs[column.0].set_float(value) {
            self.staged.push(column.0);
        }
    }

    /// Sets a boolean.
    pub fn set_boolean(&mut self, column: Column, value: bool) {
        if self.outputs[column.0].set_boolean(value) {
            self.staged.push(column.0);
        }
    }

    /// Sets a null.
    #[inline]
    pub fn set_null(&mut self, column: Column) {
        let index = column.0;
        let was_null = match &self.inputs[index] {
            InputColumn::Missing => true,
            InputColumn::Text { validity, .. } => !is_valid(validity, self.at),
            _ => false,
        };
        if was_null {
            self.outputs[index].unstage();
        } else if self.outputs[index].set_null() {
            self.staged.push(index);
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
        self.commit();
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
            Outcome::Keep => self.commit(),
            Outcome::Drop => {
                self.discard();
                self.diverge();
            }
            Outcome::Reject => self.settle_rejected(),
        }
    }

    #[cold]
    fn settle_rejected(&mut self) {
        self.discard();
        self.notes.rejected.push(self.at as u32);
        if !self.origins.diverged() {
            self.origins.push(self.at);
        } else if self.origins.len() > self.start {
            self.origins.truncate(self.start);
            self.outputs
                .iter_mut()
                .for_each(|output| output.truncate(self.start));
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

    #[inline]
    fn commit(&mut self) {
        for &index in &self.staged {
            self.outputs[index].commit(&self.inputs[index], self.origins, self.batch_rows);
        }
        self.staged.clear();
        self.origins.push(self.at);
    }

    fn discard(&mut self) {
        for index in self.staged.drain(..) {
            self.outputs[index].unstage();
        }
    }

    /// Ends the batch.
    pub(crate) fn finish(self) -> Notes {
        self.notes
    }
}

/// Whether two texts are the same; at once where they are the same piece of memory.
#[inline]
fn same(input: &str, value: &str) -> bool {
    input.len() == value.len() && (input.as_ptr() == value.as_ptr() || input == value)
}
