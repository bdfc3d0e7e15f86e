//! What makes two records the same: the fields of the key, and the version that `order_by` says.
//!
//! Nothing here knows which of two versions stays.

use arrow_array::{Array as _, RecordBatch, StringArray};
use sha2::{Digest as _, Sha256};
use sluice_contract::{
    field_type::Stored,
    stack::{Field, Pipeline},
};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::cells::Cells;

/// Where a pipeline's rows hold their key and version.
pub(crate) struct Identity {
    key: Vec<Column>,
    order_by: Option<Column>,
    /// The beginning of every stable hash: the names and types of the fields, so that values of one manifest never pass
    /// for those of another.
    layout: Sha256,
}

/// Where a field is in the rows, and how.
#[derive(Debug, Clone, Copy)]
struct Column {
    index: usize,
    stored: Stored,
}

impl Column {
    fn of(self, rows: &RecordBatch) -> Cells<'_> {
        Cells::of(rows.column(self.index).as_ref(), self.stored)
    }
}

impl Identity {
    /// `None` where records have no identity.
    pub(crate) fn new(pipeline: &Pipeline) -> Option<Self> {
        let position = |name: &String| {
            let index = pipeline
                .fields
                .iter()
                .position(|field| field.name == *name)?;
            let stored = pipeline.fields[index].kind.stored();
            Some(Column { index, stored })
        };
        let key: Vec<Column> = pipeline.key.iter().filter_map(position).collect();
        let order_by = pipeline.order_by.as_ref().and_then(position);
        let mut layout = Sha256::new();
        for column in key.iter().chain(&order_by) {
            let Field { name, kind, .. } = &pipeline.fields[column.index];
            let data_type = crate::check::arrow_type(kind);
            layout.update(format!("{name}\0{data_type}\0"));
        }
        (!key.is_empty()).then_some(Self {
            key,
            order_by,
            layout,
        })
    }

    /// The version of every row; nothing where all are equal.
    pub(crate) fn versions(&self, rows: &RecordBatch) -> Vec<i64> {
        let Some(order_by) = self.order_by else {
            return Vec::new();
        };
        match order_by.of(rows) {
            Cells::Integer(cells) => cells.values().to_vec(),
            Cells::Timestamp(cells) => cells.values().to_vec(),
            Cells::Date(cells) => cells.values().iter().map(|days| i64::from(*days)).collect(),
            // No manifest is right whose `order_by` is of these types.
            Cells::Text(_)
            | Cells::Document(_)
            | Cells::Float(_)
            | Cells::Decimal(_)
            | Cells::Boolean(_) => Vec::new(),
        }
    }

    /// A fast hash of every row's key. It only holds for this seed: nobody can make keys collide who does not know it.
    pub(crate) fn hashes(&self, rows: &RecordBatch, seed: u64) -> Vec<u128> {
        if let [key] = self.key.as_slice()
            && let Some(texts) = rows
                .column(key.index)
                .as_any()
                .downcast_ref::<StringArray>()
        {
            let hash = |row| xxh3_128_with_seed(texts.value(row).as_bytes(), seed);
            return (0..texts.len()).map(hash).collect();
        }
        let mut bytes = Vec::new();
        let hash = |row| {
            bytes.clear();
            append_fields(&self.key, rows, row, &mut bytes);
            xxh3_128_with_seed(&bytes, seed)
        };
        (0..rows.num_rows()).map(hash).collect()
    }

    /// The hash of a row's key and version that is the same in every process: the first half of a sha256.
    pub(super) fn stable_hash(&self, rows: &RecordBatch, row: usize) -> [u8; 16] {
        let mut bytes = Vec::new();
        append_fields(&self.key, rows, row, &mut bytes);
        append_fields(self.order_by.as_slice(), rows, row, &mut bytes);
        let digest = self.layout.clone().chain_update(&bytes).finalize();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        half
    }
}

fn append_fields(columns: &[Column], rows: &RecordBatch, row: usize, bytes: &mut Vec<u8>) {
    for column in columns {
        append_key(column.of(rows), row, bytes);
    }
}

/// Appends a key field's value such that different keys are different bytes.
fn append_key(cells: Cells<'_>, row: usize, bytes: &mut Vec<u8>) {
    match cells {
        Cells::Integer(cells) => bytes.extend(cells.value(row).to_le_bytes()),
        // Of the two zeros, one.
        Cells::Float(cells) => bytes.extend((cells.value(row) + 0.0).to_le_bytes()),
        Cells::Decimal(cells) => bytes.extend(cells.value(row).to_le_bytes()),
        Cells::Timestamp(cells) => bytes.extend(cells.value(row).to_le_bytes()),
        Cells::Date(cells) => bytes.extend(cells.value(row).to_le_bytes()),
        Cells::Boolean(cells) => bytes.push(u8::from(cells.value(row))),
        Cells::Text(cells) | Cells::Document(cells) => {
            let text = cells.value(row);
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}
