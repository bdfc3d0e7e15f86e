//! Parquet files of one object's rows, spooled to scratch disk and published when the object is complete.
//!
//! A row can still be superseded by a later one of the same object, so files stay on scratch disk until the end, and
//! those that hold superseded rows are then written once more without them.
//!
//! There is one file a folder, whatever their number. No more than a few hundred are open at any time: what was not
//! written to for a while is sealed and goes on in a further segment when it must. Where too many are in use at once, as
//! in an object without any order, rows of the other folders are spooled together and sorted into files at the end.

mod encoding;
mod places;
mod row_file;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use parquet::{errors::ParquetError, file::properties::WriterProperties};
use sluice_manifest::stack::{Lake, Pipeline};

use self::{
    places::{Gone, Places, place},
    row_file::RowFile,
};
use super::{
    SpoolError,
    partition::{Partitioner, Share},
};

/// Encoded bytes after which a row group is written out: what all open files together may keep in memory.
const BUFFERED_BYTES: usize = 8 << 20;
/// Column chunks of ended row groups that all open files together may remember, about 1 KB each.
const REMEMBERED_CHUNKS: usize = 16 << 10;
/// Batches after which a file that was not written to is sealed where another needs its place.
const IDLE_BATCHES: u64 = 32;
/// Folders of one object, at the most.
const MAX_FOLDERS: usize = 16_384;

/// Writes one object's rows.
pub(super) struct LakeWriter {
    pipeline: Pipeline,
    partitioner: Partitioner,
    /// Columns of the files, as positions in the rows; `None` where all are.
    projection: Option<Vec<usize>>,
    schema: SchemaRef,
    /// Chosen with the first rows.
    properties: Option<Arc<WriterProperties>>,
    scratch: PathBuf,
    /// Published names are `<prefix><folder><stem>.parquet`.
    prefix: String,
    stem: String,
    /// Folders of which the files may be open at the same time; also how many of the others are spooled together.
    open_folders: usize,
    batch: u64,
    folders: Vec<Folder>,
    by_folder: HashMap<String, u32>,
    /// Folders of which the files are open.
    open: Vec<u32>,
    /// Whole rows of folders that found no place among the open ones.
    spools: Vec<RowFile>,
    spooled_folders: usize,
    /// Only where rows can be superseded.
    places: Option<Places>,
}

struct Folder {
    name: String,
    rows: u64,
    /// The batch of its latest rows.
    used: u64,
    file: RowFile,
    /// Where its rows go from the first one on that found its file closed and no place to open it.
    spool: Option<u32>,
}

/// A finished file.
pub(super) struct Finished {
    /// Where it is.
    pub(super) path: PathBuf,
    /// What it is to be published as.
    pub(super) name: String,
    /// How many rows it says it has.
    pub(super) rows: u64,
}

impl LakeWriter {
    /// Writes below `scratch`, an empty folder. `stem` is the same for every attempt at the same object.
    pub(super) fn new(
        pipeline: &Pipeline,
        lake: &Lake,
        rows: &SchemaRef,
        scratch: &Path,
        stem: &str,
        open_folders: usize,
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
        let has_versions = !pipeline.key.is_empty();
        Ok(Self {
            pipeline: pipeline.clone(),
            partitioner,
            projection: (!folders.is_empty()).then_some(columns),
            schema: Arc::new(Schema::new(fields)),
            properties: None,
            scratch: scratch.to_owned(),
            prefix: format!("lake/{}/", pipeline.name),
            stem: stem.to_owned(),
            open_folders,
            batch: 0,
            folders: Vec::new(),
            by_folder: HashMap::new(),
            open: Vec::new(),
            spools: Vec::new(),
            spooled_folders: 0,
            places: has_versions.then(|| Places::new(scratch)).transpose()?,
        })
    }

