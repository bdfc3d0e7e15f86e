//! Apache Parquet: values go in as the types that they have.
//!
//! A column becomes what the pipeline's field of its name can be made of, and otherwise text as it is written here, which
//! the field's check reads like that of any other format. Nested values are JSON.

mod column;

use std::{fs::File, sync::Arc};

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use self::column::Source;
use super::{
    batch::Damage,
    form::Form,
    text::most_rows,
    typed::{RowFile, Rows, Wanted, corrupt},
};
use crate::columns::ColumnField;

/// Rows that are read at a time, at the most: what a value repeated by reference takes once it is written out, nobody
/// knows before.
const MOST_ROWS: u64 = 1024;

/// Bytes of rows that are read at a time, about.
const READ_BYTES: u64 = 1 << 20;

/// A Parquet file.
pub(super) struct ParquetRows {
    /// Until the first row is read.
    builder: Option<ParquetRecordBatchReaderBuilder<File>>,
    reader: Option<ParquetRecordBatchReader>,
    /// Rows that are passed before the first is read.
    offset: u64,
    /// Rows that are neither read nor passed.
    left: u64,
    batch_rows: usize,
    sources: Vec<Source>,
    fields: Arc<[ColumnField]>,
    /// What is left of a batch that was read.
    rest: Option<RecordBatch>,
}

impl RowFile for ParquetRows {
    fn open(file: File, wanted: &Wanted) -> Result<Self, Damage> {
        let bytes = file.metadata().map_err(corrupt)?.len();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(corrupt)?;
        let metadata = builder.metadata();
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        let expanded = metadata.row_groups().iter();
        let expanded: u64 = expanded
            .map(|group| u64::try_from(group.total_byte_size()).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add);
        super::compression::may_expand(expanded, bytes, wanted.max_expansion)?;
        let columns = builder.schema().fields();
        if columns.len() > wanted.max_columns {
            return Err(Damage {
                code: "too_many_columns",
                message: format!(
                    "the file has {} columns, limit {}",
                    columns.len(),
                    wanted.max_columns
                ),
            });
        }
        let sources: Vec<Source> = columns
            .iter()
            .map(|field| Source::new(field, wanted))
            .collect();
        let fields = sources.iter().map(Source::field).collect();
        let row_bytes = expanded.checked_div(rows).unwrap_or(0).max(1);
        Ok(Self {
            builder: Some(builder),
            reader: None,
            offset: 0,
            left: rows,
            batch_rows: (READ_BYTES / row_bytes)
                .min(most_rows(sources.len()))
                .clamp(1, MOST_ROWS) as usize,
            sources,
            fields,
            rest: None,
        })
    }

    fn fields(&self) -> Arc<[ColumnField]> {
        self.fields.clone()
    }

    fn read(&mut self, most: usize) -> Result<Rows, Damage> {
        let Some(batch) = self.take(most)? else {
            return Ok(Rows::default());
        };
        let mut rows = Rows {
            count: batch.num_rows(),
            ..Rows::default()
        };
        for (source, array) in self.sources.iter().zip(batch.columns()) {
            let column = source.read(array, &mut rows.broken)?;
            rows.columns.push(column);
        }
        Ok(rows)
    }

    fn pass(&mut self, most: u64) -> Result<u64, Damage> {
        if self.builder.is_some() {
            let passed = most.min(self.left);
            self.offset += passed;
            self.left -= passed;
            return Ok(passed);
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.take(most)?.map_or(0, |batch| batch.num_rows() as u64))
    }

    fn remark(&self, _form: &Form) {}
}

impl ParquetRows {
    /// The next rows as they are in the file.
    fn take(&mut self, most: usize) -> Result<Option<RecordBatch>, Damage> {
        if let Some(builder) = self.builder.take() {
            let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
            let builder = builder.with_offset(offset).with_batch_size(self.batch_rows);
            self.reader = Some(builder.build().map_err(corrupt)?);
        }
        let batch = match (self.rest.take(), &mut self.reader) {
            (Some(rest), _) => Some(rest),
            (None, Some(reader)) => reader.next().transpose().map_err(corrupt)?,
            (None, None) => None,
        };
        let Some(batch) = batch else {
            // Fewer rows than the file says that it has are rows that are lost.
            return match self.left {
                0 => Ok(None),
                left => Err(corrupt(format_args!("{left} rows are missing at its end"))),
            };
        };
        let batch = if batch.num_rows() > most {
            self.rest = Some(batch.slice(most, batch.num_rows() - most));
            batch.slice(0, most)
        } else {
            batch
        };
        self.left = self.left.saturating_sub(batch.num_rows() as u64);
        Ok(Some(batch))
    }
}
