//! Formats whose records are pieces of text, one after the other: the loop that all of them share.
//!
//! A format finds records in the text that is there. How much of it there is, when more is wanted, and what becomes of a
//! record that is longer than allowed, is settled here.

use std::{io, sync::Arc};

use sluice_contract::format::{Entry, Layout};

use super::{
    HeaderText,
    batch::{Batch, BrokenRow, Damage, Raw},
    csv::LineBreak,
    reader::RecordReader,
    refusal::Refusal,
    window::Window,
};
use crate::columns::{Column, ColumnField};

/// Broken records that end a batch. Each of them is kept with its text and its reason until it is written, and a batch of
/// two bytes a line would have half a million.
const MOST_BROKEN: usize = 8 << 10;

/// Records that end a batch, because every one of them may be rejected yet.
const MOST_RECORDS: u64 = 32 << 10;

/// Cells that end a batch: rows times columns. A column has a place in every row, also in those that never had a value for
/// it, so that short rows in many columns would take a hundred times their text.
pub(super) const MOST_CELLS: usize = 1 << 18;

/// Rows of so many columns that a batch may have; one at the least.
pub(super) fn most_rows(columns: usize) -> u64 {
    (MOST_CELLS / columns.max(1)).max(1) as u64
}

/// Text from the start of a record on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether the object ends with it.
    pub(super) ended: bool,
    /// The longest record that is allowed, in bytes.
    pub(super) max_record_bytes: usize,
}

/// The records that were found in a text.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Where each readable record starts and ends, without its line break.
    pub(super) spans: Vec<(u32, u32)>,
    pub(super) broken: Vec<BrokenRow>,
}

impl Found {
    /// Records, broken ones included.
    pub(super) fn count(&self) -> u64 {
        (self.spans.len() + self.broken.len()) as u64
    }

    /// Whether no more broken records should be added.
    pub(super) fn is_full(&self) -> bool {
        self.broken.len() >= MOST_BROKEN
    }
}

/// How far records were passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) records: u64,
    /// Bytes of the text before the first record that was not.
    pub(super) bytes: usize,
}

/// A format whose records are pieces of text.
pub(super) trait TextFormat: Send {
    /// How much of the text behind the longest record must be there to know where that ends, in bytes.
    const LOOKAHEAD: usize = 0;

