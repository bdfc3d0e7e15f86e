//! Which rows of an object are superfluous because the object has another version of their key.
//!
//! The newest version wins; of equal versions, the first. Keys are compared by 128-bit hashes: among a billion keys, the
//! probability that any two collide is about 10 to the power of -21.

use arrow_array::RecordBatch;
use hashbrown::HashTable;

use super::identity::Identity;

/// The ordinal of a row that is not among those of this object's sinks.
const ELSEWHERE: u64 = u64::MAX;

/// The keys seen so far: 32 bytes each.
pub(super) struct Dedupe {
    seen: HashTable<Entry>,
    seed: u64,
}

struct Entry {
    hash: u128,
    version: i64,
    ordinal: u64,
}

/// What to do with the rows of a batch.
pub(super) struct Admission {
    /// Whether each row stays; `None` where all do.
    pub(super) keep: Option<Vec<bool>>,
    /// Ordinals of rows of earlier batches that a row of this one replaces.
    pub(super) superseded: Vec<u64>,
    /// The rows' keys, for [`Dedupe::settle`].
    pub(super) hashes: Vec<u128>,
}

impl Dedupe {
    /// Begins an object.
    pub(super) fn new() -> Self {
        // Nobody can make keys collide who does not know the seed.
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        Self {
            seen: HashTable::new(),
            seed,
        }
    }

    /// Admits rows, the kept ones of which get the ordinals from `first_ordinal` on.
    pub(super) fn admit(
        &mut self,
        identity: &Identity,
        rows: &RecordBatch,
        first_ordinal: u64,
    ) -> Admission {
        let hashes = identity.hashes(rows, self.seed);
        let versions = identity.versions(rows);
        let mut superseded = Vec::new();
        let mut keep: Option<Vec<bool>> = None;
        for (row, hash) in hashes.iter().enumerate() {
            let version = versions.get(row).copied().unwrap_or(0);
            let ordinal = first_ordinal + row as u64;
            let entry = self.seen.entry(
                *hash as u64,
                |entry| entry.hash == *hash,
                |entry| entry.hash as u64,
            );
            let mut occupied = match entry {
                hashbrown::hash_table::Entry::Vacant(vacant) => {
                    vacant.insert(Entry {
                        hash: *hash,
                        version,
                        ordinal,
                    });
                    continue;
                }
                hashbrown::hash_table::Entry::Occupied(occupied) => occupied,
            };
            let entry = occupied.get_mut();
            let loses = if version <= entry.version {
                Some(row)
            } else if entry.ordinal == ELSEWHERE {
                None
            } else if entry.ordinal >= first_ordinal {
                Some((entry.ordinal - first_ordinal) as usize)
            } else {
                superseded.push(entry.ordinal);
                None
            };
            if version > entry.version {
                (entry.version, entry.ordinal) = (version, ordinal);
            }
            if let Some(row) = loses {
                keep.get_or_insert_with(|| vec![true; hashes.len()])[row] = false;
            }
        }
        Admission {
            keep,
            superseded,
            hashes,
        }
    }

    /// Says which rows of the batch admitted last stayed after all, so that these have the ordinals from `first_ordinal`
    /// on. The others are elsewhere, and rows of this object still lose against them.
    pub(super) fn settle(&mut self, hashes: &[u128], keep: &[bool], first_ordinal: u64) {
        let mut next = first_ordinal;
        for (row, (hash, keep)) in hashes.iter().zip(keep).enumerate() {
            let provisional = first_ordinal + row as u64;
            let entry = self
                .seen
                .find_mut(*hash as u64, |entry| entry.hash == *hash);
            if let Some(entry) = entry.filter(|entry| entry.ordinal == provisional) {
                entry.ordinal = if *keep { next } else { ELSEWHERE };
            }
            next += u64::from(*keep);
        }
    }
}
