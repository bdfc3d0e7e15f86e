//! A batch of decoded records: their columns, and what is shown of a record on the day it is rejected.

use std::{borrow::Cow, sync::Arc};

use crate::columns::{Column, ColumnField};

/// Consecutive records of an object, as columns.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The number of the first record, broken ones included, from 0.
    pub first_record: u64,
    /// Records that could be read.
    pub rows: usize,
    /// What the columns are. A later batch of the same object may have more.
    pub fields: Arc<[ColumnField]>,
    /// One for each of `fields`.
    pub columns: Vec<Column>,
    /// Records that could not be read, in the order of the object.
    pub broken: Vec<BrokenRow>,
    /// How readable records stand in the object.
    pub raw: Raw,
    /// Whether the columns are named before the first record, and not by each record that has them.
    pub has_header: bool,
}

/// How the readable records of a batch stand in their object.
#[derive(Debug, Clone)]
pub enum Raw {
    /// As pieces of text.
    Text {
        /// The text that the records were read from.
        text: Vec<u8>,
        /// Where in it each readable record starts and ends, without its line break.
        spans: Vec<(u32, u32)>,
    },
    /// Not as text: what is shown of a record is its columns, as a JSON object.
    Columns,
}

impl Default for Raw {
    fn default() -> Self {
        Self::Text {
            text: Vec::new(),
            spans: Vec::new(),
        }
    }
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRow {
    /// How many readable records of the batch come before it.
    pub before: u32,
    /// A short stable name of what is wrong.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// Its raw text, or the beginning of it.
    pub raw: Vec<u8>,
    /// Length of the whole raw text in bytes.
    pub raw_bytes: u64,
}

/// Why an object could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// A short stable name.
    pub code: &'static str,
    /// What happened, for people.
    pub message: String,
}

/// How much raw text of a record that is over every limit is kept.
const KEPT_RAW_BYTES: usize = 64 << 10;

impl BrokenRow {
    /// A broken record with this raw text, the first 64 KiB of which are kept.
    pub(super) fn new(before: usize, code: &'static str, message: String, raw: &[u8]) -> Self {
        Self {
            before: before as u32,
            code,
            message,
            raw: raw[..raw.len().min(KEPT_RAW_BYTES)].to_vec(),
            raw_bytes: raw.len() as u64,
        }
    }
}

/// A record that is readable as such, and cannot be taken all the same.
#[derive(Debug, Clone)]
pub(crate) struct BadRow {
    /// Which of the batch's rows it is.
    pub(crate) row: usize,
    /// A short stable name of what is wrong.
    pub(crate) code: &'static str,
    /// What is wrong, for people.
    pub(crate) message: String,
}

impl Batch {
    /// Takes these readable records, which ascend, for broken ones.
    pub(crate) fn break_rows(&mut self, bad: Vec<BadRow>) {
        if bad.is_empty() {
            return;
        }
        let is_kept = |row: &usize| bad.binary_search_by_key(row, |bad| bad.row).is_err();
        let kept: Vec<u32> = (0..self.rows)
            .filter(is_kept)
            .map(|row| row as u32)
            .collect();
        let mut broken = std::mem::take(&mut self.broken);
        for BadRow { row, code, message } in bad {
            let raw = self.raw_record(row);
            let at = broken.partition_point(|other| other.before as usize <= row);
            broken.insert(at, BrokenRow::new(row, code, message, &raw));
        }
        // So far `before` counts all rows that could be read.
        for broken in &mut broken {
            broken.before = kept.partition_point(|row| *row < broken.before) as u32;
        }
        self.broken = broken;
        for column in &mut self.columns {
            *column = column.pick(&kept);
        }
        if let Raw::Text { spans, .. } = &mut self.raw {
            *spans = kept.iter().map(|row| spans[*row as usize]).collect();
        }
        self.rows = kept.len();
    }

    /// The number of readable record `row` in its object, from 0.
    pub fn record_number(&self, row: usize) -> u64 {
        self.first_record
            + (row
                + self
                    .broken
                    .partition_point(|broken| broken.before as usize <= row)) as u64
    }

    /// The number of broken record `index` in its object, from 0.
    pub fn broken_number(&self, index: usize) -> u64 {
        self.first_record + u64::from(self.broken[index].before) + index as u64
    }

    /// Records in the batch, broken ones included.
    pub fn records(&self) -> u64 {
        (self.rows + self.broken.len()) as u64
    }

    /// What is shown of readable record `row` where it is rejected: its text, or a JSON object of its columns.
    pub fn raw_record(&self, row: usize) -> Cow<'_, [u8]> {
        match &self.raw {
            Raw::Text { text, spans } => {
                let (start, end) = spans[row];
                Cow::Borrowed(&text[start as usize..end as usize])
            }
            Raw::Columns => Cow::Owned(self.json_record(row)),
        }
    }

    fn json_record(&self, row: usize) -> Vec<u8> {
        let columns = self.fields.iter().zip(&self.columns);
        let members = columns.map(|(field, column)| {
            let name = serde_json::Value::from(field.name.as_str());
            let value = column.json(row, &field.logical);
            format!("{name}:{value}")
        });
        let members: Vec<String> = members.collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    }
}