    /// Adds rows, whose ordinals follow those of the rows before.
    pub(super) fn append(&mut self, rows: &RecordBatch) -> Result<(), SpoolError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        if self.properties.is_none() {
            self.properties = Some(Arc::new(encoding::properties(&self.pipeline, rows)));
        }
        self.batch += 1;
        if self.partitioner.is_flat() {
            let first = self.write(String::new(), rows)?;
            self.bound_memory()?;
            return match &mut self.places {
                Some(places) => places.note(first..first + rows.num_rows() as u64),
                None => Ok(()),
            };
        }
        let noted = self.places.as_ref().map_or(0, |_| rows.num_rows());
        let mut noted = vec![0; noted];
        for Share {
            folder,
            rows: members,
        } in self.partitioner.split(rows)
        {
            let share = arrow_select::take::take_record_batch(rows, &members)
                .map_err(ParquetError::from)?;
            let first = self.write(folder, &share)?;
            if !noted.is_empty() {
                let places = members.values().iter().zip(first..);
                places.for_each(|(row, place)| noted[*row as usize] = place);
            }
        }
        self.bound_memory()?;
        match &mut self.places {
            Some(places) => places.note(noted.into_iter()),
            None => Ok(()),
        }
    }

    /// The row with this ordinal is superfluous. Ordinals ascend, and no rows are added any more.
    pub(super) fn lose(&mut self, ordinal: u64) -> Result<(), SpoolError> {
        match &mut self.places {
            Some(places) => places.lose(ordinal),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(super) fn open_files(&self) -> usize {
        let files = self.folders.iter().map(|folder| &folder.file);
        files
            .chain(&self.spools)
            .filter(|file| file.is_open())
            .count()
    }

    /// Closes all files, without the rows that are lost.
    pub(super) fn finish(mut self) -> Result<Vec<Finished>, SpoolError> {
        self.seal_open()?;
        for spool in std::mem::take(&mut self.spools) {
            self.unspool(spool)?;
        }
        let mut gone = Gone::new(self.places.take())?;
        let folders = std::mem::take(&mut self.folders).into_iter().enumerate();
        let finish = |(number, folder)| self.finish_folder(number, folder, &mut gone).transpose();
        folders.filter_map(finish).collect()
    }

    /// Adds rows of one folder; returns the place of the first.
    fn write(&mut self, name: String, rows: &RecordBatch) -> Result<u64, SpoolError> {
        let number = self.folder(name)?;
        let folder = &self.folders[number];
        if folder.spool.is_none() && !folder.file.is_open() {
            if self.make_room()? {
                self.open.push(number as u32);
            } else {
                self.folders[number].spool = Some(self.next_spool());
            }
        }
        let folder = &mut self.folders[number];
        match folder.spool {
            Some(spool) => self.spools[spool as usize].write(rows)?,
            None => folder
                .file
                .write(&project(self.projection.as_deref(), rows)?)?,
        }
        let first = folder.rows;
        folder.used = self.batch;
        folder.rows += rows.num_rows() as u64;
        Ok(place(number as u32, first))
    }

    /// The number of a folder.
    fn folder(&mut self, name: String) -> Result<usize, SpoolError> {
        if let Some(folder) = self.by_folder.get(&name) {
            return Ok(*folder as usize);
        }
        let number = self.folders.len();
        if number == MAX_FOLDERS {
            return Err(SpoolError::TooManyFolders {
                pipeline: self.pipeline.name.clone(),
                limit: MAX_FOLDERS,
            });
        }
        self.by_folder.insert(name.clone(), number as u32);
        self.folders.push(Folder {
            name,
            rows: 0,
            used: self.batch,
            file: self.row_file(&format!("folder-{number}"), self.schema.clone()),
            spool: None,
        });
        Ok(number)
    }

    fn row_file(&self, name: &str, schema: SchemaRef) -> RowFile {
        let properties = self.properties.clone().expect("chosen with the first rows");
        RowFile::new(self.scratch.join(name), schema, properties)
    }

    /// Whether one more file may be opened.
    fn make_room(&mut self) -> Result<bool, SpoolError> {
        if self.open.len() < self.open_folders {
            return Ok(true);
        }
        let used = |open: &usize| self.folders[self.open[*open] as usize].used;
        let Some(oldest) = (0..self.open.len()).min_by_key(used) else {
            return Ok(true);
        };
        if used(&oldest) + IDLE_BATCHES > self.batch {
            return Ok(false);
        }
        let folder = self.open.swap_remove(oldest);
        self.folders[folder as usize].file.seal()?;
        Ok(true)
    }

    /// The spool of one more folder.
    fn next_spool(&mut self) -> u32 {
        let spool = self.spooled_folders / self.open_folders;
        self.spooled_folders += 1;
        if spool == self.spools.len() {
            let schema = crate::check::table_schema(&self.pipeline);
            self.spools
                .push(self.row_file(&format!("spool-{spool}"), schema));
        }
        spool as u32
    }

    /// Writes row groups out, the largest first, while all open files together keep too much in memory.
    fn bound_memory(&mut self) -> Result<(), SpoolError> {
        let mut files: Vec<&mut RowFile> = self
            .folders
            .iter_mut()
            .map(|folder| &mut folder.file)
            .chain(&mut self.spools)
            .filter(|file| file.is_open())
            .collect();
        let mut bytes: usize = files.iter().map(|file| file.in_progress_bytes()).sum();
        while bytes > BUFFERED_BYTES {
            let Some(largest) = files.iter_mut().max_by_key(|file| file.in_progress_bytes()) else {
                break;
            };
            bytes -= largest.in_progress_bytes();
            largest.flush()?;
        }
        let mut chunks: usize = files.iter().map(|file| file.chunks()).sum();
        while chunks > REMEMBERED_CHUNKS {
            let Some(longest) = files.iter_mut().max_by_key(|file| file.chunks()) else {
                break;
            };
            chunks -= longest.chunks();
            longest.seal()?;
        }
        self.open
            .retain(|folder| self.folders[*folder as usize].file.is_open());
        Ok(())
    }

    fn seal_open(&mut self) -> Result<(), SpoolError> {
        for folder in self.open.drain(..) {
            self.folders[folder as usize].file.seal()?;
        }
        self.spools.iter_mut().try_for_each(RowFile::seal)
    }

    /// Sorts the rows of a spool into the files of its folders.
    fn unspool(&mut self, spool: RowFile) -> Result<(), SpoolError> {
        let mut rows = spool.read()?;
        while let Some(rows) = rows.next()? {
            for Share {
                folder,
                rows: members,
            } in self.partitioner.split(&rows)
            {
                let share = arrow_select::take::take_record_batch(&rows, &members)
                    .map_err(ParquetError::from)?;
                let number = self.folder(folder)?;
                let file = &mut self.folders[number].file;
                if !file.is_open() {
                    self.open.push(number as u32);
                }
                file.write(&project(self.projection.as_deref(), &share)?)?;
            }
            self.bound_memory()?;
        }
        self.seal_open()
    }

    /// The file of a folder without the rows that are gone; `None` where none is left.
    fn finish_folder(
        &self,
        number: usize,
        folder: Folder,
        gone: &mut Gone,
    ) -> Result<Option<Finished>, SpoolError> {
        let Folder {
            name, rows, file, ..
        } = folder;
        let name = format!("{}{name}{}.parquet", self.prefix, self.stem);
        let lost = gone.of_file(number as u32);
        if lost == rows {
            return file.remove().map(|()| None);
        }
        if let (0, Some(path)) = (lost, file.single()) {
            let (path, rows) = (path.to_owned(), file.sealed());
            return Ok(Some(Finished { path, name, rows }));
        }
        let mut again = self.row_file(&format!("folder-{number}-again"), self.schema.clone());
        let (mut left, mut first) = (file.read()?, 0);
        while let Some(rows) = left.next()? {
            let stays = gone.stays(number as u32, first, rows.num_rows())?;
            first += rows.num_rows() as u64;
            let rows = arrow_select::filter::filter_record_batch(&rows, &BooleanArray::from(stays))
                .map_err(ParquetError::from)?;
            again.write(&rows)?;
            if again.in_progress_bytes() > BUFFERED_BYTES {
                again.flush()?;
            }
        }
        again.seal()?;
        let rows = again.sealed();
        let path = again.single().map(Path::to_owned);
        Ok(path.map(|path| Finished { path, name, rows }))
    }
}

fn project(columns: Option<&[usize]>, rows: &RecordBatch) -> Result<RecordBatch, SpoolError> {
    match columns {
        Some(columns) => Ok(rows.project(columns).map_err(ParquetError::from)?),
        None => Ok(rows.clone()),
    }
}
