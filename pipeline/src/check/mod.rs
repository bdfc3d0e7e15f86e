//! From a plugin's columns to typed Arrow rows that satisfy every constraint of the manifest's fields.
//!
//! A record passes as a whole or not at all: where a plugin makes several rows of one record, a bad one rejects them
//! all. Nothing here knows where rows are stored.

mod ahead;
mod constraint;
mod field;
mod gather;
mod origins;
mod tally;

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};
use sluice_contract::{
    field_type::{FieldType, Stored},
    stack::{Field, Pipeline, Sink},
};

use self::{ahead::Ahead, field::FieldChecker};
pub use self::{origins::Origins, tally::FieldTally};
use crate::{
    columns::{Column, ColumnField},
    decode::{Batch, Raw},
    generate::Identity,
    plugin::{Finding, OutColumn, Severity, Transformed, Words},
    sink::{self, UnfitRow},
};

/// Checks the rows of one object, whose columns are always the same.
pub struct Checker {
    fields: Vec<(FieldChecker, Option<usize>)>,
    schema: SchemaRef,
    output_names: Vec<String>,
    /// What else has to take every row.
    sinks: Vec<Sink>,
    /// The pipeline's.
    declared: Vec<Field>,
    /// Where versions are told apart by a time.
    ahead: Option<Ahead>,
}

/// Rows that passed, and what became of the other records of the batch.
#[derive(Debug)]
pub struct Checked {
    /// Rows that passed. The schema is that of [`table_schema`].
    pub rows: RecordBatch,
    /// For every row the number of its record in the object, from 0.
    pub records: Vec<u64>,
    /// Whether a record has more than one row.
    pub several: bool,
    /// The record of every row, where a sink may refuse rows that passed.
    pub origins: Option<Origins>,
    /// Records of the batch.
    pub read: u64,
    /// Records that the plugin left out.
    pub dropped: u64,
    /// Records that did not pass, in the order of the object.
    pub rejected: Vec<Rejected>,
    /// What was noticed about records without rejecting them.
    pub remarks: Vec<Remark>,
    /// What became of the values of each field, in the order of the manifest.
    pub fields: Vec<FieldTally>,
}

/// A record that did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its number in the object, from 0.
    pub record: u64,
    /// Its raw text, or the beginning of it.
    pub raw: Vec<u8>,
    /// Length of the whole raw text, in bytes.
    pub raw_bytes: u64,
    /// What is wrong with it.
    pub findings: Vec<RejectFinding>,
}

/// What is wrong with a rejected record, or was noticed about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectFinding {
    /// The field or output column.
    pub column: Option<String>,
    /// How serious it is.
    pub severity: Severity,
    /// A short stable name.
    pub code: String,
    /// A sentence for people, without record content.
    pub message: String,
    /// Whose words these are.
    pub words: Words,
}

/// What was noticed about a record that was not rejected for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Its number in the object, from 0.
    pub record: u64,
    /// What was noticed.
    pub finding: RejectFinding,
}

/// The plugin's output and the manifest's fields do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the plugin returns `{column}` as {actual}, but the manifest declares it as {declared}; change one of them"
)]
pub struct SchemaMismatch {
    /// The column.
    pub column: String,
    /// The plugin's type.
    pub actual: String,
    /// The manifest's type.
    pub declared: String,
}

/// A field that one row violates.
pub(crate) struct Violation {
    row: u32,
    code: &'static str,
    message: String,
}

impl From<UnfitRow> for Violation {
    fn from(unfit: UnfitRow) -> Self {
        Self {
            row: unfit.row,
            code: unfit.code,
            message: unfit.message,
        }
    }
}

/// The Arrow schema of a pipeline's rows: its fields, in the order of the manifest.
pub fn table_schema(pipeline: &Pipeline) -> SchemaRef {
    let field =
        |field: &Field| ArrowField::new(&field.name, arrow_type(&field.kind), field.may_be_null());
    Arc::new(Schema::new(
        pipeline.fields.iter().map(field).collect::<Vec<_>>(),
    ))
}

pub(crate) fn arrow_type(kind: &FieldType) -> DataType {
    match kind.stored() {
        Stored::Text | Stored::Document => DataType::Utf8,
        Stored::Integer => DataType::Int64,
        Stored::Float => DataType::Float64,
        Stored::Decimal => {
            let (precision, scale) = kind.digits();
            DataType::Decimal128(precision, scale as i8)
        }
        Stored::Boolean => DataType::Boolean,
        Stored::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Stored::Date => DataType::Date32,
    }
}

