//! Sorting more numbers than memory should hold: runs on scratch disk, sorted as they are written, and merged at the end.
//!
//! Nothing here knows what the numbers mean.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::SpoolError;

/// Runs that are merged at once; where there are more, groups of so many are merged to longer runs first.
const FAN_IN: usize = 256;
/// What each of them reads at once, 4 MB in all.
const READ_BYTES: usize = 16 << 10;

/// Items of `N` numbers each, to be given back in ascending order.
pub(crate) struct Sorter<const N: usize> {
    buffer: Vec<[u64; N]>,
    most: usize,
    runs: Runs,
}

/// Sorted runs, one behind the other, in a file without a name. Numbers are written as this machine writes them: nobody
/// else reads them.
struct Runs {
    scratch: PathBuf,
    file: Option<File>,
    /// Where each run begins and ends, in bytes.
    extents: Vec<(u64, u64)>,
    fan_in: usize,
}

impl<const N: usize> Sorter<N> {
    /// Keeps up to `most` items in memory and the others below `scratch`.
    pub(crate) fn new(scratch: &Path, most: usize) -> Self {
        Self {
            buffer: Vec::new(),
            most,
            runs: Runs::new(scratch, FAN_IN),
        }
    }

    /// Adds an item.
    pub(crate) fn push(&mut self, item: [u64; N]) -> Result<(), SpoolError> {
        if self.buffer.len() >= self.most {
            let mut buffer = std::mem::take(&mut self.buffer);
            self.push_run(&mut buffer)?;
            self.buffer = buffer;
        }
        self.buffer.push(item);
        Ok(())
    }

    /// Adds items that were collected elsewhere, and leaves nothing of them behind. They go to disk whatever their number.
    pub(crate) fn push_run(&mut self, items: &mut Vec<[u64; N]>) -> Result<(), SpoolError> {
        items.sort_unstable();
        self.runs.append(|out| {
            out.write_all(bytemuck::cast_slice(items.as_flattened()))
                .map(|()| size_of_val(items.as_slice()) as u64)
        })?;
        items.clear();
        Ok(())
    }

    /// Whether nothing went to disk so far.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.runs.extents.is_empty()
    }

    /// All items in order, together with `rest`, which may be in any order.
    pub(crate) fn finish(mut self, mut rest: Vec<[u64; N]>) -> Result<Sorted<N>, SpoolError> {
        if rest.is_empty() {
            rest = self.buffer;
        } else {
            rest.append(&mut self.buffer);
        }
        rest.sort_unstable();
        let mut runs = self.runs;
        while runs.extents.len() > runs.fan_in {
            runs = runs.merge_groups::<N>()?;
        }
        let extents = std::mem::take(&mut runs.extents);
        let mut sources: Vec<Source<N>> = extents.into_iter().map(Source::on_disk).collect();
        sources.push(Source::in_memory(rest));
        Sorted::new(runs, sources)
    }
}

impl Runs {
    fn new(scratch: &Path, fan_in: usize) -> Self {
        Self {
            scratch: scratch.to_owned(),
            file: None,
            extents: Vec::new(),
            fan_in,
        }
    }

    fn error(&self, error: std::io::Error) -> SpoolError {
        SpoolError::io(&self.scratch, error)
    }

