//! The files of one folder as few: the same rows, and of records with a key the newest version alone.
//!
//! Files come in the order in which they arrived, so that of equal versions the last one is newest, as it is for queries
//! over the files themselves. Where there is a key, all files are looked at before any is written. Where the files lie, and
//! how queries find those that come out, is not known here.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, hash_map::Entry},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{Array as _, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, Field as ArrowField, Schema, SchemaRef};
use bytes::Bytes;
use parquet::{
    arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    errors::ParquetError,
};
use sluice_contract::{
    catalog,
    stack::{Lake, Pipeline},
};

use super::{encoding, folders::BUFFERED_BYTES, row_file::RowFile};
use crate::{check::arrow_type, route::Identity, spool::SpoolError};

/// Encoded bytes after which a row group is written out: more than where several files are open.
const ROW_GROUP_BYTES: usize = 8 * BUFFERED_BYTES;

/// Bytes of a file that is made, about: what engines like to read.
const FILE_BYTES: usize = 256 << 20;

/// Rows that are read at once.
const READ_ROWS: usize = 8192;

/// Keys that are remembered, at the most: about 64 bytes each.
const MOST_KEYS: usize = 16_000_000;

/// Why the files of a folder cannot become few. They stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// A file is no Parquet, or is damaged.
    #[error("file {file} of the folder cannot be read: {source}")]
    Unreadable {
        /// Its number, counted from 1.
        file: usize,
        /// Why.
        source: ParquetError,
    },
    /// A column of a file is of another type than the manifest says.
    #[error(
        "file {file} of the folder has column `{column}` as {found}, and the manifest as {declared}"
    )]
    OtherType {
        /// Its number, counted from 1.
        file: usize,
        /// The column.
        column: String,
        /// The type in the file.
        found: String,
        /// The type of the field.
        declared: String,
    },
    /// There are too many keys to remember.
    #[error(
        "the folder has more than {MOST_KEYS} keys; let `partition_by` tell more folders apart"
    )]
    TooManyKeys,
    /// Scratch disk failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// Makes few files of a folder's many.
pub struct Compactor {
    /// The pipeline without the fields that are folders.
    pipeline: Pipeline,
    schema: SchemaRef,
    /// Which version of each key is newest, where records have a key.
    versions: Option<Newest>,
    output: Output,
}

/// The newest version of every key.
struct Newest {
    identity: Identity,
    /// The columns of the key.
    key: Vec<usize>,
    seed: u64,
    places: HashMap<u128, Place>,
}

/// Where a version is, and which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    version: i64,
    file: u32,
    row: u32,
}

/// The files that are made.
struct Output {
    scratch: PathBuf,
    file: Option<RowFile>,
    sealed: Vec<PathBuf>,
    rows: u64,
}

impl Compactor {
    /// For one folder of a lake. `scratch` is an empty folder. Nobody can make keys collide who does not know the seed.
    pub fn new(pipeline: &Pipeline, lake: &Lake, scratch: &Path, seed: u64) -> Self {
        let fields: Vec<_> = catalog::columns(pipeline, lake).cloned().collect();
        let is_column = |name: &String| fields.iter().any(|field| field.name == *name);
        let mut of_folder = pipeline.clone();
        // What is the same for all records of a folder tells none of them apart.
        of_folder.key.retain(is_column);
        of_folder.order_by = pipeline.order_by.clone().filter(is_column);
        let schema = fields
            .iter()
            .map(|field| ArrowField::new(&field.name, arrow_type(&field.kind), true));
        let schema = Arc::new(Schema::new(schema.collect::<Vec<_>>()));
        of_folder.fields = fields;
        let position = |name: &String| {
            let mut fields = of_folder.fields.iter();
            fields.position(|field| field.name == *name)
        };
        let key: Vec<usize> = of_folder.key.iter().filter_map(position).collect();
        let versions = Identity::new(&of_folder).map(|identity| Newest {
            identity,
            key,
            seed,
            places: HashMap::new(),
        });
        Self {
            pipeline: of_folder,
            schema,
            versions,
            output: Output {
                scratch: scratch.to_owned(),
                file: None,
                sealed: Vec::new(),
                rows: 0,
            },
        }
    }

    /// Whether every file has to be [looked at](Self::look) before any is added.
    pub fn looks_first(&self) -> bool {
        self.versions.is_some()
    }

    /// Looks for the newest versions in a file. Files are numbered in the order in which they arrived, from 0.
    pub fn look(&mut self, file: u32, bytes: &Bytes) -> Result<(), CompactError> {
        let Some(newest) = &mut self.versions else {
            return Ok(());
        };
        let mut first = 0;
        for rows in Rows::of(file, bytes, &self.schema)? {
            let rows = rows?;
            newest.note(file, first, &rows)?;
            first += rows.num_rows() as u32;
        }
        Ok(())
    }