    /// Reads the complete records at the start of a text, `most` at the most. Returns where the first one starts that was
    /// not read. Whatever comes before it is done with, so that a text without a record can be passed, too.
    fn read(&mut self, text: Text<'_>, most: u64, found: &mut Found) -> usize;

    /// The same without what is in the records.
    fn pass(&mut self, text: Text<'_>, most: u64) -> Passed;

    /// Gives up the record at the start of the text, which does not end within the limit.
    fn give_up(&mut self, window: &mut Window) -> io::Result<BrokenRow>;

    /// The values of the records that were read since the last call, of which there are `rows`.
    fn take_columns(&mut self, rows: usize) -> Vec<Column>;

    /// The columns of the last batch, once there is one: those of the one before, and perhaps more.
    fn fields(&self) -> Arc<[ColumnField]>;

    /// As [`RecordReader::late_columns`].
    fn late_columns(&self) -> &[String];

    /// Whether a header must come before the next record.
    fn awaits_header(&self) -> bool;

    /// As [`RecordReader::header`], once no header is awaited.
    fn prelude(&self) -> Vec<u8> {
        Vec::new()
    }

    /// What ends the lines of the text, as soon as that is known.
    fn line_break(&self) -> Option<LineBreak> {
        Some(LineBreak::Feed)
    }

    /// As [`RecordReader::header_text`].
    fn header_text(&self) -> HeaderText;

    /// Why nothing of the object is to be stored, as far as that is known: at the latest when the first record is found.
    fn refusal(&self) -> Option<&Refusal> {
        None
    }

    /// Whether what was read so far is not needed to read on, but for the header's copy.
    fn can_be_entered(&self) -> bool;
}

/// The records of a text.
pub(super) struct TextRecords<F> {
    format: F,
    window: Window,
    layout: Layout,
    next_record: u64,
    /// The record before which the part ends.
    end_record: u64,
}

impl<F: TextFormat> TextRecords<F> {
    pub(super) fn new(format: F, window: Window, layout: Layout) -> Self {
        Self {
            format,
            window,
            layout,
            next_record: 0,
            end_record: u64::MAX,
        }
    }
}

impl<F: TextFormat> RecordReader for TextRecords<F> {
    fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        let most = (self.end_record - self.next_record).min(MOST_RECORDS);
        if most == 0 {
            return Ok(None);
        }
        let mut found = Found::default();
        self.window.fill()?;
        let text = loop {
            let consumed = self.format.read(self.window.text(), most, &mut found);
            self.window.set_line_break(self.format.line_break());
            if self.refusal().is_some() {
                return Ok(None);
            }
            if found.count() > 0 {
                break self.window.take(consumed);
            }
            self.window.pass(consumed);
            if self.window.ended() {
                return Ok(None);
            }
            if consumed > 0 {
                self.window.fill()?;
            } else if !self.window.grow(F::LOOKAHEAD)? {
                found.broken.push(self.format.give_up(&mut self.window)?);
                if self.refusal().is_some() {
                    return Ok(None);
                }
                break Vec::new();
            }
        };
        let Found { spans, mut broken } = found;
        // What is kept of a record that is too long must not depend on how much of it is at hand.
        let limit = self.window.text().max_record_bytes;
        for broken in &mut broken {
            broken.raw.truncate(limit);
        }
        let columns = self.format.take_columns(spans.len());
        let batch = Batch {
            first_record: self.next_record,
            rows: spans.len(),
            fields: self.format.fields(),
            columns,
            broken,
            raw: Raw::Text { text, spans },
            has_header: self.layout.has_header(),
        };
        self.next_record += batch.records();
        Ok(Some(batch))
    }

    fn skip(&mut self, most: u64) -> io::Result<bool> {
        if most == 0 {
            return Ok(false);
        }
        self.window.fill()?;
        loop {
            let passed = self.format.pass(self.window.text(), most);
            self.window.set_line_break(self.format.line_break());
            self.window.pass(passed.bytes);
            self.next_record += passed.records;
            if passed.records > 0 {
                return Ok(true);
            }
            if self.window.ended() {
                return Ok(false);
            }
            if passed.bytes > 0 {
                self.window.fill()?;
            } else if !self.window.grow(F::LOOKAHEAD)? {
                self.format.give_up(&mut self.window)?;
                self.next_record += 1;
                return Ok(true);
            }
        }
    }

    fn number(&mut self, first: u64, end: u64) {
        (self.next_record, self.end_record) = (first, end);
    }

    fn next_record(&self) -> u64 {
        self.next_record
    }

    fn consumed(&self) -> Option<u64> {
        match self.layout.entry() {
            Entry::AnyRecord => self.format.can_be_entered().then(|| self.window.consumed()),
            Entry::FromStart => None,
        }
    }

    fn is_at_end(&self) -> bool {
        self.window.is_empty()
    }

    fn columns(&self) -> Arc<[ColumnField]> {
        self.format.fields()
    }

    fn late_columns(&self) -> &[String] {
        self.format.late_columns()
    }

    fn header(&mut self) -> io::Result<Vec<u8>> {
        self.window.fill()?;
        while self.format.awaits_header() {
            let passed = self.format.pass(self.window.text(), 0);
            if !self.format.awaits_header() {
                self.window.pass(passed.bytes);
                return Ok(self.format.prelude());
            }
            if self.window.ended() || !self.window.grow(F::LOOKAHEAD)? {
                break;
            }
        }
        Ok(Vec::new())
    }

    fn header_text(&self) -> HeaderText {
        self.format.header_text()
    }

    fn damage(&self) -> Option<&Damage> {
        self.window.damage()
    }

    fn refusal(&self) -> Option<&Refusal> {
        self.format.refusal().or(self.window.refusal())
    }

    fn decompressed_bytes(&self) -> u64 {
        self.window.bytes()
    }
}
