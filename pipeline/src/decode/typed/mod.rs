//! Formats whose values have types and whose records have no text of their own: files that are read in any order, so that
//! an object is on disk before its first record is read.
//!
//! A format reads columns. What becomes of a record that is too long, of a file that breaks off, and of a reader that
//! stumbles over one, is settled here.

mod file;
#[cfg(test)]
pub(super) mod tests;

use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    HeaderText,
    batch::{BadRow, Batch, Damage, Raw},
    compression::{Compression, CompressionLimits},
    form::Form,
    format::{Opening, Start},
    reader::{Input, RecordReader},
    refusal::Refusal,
    text::most_rows,
};
use crate::columns::{Column, ColumnField};

/// A short row. No more rows are read at a time than a batch would have of such ones.
const ROW_BYTES: usize = 32;

/// The code of the damage of a file that is not what its name says, or breaks off.
const CORRUPT: &str = "corrupt_file";

/// A file of a format with types. What is wrong when it is opened refuses the object, and is damage later.
pub(super) trait RowFile: Send + Sized {
    /// Reads what describes the file.
    fn open(file: File, wanted: &Wanted) -> Result<Self, Damage>;

    /// Its columns.
    fn fields(&self) -> Arc<[ColumnField]>;

    /// The next rows, `most` at the most; none at the end.
    fn read(&mut self, most: usize) -> Result<Rows, Damage>;

    /// Passes rows, `most` at the most, and says how many there were.
    fn pass(&mut self, most: u64) -> Result<u64, Damage>;

    /// Notes what people ought to know of the file.
    fn remark(&self, form: &Form);
}

/// What a file is read for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Names and types of the pipeline's fields. None where a plugin stands before them: it gets text, whatever the format.
    pub(super) fields: Option<Vec<(String, sluice_contract::field_type::TypeName)>>,
    pub(super) max_columns: usize,
    /// How many times its own length a file may expand to.
    pub(super) max_expansion: u32,
}

/// Consecutive rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) count: usize,
    /// Their values, those of broken rows included.
    pub(super) columns: Vec<Column>,
    /// Rows that cannot be what they say.
    pub(super) broken: Vec<BadRow>,
}

impl Rows {
    /// The first `most` rows, and those after them.
    pub(super) fn split(self, most: usize) -> (Self, Option<Self>) {
        if self.count <= most {
            return (self, None);
        }
        let part = |rows: std::ops::Range<usize>| Self {
            count: rows.len(),
            columns: self
                .columns
                .iter()
                .map(|column| column.slice(rows.clone()))
                .collect(),
            broken: (self.broken.iter())
                .filter(|broken| rows.contains(&broken.row))
                .map(|broken| BadRow {
                    row: broken.row - rows.start,
                    ..broken.clone()
                })
                .collect(),
        };
        (part(0..most), Some(part(most..self.count)))
    }
}

/// The records of such a file.
pub(super) struct TypedRecords<F> {
    state: State<F>,
    fields: Arc<[ColumnField]>,
    batch_bytes: usize,
    max_record_bytes: usize,
    next_record: u64,
    /// The record before which the part ends.
    end_record: u64,
    damage: Option<Damage>,
    refusal: Option<Refusal>,
    bytes: u64,
}

enum State<F> {
    /// Nothing is read.
    Closed(Box<Closed>),
    Open(F),
    /// Nothing follows.
    Ended,
}

struct Closed {
    input: Input,
    /// What its name says.
    compression: Compression,
    limits: CompressionLimits,
    form: Form,
    wanted: Wanted,
}

impl<F: RowFile> TypedRecords<F> {
    pub(super) fn new(opening: Opening<'_>) -> Self {
        let Opening {
            pipeline,
            batch_bytes,
            start,
            form,
            input,
            ..
        } = opening;
        let limits = &pipeline.limits;
        let fields = pipeline.fields.iter();
        let typed = fields.map(|field| (field.name.clone(), field.kind.type_name()));
        let wanted = Wanted {
            fields: pipeline.plugin.is_none().then(|| typed.collect()),
            max_columns: limits.max_columns as usize,
            max_expansion: limits.max_expansion,
        };
        Self {
            state: State::Closed(Box::new(Closed {
                input,
                compression: match start {
                    Start::Object(compression) => compression,
                    // It has no text to be entered by.
                    Start::Text | Start::Behind(_) => Compression::None,
                },
                limits: CompressionLimits::of(pipeline),
                form,
                wanted,
            })),
            fields: Arc::default(),
            batch_bytes,
            max_record_bytes: limits.max_record_bytes as usize,
            next_record: 0,
            end_record: u64::MAX,
            damage: None,
            refusal: None,
            bytes: 0,
        }
    }

    /// Opens the file where it is not open. An object of no byte has no record.
    fn open(&mut self) -> io::Result<()> {
        if !matches!(self.state, State::Closed(_)) {
            return Ok(());
        }
        let State::Closed(closed) = std::mem::replace(&mut self.state, State::Ended) else {
            return Ok(());
        };
        let Closed {
            input,
            compression,
            limits,
            form,
            wanted,
        } = *closed;
        let file = match file::on_disk(input, compression, limits, form.clone())? {
            Ok(file) => file,
            Err(Damage { code, message }) => {
                self.refusal = Some(Refusal { code, message });
                return Ok(());
            }
        };
        self.bytes = file.metadata()?.len();
        if self.bytes == 0 {
            return Ok(());
        }
        match guarded(|| F::open(file, &wanted)) {
            Ok(file) => {
                file.remark(&form);
                self.fields = file.fields();
                self.state = State::Open(file);
            }
            Err(Damage { code, message }) => self.refusal = Some(Refusal { code, message }),
        }
        Ok(())
    }

