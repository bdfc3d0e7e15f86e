//! One row, as the author of a plugin sees it: getters read what came in, setters say what goes out.

use crate::blank::trim;
use crate::contract::{Finding, Origin, OutColumn, Output, Severity};
use crate::field::Column;
use crate::input::InputColumn;
use crate::nulls::is_valid;
use crate::origins::Origins;
use crate::output::{Behind, OutputColumn, Text};

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
    inputs: Vec<InputColumn<'a>>,
    outputs: Vec<OutputColumn>,
    origins: Origins,
    origin: &'a Origin,
    /// The output column of each field, for findings.
    positions: &'a [Option<u32>],
    batch_rows: usize,
    /// The row of the batch.
    at: usize,
    findings: Vec<Finding>,
    /// While output rows are input rows in order, these are among them, and nobody reads their values.
    rejected: Vec<u32>,
}

impl<'a> Row<'a> {
    /// The first row of a batch. `inputs` and `outputs` have one column for each field.
    pub(crate) fn new(
        inputs: Vec<InputColumn<'a>>,
        outputs: Vec<OutputColumn>,
        origin: &'a Origin,
        positions: &'a [Option<u32>],
        batch_rows: usize,
    ) -> Row<'a> {
        Row {
            inputs,
            outputs,
            origins: Origins::default(),
            origin,
            positions,
            batch_rows,
            at: 0,
            findings: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// The output column of a field, and what it needs to know.
    #[inline(always)]
    fn output(&mut self, column: Column) -> (&mut OutputColumn, Behind<'_, 'a>) {
        let index = column.0;
        let behind = Behind {
            input: &self.inputs[index],
            origins: &self.origins,
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
                Some(text.value(offsets[self.at] as usize..offsets[self.at + 1] as usize))
            }
            _ => None,
        }
    }

    /// The integer, timestamp or date of a column, parsed if it is text: digits, perhaps with a sign before them and
    /// blanks around them.
    pub fn integer(&self, column: Column) -> Option<i64> {
        match &self.inputs[column.0] {
            InputColumn::Integers { values, validity } => {
                is_valid(validity, self.at).then(|| values[self.at])
            }
            _ => trim(self.text(column)).parse().ok(),
        }
    }

    /// The float of a column, parsed if it is text.
    pub fn float(&self, column: Column) -> Option<f64> {
        match &self.inputs[column.0] {
            InputColumn::Floats { values, validity } => {
                is_valid(validity, self.at).then(|| values[self.at])
            }
            _ => trim(self.text(column)).parse().ok(),
        }
    }

    /// The boolean of a column, parsed if it is the text `true` or `false`.
    pub fn boolean(&self, column: Column) -> Option<bool> {
        match &self.inputs[column.0] {
            InputColumn::Booleans { values, validity } => {
                is_valid(validity, self.at).then(|| values[self.at] == 1)
            }
            _ => trim(self.text(column)).parse().ok(),
        }
    }

    /// Whether the object has this column at all; of JSON, whether a record of the object had it so far.
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
                    && value.as_ptr() == text.bytes().as_ptr().wrapping_add(start)
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

    /// Sets an integer, a timestamp in microseconds since 1970, or a date in days since 1970; or null, for `None`.
    #[inline]
    pub fn set_integer(&mut self, column: Column, value: impl Into<Option<i64>>) {
        let (output, behind) = self.output(column);
        match value.into() {
            Some(value) => output.set_integer(value, behind),
            None => output.set_null(behind),
        }
    }

    /// Sets a timestamp: microseconds since 1970-01-01T00:00:00Z; or null, for `None`.
    #[inline]
    pub fn set_timestamp(&mut self, column: Column, microseconds: impl Into<Option<i64>>) {
        self.set_integer(column, microseconds);
    }

    /// Sets a date: days since 1970-01-01; or null, for `None`.
    #[inline]
    pub fn set_date(&mut self, column: Column, days: impl Into<Option<i64>>) {
        self.set_integer(column, days);
    }

    /// Sets a float; or null, for `None`.
    #[inline]
    pub fn set_float(&mut self, column: Column, value: impl Into<Option<f64>>) {
        let (output, behind) = self.output(column);
        match value.into() {
            Some(value) => output.set_float(value, behind),
            None => output.set_null(behind),
        }
    }

    /// Sets a boolean; or null, for `None`.
    #[inline]
    pub fn set_boolean(&mut self, column: Column, value: impl Into<Option<bool>>) {
        let (output, behind) = self.output(column);
        match value.into() {
            Some(value) => output.set_boolean(value, behind),
            None => output.set_null(behind),
        }
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
        self.findings.push(Finding {
            row: self.at as u32,
            column,
            severity,
            code: code.into(),
            message,
        });
    }

    /// Adds the row as it stands now to the output, and starts over with the row as it came in. To make several rows of
    /// one: set, emit, set, emit, and return [`Outcome::Drop`]. A row that is emitted once and dropped is a row kept.
    #[inline]
    pub fn emit(&mut self) {
        if !self.origins.push(self.at) {
            self.diverge();
            self.origins.push(self.at);
        }
    }

    /// Goes to row `at` of the batch, where the one before it is `settle`d.
    #[inline(always)]
    pub(crate) fn begin(&mut self, at: usize) {
        self.at = at;
        self.origins.begin(at);
    }

    /// Does what the author decided.
    #[inline(always)]
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Keep if self.origins.is_plain() => {}
            Outcome::Keep => self.emit(),
            Outcome::Drop => self.settle_dropped(),
            Outcome::Reject => self.settle_rejected(),
        }
    }

    fn settle_dropped(&mut self) {
        self.discard();
        if !self.origins.end_emitted() {
            self.diverge();
        }
    }

    #[cold]
    fn settle_rejected(&mut self) {
        self.rejected.push(self.at as u32);
        self.origins.reject(self.at);
        self.discard();
    }

    /// From here on, output rows are not input rows in order, and rejected rows are none.
    #[cold]
    #[inline(never)]
    fn diverge(&mut self) {
        self.outputs
            .iter_mut()
            .for_each(|output| output.leave_out(&self.rejected));
        self.origins.diverge(&self.rejected);
    }

    /// Takes back what the row set.
    fn discard(&mut self) {
        let rows = self.origins.len();
        self.outputs
            .iter_mut()
            .for_each(|output| output.truncate(rows));
    }

    /// Ends the batch. `columns` says which input column each field is, and `passed` which go through untouched.
    pub(crate) fn finish(mut self, columns: &[Option<usize>], passed: &[u32]) -> Output {
        self.begin(self.batch_rows);
        let mut finished = Vec::with_capacity(columns.len() + passed.len());
        for ((output, input), index) in self.outputs.into_iter().zip(&self.inputs).zip(columns) {
            let behind = Behind {
                input,
                origins: &self.origins,
                batch_rows: self.batch_rows,
            };
            finished.extend(output.finish(*index, behind));
        }
        finished.extend(passed.iter().map(|index| OutColumn::Keep(*index)));
        Output {
            rows: self.origins.len() as u32,
            columns: finished,
            source_rows: self.origins.finish(),
            rejected: self.rejected,
            findings: self.findings,
        }
    }
}