impl Checker {
    /// Prepares for rows with these columns. A declared field without a column is null in every row.
    pub fn new(pipeline: &Pipeline, columns: &[ColumnField]) -> Result<Self, SchemaMismatch> {
        let mut fields = Vec::with_capacity(pipeline.fields.len());
        for field in &pipeline.fields {
            let column = columns.iter().position(|column| column.name == field.name);
            if let Some(column) = column {
                field::check_logical(field, &columns[column].logical)?;
            }
            fields.push((FieldChecker::new(field, &pipeline.limits), column));
        }
        let output_names = columns.iter().map(|column| column.name.clone()).collect();
        Ok(Self {
            fields,
            schema: table_schema(pipeline),
            output_names,
            sinks: pipeline.sinks.clone(),
            declared: pipeline.fields.clone(),
            ahead: Ahead::of(pipeline),
        })
    }

    /// Says when the records arrived, in microseconds since 1970-01-01T00:00:00Z. Unless somebody does, none is from a future.
    pub fn arrived_at(&mut self, micros: i64) {
        if let Some(ahead) = &mut self.ahead {
            ahead.arrived_at(micros);
        }
    }

    /// Checks a batch of records that come from `identity`.
    pub fn check(
        &self,
        batch: &mut Batch,
        transformed: Transformed,
        identity: &Identity,
    ) -> Checked {
        let Transformed {
            rows,
            columns,
            source_rows,
            rejected,
            findings,
        } = transformed;
        let mut refused = vec![false; batch.rows];
        rejected
            .iter()
            .for_each(|row| refused[*row as usize] = true);
        let record_of = |row: usize| source_rows.as_ref().map_or(row, |rows| rows[row] as usize);

        // What a record without text is shown by must stay in the batch.
        let movable = match batch.raw {
            Raw::Text { .. } => true,
            Raw::Columns => false,
        };
        let mut tallies = vec![FieldTally::default(); self.fields.len()];
        let mut nulled = vec![Vec::new(); self.fields.len()];
        for (at, (checker, column)) in self.fields.iter().enumerate() {
            if let Some(column) = column.map(|column| &columns[column]) {
                let inputs = (&*batch.fields, &*batch.columns);
                tallies[at].has_values = tally::has_values(column, inputs.1, rows);
                nulled[at] = tally::nulled(checker.name(), column, inputs, rows, record_of);
            }
        }
        let mut columns = gather::Gather::new(columns, source_rows.as_deref(), movable);
        let mut violations = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.fields.len());
        let places = self
            .generates()
            .then(|| places(source_rows.as_deref(), batch.rows));
        for ((checker, column), field) in self.fields.iter().zip(&self.declared) {
            let mut column = column.map(|column| columns.take(column, &mut batch.columns));
            if let (Some(generate), Some(places)) = (field.generate, &places) {
                let name = |row: usize| {
                    let place = places.get(row).copied().unwrap_or_default();
                    (batch.record_number(record_of(row)), place)
                };
                column = Some(identity.fill(generate, &field.name, column, rows, name));
            }
            let (array, found) = checker.check(column, rows);
            violations.extend(found.into_iter().map(|found| (Some(checker.name()), found)));
            arrays.push(array);
        }
        for sink in &self.sinks {
            let unfit = sink::refuse(sink, &self.declared, &arrays, rows);
            violations.extend(unfit.into_iter().map(|unfit| (None, unfit.into())));
        }
        if let Some(ahead) = &self.ahead {
            let name = self.fields[ahead.field()].0.name();
            let found = ahead.check(arrays[ahead.field()].as_ref());
            violations.extend(found.into_iter().map(|found| (Some(name), found)));
        }
        // What the plugin rejected has its reasons already.
        violations.retain(|(_, found)| !refused[record_of(found.row as usize)]);
        violations
            .iter()
            .for_each(|(_, violation)| refused[record_of(violation.row as usize)] = true);

        for (tally, nulled) in tallies.iter_mut().zip(nulled) {
            tally.nulled = nulled.iter().filter(|row| !refused[**row]).count() as u64;
        }

        let all = RecordBatch::try_new_with_options(
            self.schema_of(&arrays),
            arrays,
            &arrow_array::RecordBatchOptions::new().with_row_count(Some(rows)),
        )
        .expect("every array has the field's type and the batch's length");
        let kept: Vec<usize>;
        let rows = if refused.contains(&true) {
            kept = (0..rows).filter(|row| !refused[record_of(*row)]).collect();
            let mask: BooleanArray = (0..rows)
                .map(|row| Some(!refused[record_of(row)]))
                .collect();
            arrow_select::filter::filter_record_batch(&all, &mask)
                .expect("the mask has the batch's length")
        } else {
            kept = (0..rows).collect();
            all
        };
        let rows = RecordBatch::try_new(self.schema.clone(), rows.columns().to_vec())
            .expect("rows that violate `required` are gone");

