//! The files of an object's lake folders while rows come, so that few are open and memory is bounded.
//!
//! There is one file a folder. What was not written to for a while gives back its memory first and then its place among
//! the open files; it goes on in a further segment when it must. Where too many folders are in use at once, as in an
//! object without any order, rows of the others are spooled together and sorted into files at the end.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::{errors::ParquetError, file::properties::WriterProperties};

use super::{partition::Partitioner, places::place, row_file::RowFile};
use crate::spool::SpoolError;

/// Encoded bytes after which a row group is written out: what all open files together may keep in memory.
pub(super) const BUFFERED_BYTES: usize = 8 << 20;
/// Column chunks of ended row groups that all open files together may remember, about 1 KB each.
const REMEMBERED_CHUNKS: usize = 16 << 10;
/// Batches after which a file that was not written to gives back its memory: half a megabyte for its dictionaries alone.
const QUIET_BATCHES: u64 = 8;
/// Batches after which it is sealed where another needs its place.
const IDLE_BATCHES: u64 = 32;
/// Folders of one object, at the most.
const MAX_FOLDERS: usize = 16_384;

/// How files are written.
pub(super) struct Layout {
    pub(super) pipeline: String,
    pub(super) scratch: PathBuf,
    /// Columns of the files, as positions in the rows; `None` where all are.
    pub(super) projection: Option<Vec<usize>>,
    pub(super) schema: SchemaRef,
    pub(super) properties: Arc<WriterProperties>,
    /// The schema and properties of whole rows in a spool.
    pub(super) spool_schema: SchemaRef,
    pub(super) spool_properties: Arc<WriterProperties>,
}

/// The files of all folders.
pub(super) struct Folders {
    layout: Layout,
    /// Folders of which the files may be open at the same time; also how many of the others are spooled together.
    most_open: usize,
    batch: u64,
    folders: Vec<Folder>,
    by_name: HashMap<String, u32>,
    /// Folders of which the files are open.
    open: Vec<u32>,
    /// Whole rows of folders that found no place among the open ones.
    spools: Vec<RowFile>,
    spooled_folders: usize,
}

/// One folder's rows.
pub(super) struct Folder {
    /// Such as `submitted_at_day=2026-11-22/`.
    pub(super) name: String,
    /// Rows that it was given.
    pub(super) rows: u64,
    pub(super) file: RowFile,
    /// The batch of its latest rows.
    used: u64,
    /// Where its rows go from the first one on that found its file closed and no place to open it.
    spool: Option<u32>,
}

impl Layout {
    /// An empty file for rows of a folder.
    pub(super) fn row_file(&self, name: &str) -> RowFile {
        let path = self.scratch.join(name);
        RowFile::new(path, self.schema.clone(), self.properties.clone())
    }

    fn project(&self, rows: &RecordBatch) -> Result<RecordBatch, SpoolError> {
        match &self.projection {
            Some(columns) => Ok(rows.project(columns).map_err(ParquetError::from)?),
            None => Ok(rows.clone()),
        }
    }
}

impl Folders {
    pub(super) fn new(layout: Layout, most_open: usize) -> Self {
        Self {
            layout,
            most_open,
            batch: 0,
            folders: Vec::new(),
            by_name: HashMap::new(),
            open: Vec::new(),
            spools: Vec::new(),
            spooled_folders: 0,
        }
    }

    /// Adds rows of one folder; returns the place of the first.
    pub(super) fn write(&mut self, name: String, rows: &RecordBatch) -> Result<u64, SpoolError> {
        let number = self.number(name)?;
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
            None => folder.file.write(&self.layout.project(rows)?)?,
        }
        let first = folder.rows;
        folder.used = self.batch;
        folder.rows += rows.num_rows() as u64;
        Ok(place(number as u32, first))
    }

    /// Ends a batch, and writes out what memory should not keep.
    pub(super) fn end_batch(&mut self) -> Result<(), SpoolError> {
        for number in &self.open {
            let folder = &mut self.folders[*number as usize];
            if folder.used + QUIET_BATCHES == self.batch {
                folder.file.flush()?;
            }
        }
        self.batch += 1;
        self.bound_memory()
    }

    /// Closes all files.
    pub(super) fn finish(
        mut self,
        partitioner: &Partitioner,
    ) -> Result<(Layout, Vec<Folder>), SpoolError> {
        self.seal_open()?;
        for spool in std::mem::take(&mut self.spools) {
            self.unspool(spool, partitioner)?;
        }
        Ok((self.layout, self.folders))
    }

    #[cfg(test)]
    pub(super) fn open_files(&self) -> usize {
        let files = self.folders.iter().map(|folder| &folder.file);
        files
            .chain(&self.spools)
            .filter(|file| file.is_open())
            .count()
    }

    fn number(&mut self, name: String) -> Result<usize, SpoolError> {
        if let Some(number) = self.by_name.get(&name) {
            return Ok(*number as usize);
        }
        let number = self.folders.len();
        if number == MAX_FOLDERS {
            return Err(SpoolError::TooManyFolders {
                pipeline: self.layout.pipeline.clone(),
                limit: MAX_FOLDERS,
            });
        }
        self.by_name.insert(name.clone(), number as u32);
        self.folders.push(Folder {
            name,
            rows: 0,
            used: self.batch,
            file: self.layout.row_file(&format!("folder-{number}")),
            spool: None,
        });
        Ok(number)
    }

    /// Whether one more file may be opened.
    fn make_room(&mut self) -> Result<bool, SpoolError> {
        if self.open.len() < self.most_open {
            return Ok(true);
        }
        let used = |open: &usize| self.folders[self.open[*open] as usize].used;
        let Some(oldest) = (0..self.open.len()).min_by_key(used) else {
            return Ok(true);
        };
        if used(&oldest) + IDLE_BATCHES > self.batch {
            return Ok(false);
        }
        let number = self.open.swap_remove(oldest);
        self.folders[number as usize].file.seal()?;
        Ok(true)
    }

    /// The spool of one more folder.
    fn next_spool(&mut self) -> u32 {
        let spool = self.spooled_folders / self.most_open;
        self.spooled_folders += 1;
        if spool == self.spools.len() {
            let path = self.layout.scratch.join(format!("spool-{spool}"));
            let Layout {
                spool_schema,
                spool_properties,
                ..
            } = &self.layout;
            self.spools.push(RowFile::new(
                path,
                spool_schema.clone(),
                spool_properties.clone(),
            ));
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
            .retain(|number| self.folders[*number as usize].file.is_open());
        Ok(())
    }

    fn seal_open(&mut self) -> Result<(), SpoolError> {
        for number in self.open.drain(..) {
            self.folders[number as usize].file.seal()?;
        }
        self.spools.iter_mut().try_for_each(RowFile::seal)
    }

    /// Sorts the rows of a spool into the files of its folders.
    fn unspool(&mut self, spool: RowFile, partitioner: &Partitioner) -> Result<(), SpoolError> {
        let mut rows = spool.read()?;
        while let Some(rows) = rows.next()? {
            for share in partitioner.split(&rows) {
                let rows = share.take(&rows)?;
                let number = self.number(share.folder)?;
                let file = &mut self.folders[number].file;
                if !file.is_open() {
                    self.open.push(number as u32);
                }
                file.write(&self.layout.project(&rows)?)?;
            }
            self.bound_memory()?;
        }
        self.seal_open()
    }
}
