//! Rows on scratch disk as Parquet, in the order in which they came.
//!
//! What a Parquet writer knows of its row groups grows with them. So a file can be sealed, and goes on in a further
//! segment; its reader does not notice.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    errors::ParquetError,
    file::properties::WriterProperties,
};

use crate::spool::SpoolError;

/// Rows that are read at once.
const READ_ROWS: usize = 8192;

/// Rows of one schema.
pub(super) struct RowFile {
    /// Of the segments, without number and ending.
    path: PathBuf,
    schema: SchemaRef,
    properties: Arc<WriterProperties>,
    writer: Option<ArrowWriter<BufWriter<File>>>,
    segments: Vec<PathBuf>,
    sealed: u64,
}

impl RowFile {
    /// An empty one. Segments are named after `path`.
    pub(super) fn new(path: PathBuf, schema: SchemaRef, properties: Arc<WriterProperties>) -> Self {
        Self {
            path,
            schema,
            properties,
            writer: None,
            segments: Vec::new(),
            sealed: 0,
        }
    }

    /// Adds rows.
    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<(), SpoolError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let path = self
                    .path
                    .with_extension(format!("{}.parquet", self.segments.len()));
                let file = File::create(&path).map_err(|error| SpoolError::io(&path, error))?;
                self.segments.push(path);
                let output = BufWriter::with_capacity(16 << 10, file);
                let properties = Some(self.properties.as_ref().clone());
                self.writer.insert(ArrowWriter::try_new(
                    output,
                    self.schema.clone(),
                    properties,
                )?)
            }
        };
        writer.write(rows)?;
        Ok(())
    }

    /// Whether a segment is being written.
    pub(super) fn is_open(&self) -> bool {
        self.writer.is_some()
    }

    /// Encoded bytes that are in memory.
    pub(super) fn in_progress_bytes(&self) -> usize {
        self.writer
            .as_ref()
            .map_or(0, ArrowWriter::in_progress_size)
    }

    /// Bytes of the segment that is being written, those in memory as encoded so far.
    pub(super) fn bytes(&self) -> usize {
        self.writer.as_ref().map_or(0, |writer| {
            writer.bytes_written() + writer.in_progress_size()
        })
    }

    /// Ends a row group.
    pub(super) fn flush(&mut self) -> Result<(), SpoolError> {
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        Ok(())
    }

    /// Columns of ended row groups that the writer remembers.
    pub(super) fn chunks(&self) -> usize {
        let groups = |writer: &ArrowWriter<_>| writer.flushed_row_groups().len();
        self.writer.as_ref().map_or(0, groups) * self.schema.fields().len()
    }

    /// Ends the segment, and gives back all memory.
    pub(super) fn seal(&mut self) -> Result<(), SpoolError> {
        if let Some(writer) = self.writer.take() {
            self.sealed += writer.close()?.file_metadata().num_rows() as u64;
        }
        Ok(())
    }

    /// Rows that are in its segments, as these say themselves.
    pub(super) fn sealed(&self) -> u64 {
        self.sealed
    }

    /// The file, where there is one segment; it is sealed.
    pub(super) fn single(&self) -> Option<&Path> {
        match self.segments.as_slice() {
            [path] if self.writer.is_none() => Some(path),
            _ => None,
        }
    }

    /// The files of all segments, which are sealed.
    pub(super) fn into_segments(self) -> Vec<PathBuf> {
        self.segments
    }

    /// Reads everything back and removes what was read.
    pub(super) fn read(mut self) -> Result<Rows, SpoolError> {
        self.seal()?;
        Ok(Rows {
            schema: self.schema,
            segments: self.segments.into_iter(),
            reader: None,
        })
    }

    /// Removes it.
    pub(super) fn remove(self) -> Result<(), SpoolError> {
        drop(self.writer);
        self.segments.iter().try_for_each(|path| remove(path))
    }
}

/// Rows as they come back.
pub(super) struct Rows {
    schema: SchemaRef,
    segments: std::vec::IntoIter<PathBuf>,
    reader: Option<(PathBuf, ParquetRecordBatchReader)>,
}

impl Rows {
    /// The next rows.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, SpoolError> {
        loop {
            if let Some((path, reader)) = &mut self.reader {
                if let Some(rows) = reader.next() {
                    let rows = rows.and_then(|rows| rows.with_schema(self.schema.clone()));
                    return Ok(Some(rows.map_err(ParquetError::from)?));
                }
                remove(path)?;
                self.reader = None;
            }
            let Some(path) = self.segments.next() else {
                return Ok(None);
            };
            let file = File::open(&path).map_err(|error| SpoolError::io(&path, error))?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file)?
                .with_batch_size(READ_ROWS)
                .build()?;
            self.reader = Some((path, reader));
        }
    }
}

fn remove(path: &Path) -> Result<(), SpoolError> {
    std::fs::remove_file(path).map_err(|error| SpoolError::io(path, error))
}
