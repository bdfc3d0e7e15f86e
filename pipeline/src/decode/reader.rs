//! What everything that reads records can do, whatever the format: one implementation a way of reading, and one row in
//! [`format`](super::format) for each.

use std::{
    fs::File,
    io::{self, Read, Seek as _},
    sync::Arc,
};

use super::{
    HeaderText,
    batch::{Batch, Damage},
    refusal::Refusal,
};
use crate::columns::ColumnField;

/// Cuts an object, or a part of one, into batches. A call costs a batch at the least, never a record.
///
/// A reader of text makes columns of text, and keeps the text. One of a format that has types makes columns of any type,
/// and batches without text ([`Raw::Columns`](super::Raw)), whose rejects are written as JSON.
pub(super) trait RecordReader: Send {
    /// The next records, or `None` at the end of the object or the part. The error is the source's.
    fn next_batch(&mut self) -> io::Result<Option<Batch>>;

    /// Passes some records, `most` at the most, without reading what is in them. False at the end, or where `most` is 0.
    fn skip(&mut self, most: u64) -> io::Result<bool>;

    /// Numbers records from `first` on, and ends before record `end`.
    fn number(&mut self, first: u64, end: u64);

    /// The number of the next record.
    fn next_record(&self) -> u64;

    /// Bytes of text before the next record; `None` where the object cannot be entered there.
    fn consumed(&self) -> Option<u64>;

    /// Whether it is known that no record follows.
    fn is_at_end(&self) -> bool;

    /// The columns of the batches so far. Known after the first batch.
    fn columns(&self) -> Arc<[ColumnField]>;

    /// Names that became no column because there are as many as may be.
    fn late_columns(&self) -> &[String];

    /// Reads what comes before the first record, and gives what tells the columns and how records are written. Empty where
    /// nothing does.
    fn header(&mut self) -> io::Result<Vec<u8>>;

    /// Where the header's text will be, without its line break.
    fn header_text(&self) -> HeaderText;

    /// Why the object could not be read to its end, if it could not. Known after the last batch.
    fn damage(&self) -> Option<&Damage>;

    /// Why nothing of the object is to be stored, if that is so. Known after the first call of [`Self::next_batch`], which
    /// gives no batch then.
    fn refusal(&self) -> Option<&Refusal>;

    /// Bytes read so far, after decompression.
    fn decompressed_bytes(&self) -> u64;
}

/// The bytes of an object, as a reader wants them.
pub enum Input {
    /// From the first to the last, once.
    Stream(Box<dyn Read + Send>),
    /// In any order.
    File(File),
}

impl From<Box<dyn Read + Send>> for Input {
    fn from(stream: Box<dyn Read + Send>) -> Self {
        Self::Stream(stream)
    }
}

impl Input {
    /// For formats that are read from the first byte to the last.
    pub fn into_stream(self) -> Box<dyn Read + Send> {
        match self {
            Self::Stream(stream) => stream,
            Self::File(file) => Box::new(file),
        }
    }

    /// For formats whose bytes are needed in another order than they come in: a stream is written to a file without a
    /// name on scratch disk first.
    pub fn into_file(self) -> io::Result<File> {
        match self {
            Self::File(file) => Ok(file),
            Self::Stream(mut stream) => {
                let mut file = tempfile::tempfile()?;
                io::copy(&mut stream, &mut file)?;
                file.rewind()?;
                Ok(file)
            }
        }
    }
}
