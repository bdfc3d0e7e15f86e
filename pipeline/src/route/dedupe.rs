//! Which rows of an object are superfluous because the object has another version of their key.
//!
//! The newest version wins; of equal versions, the first. Keys are compared by 128-bit hashes: among a billion keys, the
//! probability that any two collide is about 10 to the power of -21.
//!
//! Memory holds one generation of keys. A full one goes to disk, sorted, and what rows of different generations have to do
//! with each other turns out at the end. Sink::put asks for no more than keys that differ within a batch.

use std::path::Path;

use arrow_array::RecordBatch;
use hashbrown::{HashTable, hash_table::Entry};

use super::identity::Identity;
use crate::spool::{Sorter, SpoolError};

/// The ordinal of a row that is not among those of this object's sinks.
const ELSEWHERE: u64 = u64::MAX;

/// The keys seen so far.
pub(super) struct Dedupe {
    seed: u64,
    most: usize,
    /// The newest version of every key of this generation.
    keys: Vec<Key>,
    /// By hash, positions in `keys`.
    index: HashTable<u32>,
    /// Generations before this one.
    before: Sorter<4>,
    batch: Batch,
}

/// The hash in two halves, the age, and the row's ordinal: sorted, the newest version of a key is its first, and of equal
/// versions the first row.
type Key = [u64; 4];

/// The batch admitted last.
#[derive(Default)]
struct Batch {
    first_ordinal: u64,
    /// Where its new keys begin.
    begin: usize,
    /// Older keys that it has a newer version of.
    renewed: Vec<u32>,
}

/// What to do with the rows of a batch.
pub(super) struct Admission {
    /// Whether each row stays; `None` where all do.
    pub(super) keep: Option<Vec<bool>>,
    /// Ordinals of rows of earlier batches that a row of this one replaces.
    pub(super) superseded: Vec<u64>,
}

impl Dedupe {
    /// Begins an object, with `most` keys in memory and the others below `scratch`.
    pub(super) fn new(scratch: &Path, most: usize) -> Self {
        Self {
            // Nobody can make keys collide who does not know the seed.
            seed: std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0),
            most,
            keys: Vec::new(),
            index: HashTable::new(),
            before: Sorter::new(scratch, 0),
            batch: Batch::default(),
        }
    }

    /// Admits rows, the kept ones of which get the ordinals from `first_ordinal` on. [`Dedupe::settle`] must follow.
    pub(super) fn admit(
        &mut self,
        identity: &Identity,
        rows: &RecordBatch,
        first_ordinal: u64,
    ) -> Result<Admission, SpoolError> {
        if self.keys.len() >= self.most {
            self.index.clear();
            self.before.push_run(&mut self.keys)?;
        }
        self.batch.first_ordinal = first_ordinal;
        self.batch.begin = self.keys.len();
        self.batch.renewed.clear();
        let hashes = identity.hashes(rows, self.seed);
        let versions = identity.versions(rows);
        let mut superseded = Vec::new();
        let mut keep: Option<Vec<bool>> = None;
        for (row, hash) in hashes.iter().enumerate() {
            let age = age(versions.get(row).copied().unwrap_or(0));
            let (high, low) = ((hash >> 64) as u64, *hash as u64);
            let ordinal = first_ordinal + row as u64;
            let keys = &mut self.keys;
            let entry = self.index.entry(
                low,
                |at| keys[*at as usize][..2] == [high, low],
                |at| keys[*at as usize][1],
            );
            let at = match entry {
                Entry::Vacant(vacant) => {
                    vacant.insert(keys.len() as u32);
                    keys.push([high, low, age, ordinal]);
                    continue;
                }
                Entry::Occupied(occupied) => *occupied.get(),
            };
            let [_, _, known_age, known_ordinal] = &mut keys[at as usize];
            let loser = if age >= *known_age {
                Some(row)
            } else if *known_ordinal == ELSEWHERE {
                None
            } else if *known_ordinal >= first_ordinal {
                Some((*known_ordinal - first_ordinal) as usize)
            } else {
                superseded.push(*known_ordinal);
                None
            };
            if age < *known_age {
                (*known_age, *known_ordinal) = (age, ordinal);
                if (at as usize) < self.batch.begin {
                    self.batch.renewed.push(at);
                }
            }
            if let Some(row) = loser {
                keep.get_or_insert_with(|| vec![true; hashes.len()])[row] = false;
            }
        }
        Ok(Admission { keep, superseded })
    }

    /// Says which rows of the batch stayed after all, so that their ordinals have no gaps. Those that stayed out are
    /// elsewhere, and rows of this object still lose against them.
    pub(super) fn settle(&mut self, keep: &[bool]) {
        let first = self.batch.first_ordinal;
        let mut next = first;
        let mut ordinals = Vec::with_capacity(keep.len());
        for keep in keep {
            ordinals.push(if *keep { next } else { ELSEWHERE });
            next += u64::from(*keep);
        }
        let settle = |key: &mut Key| key[3] = ordinals[(key[3] - first) as usize];
        self.keys[self.batch.begin..].iter_mut().for_each(settle);
        let renewed = &mut self.batch.renewed;
        renewed.sort_unstable();
        renewed.dedup();
        renewed
            .drain(..)
            .for_each(|at| settle(&mut self.keys[at as usize]));
    }

    /// Names the rows that lose against one of another generation, by ordinal, in any order.
    pub(super) fn finish(
        self,
        mut lose: impl FnMut(u64) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        if self.before.is_in_memory() {
            return Ok(());
        }
        drop(self.index);
        let mut sorted = self.before.finish(self.keys)?;
        let mut winner = None;
        while let Some([high, low, _, ordinal]) = sorted.next()? {
            if winner != Some((high, low)) {
                winner = Some((high, low));
            } else if ordinal != ELSEWHERE {
                lose(ordinal)?;
            }
        }
        Ok(())
    }
}

/// Smaller for newer versions.
fn age(version: i64) -> u64 {
    !(version as u64 ^ 1 << 63)
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn newer_is_less_old() {
        let ages = [i64::MIN, -1, 0, 1, i64::MAX].map(age);
        assert!(ages.is_sorted_by(|older, newer| older > newer), "{ages:?}");
    }
}
