//! What makes two records the same: the fields of the key, and the version that `order_by` says.
//!
//! Nothing here knows which of two versions stays.

use arrow_array::{
    Array, RecordBatch, StringArray,
    cast::AsArray,
    types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use sha2::{Digest as _, Sha256};
use sluice_contract::stack::{Field, Pipeline};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Where a pipeline's rows hold their key and version.
pub(super) struct Identity {
    key: Vec<usize>,
    order_by: Option<usize>,
    /// The beginning of every stable hash: the names and types of the fields, so that values of one manifest never pass
    /// for those of another.
    layout: Sha256,
}

impl Identity {
    /// `None` where records have no identity.
    pub(super) fn new(pipeline: &Pipeline) -> Option<Self> {
        let position = |name: &String| pipeline.fields.iter().position(|field| field.name == *name);
        let key: Vec<usize> = pipeline.key.iter().filter_map(position).collect();
        let order_by = pipeline.order_by.as_ref().and_then(position);
        let mut layout = Sha256::new();
        for column in key.iter().chain(&order_by) {
            let Field { name, .. } = &pipeline.fields[*column];
            let data_type = crate::check::arrow_type(&pipeline.fields[*column].kind);
            layout.update(format!("{name}\0{data_type}\0"));
        }
        (!key.is_empty()).then_some(Self {
            key,
            order_by,
            layout,
        })
    }

    /// The version of every row; nothing where all are equal.
    pub(super) fn versions(&self, rows: &RecordBatch) -> Vec<i64> {
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

    /// A fast hash of every row's key. It only holds for this seed: nobody can make keys collide who does not know it.
    pub(super) fn hashes(&self, rows: &RecordBatch, seed: u64) -> Vec<u128> {
        if let [key] = self.key.as_slice()
            && let Some(texts) = rows.column(*key).as_any().downcast_ref::<StringArray>()
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

fn append_fields(columns: &[usize], rows: &RecordBatch, row: usize, bytes: &mut Vec<u8>) {
    columns
        .iter()
        .for_each(|column| append_key(rows.column(*column).as_ref(), row, bytes));
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
