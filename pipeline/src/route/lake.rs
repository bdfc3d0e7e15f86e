//! Parquet files of one object's rows, spooled to scratch disk and published when the object is complete.
//!
//! A row can still be superseded by a later one of the same object, so files stay on scratch disk until the end, and
//! those that hold superseded rows are then written once more without them.

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{Array as _, ArrayRef, RecordBatch, cast::AsArray as _};
use arrow_schema::{Schema, SchemaRef};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector},
    },
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties},
    schema::types::ColumnPath,
};
use sluice_manifest::stack::{FieldType, Lake, Pipeline};

use super::{
    SpoolError,
    partition::{Partitioner, Share},
};

/// Encoded bytes after which a row group is written out: what all open files together may keep in memory.
const BUFFERED_BYTES: usize = 8 << 20;
/// Rows after which a row group is written out.
const ROW_GROUP_ROWS: usize = 1 << 20;
/// Uncompressed bytes of a page.
const PAGE_BYTES: usize = 256 << 10;

/// Values that decide whether a column gets a dictionary.
const SAMPLED_VALUES: usize = 2048;

/// Writes one object's rows.
pub(crate) struct LakeWriter {
    partitioner: Partitioner,
    /// Columns of the files, as positions in the rows; `None` where all are.
    projection: Option<Vec<usize>>,
    schema: SchemaRef,
    pipeline: Pipeline,
    /// Chosen with the first rows.
    properties: Option<WriterProperties>,
    scratch: PathBuf,
    /// Published names are `<prefix><folder><stem>.parquet`.
    prefix: String,
    stem: String,
    files: Vec<LakeFile>,
    by_folder: BTreeMap<String, usize>,
    /// For every ordinal the file and the row in it, 8 bytes each; only where rows can be superseded.
    places: Option<BufWriter<File>>,
}

struct LakeFile {
    folder: String,
    path: PathBuf,
    writer: Option<ArrowWriter<BufWriter<File>>>,
    rows: u32,
}

/// A finished file.
pub(crate) struct Finished {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it is to be published as.
    pub(crate) name: String,
}

impl LakeWriter {
    /// Writes below `scratch`, an empty folder. `stem` is the same for every attempt at the same object.
    pub(crate) fn new(
        pipeline: &Pipeline,
        lake: &Lake,
        rows: &SchemaRef,
        scratch: &Path,
        stem: &str,
    ) -> Result<Self, SpoolError> {
        let partitioner = Partitioner::new(pipeline, lake);
        let folders = partitioner.folder_columns();
        let columns: Vec<usize> = (0..rows.fields().len())
            .filter(|column| !folders.contains(column))
            .collect();
        let fields: Vec<_> = columns
            .iter()
            .map(|column| rows.fields()[*column].clone())
            .collect();
        let places = if pipeline.key.is_empty() {
            None
        } else {
            let path = scratch.join("places");
            let file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(&path);
            Some(BufWriter::with_capacity(
                64 << 10,
                file.map_err(|error| SpoolError::io(&path, error))?,
            ))
        };
        Ok(Self {
            partitioner,
            projection: (!folders.is_empty()).then_some(columns),
            schema: Arc::new(Schema::new(fields)),
            pipeline: pipeline.clone(),
            properties: None,
            scratch: scratch.to_owned(),
            prefix: format!("lake/{}/", pipeline.name),
            stem: stem.to_owned(),
            files: Vec::new(),
            by_folder: BTreeMap::new(),
            places,
        })
    }

