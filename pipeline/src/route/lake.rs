//! Parquet files of one object's rows, spooled to scratch disk and published when the object is complete.
//!
//! A row can still be superseded by a later one of the same object, so files stay on scratch disk until the end, and
//! those that hold superseded rows, or are in several segments, are then written once more without them.

mod encoding;
mod folders;
mod places;
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

use self::{
    folders::{BUFFERED_BYTES, Folder, Folders, Layout},
    places::{Gone, Places},
};
use super::{SpoolError, partition::Partitioner};

/// Writes one object's rows.
pub(super) struct LakeWriter {
    pipeline: Pipeline,
    partitioner: Partitioner,
    scratch: PathBuf,
    stem: String,
    most_open: usize,
    /// Made with the first rows.
    folders: Option<Folders>,
    /// Only where rows can be superseded.
    places: Option<Places>,
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
    /// Writes below `scratch`, an empty folder, to at most `most_open` files at a time and some more. `stem` is the same
    /// for every attempt at the same object.
    pub(super) fn new(
        pipeline: &Pipeline,
        lake: &Lake,
        scratch: &Path,
        stem: &str,
        most_open: usize,
    ) -> Result<Self, SpoolError> {
        let has_versions = !pipeline.key.is_empty();
        Ok(Self {
            pipeline: pipeline.clone(),
            partitioner: Partitioner::new(pipeline, lake),
            scratch: scratch.to_owned(),
            stem: stem.to_owned(),
            most_open,
            folders: None,
            places: has_versions.then(|| Places::new(scratch)).transpose()?,
        })
    }

    /// Adds rows, whose ordinals follow those of the rows before.
    pub(super) fn append(&mut self, rows: &RecordBatch) -> Result<(), SpoolError> {
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

    /// The row with this ordinal is superfluous. Ordinals ascend, and no rows are added any more.
    pub(super) fn lose(&mut self, ordinal: u64) -> Result<(), SpoolError> {
        match &mut self.places {
            Some(places) => places.lose(ordinal),
            None => Ok(()),
        }
    }

    /// Closes all files, without the rows that are lost.
    pub(super) fn finish(self) -> Result<Vec<Finished>, SpoolError> {
        let Some(folders) = self.folders else {
            return Ok(Vec::new());
        };
        let (layout, folders) = folders.finish(&self.partitioner)?;
        let mut gone = Gone::new(self.places)?;
        let mut finished = Vec::with_capacity(folders.len());
        for (number, folder) in (0..).zip(folders) {
            let name = objects::lake(&self.pipeline.name, &folder.name, &self.stem);
            let file = finish_folder(&layout, number, folder, &mut gone)?;
            finished.extend(file.map(|(path, rows)| Finished { path, name, rows }));
        }
        Ok(finished)
    }

    #[cfg(test)]
    pub(super) fn open_files(&self) -> usize {
        self.folders.as_ref().map_or(0, Folders::open_files)
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
