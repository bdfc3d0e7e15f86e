//! Which rows no sink has in the end: those that are superfluous, and those that each sink for itself left out.

use std::path::Path;

use crate::spool::{Sorted, Sorter, SpoolError};

/// Bits of an entry that say which sink does not have the row; the others are the row's ordinal.
const SINK_BITS: u32 = 8;
/// Stands for all sinks.
const EVERYWHERE: u64 = (1 << SINK_BITS) - 1;

/// Notes who does not have which row, on scratch disk where these are many.
pub(super) struct Absent {
    sorter: Sorter<1>,
    sinks: u64,
}

/// Rows that nobody has.
pub(super) struct Gone {
    sorted: Sorted<1>,
    next: Option<u64>,
    sinks: u64,
}

impl Absent {
    /// Of so many sinks; memory holds `most` entries.
    pub(super) fn new(scratch: &Path, most: usize, sinks: usize) -> Self {
        Self {
            sorter: Sorter::new(scratch, most),
            sinks: sinks as u64,
        }
    }

    /// No sink is to have a row.
    pub(super) fn everywhere(&mut self, ordinal: u64) -> Result<(), SpoolError> {
        self.sorter.push([ordinal << SINK_BITS | EVERYWHERE])
    }

    /// One sink does not have a row.
    pub(super) fn from(&mut self, sink: usize, ordinal: u64) -> Result<(), SpoolError> {
        self.sorter.push([ordinal << SINK_BITS | sink as u64])
    }

    /// Rows that no sink has, ascending by ordinal.
    pub(super) fn finish(self) -> Result<Gone, SpoolError> {
        let mut sorted = self.sorter.finish(Vec::new())?;
        Ok(Gone {
            next: sorted.next()?.map(|[entry]| entry),
            sorted,
            sinks: self.sinks,
        })
    }
}

impl Gone {
    /// The next ordinal.
    pub(super) fn next(&mut self) -> Result<Option<u64>, SpoolError> {
        while let Some(entry) = self.next {
            let ordinal = entry >> SINK_BITS;
            let (mut last, mut absences) = (None, 0);
            while let Some(entry) = self.next.filter(|next| next >> SINK_BITS == ordinal) {
                absences += u64::from(last.replace(entry) != Some(entry));
                self.next = self.sorted.next()?.map(|[entry]| entry);
            }
            let everywhere = last.is_some_and(|entry| entry & EVERYWHERE == EVERYWHERE);
            if everywhere || absences >= self.sinks {
                return Ok(Some(ordinal));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_row_is_gone_where_no_sink_has_it() {
        fn check(sinks: usize, expected: &[u64]) {
            let scratch = tempfile::tempdir().unwrap();
            let mut absent = Absent::new(scratch.path(), 2, sinks);
            for (sink, ordinal) in [(1, 7), (0, 3), (0, 7), (1, 9), (1, 9), (0, 12)] {
                absent.from(sink, ordinal).unwrap();
            }
            absent.everywhere(12).unwrap();
            absent.everywhere(5).unwrap();
            absent.everywhere(5).unwrap();
            let mut gone = absent.finish().unwrap();
            let gone: Vec<u64> = std::iter::from_fn(|| gone.next().unwrap()).collect();
            assert_eq!(gone, expected, "{sinks} sinks");
        }
        check(1, &[3, 5, 7, 9, 12]);
        check(2, &[5, 7, 12]);
        check(3, &[5, 12]);
    }
}
