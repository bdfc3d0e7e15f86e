//! Parquet files of one object's rows, spooled to scratch disk and published when the object is complete.
//!
//! A row can still be superseded by a later one of the same object, so files stay on scratch disk until the end, and
//! those that hold superseded rows, or are in several segments, are then written once more without them.

pub mod compact;
mod encoding;
mod folders;
mod partition;
mod places;
mod refuse;
mod row_file;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use parquet::errors::ParquetError;
use sluice_contract::{
    objects,
    stack::{Lake, Pipeline},
};

pub(super) use self::refuse::refuse;
use self::{
    folders::{BUFFERED_BYTES, Folder, Folders, Layout},
    partition::Partitioner,
    places::{Gone, Places},
};
use super::{Finished, FinishedFile, Settled, Sink, SinkFailure};
use crate::spool::SpoolError;

/// Files that are open at a time, and some more.
const MOST_OPEN: usize = 64;

/// Writes one object's rows.
pub(crate) struct LakeWriter {
    pipeline: Pipeline,
    partitioner: Partitioner,
    scratch: PathBuf,
    stem: String,
    most_open: usize,
    /// Made with the first rows.
    folders: Option<Folders>,
    /// Only where rows can be superseded.
    places: Option<Places>,
    settled: Settled,
}

impl LakeWriter {
    /// Writes below `scratch`, an empty folder. `stem` is the same for every attempt at the same object.
    pub(crate) fn new(
        pipeline: &Pipeline,
        lake: &Lake,
        scratch: &Path,
        stem: &str,
    ) -> Result<Self, SpoolError> {
        let has_versions = !pipeline.key.is_empty();
        Ok(Self {
            pipeline: pipeline.clone(),
            partitioner: Partitioner::new(pipeline, lake),
            scratch: scratch.to_owned(),
            stem: stem.to_owned(),
            most_open: MOST_OPEN,
            folders: None,
            places: has_versions.then(|| Places::new(scratch)).transpose()?,
            settled: Settled::default(),
        })
    }

    /// Keeps no more files open at a time, and some more.
    #[cfg(test)]
    pub(crate) fn with_open_files(self, most_open: usize) -> Self {
        Self { most_open, ..self }
    }

    #[cfg(test)]
    pub(crate) fn open_files(&self) -> usize {
        self.folders.as_ref().map_or(0, Folders::open_files)
    }

    fn append(&mut self, rows: &RecordBatch) -> Result<(), SpoolError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let folders = match &mut self.folders {
            Some(folders) => folders,
            None => {
                let layout = layout(&self.pipeline, &self.partitioner, rows, &self.scratch);
                self.folders.insert(Folders::new(layout, self.most_open))
            }
        };
        if self.partitioner.is_flat() {
            let first = folders.write(String::new(), rows)?;
            if let Some(places) = &mut self.places {
                places.note(first..first + rows.num_rows() as u64)?;
            }
            return folders.end_batch();
        }
        let mut noted = vec![0; self.places.as_ref().map_or(0, |_| rows.num_rows())];
        for share in self.partitioner.split(rows) {
            let taken = share.take(rows)?;
            let first = folders.write(share.folder, &taken)?;
            if !noted.is_empty() {
                let places = share.rows.values().iter().zip(first..);
                places.for_each(|(row, place)| noted[*row as usize] = place);
            }
        }
        if let Some(places) = &mut self.places {
            places.note(noted.into_iter())?;
        }
        folders.end_batch()
    }
}

impl Sink for LakeWriter {
    fn put(&mut self, rows: &RecordBatch, _: u64, _: &[u64]) -> Result<(), SinkFailure> {
        self.append(rows)?;
        self.settled.taken += rows.num_rows() as u64;
        Ok(())
    }

    fn settled(&mut self) -> Settled {
        std::mem::take(&mut self.settled)
    }

    fn settle(&mut self) -> Result<Settled, SinkFailure> {
        Ok(self.settled())
    }

    fn lose(&mut self, ordinals: &[u64]) -> Result<(), SinkFailure> {
        if let Some(places) = &mut self.places {
            for ordinal in ordinals {
                places.lose(*ordinal)?;
            }
        }
        Ok(())
    }

    /// Closes all files, without the rows that are lost. The count is what the files say that they have.
    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure> {
        let mut finished = Finished::default();
        let Some(folders) = self.folders else {
            return Ok(finished);
        };
        let (layout, folders) = folders.finish(&self.partitioner)?;
        let mut gone = Gone::new(self.places)?;
        for (number, folder) in (0..).zip(folders) {
            let name = objects::lake(&self.pipeline.name, &folder.name, &self.stem);
            if let Some((path, rows)) = finish_folder(&layout, number, folder, &mut gone)? {
                finished.rows += rows;
                finished.files.push(FinishedFile { path, name });
            }
        }
        Ok(finished)
    }
}

/// Chosen by the first rows.
fn layout(
    pipeline: &Pipeline,
    partitioner: &Partitioner,
    rows: &RecordBatch,
    scratch: &Path,
) -> Layout {
    let folder_columns = partitioner.folder_columns();
    let columns: Vec<usize> = (0..rows.num_columns())
        .filter(|column| !folder_columns.contains(column))
        .collect();
    let spool_schema: SchemaRef = rows.schema();
    let fields: Vec<_> = columns
        .iter()
        .map(|column| spool_schema.fields()[*column].clone())
        .collect();
    Layout {
        pipeline: pipeline.name.clone(),
        scratch: scratch.to_owned(),
        projection: (!folder_columns.is_empty()).then_some(columns),
        schema: Arc::new(Schema::new(fields)),
        properties: Arc::new(encoding::properties(pipeline, rows)),
        spool_schema,
        spool_properties: Arc::new(encoding::spool_properties()),
    }
}

/// The file of a folder without the rows that are gone, and how many rows it says it has; `None` where none is left.
fn finish_folder(
    layout: &Layout,
    number: u32,
    folder: Folder,
    gone: &mut Gone,
) -> Result<Option<(PathBuf, u64)>, SpoolError> {
    let Folder { rows, file, .. } = folder;
    let lost = gone.of_file(number);
    if lost == rows {
        return file.remove().map(|()| None);
    }
    if let (0, Some(path)) = (lost, file.single()) {
        return Ok(Some((path.to_owned(), file.sealed())));
    }
    let mut again = layout.row_file(&format!("folder-{number}-again"));
    let (mut left, mut first) = (file.read()?, 0);
    while let Some(rows) = left.next()? {
        let stays = gone.stays(number, first, rows.num_rows())?;
        first += rows.num_rows() as u64;
        let rows = arrow_select::filter::filter_record_batch(&rows, &BooleanArray::from(stays))
            .map_err(ParquetError::from)?;
        again.write(&rows)?;
        if again.in_progress_bytes() > BUFFERED_BYTES {
            again.flush()?;
        }
    }
    again.seal()?;
    Ok(again.single().map(|path| (path.to_owned(), again.sealed())))
}