        let mut dropped = 0;
        let mut several = false;
        if source_rows.is_some() {
            let mut times = vec![0_u8; batch.rows];
            kept.iter()
                .for_each(|row| times[record_of(*row)] = times[record_of(*row)].saturating_add(1));
            dropped = times
                .iter()
                .zip(&refused)
                .filter(|(times, refused)| **times == 0 && !**refused)
                .count() as u64;
            several = times.iter().any(|times| *times > 1);
        }
        let origins = self.keeps_origins().then(|| {
            let mut origins = Origins::default();
            for row in kept.iter().map(|row| record_of(*row)) {
                origins.push(batch.record_number(row), &batch.raw_record(row));
            }
            origins
        });
        let number = |row: &usize| batch.record_number(record_of(*row));
        let records = kept.iter().map(number).collect();
        let (rejected, remarks) = self.explain(batch, &refused, findings, violations, record_of);
        Checked {
            rows,
            records,
            several,
            origins,
            read: batch.records(),
            dropped,
            rejected,
            remarks,
            fields: tallies,
        }
    }

    fn generates(&self) -> bool {
        self.declared.iter().any(|field| field.generate.is_some())
    }

    /// Whether a row may be refused that passed.
    fn keeps_origins(&self) -> bool {
        self.sinks.iter().any(Sink::refuses_late)
    }

    /// The schema with every field nullable, for arrays that still hold rows to be refused.
    fn schema_of(&self, arrays: &[ArrayRef]) -> SchemaRef {
        let field = |(field, array): (&Arc<ArrowField>, &ArrayRef)| {
            let nullable = field.is_nullable() || array.null_count() > 0;
            field.as_ref().clone().with_nullable(nullable)
        };
        Arc::new(Schema::new(
            self.schema
                .fields()
                .iter()
                .zip(arrays)
                .map(field)
                .collect::<Vec<_>>(),
        ))
    }

    fn explain(
        &self,
        batch: &Batch,
        refused: &[bool],
        findings: Vec<Finding>,
        violations: Vec<(Option<&str>, Violation)>,
        record_of: impl Fn(usize) -> usize,
    ) -> (Vec<Rejected>, Vec<Remark>) {
        let mut remarks = Vec::new();
        let mut by_row: std::collections::BTreeMap<usize, Vec<RejectFinding>> = refused
            .iter()
            .enumerate()
            .filter(|(_, refused)| **refused)
            .map(|(row, _)| (row, Vec::new()))
            .collect();
        for Finding {
            row,
            column,
            severity,
            code,
            message,
            words,
        } in findings
        {
            let column = column.and_then(|column| self.output_names.get(column as usize).cloned());
            let finding = RejectFinding {
                column,
                severity,
                code,
                message,
                words,
            };
            match by_row.get_mut(&(row as usize)) {
                Some(findings) => findings.push(finding),
                None => remarks.push(Remark {
                    record: batch.record_number(row as usize),
                    finding,
                }),
            }
        }
        for (field, Violation { row, code, message }) in violations {
            if let Some(findings) = by_row.get_mut(&record_of(row as usize)) {
                let (column, code) = (field.map(str::to_owned), code.to_owned());
                findings.push(RejectFinding {
                    column,
                    severity: Severity::Error,
                    code,
                    message,
                    words: Words::Own,
                });
            }
        }
        let mut rejected: Vec<Rejected> = by_row
            .into_iter()
            .map(|(row, mut findings)| {
                findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
                let raw = batch.raw_record(row).into_owned();
                Rejected {
                    record: batch.record_number(row),
                    raw_bytes: raw.len() as u64,
                    raw,
                    findings,
                }
            })
            .collect();
        rejected.extend(
            batch
                .broken
                .iter()
                .enumerate()
                .map(|(index, broken)| Rejected {
                    record: batch.broken_number(index),
                    raw: broken.raw.clone(),
                    raw_bytes: broken.raw_bytes,
                    findings: vec![RejectFinding {
                        column: None,
                        severity: Severity::Error,
                        code: broken.code.to_owned(),
                        message: broken.message.clone(),
                        words: Words::Own,
                    }],
                }),
        );
        rejected.sort_by_key(|rejected| rejected.record);
        (rejected, remarks)
    }
}

/// Which of the rows of its record each row is; empty where every record has one. `source_rows` are the records of rows.
fn places(source_rows: Option<&[u32]>, records: usize) -> Vec<u32> {
    let mut next = vec![0; records];
    let place = |record: &u32| {
        let next = &mut next[*record as usize];
        *next += 1;
        *next - 1
    };
    source_rows.unwrap_or_default().iter().map(place).collect()
}

/// What a batch becomes without a plugin: itself.
pub fn untouched(batch: &Batch) -> Transformed {
    Transformed {
        rows: batch.rows,
        columns: (0..batch.columns.len()).map(OutColumn::Keep).collect(),
        source_rows: None,
        rejected: Vec::new(),
        findings: Vec::new(),
    }
}

/// An empty column stands in for one that was moved out of a batch.
fn moved_out() -> Column {
    Column::of_values(crate::columns::Values::no_bytes())
}