    /// Adds rows, whose ordinals follow those of the rows before.
    pub(crate) fn append(&mut self, rows: &RecordBatch) -> Result<(), SpoolError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        if self.properties.is_none() {
            self.properties = Some(properties(&self.pipeline, rows));
        }
        if self.partitioner.is_flat() {
            let file = self.file(String::new())?;
            let first = self.write(file, rows)?;
            return self.note((0..rows.num_rows() as u32).map(|row| (file as u32, first + row)));
        }
        let mut places = vec![
            (0, 0);
            if self.places.is_some() {
                rows.num_rows()
            } else {
                0
            }
        ];
        for Share {
            folder,
            rows: members,
        } in self.partitioner.split(rows)
        {
            let share = arrow_select::take::take_record_batch(rows, &members)
                .map_err(ParquetError::from)?;
            let file = self.file(folder)?;
            let first = self.write(file, &share)?;
            if !places.is_empty() {
                members
                    .values()
                    .iter()
                    .zip(first..)
                    .for_each(|(row, at)| places[*row as usize] = (file as u32, at));
            }
        }
        self.bound_memory()?;
        self.note(places.into_iter())
    }

    /// Closes all files, without the rows that have these ordinals.
    pub(crate) fn finish(mut self, superseded: &[u64]) -> Result<Vec<Finished>, SpoolError> {
        let gone = self.places_of(superseded)?;
        let mut finished = Vec::with_capacity(self.files.len());
        for (index, mut file) in self.files.into_iter().enumerate() {
            if let Some(writer) = file.writer.take() {
                writer.close()?;
            }
            let path = match gone.get(&(index as u32)) {
                Some(rows) if rows.len() == file.rows as usize => continue,
                Some(rows) => rewrite(&file, rows, &self.schema, self.properties.clone())?,
                None => file.path,
            };
            finished.push(Finished {
                path,
                name: format!("{}{}{}.parquet", self.prefix, file.folder, self.stem),
            });
        }
        Ok(finished)
    }

    fn file(&mut self, folder: String) -> Result<usize, SpoolError> {
        if let Some(file) = self.by_folder.get(&folder) {
            return Ok(*file);
        }
        let index = self.files.len();
        let path = self.scratch.join(format!("{index}.parquet"));
        let file = File::create(&path).map_err(|error| SpoolError::io(&path, error))?;
        let output = BufWriter::with_capacity(16 << 10, file);
        let writer = Some(ArrowWriter::try_new(
            output,
            self.schema.clone(),
            self.properties.clone(),
        )?);
        self.by_folder.insert(folder.clone(), index);
        self.files.push(LakeFile {
            folder,
            path,
            writer,
            rows: 0,
        });
        Ok(index)
    }

    /// Adds rows to a file; returns the position of the first.
    fn write(&mut self, file: usize, rows: &RecordBatch) -> Result<u32, SpoolError> {
        let projected = match &self.projection {
            Some(columns) => &rows.project(columns).map_err(ParquetError::from)?,
            None => rows,
        };
        let file = &mut self.files[file];
        let writer = file.writer.as_mut().expect("files are open until the end");
        writer.write(projected)?;
        if writer.in_progress_size() > BUFFERED_BYTES {
            writer.flush()?;
        }
        let first = file.rows;
        file.rows += rows.num_rows() as u32;
        Ok(first)
    }

    /// Writes row groups out, the largest first, while all files together keep too much in memory.
    fn bound_memory(&mut self) -> Result<(), SpoolError> {
        let size = |file: &LakeFile| {
            file.writer
                .as_ref()
                .map_or(0, ArrowWriter::in_progress_size)
        };
        let mut total: usize = self.files.iter().map(size).sum();
        while total > BUFFERED_BYTES {
            let Some(largest) = self.files.iter_mut().max_by_key(|file| size(file)) else {
                break;
            };
            total -= size(largest);
            if let Some(writer) = &mut largest.writer {
                writer.flush()?;
            }
        }
        Ok(())
    }

    fn note(&mut self, places: impl Iterator<Item = (u32, u32)>) -> Result<(), SpoolError> {
        let Some(log) = &mut self.places else {
            return Ok(());
        };
        for (file, row) in places {
            let place = u64::from(file) << 32 | u64::from(row);
            log.write_all(&place.to_le_bytes())
                .map_err(|error| SpoolError::io(&self.scratch, error))?;
        }
        Ok(())
    }

    /// The rows with these ordinals, ascending, by file.
    fn places_of(&mut self, ordinals: &[u64]) -> Result<BTreeMap<u32, Vec<u32>>, SpoolError> {
        let mut by_file: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let Some(log) = self.places.as_mut().filter(|_| !ordinals.is_empty()) else {
            return Ok(by_file);
        };
        let mut read = |log: &mut BufWriter<File>| -> std::io::Result<()> {
            log.flush()?;
            let mut file = std::io::BufReader::new(log.get_ref());
            for ordinal in ordinals {
                let mut place = [0; 8];
                file.seek(SeekFrom::Start(ordinal * 8))?;
                std::io::Read::read_exact(&mut file, &mut place)?;
                let place = u64::from_le_bytes(place);
                by_file
                    .entry((place >> 32) as u32)
                    .or_default()
                    .push(place as u32);
            }
            Ok(())
        };
        read(log).map_err(|error| SpoolError::io(&self.scratch, error))?;
        by_file.values_mut().for_each(|rows| rows.sort_unstable());
        Ok(by_file)
    }
}

