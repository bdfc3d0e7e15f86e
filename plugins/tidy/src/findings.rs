//! What is said about rows while steps run, and what becomes of them: who is dropped, who is rejected, and why.
//!
//! The order of the fields must make no difference to it: a row that any step drops is dropped, even where another one
//! rejects it, and nothing is said about it.

use sluice_sdk::contract::{Finding, Severity};

/// Findings of one row, at the most. The host takes four a row, whatever their rows.
const MOST_OF_A_ROW: usize = 4;

/// What a step says about a row. It never holds what the row holds.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Remark {
    pub(crate) fn new(code: &str, message: &str) -> Remark {
        Remark {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// What becomes of a value that a step cannot make anything of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// Null, with a warning.
    Null,
    /// Its row is rejected.
    Reject,
    /// It stays as it is.
    Keep,
    /// Its row is dropped.
    Drop,
}

/// What was said about the rows of a batch.
pub(crate) struct Notes<'p> {
    notes: Vec<Note<'p>>,
    rejected: Flags,
    dropped: Flags,
}

struct Note<'p> {
    row: u32,
    column: Option<u32>,
    severity: Severity,
    remark: &'p Remark,
}

/// One flag a row, which take no room until the first is set.
struct Flags {
    rows: usize,
    set: Vec<bool>,
}

impl Flags {
    fn new(rows: usize) -> Flags {
        Flags {
            rows,
            set: Vec::new(),
        }
    }

    fn set(&mut self, row: usize) {
        if self.set.is_empty() {
            self.set = vec![false; self.rows];
        }
        self.set[row] = true;
    }

    fn get(&self, row: usize) -> bool {
        !self.set.is_empty() && self.set[row]
    }
}

impl<'p> Notes<'p> {
    pub(crate) fn new(rows: usize) -> Notes<'p> {
        Notes {
            notes: Vec::new(),
            rejected: Flags::new(rows),
            dropped: Flags::new(rows),
        }
    }

    /// Drops a row of the batch.
    pub(crate) fn drop(&mut self, row: usize) {
        self.dropped.set(row);
    }

    /// Whether any row is dropped.
    pub(crate) fn any_dropped(&self) -> bool {
        !self.dropped.set.is_empty()
    }

    /// Whether a row is neither dropped nor rejected.
    pub(crate) fn is_kept(&self, row: usize) -> bool {
        !self.dropped.get(row) && !self.rejected.get(row)
    }

    /// The rejected rows, and the findings.
    pub(crate) fn finish(mut self) -> (Vec<u32>, Vec<Finding>) {
        let rejected = (0..self.rejected.set.len())
            .filter(|row| self.rejected.get(*row) && !self.dropped.get(*row))
            .map(|row| row as u32)
            .collect();
        // Errors first: they are the reasons of a rejection.
        self.notes
            .sort_by_key(|note| (note.row, note.severity != Severity::Error));
        let (mut row, mut of_row) = (None, 0);
        self.notes.retain(|note| {
            of_row = if row == Some(note.row) { of_row + 1 } else { 1 };
            row = Some(note.row);
            of_row <= MOST_OF_A_ROW && !self.dropped.get(note.row as usize)
        });
        let findings = self.notes.into_iter().map(|note| Finding {
            row: note.row,
            column: note.column,
            severity: note.severity,
            code: note.remark.code.clone(),
            message: note.remark.message.clone(),
        });
        (rejected, findings.collect())
    }
}

/// Where the steps of one column say it.
pub(crate) struct Context<'a, 'p> {
    pub(crate) notes: &'a mut Notes<'p>,
    /// The column's place in the output.
    pub(crate) column: Option<u32>,
    /// Behind `explode`: which row of the batch each row is a part of, and which parts are dropped.
    pub(crate) parts: Option<Parts>,
    /// The rows that the step at hand is about, where those are not all.
    pub(crate) only: Option<Vec<bool>>,
}

/// The rows that a step made of the rows of a batch.
pub(crate) struct Parts {
    /// For every part, its row.
    pub(crate) rows: Vec<u32>,
    /// One flag a part.
    pub(crate) dropped: Vec<bool>,
}

impl<'p> Context<'_, 'p> {
    pub(crate) fn info(&mut self, row: usize, remark: &'p Remark) {
        self.note(row, Severity::Info, remark);
    }

    pub(crate) fn warn(&mut self, row: usize, remark: &'p Remark) {
        self.note(row, Severity::Warning, remark);
    }

    pub(crate) fn reject(&mut self, row: usize, remark: &'p Remark) {
        if !self.concerns(row) {
            return;
        }
        self.note(row, Severity::Error, remark);
        let row = self.row(row);
        self.notes.rejected.set(row);
    }

    /// Drops a row; behind `explode`, only this part of it.
    pub(crate) fn drop(&mut self, row: usize) {
        if !self.concerns(row) {
            return;
        }
        match &mut self.parts {
            Some(parts) => parts.dropped[row] = true,
            None => self.notes.drop(row),
        }
    }

    /// Says what becomes of a value. [`Otherwise::Keep`] needs no words.
    pub(crate) fn otherwise(&mut self, row: usize, otherwise: Otherwise, remark: &'p Remark) {
        match otherwise {
            Otherwise::Null => self.warn(row, remark),
            Otherwise::Reject => self.reject(row, remark),
            Otherwise::Keep => {}
            Otherwise::Drop => self.drop(row),
        }
    }

    /// Whether the step at hand is about a row.
    fn concerns(&self, row: usize) -> bool {
        self.only.as_ref().is_none_or(|only| only[row])
    }

    fn note(&mut self, row: usize, severity: Severity, remark: &'p Remark) {
        if !self.concerns(row) {
            return;
        }
        let note = Note {
            row: self.row(row) as u32,
            column: self.column,
            severity,
            remark,
        };
        self.notes.notes.push(note);
    }

    /// The row of the batch that a row is, or is a part of.
    pub(crate) fn row(&self, row: usize) -> usize {
        self.parts
            .as_ref()
            .map_or(row, |parts| parts.rows[row] as usize)
    }
}
