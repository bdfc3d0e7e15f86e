//! Where every row of an object went, so that one can be found that turns out to be superfluous.
//!
//! A place is a file's number and a row's number in it, in one number that sorts by both.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, BufWriter, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use crate::spool::{Sorted, Sorter, SpoolError};

/// Bits of a place that say which row; the others say which file.
const ROW_BITS: u32 = 40;
/// Superfluous rows that memory holds, 8 bytes each.
const GONE_IN_MEMORY: usize = 1 << 18;

/// The place of every row, by ordinal, on scratch disk: 8 bytes each.
pub(super) struct Places {
    scratch: PathBuf,
    log: BufWriter<File>,
    /// Once rows are looked up, and the ordinal that it is at.
    reader: Option<(BufReader<File>, u64)>,
    gone: Sorter<1>,
    gone_of_file: HashMap<u32, u64>,
}

/// The superfluous rows, file by file.
pub(super) struct Gone {
    sorted: Option<Sorted<1>>,
    next: Option<u64>,
    of_file: HashMap<u32, u64>,
}

/// A row's place.
pub(super) fn place(file: u32, row: u64) -> u64 {
    u64::from(file) << ROW_BITS | row
}

impl Places {
    pub(super) fn new(scratch: &Path) -> Result<Self, SpoolError> {
        let file = tempfile::tempfile_in(scratch);
        let file = file.map_err(|error| SpoolError::io(scratch, error))?;
        Ok(Self {
            scratch: scratch.to_owned(),
            log: BufWriter::with_capacity(64 << 10, file),
            reader: None,
            gone: Sorter::new(scratch, GONE_IN_MEMORY),
            gone_of_file: HashMap::new(),
        })
    }

    /// Notes the places of the next rows.
    pub(super) fn note(&mut self, places: impl Iterator<Item = u64>) -> Result<(), SpoolError> {
        for place in places {
            self.log
                .write_all(&place.to_le_bytes())
                .map_err(|error| SpoolError::io(&self.scratch, error))?;
        }
        Ok(())
    }

    /// The row with this ordinal is superfluous. Ordinals ascend, and all rows are noted.
    pub(super) fn lose(&mut self, ordinal: u64) -> Result<(), SpoolError> {
        let place = self
            .look_up(ordinal)
            .map_err(|error| SpoolError::io(&self.scratch, error))?;
        *self
            .gone_of_file
            .entry((place >> ROW_BITS) as u32)
            .or_default() += 1;
        self.gone.push([place])
    }

    fn look_up(&mut self, ordinal: u64) -> std::io::Result<u64> {
        let (reader, at) = match &mut self.reader {
            Some(reader) => reader,
            None => {
                self.log.flush()?;
                let mut file = self.log.get_ref().try_clone()?;
                file.rewind()?;
                self.reader
                    .insert((BufReader::with_capacity(64 << 10, file), 0))
            }
        };
        reader.seek_relative((ordinal - *at) as i64 * 8)?;
        *at = ordinal + 1;
        let mut place = [0; 8];
        reader.read_exact(&mut place)?;
        Ok(u64::from_le_bytes(place))
    }
}

impl Gone {
    /// What was lost; nothing where places were not noted.
    pub(super) fn new(places: Option<Places>) -> Result<Self, SpoolError> {
        let mut gone = Self {
            sorted: None,
            next: None,
            of_file: HashMap::new(),
        };
        if let Some(places) = places {
            gone.of_file = places.gone_of_file;
            let mut sorted = places.gone.finish(Vec::new())?;
            gone.next = sorted.next()?.map(|[place]| place);
            gone.sorted = Some(sorted);
        }
        Ok(gone)
    }

    /// How many rows of a file are superfluous.
    pub(super) fn of_file(&self, file: u32) -> u64 {
        self.of_file.get(&file).copied().unwrap_or(0)
    }

    /// Whether each of these rows of a file stays. Files and rows ascend from call to call.
    pub(super) fn stays(
        &mut self,
        file: u32,
        first: u64,
        rows: usize,
    ) -> Result<Vec<bool>, SpoolError> {
        let mut stays = vec![true; rows];
        let (begin, end) = (place(file, first), place(file, first + rows as u64));
        while let (Some(place), Some(sorted)) =
            (self.next.filter(|next| *next < end), &mut self.sorted)
        {
            // Whole files that nobody reads are passed over.
            if place >= begin {
                stays[(place - begin) as usize] = false;
            }
            self.next = sorted.next()?.map(|[place]| place);
        }
        Ok(stays)
    }
}
