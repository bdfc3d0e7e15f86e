//! A stored record as JSON, the same whoever stored it.

use arrow_array::RecordBatch;
use serde_json::value::RawValue;
use sluice_contract::{
    field_type::Stored,
    stack::{Field, Pipeline},
};
use sluice_pipeline::cells::Cells;

/// A record as the text of a JSON object: every field in the order of the manifest, null where it has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(
    /// The text.
    pub String,
);

impl Record {
    /// The text as a part of another.
    pub(crate) fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.0.clone()).expect("a record is JSON")
    }
}

/// Writes a record field by field, from the canonical text of its values.
#[derive(Debug, Default)]
pub struct RecordBuilder {
    text: String,
}

impl RecordBuilder {
    /// Adds a field. `value` is as stored: digits of a number, `true`, `2026-11-22T10:00:00.000000Z`, a document's text.
    pub fn push(&mut self, field: &Field, value: Option<&str>) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        self.text += &quoted(&field.name);
        self.text.push(':');
        match (value, field.kind.stored()) {
            (None, _) => self.text += "null",
            (Some(value), Stored::Text | Stored::Timestamp | Stored::Date) => {
                self.text += &quoted(value);
            }
            (
                Some(value),
                Stored::Integer
                | Stored::Float
                | Stored::Decimal
                | Stored::Boolean
                | Stored::Document,
            ) => self.text += value,
        }
    }

    /// The record.
    pub fn finish(mut self) -> Record {
        if self.text.is_empty() {
            self.text.push('{');
        }
        self.text.push('}');
        Record(self.text)
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// The records of rows that passed the checks.
pub(crate) struct Rows<'a> {
    pipeline: &'a Pipeline,
    cells: Vec<Cells<'a>>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline, rows: &'a RecordBatch) -> Self {
        let columns = rows.columns().iter().zip(&pipeline.fields);
        let cells = columns.map(|(column, field)| Cells::of(column.as_ref(), field.kind.stored()));
        Self {
            pipeline,
            cells: cells.collect(),
        }
    }

    /// One of them.
    pub(crate) fn record(&self, row: usize) -> Record {
        let mut record = RecordBuilder::default();
        for (field, cells) in self.pipeline.fields.iter().zip(&self.cells) {
            record.push(field, cells.text(row).as_deref());
        }
        record.finish()
    }

    /// The value of a field, by its place.
    pub(crate) fn text(&self, field: usize, row: usize) -> Option<String> {
        self.cells[field].text(row)
    }
}