    /// Adds the rows of a file, without older versions of others.
    pub fn add(&mut self, file: u32, bytes: &Bytes) -> Result<(), CompactError> {
        let mut first = 0;
        for rows in Rows::of(file, bytes, &self.schema)? {
            let mut rows = rows?;
            let read = rows.num_rows() as u32;
            if let Some(newest) = &self.versions {
                let stays = BooleanArray::from(newest.stays(file, first, &rows));
                rows = arrow_select::filter::filter_record_batch(&rows, &stays)
                    .map_err(|error| unreadable(file, error))?;
            }
            first += read;
            self.output.write(&self.pipeline, &self.schema, &rows)?;
        }
        Ok(())
    }

    /// The files that are complete by now. They are removed when they are no longer needed.
    pub fn take_finished(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.output.sealed)
    }

    /// Ends. The last files, and how many rows there are in all.
    pub fn finish(mut self) -> Result<(Vec<PathBuf>, u64), CompactError> {
        self.output.seal()?;
        Ok((self.output.sealed, self.output.rows))
    }
}

impl Newest {
    fn note(&mut self, file: u32, first: u32, rows: &RecordBatch) -> Result<(), CompactError> {
        let versions = self.identity.versions(rows);
        let hashes = self.identity.hashes(rows, self.seed);
        for (hash, row) in hashes.into_iter().zip(0..) {
            if self.has_no_key(rows, row) {
                continue;
            }
            let place = Place {
                version: versions.get(row).copied().unwrap_or(0),
                file,
                row: first + row as u32,
            };
            match self.places.entry(hash) {
                Entry::Occupied(mut known) if known.get().version <= place.version => {
                    known.insert(place);
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(free) => {
                    free.insert(place);
                }
            }
        }
        match self.places.len() > MOST_KEYS {
            true => Err(CompactError::TooManyKeys),
            false => Ok(()),
        }
    }

    /// Which rows are the newest versions of their keys.
    fn stays(&self, file: u32, first: u32, rows: &RecordBatch) -> Vec<bool> {
        let hashes = self.identity.hashes(rows, self.seed);
        let stays = hashes.into_iter().zip(0..).map(|(hash, row)| {
            let newest = self.places.get(&hash);
            let is_newest =
                newest.is_some_and(|place| (place.file, place.row) == (file, first + row as u32));
            is_newest || self.has_no_key(rows, row)
        });
        stays.collect()
    }

    /// Whether a row is from before a field of the key came into the manifest. Such rows are all different.
    fn has_no_key(&self, rows: &RecordBatch, row: usize) -> bool {
        let mut key = self.key.iter();
        key.any(|column| rows.column(*column).is_null(row))
    }
}

impl Output {
    fn write(
        &mut self,
        pipeline: &Pipeline,
        schema: &SchemaRef,
        rows: &RecordBatch,
    ) -> Result<(), SpoolError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let file = self.file.get_or_insert_with(|| {
            let properties = Arc::new(encoding::properties(pipeline, rows));
            let path = self
                .scratch
                .join(format!("compacted-{}", self.sealed.len()));
            RowFile::new(path, schema.clone(), properties)
        });
        file.write(rows)?;
        self.rows += rows.num_rows() as u64;
        if file.in_progress_bytes() > ROW_GROUP_BYTES {
            file.flush()?;
        }
        if file.bytes() > FILE_BYTES {
            self.seal()?;
        }
        Ok(())
    }

    fn seal(&mut self) -> Result<(), SpoolError> {
        if let Some(mut file) = self.file.take() {
            file.seal()?;
            self.sealed.extend(file.into_segments());
        }
        Ok(())
    }
}

/// The rows of a file as the manifest has them today.
struct Rows<'a> {
    file: u32,
    reader: ParquetRecordBatchReader,
    schema: &'a SchemaRef,
}

impl<'a> Rows<'a> {
    fn of(file: u32, bytes: &Bytes, schema: &'a SchemaRef) -> Result<Self, CompactError> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())
            .and_then(|builder| builder.with_batch_size(READ_ROWS).build());
        let reader = reader.map_err(|source| CompactError::Unreadable {
            file: number(file),
            source,
        })?;
        Ok(Self {
            file,
            reader,
            schema,
        })
    }

    /// Columns by name. One that came into the manifest later is null; one that left it is left out.
    fn fit(&self, rows: &RecordBatch) -> Result<RecordBatch, CompactError> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let Some(column) = rows.column_by_name(field.name()) else {
                columns.push(new_null_array(field.data_type(), rows.num_rows()));
                continue;
            };
            if column.data_type() != field.data_type() {
                return Err(CompactError::OtherType {
                    file: number(self.file),
                    column: field.name().clone(),
                    found: column.data_type().to_string(),
                    declared: field.data_type().to_string(),
                });
            }
            columns.push(column.clone());
        }
        RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|error| unreadable(self.file, error))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, CompactError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.reader.next()?;
        let rows = rows.map_err(|error| unreadable(self.file, error));
        Some(rows.and_then(|rows| self.fit(&rows)))
    }
}

fn unreadable(file: u32, error: ArrowError) -> CompactError {
    CompactError::Unreadable {
        file: number(file),
        source: error.into(),
    }
}

/// As people count.
fn number(file: u32) -> usize {
    file as usize + 1
}
