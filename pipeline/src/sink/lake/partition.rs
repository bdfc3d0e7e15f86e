//! Which lake folder a row belongs to.

use std::{collections::HashMap, fmt::Write as _};

use arrow_array::{Array as _, RecordBatch, StringArray, UInt32Array};
use parquet::errors::ParquetError;
use sluice_contract::{
    field_type::Stored,
    folder, literal,
    stack::{Lake, Partition, PartitionTransform, Pipeline},
};

use crate::{cells::Cells, spool::SpoolError};

/// Equal floats and decimals are written in several ways.
const NO_FOLDER: &str = "no manifest is right whose partition is of this type";
const MICROS_PER_HOUR: i64 = 3_600_000_000;
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// Sorts rows into folders.
pub(super) struct Partitioner {
    levels: Vec<Level>,
}

/// One level of folders.
struct Level {
    /// Which column of the rows it is of, and how that is stored.
    column: usize,
    stored: Stored,
    partition: Partition,
}

impl Level {
    fn cells<'a>(&self, rows: &'a RecordBatch) -> Cells<'a> {
        Cells::of(rows.column(self.column).as_ref(), self.stored)
    }
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
        let level = |partition: &Partition| {
            let mut fields = pipeline.fields.iter();
            let column = fields.position(|field| field.name == partition.field)?;
            Some(Level {
                column,
                stored: pipeline.fields[column].kind.stored(),
                partition: partition.clone(),
            })
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
        let value = |level: &&Level| level.partition.transform == PartitionTransform::Value;
        let levels = self.levels.iter().filter(value);
        levels.map(|level| level.column).collect()
    }

    /// The rows of a batch, folder by folder, in the order in which folders first occur.
    pub(super) fn split(&self, rows: &RecordBatch) -> Vec<Share> {
        let mut group_of: Vec<u32> = vec![0; rows.num_rows()];
        let mut examples: Vec<u32> = vec![0];
        for level in &self.levels {
            let values = bucket(level.cells(rows), level.partition.transform);
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
        for level in &self.levels {
            folder.push_str(&level.partition.column());
            folder.push('=');
            let cells = level.cells(rows);
            if cells.is_null(row) {
                folder.push_str(folder::NO_VALUE);
            } else {
                write_value(cells, row, level.partition.transform, &mut folder);
            }
            folder.push('/');
        }
        folder
    }
}

/// A number for each row that is equal where the partition's value is; `None` for null.
fn bucket(cells: Cells<'_>, transform: PartitionTransform) -> Vec<Option<i64>> {
    let column = cells.array();
    let mut buckets: Vec<Option<i64>> = match cells {
        Cells::Timestamp(cells) => {
            let unit = if transform == PartitionTransform::Hour {
                MICROS_PER_HOUR
            } else {
                MICROS_PER_DAY
            };
            let micros = cells.values().iter();
            micros.map(|micros| Some(micros.div_euclid(unit))).collect()
        }
        Cells::Date(cells) => {
            let days = cells.values().iter();
            days.map(|days| Some(i64::from(*days))).collect()
        }
        Cells::Integer(cells) => cells.values().iter().map(|value| Some(*value)).collect(),
        Cells::Boolean(cells) => (0..cells.len())
            .map(|row| Some(i64::from(cells.value(row))))
            .collect(),
        Cells::Text(cells) | Cells::Document(cells) => numbered(cells),
        Cells::Float(_) | Cells::Decimal(_) => unreachable!("{NO_FOLDER}"),
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

/// A number for each text, the same for equal ones.
fn numbered(texts: &StringArray) -> Vec<Option<i64>> {
    let mut known = HashMap::new();
    let mut number = |row| {
        let next = known.len() as i64;
        Some(*known.entry(texts.value(row)).or_insert(next))
    };
    (0..texts.len()).map(&mut number).collect()
}

fn write_value(cells: Cells<'_>, row: usize, transform: PartitionTransform, folder: &mut String) {
    let micros = match cells {
        Cells::Timestamp(cells) => cells.value(row),
        Cells::Date(cells) => i64::from(cells.value(row)) * MICROS_PER_DAY,
        Cells::Integer(cells) => {
            let _ = write!(folder, "{}", cells.value(row));
            return;
        }
        Cells::Boolean(cells) => {
            let _ = write!(folder, "{}", cells.value(row));
            return;
        }
        Cells::Text(cells) | Cells::Document(cells) => {
            return folder::escape(cells.value(row), folder);
        }
        Cells::Float(_) | Cells::Decimal(_) => unreachable!("{NO_FOLDER}"),
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
