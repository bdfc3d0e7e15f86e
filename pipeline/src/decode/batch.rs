//! A batch of decoded records: columns of text, and the raw text of every record for the day it is rejected.

use crate::columns::Column;

/// Consecutive records of an object, as columns of text.
#[derive(Debug, Clone, Default)]
pub struct TextBatch {
    /// The number of the first record, broken ones included, from 0.
    pub first_record: u64,
    /// Records that could be read.
    pub rows: usize,
    /// One for each of the decoder's columns; all of them hold bytes.
    pub columns: Vec<Column>,
    /// Records that could not be read, in the order of the object.
    pub broken: Vec<BrokenRow>,
    /// The text that the records were read from.
    pub raw: Vec<u8>,
    /// Where in `raw` each readable record starts and ends, without its line break.
    pub spans: Vec<(u32, u32)>,
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

impl TextBatch {
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

    /// Records that were read into the batch so far, broken ones included.
    pub(super) fn count(&self) -> u64 {
        (self.spans.len() + self.broken.len()) as u64
    }

    /// Records in the batch, broken ones included.
    pub fn records(&self) -> u64 {
        (self.rows + self.broken.len()) as u64
    }

    /// The raw text of readable record `row`.
    pub fn raw_record(&self, row: usize) -> &[u8] {
        let (start, end) = self.spans[row];
        &self.raw[start as usize..end as usize]
    }
}
