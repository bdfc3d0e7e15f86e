//! Which lake folder a row belongs to.

use std::{collections::HashMap, fmt::Write as _};

use arrow_array::{
    Array, RecordBatch, UInt32Array,
    cast::AsArray,
    types::{Date32Type, Int64Type, TimestampMicrosecondType},
};
use arrow_schema::DataType;
use parquet::errors::ParquetError;
use sluice_contract::{
    literal,
    stack::{Lake, Partition, PartitionTransform, Pipeline},
};

use crate::spool::SpoolError;

/// What Hive and Athena call the partition of a null.
const NULL_FOLDER: &str = "__HIVE_DEFAULT_PARTITION__";
const MICROS_PER_HOUR: i64 = 3_600_000_000;
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// Sorts rows into folders.
pub(super) struct Partitioner {
    levels: Vec<(usize, Partition)>,
}

/// Some rows of a batch and where they belong.
pub(super) struct Share {
    /// Such as `submitted_at_day=2026-11-22/`; empty without partitions.
    pub(super) folder: String,
    /// The rows, ascending.
    pub(super) rows: UInt32Array,
}

impl Share {
    /// These rows of the batch.
    pub(super) fn take(&self, batch: &RecordBatch) -> Result<RecordBatch, SpoolError> {
        let rows = arrow_select::take::take_record_batch(batch, &self.rows);
        Ok(rows.map_err(ParquetError::from)?)
    }
}

impl Partitioner {
    pub(super) fn new(pipeline: &Pipeline, lake: &Lake) -> Self {
        let column = |name: &str| pipeline.fields.iter().position(|field| field.name == name);
        let level = |partition: &Partition| {
            column(&partition.field).map(|column| (column, partition.clone()))
        };
        Self {
            levels: lake.partition_by.iter().filter_map(level).collect(),
        }
    }

    /// Whether every row belongs into the same folder.
    pub(super) fn is_flat(&self) -> bool {
        self.levels.is_empty()
    }

    /// Columns that are folders and therefore not in the files.
    pub(super) fn folder_columns(&self) -> Vec<usize> {
        let value = |level: &&(usize, Partition)| level.1.transform == PartitionTransform::Value;
        self.levels
            .iter()
            .filter(value)
            .map(|(column, _)| *column)
            .collect()
    }

    /// The rows of a batch, folder by folder, in the order in which folders first occur.
    pub(super) fn split(&self, rows: &RecordBatch) -> Vec<Share> {
        let mut group_of: Vec<u32> = vec![0; rows.num_rows()];
        let mut examples: Vec<u32> = vec![0];
        for (column, partition) in &self.levels {
            let values = bucket(rows.column(*column).as_ref(), partition.transform);
            let mut groups: HashMap<(u32, Option<i64>), u32> = HashMap::new();
            examples.clear();
            let mut last: Option<((u32, Option<i64>), u32)> = None;
            for (row, value) in values.into_iter().enumerate() {
                let key = (group_of[row], value);
                let group = match last {
                    Some((same, group)) if same == key => group,
                    _ => *groups.entry(key).or_insert_with(|| {
                        examples.push(row as u32);
                        (examples.len() - 1) as u32
                    }),
                };
                last = Some((key, group));
                group_of[row] = group;
            }
        }
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); examples.len()];
        group_of
            .iter()
            .enumerate()
            .for_each(|(row, group)| members[*group as usize].push(row as u32));
        let share = |(members, example): (Vec<u32>, &u32)| Share {
            folder: self.folder(rows, *example as usize),
            rows: UInt32Array::from(members),
        };
        members.into_iter().zip(&examples).map(share).collect()
    }

    fn folder(&self, rows: &RecordBatch, row: usize) -> String {
        let mut folder = String::new();
        for (column, partition) in &self.levels {
            folder.push_str(&partition.column());
            folder.push('=');
            let column = rows.column(*column);
            if column.is_null(row) {
                folder.push_str(NULL_FOLDER);
            } else {
                write_value(column.as_ref(), row, partition.transform, &mut folder);
            }
            folder.push('/');
        }
        folder
    }
}

/// A number for each row that is equal where the partition's value is; `None` for null.
fn bucket(column: &dyn Array, transform: PartitionTransform) -> Vec<Option<i64>> {
    let mut buckets: Vec<Option<i64>> = match column.data_type() {
        DataType::Timestamp(..) => {
            let unit = if transform == PartitionTransform::Hour {
                MICROS_PER_HOUR
            } else {
                MICROS_PER_DAY
            };
            let micros = column.as_primitive::<TimestampMicrosecondType>().values();
            micros
                .iter()
                .map(|micros| Some(micros.div_euclid(unit)))
                .collect()
        }
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().values();
            days.iter().map(|days| Some(i64::from(*days))).collect()
        }
        DataType::Int64 => column
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .map(|value| Some(*value))
            .collect(),
        DataType::Boolean => {
            let values = column.as_boolean();
            (0..values.len())
                .map(|row| Some(i64::from(values.value(row))))
                .collect()
        }
        _ => {
            let texts = column.as_string::<i32>();
            let mut known = HashMap::new();
            let mut number = |row| {
                let next = known.len() as i64;
                Some(*known.entry(texts.value(row)).or_insert(next))
            };
            (0..texts.len()).map(&mut number).collect()
        }
    };
    match transform {
        PartitionTransform::Month => buckets.iter_mut().flatten().for_each(|day| {
            let (year, month, _) = literal::civil_from_days(*day as i32);
            *day = i64::from(year) * 12 + i64::from(month);
        }),
        PartitionTransform::Year => {
            buckets
                .iter_mut()
                .flatten()
                .for_each(|day| *day = i64::from(literal::civil_from_days(*day as i32).0));
        }
        PartitionTransform::Value | PartitionTransform::Day | PartitionTransform::Hour => {}
    }
    if column.null_count() > 0 {
        buckets
            .iter_mut()
            .enumerate()
            .filter(|(row, _)| column.is_null(*row))
            .for_each(|(_, bucket)| *bucket = None);
    }
    buckets
}

fn write_value(column: &dyn Array, row: usize, transform: PartitionTransform, folder: &mut String) {
    let micros = match column.data_type() {
        DataType::Timestamp(..) => column.as_primitive::<TimestampMicrosecondType>().value(row),
        DataType::Date32 => {
            i64::from(column.as_primitive::<Date32Type>().value(row)) * MICROS_PER_DAY
        }
        DataType::Int64 => {
            let _ = write!(folder, "{}", column.as_primitive::<Int64Type>().value(row));
            return;
        }
        DataType::Boolean => {
            folder.push_str(if column.as_boolean().value(row) {
                "true"
            } else {
                "false"
            });
            return;
        }
        _ => return escape(column.as_string::<i32>().value(row), folder),
    };
    let text = literal::timestamp_text(micros);
    // 2026-11-22T17:…
    let length = match transform {
        PartitionTransform::Year => 4,
        PartitionTransform::Month => 7,
        PartitionTransform::Day | PartitionTransform::Value => 10,
        PartitionTransform::Hour => 13,
    };
    folder.push_str(&text[..length].replace('T', "-"));
}

/// Writes text as Hive does, so that it is one folder's name whatever it holds: `%XX` for what is special.
fn escape(text: &str, folder: &mut String) {
    if text.is_empty() {
        folder.push_str(NULL_FOLDER);
    }
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => folder.push(character),
            _ => {
                let mut buffer = [0; 4];
                for byte in character.encode_utf8(&mut buffer).bytes() {
                    let _ = write!(folder, "%{byte:02X}");
                }
            }
        }
    }
}