    /// Adds a run; `write` returns how many bytes it wrote.
    fn append(
        &mut self,
        write: impl FnOnce(&mut File) -> std::io::Result<u64>,
    ) -> Result<(), SpoolError> {
        let begin = self.extents.last().map_or(0, |(_, end)| *end);
        let append = || {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(tempfile::tempfile_in(&self.scratch)?),
            };
            file.seek(SeekFrom::Start(begin))?;
            write(file)
        };
        let written = append().map_err(|error| self.error(error))?;
        self.extents.push((begin, begin + written));
        Ok(())
    }

    /// Fewer and longer runs.
    fn merge_groups<const N: usize>(mut self) -> Result<Self, SpoolError> {
        let mut merged = Self::new(&self.scratch, self.fan_in);
        let extents = std::mem::take(&mut self.extents);
        let mut runs = self;
        for group in extents.chunks(runs.fan_in) {
            let sources = group.iter().copied().map(Source::on_disk).collect();
            let mut sorted = Sorted::<N>::new(runs, sources)?;
            let mut failed = None;
            merged.append(|file| {
                let mut out = BufWriter::with_capacity(1 << 20, file);
                let mut bytes = 0;
                loop {
                    match sorted.next() {
                        Ok(Some(item)) => out.write_all(bytemuck::cast_slice(&item))?,
                        Ok(None) => break,
                        Err(error) => {
                            failed = Some(error);
                            break;
                        }
                    }
                    bytes += size_of::<[u64; N]>() as u64;
                }
                out.flush()?;
                Ok(bytes)
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
            runs = sorted.runs;
        }
        Ok(merged)
    }
}

/// Items in ascending order.
pub(crate) struct Sorted<const N: usize> {
    runs: Runs,
    sources: Vec<Source<N>>,
    /// The next item of every source that has one.
    heads: BinaryHeap<Reverse<([u64; N], usize)>>,
}

/// One run that is being read.
struct Source<const N: usize> {
    items: Vec<[u64; N]>,
    next: usize,
    /// What is left on disk.
    extent: (u64, u64),
}

impl<const N: usize> Sorted<N> {
    fn new(runs: Runs, sources: Vec<Source<N>>) -> Result<Self, SpoolError> {
        let mut sorted = Self {
            heads: BinaryHeap::with_capacity(sources.len()),
            runs,
            sources,
        };
        for source in 0..sorted.sources.len() {
            if let Some(item) = sorted.advance(source)? {
                sorted.heads.push(Reverse((item, source)));
            }
        }
        Ok(sorted)
    }

    /// The next item.
    pub(crate) fn next(&mut self) -> Result<Option<[u64; N]>, SpoolError> {
        let Some(Reverse((item, source))) = self.heads.peek().copied() else {
            return Ok(None);
        };
        let following = self.advance(source)?;
        if let Some(mut head) = self.heads.peek_mut() {
            match following {
                Some(following) => *head = Reverse((following, source)),
                None => drop(PeekMut::pop(head)),
            }
        }
        Ok(Some(item))
    }

    fn advance(&mut self, source: usize) -> Result<Option<[u64; N]>, SpoolError> {
        let source = &mut self.sources[source];
        if source.next == source.items.len() && !source.refill(self.runs.file.as_mut())? {
            return Ok(None);
        }
        source.next += 1;
        Ok(Some(source.items[source.next - 1]))
    }
}

impl<const N: usize> Source<N> {
    fn in_memory(items: Vec<[u64; N]>) -> Self {
        Self {
            items,
            next: 0,
            extent: (0, 0),
        }
    }

    fn on_disk(extent: (u64, u64)) -> Self {
        Self {
            items: Vec::new(),
            next: 0,
            extent,
        }
    }

    /// Whether there is more.
    fn refill(&mut self, file: Option<&mut File>) -> Result<bool, SpoolError> {
        let (begin, end) = self.extent;
        let Some(file) = file.filter(|_| begin < end) else {
            self.items = Vec::new();
            self.next = 0;
            return Ok(false);
        };
        let size = size_of::<[u64; N]>();
        let bytes = ((end - begin) as usize).min(READ_BYTES / size * size);
        self.items.resize(bytes / size, [0; N]);
        let mut read = || {
            file.seek(SeekFrom::Start(begin))?;
            file.read_exact(bytemuck::cast_slice_mut(self.items.as_flattened_mut()))
        };
        read().map_err(|error| SpoolError::io(Path::new("sorted runs"), error))?;
        self.next = 0;
        self.extent.0 += bytes as u64;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn sorted(items: &[[u64; 2]], most: usize, fan_in: usize, rest: usize) -> Vec<[u64; 2]> {
        let scratch = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(scratch.path(), most);
        sorter.runs.fan_in = fan_in;
        let (rest, pushed) = items.split_at(rest.min(items.len()));
        pushed.iter().for_each(|item| sorter.push(*item).unwrap());
        let mut sorted = sorter.finish(rest.to_vec()).unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn gives_back_what_it_got_in_order(
            items in proptest::collection::vec([0..9_u64, 0..9_u64], 0..200),
            most in 1..20_usize,
            fan_in in 2..5_usize,
            rest in 0..20_usize,
        ) {
            let mut expected = items.clone();
            expected.sort_unstable();
            prop_assert_eq!(sorted(&items, most, fan_in, rest), expected);
        }
    }

    #[test]
    fn a_thousand_runs_take_more_than_one_pass() {
        let items: Vec<[u64; 2]> = (0..3_000_u64)
            .map(|number| [number * 7_919 % 3_000, number])
            .collect();
        let mut expected = items.clone();
        expected.sort_unstable();
        assert_eq!(sorted(&items, 3, FAN_IN, 0), expected);
    }
}