    /// What `read` gets of the open file; nothing once that is damaged or at its end.
    fn ask<T: Default>(&mut self, read: impl FnOnce(&mut F) -> Result<T, Damage>) -> T {
        let State::Open(file) = &mut self.state else {
            return T::default();
        };
        guarded(|| read(file)).unwrap_or_else(|damage| {
            self.damage = Some(damage);
            self.state = State::Ended;
            T::default()
        })
    }

    /// Makes a batch of rows, without those that are broken or too long.
    fn batch(&self, rows: Rows) -> Batch {
        let mut broken = rows.broken;
        let limit = self.max_record_bytes as u64;
        if rows
            .columns
            .iter()
            .map(|column| column.values.size())
            .sum::<u64>()
            > limit
        {
            let lengths = lengths(&rows.columns, rows.count).into_iter().enumerate();
            let long = lengths.filter(|(_, length)| *length > limit);
            broken.extend(long.map(|(row, length)| BadRow {
                row,
                code: "record_too_large",
                message: format!("record too large: got {length} bytes, limit {limit} bytes"),
            }));
        }
        broken.sort_by_key(|broken| broken.row);
        broken.dedup_by_key(|broken| broken.row);
        let mut batch = Batch {
            first_record: self.next_record,
            rows: rows.count,
            fields: self.fields.clone(),
            columns: rows.columns,
            broken: Vec::new(),
            raw: Raw::Columns,
            has_header: true,
        };
        batch.break_rows(broken);
        batch
    }
}

impl<F: RowFile> RecordReader for TypedRecords<F> {
    fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        self.open()?;
        let mut pieces: Vec<Rows> = Vec::new();
        let (mut count, mut bytes) = (0, 0);
        while bytes < self.batch_bytes as u64 {
            let most = self.end_record - self.next_record - count as u64;
            // A file is read in batches of its own, which may be greater.
            let most = most.min(self.batch_bytes.div_ceil(ROW_BYTES) as u64);
            let most = most.min(most_rows(self.fields.len()).saturating_sub(count as u64));
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let rows = match most {
                0 => break,
                _ => self.ask(|file| file.read(most)),
            };
            if rows.count == 0 {
                if pieces.is_empty() {
                    self.state = State::Ended;
                }
                break;
            }
            count += rows.count;
            // Rows without any value end a batch, too.
            bytes += rows
                .columns
                .iter()
                .map(|column| column.values.size())
                .sum::<u64>();
            bytes += rows.count as u64;
            pieces.push(rows);
        }
        if count == 0 {
            return Ok(None);
        }
        let batch = self.batch(joined(pieces));
        self.next_record += batch.records();
        Ok(Some(batch))
    }

    fn skip(&mut self, most: u64) -> io::Result<bool> {
        if most == 0 {
            return Ok(false);
        }
        self.open()?;
        let passed = self.ask(|file| file.pass(most));
        self.next_record += passed;
        if passed == 0 {
            self.state = State::Ended;
        }
        Ok(passed > 0)
    }

    fn number(&mut self, first: u64, end: u64) {
        (self.next_record, self.end_record) = (first, end);
    }

    fn next_record(&self) -> u64 {
        self.next_record
    }

    fn consumed(&self) -> Option<u64> {
        None
    }

    fn is_at_end(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn columns(&self) -> Arc<[ColumnField]> {
        self.fields.clone()
    }

    fn late_columns(&self) -> &[String] {
        &[]
    }

    fn header(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn header_text(&self) -> HeaderText {
        HeaderText::default()
    }

    fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    fn decompressed_bytes(&self) -> u64 {
        self.bytes
    }
}

/// Damage of a file that is not as its format has it. `what` is said without its contents.
pub(super) fn corrupt(what: impl std::fmt::Display) -> Damage {
    Damage {
        code: CORRUPT,
        message: format!("the file is damaged or cut short: {what}"),
    }
}

/// Calls a library that reads files of strangers: where it stumbles, the file is damaged and nothing else.
fn guarded<T>(read: impl FnOnce() -> Result<T, Damage>) -> Result<T, Damage> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(corrupt("its reader stopped at it")))
}

/// Bytes of each row.
fn lengths(columns: &[Column], rows: usize) -> Vec<u64> {
    let mut lengths = vec![0; rows];
    for column in columns {
        for (row, length) in lengths.iter_mut().enumerate() {
            *length += column.bytes(row).map_or(8, <[u8]>::len) as u64;
        }
    }
    lengths
}

/// One after the other.
fn joined(mut pieces: Vec<Rows>) -> Rows {
    if pieces.len() == 1 {
        return pieces.pop().unwrap_or_default();
    }
    let mut broken = Vec::new();
    let mut count = 0;
    for piece in &mut pieces {
        let moved = std::mem::take(&mut piece.broken).into_iter();
        broken.extend(moved.map(|broken| BadRow {
            row: broken.row + count,
            ..broken
        }));
        count += piece.count;
    }
    let width = pieces.first().map_or(0, |piece| piece.columns.len());
    let columns = (0..width).map(|column| {
        let parts = pieces
            .iter()
            .map(|piece| (&piece.columns[column], piece.count));
        Column::concatenated(&parts.collect::<Vec<_>>())
    });
    Rows {
        columns: columns.collect(),
        count,
        broken,
    }
}