fn properties(pipeline: &Pipeline, first: &RecordBatch) -> WriterProperties {
    let zstd = ZstdLevel::try_new(1).expect("a level that zstd has");
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(zstd))
        .set_created_by(concat!("sluice ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_data_page_size_limit(PAGE_BYTES)
        .set_dictionary_page_size_limit(PAGE_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for (field, values) in pipeline.fields.iter().zip(first.columns()) {
        let column = ColumnPath::from(field.name.as_str());
        if mostly_distinct(values) {
            properties = properties.set_column_dictionary_enabled(column.clone(), false);
        }
        match field.kind {
            // The smallest and greatest of free text let a query skip nothing, and finding them costs a comparison a row.
            FieldType::Text { .. } | FieldType::Json if !pipeline.key.contains(&field.name) => {
                properties =
                    properties.set_column_statistics_enabled(column, EnabledStatistics::None);
            }
            // Times are rarely equal and often close: differences are smaller than a dictionary.
            FieldType::Timestamp { .. } => {
                properties = properties
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
            }
            _ => {}
        }
    }
    properties.build()
}

/// Whether a dictionary of these texts would hold most of them, and so be given up after much work.
fn mostly_distinct(values: &ArrayRef) -> bool {
    let Some(texts) = values.as_string_opt::<i32>() else {
        return false;
    };
    let sample = texts.len().min(SAMPLED_VALUES);
    let distinct: HashSet<&str> = (0..sample).map(|row| texts.value(row)).collect();
    distinct.len() > sample / 2
}

/// Copies a file without some of its rows.
fn rewrite(
    file: &LakeFile,
    gone: &[u32],
    schema: &SchemaRef,
    properties: Option<WriterProperties>,
) -> Result<PathBuf, SpoolError> {
    let open = |path: &Path| File::open(path).map_err(|error| SpoolError::io(path, error));
    let mut selectors = Vec::new();
    let mut next = 0;
    for row in gone {
        selectors.push(RowSelector::select((row - next) as usize));
        selectors.push(RowSelector::skip(1));
        next = row + 1;
    }
    selectors.push(RowSelector::select((file.rows - next) as usize));
    let reader = ParquetRecordBatchReaderBuilder::try_new(open(&file.path)?)?
        .with_row_selection(RowSelection::from(selectors))
        .with_batch_size(8192)
        .build()?;
    let path = file.path.with_extension("rewritten.parquet");
    let output = BufWriter::new(File::create(&path).map_err(|error| SpoolError::io(&path, error))?);
    let mut writer = ArrowWriter::try_new(output, schema.clone(), properties)?;
    for batch in reader {
        let batch = batch
            .map_err(ParquetError::from)?
            .with_schema(schema.clone())
            .map_err(ParquetError::from)?;
        writer.write(&batch)?;
        if writer.in_progress_size() > BUFFERED_BYTES {
            writer.flush()?;
        }
    }
    writer.close()?;
    std::fs::remove_file(&file.path).map_err(|error| SpoolError::io(&file.path, error))?;
    Ok(path)
}
