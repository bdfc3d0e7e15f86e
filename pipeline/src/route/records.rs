//! How many records are gone when rows are: a record is where it became several rows and all of them are superfluous.
//!
//! The rows of one record are always in one batch. Batches in which a record has several rows are noted on scratch disk;
//! in all others a row is a record.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, BufWriter, ErrorKind, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use crate::spool::SpoolError;

/// Notes which record a row is of.
pub(super) struct RecordLog {
    scratch: PathBuf,
    file: Option<BufWriter<File>>,
}

/// Counts what is gone.
pub(super) struct LostRecords {
    scratch: PathBuf,
    file: Option<BufReader<File>>,
    /// The first ordinal and the length of the batch that was read last; its records follow in the file.
    block: Option<(u64, u64)>,
    /// Rows of that batch that are gone.
    gone: Vec<u64>,
    lost: u64,
}

impl RecordLog {
    /// Notes below `scratch`.
    pub(super) fn new(scratch: &Path) -> Self {
        Self {
            scratch: scratch.to_owned(),
            file: None,
        }
    }

    /// Notes the record of every row of a batch. Ordinals ascend.
    pub(super) fn add(&mut self, first_ordinal: u64, records: &[u64]) -> Result<(), SpoolError> {
        let mut write = || {
            let file = match &mut self.file {
                Some(file) => file,
                None => {
                    let file = tempfile::tempfile_in(&self.scratch)?;
                    self.file.insert(BufWriter::with_capacity(64 << 10, file))
                }
            };
            file.write_all(bytemuck::cast_slice(&[first_ordinal, records.len() as u64]))?;
            file.write_all(bytemuck::cast_slice(records))
        };
        write().map_err(|error| SpoolError::io(&self.scratch, error))
    }

    /// Begins to count.
    pub(super) fn finish(self) -> Result<LostRecords, SpoolError> {
        let rewind = |file: BufWriter<File>| -> std::io::Result<BufReader<File>> {
            let mut file = file.into_inner().map_err(|error| error.into_error())?;
            file.rewind()?;
            Ok(BufReader::with_capacity(64 << 10, file))
        };
        let file = self.file.map(rewind).transpose();
        let mut lost = LostRecords {
            file: file.map_err(|error| SpoolError::io(&self.scratch, error))?,
            scratch: self.scratch,
            block: None,
            gone: Vec::new(),
            lost: 0,
        };
        lost.next_block()?;
        Ok(lost)
    }
}

impl LostRecords {
    /// A row is gone. Ordinals ascend.
    pub(super) fn lose(&mut self, ordinal: u64) -> Result<(), SpoolError> {
        while let Some((first, rows)) = self.block
            && ordinal >= first + rows
        {
            self.end_block()?;
        }
        match self.block {
            Some((first, _)) if ordinal >= first => self.gone.push(ordinal - first),
            _ => self.lost += 1,
        }
        Ok(())
    }

    /// How many records have no row left.
    pub(super) fn finish(mut self) -> Result<u64, SpoolError> {
        if !self.gone.is_empty() {
            self.end_block()?;
        }
        Ok(self.lost)
    }

    fn end_block(&mut self) -> Result<(), SpoolError> {
        let (Some(file), Some((_, rows))) = (&mut self.file, self.block) else {
            return Ok(());
        };
        let read = |file: &mut BufReader<File>| -> std::io::Result<Vec<u64>> {
            if self.gone.is_empty() {
                return file.seek_relative(rows as i64 * 8).map(|()| Vec::new());
            }
            let mut records = vec![0; rows as usize];
            file.read_exact(bytemuck::cast_slice_mut(&mut records))?;
            Ok(records)
        };
        let records = read(file).map_err(|error| SpoolError::io(&self.scratch, error))?;
        let mut rows_left: HashMap<u64, i64> = HashMap::new();
        for record in &records {
            *rows_left.entry(*record).or_default() += 1;
        }
        for row in self.gone.drain(..) {
            let left = rows_left.entry(records[row as usize]).or_default();
            *left -= 1;
            self.lost += u64::from(*left == 0);
        }
        self.next_block()
    }

    fn next_block(&mut self) -> Result<(), SpoolError> {
        self.block = None;
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut head = [0_u64; 2];
        match file.read_exact(bytemuck::cast_slice_mut(&mut head)) {
            Ok(()) => self.block = Some((head[0], head[1])),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
            Err(error) => return Err(SpoolError::io(&self.scratch, error)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_record_is_lost_with_its_last_row() {
        let scratch = tempfile::tempdir().unwrap();
        let lost = |rows: &[u64]| {
            let mut log = RecordLog::new(scratch.path());
            log.add(10, &[7, 8, 7, 8, 8]).unwrap();
            log.add(20, &[9, 9]).unwrap();
            let mut lost = log.finish().unwrap();
            rows.iter().for_each(|row| lost.lose(*row).unwrap());
            lost.finish().unwrap()
        };
        assert_eq!(lost(&[]), 0);
        assert_eq!(lost(&[3, 9, 15, 19, 22, 40]), 6, "rows outside are records");
        assert_eq!(lost(&[10, 11, 13]), 0);
        assert_eq!(lost(&[10, 12]), 1);
        assert_eq!(lost(&[10, 11, 12, 13, 14, 20, 21]), 3);
        assert_eq!(lost(&[1, 20, 21, 22]), 3);
    }
}
