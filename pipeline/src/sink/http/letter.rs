//! Rows that are sent together, and what they are called.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    ops::Range,
    sync::Arc,
    time::Instant,
};

use xxhash_rust::xxh3::xxh3_64;

/// What a row is called: by its place in the part, and by its place in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowId {
    /// As sinks count rows.
    pub(super) ordinal: u64,
    /// The record's number in the object, from 0.
    pub(super) record: u64,
    /// Which of the record's rows, from 0.
    pub(super) nth: u32,
}

impl fmt::Display for RowId {
    /// The row's name in an idempotency key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.record)?;
        match self.nth {
            0 => Ok(()),
            nth => write!(f, ".{nth}"),
        }
    }
}

/// The names of the rows of a batch.
pub(super) fn rows_of(first_ordinal: u64, records: &[u64]) -> impl Iterator<Item = RowId> {
    let several = !records.is_sorted_by(|one, next| one < next);
    let mut seen: HashMap<u64, u32> = HashMap::new();
    (first_ordinal..)
        .zip(records)
        .map(move |(ordinal, record)| {
            let mut nth = 0;
            if several {
                let count = seen.entry(*record).or_default();
                nth = std::mem::replace(count, *count + 1);
            }
            RowId {
                ordinal,
                record: *record,
                nth,
            }
        })
}

/// Rows that one request holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Letter {
    /// Who they are, and where they are in the text.
    pub(super) rows: Vec<(RowId, Range<usize>)>,
    /// Rows as JSON objects, one behind the other.
    text: Vec<u8>,
    /// Made of the object's version.
    stem: Arc<str>,
    /// Hashes of their keys.
    pub(super) keys: Vec<u64>,
    /// When it is to be sent; as soon as somebody can, where that is nothing.
    pub(super) due: Option<Instant>,
}

impl Letter {
    /// Adds a row that `write` writes.
    pub(super) fn add(&mut self, id: RowId, stem: &Arc<str>, write: impl FnOnce(&mut Vec<u8>)) {
        if self.rows.is_empty() {
            self.stem = stem.clone();
        }
        let start = self.text.len();
        write(&mut self.text);
        self.rows.push((id, start..self.text.len()));
    }

    /// The key of the request for some of its rows that has this body: the same in every attempt at the object that makes
    /// the same of these rows. In a batch, what the last row is called belongs to it.
    pub(super) fn idempotency_key(
        &self,
        rows: Range<usize>,
        is_batch: bool,
        body: &[u8],
    ) -> String {
        let mut key = String::from(&*self.stem);
        let rows = &self.rows[rows];
        let (first, last) = (rows.first(), rows.last());
        if let Some((id, _)) = first {
            write!(key, "-{id}").expect("memory takes what is written");
        }
        if let Some((id, _)) = last.filter(|_| is_batch) {
            write!(key, "-{id}").expect("memory takes what is written");
        }
        // Made again with another plugin or manifest, it is another request.
        write!(key, "-{:016x}", xxh3_64(body)).expect("memory takes what is written");
        key
    }

    /// The body of a request for some of its rows: an object, or an array of them.
    pub(super) fn body(&self, rows: Range<usize>, is_batch: bool) -> Vec<u8> {
        if !is_batch {
            return self.rows[rows]
                .first()
                .map_or_else(Vec::new, |(_, range)| self.text[range.clone()].to_vec());
        }
        let mut body = Vec::with_capacity(self.text.len() + self.rows.len() + 2);
        body.push(b'[');
        for (index, (_, range)) in self.rows[rows].iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&self.text[range.clone()]);
        }
        body.push(b']');
        body
    }
}
