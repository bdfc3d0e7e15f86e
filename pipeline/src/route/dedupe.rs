//! Which rows of an object are superfluous because the object has another version of their key.
//!
//! The newest version wins; of equal versions, the first. Keys are compared by 128-bit hashes: among a billion keys, the
//! probability that any two collide is about 10 to the power of -21.

use arrow_array::{
    Array, RecordBatch, StringArray,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use hashbrown::HashTable;
use sluice_manifest::stack::Pipeline;
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// The keys seen so far: 32 bytes each.
pub(crate) struct Dedupe {
    key: Vec<usize>,
    order_by: Option<usize>,
    seen: HashTable<Entry>,
    seed: u64,
}

struct Entry {
    hash: u128,
    version: i64,
    ordinal: u64,
}

/// What to do with the rows of a batch.
pub(crate) struct Admission {
    /// Whether each row stays; `None` where all do.
    pub(crate) keep: Option<Vec<bool>>,
    /// Ordinals of rows of earlier batches that a row of this one replaces.
    pub(crate) superseded: Vec<u64>,
}

impl Dedupe {
    /// `None` where records have no identity.
    pub(crate) fn new(pipeline: &Pipeline) -> Option<Self> {
        let position = |name: &String| pipeline.fields.iter().position(|field| field.name == *name);
        let key: Vec<usize> = pipeline.key.iter().filter_map(position).collect();
        // Nobody can make keys collide who does not know the seed.
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        let order_by = pipeline.order_by.as_ref().and_then(position);
        (!key.is_empty()).then(|| Self {
            key,
            order_by,
            seen: HashTable::new(),
            seed,
        })
    }

    /// Admits rows, the kept ones of which get the ordinals from `first_ordinal` on.
    pub(crate) fn admit(&mut self, rows: &RecordBatch, first_ordinal: u64) -> Admission {
        let hashes = self.hashes(rows);
        let versions = self.versions(rows);
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
        if let Some(keep) = &keep {
            self.renumber(&hashes, keep, first_ordinal);
        }
        Admission { keep, superseded }
    }

    fn renumber(&mut self, hashes: &[u128], keep: &[bool], first_ordinal: u64) {
        let kept = hashes.iter().zip(keep).filter(|(_, keep)| **keep);
        for (ordinal, (hash, _)) in (first_ordinal..).zip(kept) {
            if let Some(entry) = self
                .seen
                .find_mut(*hash as u64, |entry| entry.hash == *hash)
            {
                entry.ordinal = ordinal;
            }
        }
    }

    fn versions(&self, rows: &RecordBatch) -> Vec<i64> {
        let Some(order_by) = self.order_by else {
            return Vec::new();
        };
        let column = rows.column(order_by);
        match column.data_type() {
            DataType::Int64 => column.as_primitive::<Int64Type>().values().to_vec(),
            DataType::Timestamp(..) => column
                .as_primitive::<TimestampMicrosecondType>()
                .values()
                .to_vec(),
            DataType::Date32 => column
                .as_primitive::<Date32Type>()
                .values()
                .iter()
                .map(|days| i64::from(*days))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn hashes(&self, rows: &RecordBatch) -> Vec<u128> {
        if let [key] = self.key.as_slice()
            && let Some(texts) = rows.column(*key).as_any().downcast_ref::<StringArray>()
        {
            let hash = |row| xxh3_128_with_seed(texts.value(row).as_bytes(), self.seed);
            return (0..texts.len()).map(hash).collect();
        }
        let mut bytes = Vec::new();
        let hash = |row| {
            bytes.clear();
            self.key
                .iter()
                .for_each(|key| append_key(rows.column(*key).as_ref(), row, &mut bytes));
            xxh3_128_with_seed(&bytes, self.seed)
        };
        (0..rows.num_rows()).map(hash).collect()
    }
}

/// Appends a key field's value such that different keys are different bytes.
fn append_key(column: &dyn Array, row: usize, bytes: &mut Vec<u8>) {
    match column.data_type() {
        DataType::Int64 => {
            bytes.extend(column.as_primitive::<Int64Type>().value(row).to_le_bytes())
        }
        DataType::Float64 => {
            bytes.extend((column.as_primitive::<Float64Type>().value(row) + 0.0).to_le_bytes())
        }
        DataType::Decimal128(..) => bytes.extend(
            column
                .as_primitive::<Decimal128Type>()
                .value(row)
                .to_le_bytes(),
        ),
        DataType::Timestamp(..) => {
            bytes.extend(
                column
                    .as_primitive::<TimestampMicrosecondType>()
                    .value(row)
                    .to_le_bytes(),
            );
        }
        DataType::Date32 => {
            bytes.extend(column.as_primitive::<Date32Type>().value(row).to_le_bytes())
        }
        DataType::Boolean => bytes.push(u8::from(column.as_boolean().value(row))),
        _ => {
            let text = column.as_string::<i32>().value(row);
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}
