//! Checked rows as JSON objects: what an API is sent, what one answers, and lines of NDJSON.
//!
//! A member for each field, in the order of the manifest. Numbers are numbers with all of their digits, timestamps and
//! dates are text in the notation of [`literal`], `json` fields are the documents that they are, and a missing value is
//! `null`.

use std::io::Write as _;

use arrow_array::RecordBatch;
use sluice_contract::{
    literal,
    stack::{Field, Pipeline},
};

use crate::cells::{Cells, scale_of};

/// Writes rows of one pipeline. Made once, used for all of its batches.
#[derive(Debug)]
pub struct JsonRows {
    /// `"name":` of every field.
    names: Vec<String>,
    fields: Vec<Field>,
}

impl JsonRows {
    /// Of a pipeline's fields.
    pub fn new(pipeline: &Pipeline) -> Self {
        let name = |field: &Field| format!("{}:", quoted(&field.name));
        Self {
            names: pipeline.fields.iter().map(name).collect(),
            fields: pipeline.fields.clone(),
        }
    }

    /// The cells of a batch, whose schema is the pipeline's fields in order, ready to be written row by row.
    pub fn batch<'a>(&'a self, rows: &'a RecordBatch) -> JsonBatch<'a> {
        let columns = rows.columns().iter().zip(&self.fields);
        JsonBatch {
            names: &self.names,
            cells: columns
                .map(|(column, field)| Cells::of(column.as_ref(), field.kind.stored()))
                .collect(),
        }
    }
}

/// One batch.
#[derive(Debug)]
pub struct JsonBatch<'a> {
    names: &'a [String],
    cells: Vec<Cells<'a>>,
}

impl JsonBatch<'_> {
    /// Writes a row behind what is in `text`, without a line break.
    pub fn write(&self, row: usize, text: &mut Vec<u8>) {
        self.write_members(0..self.cells.len(), row, text);
    }

    /// The same with some of the fields, named by their places.
    pub fn write_members(
        &self,
        fields: impl IntoIterator<Item = usize>,
        row: usize,
        text: &mut Vec<u8>,
    ) {
        text.push(b'{');
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            text.extend_from_slice(self.names[field].as_bytes());
            write_cell(self.cells[field], row, text);
        }
        text.push(b'}');
    }
}

fn write_cell(cells: Cells<'_>, row: usize, text: &mut Vec<u8>) {
    const INFALLIBLE: &str = "memory takes what is written";
    if cells.is_null(row) {
        text.extend_from_slice(b"null");
        return;
    }
    match cells {
        Cells::Text(cells) => {
            serde_json::to_writer(text, cells.value(row)).expect(INFALLIBLE);
        }
        // The checks let nothing else through.
        Cells::Document(cells) => text.extend_from_slice(cells.value(row).as_bytes()),
        Cells::Integer(cells) => write!(text, "{}", cells.value(row)).expect(INFALLIBLE),
        // What is no number in JSON is `null` there.
        Cells::Float(cells) => serde_json::to_writer(text, &cells.value(row)).expect(INFALLIBLE),
        Cells::Boolean(cells) => write!(text, "{}", cells.value(row)).expect(INFALLIBLE),
        Cells::Decimal(cells) => {
            let digits = literal::decimal_text(cells.value(row), scale_of(cells));
            text.extend_from_slice(digits.as_bytes());
        }
        Cells::Timestamp(cells) => {
            let instant = literal::timestamp_text(cells.value(row));
            write!(text, "\"{instant}\"").expect(INFALLIBLE);
        }
        Cells::Date(cells) => {
            let day = literal::date_text(cells.value(row));
            write!(text, "\"{day}\"").expect(INFALLIBLE);
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use arrow_array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
        StringArray, TimestampMicrosecondArray,
    };

    use super::*;
    use crate::check::table_schema;

    const MANIFEST: &str = r#"
[project]
name = "rows"
[pipeline.p]
source = { prefix = "in/" }
lake = true
[pipeline.p.fields]
text = { type = "text", required = false }
document = "json"
integer = "integer"
float = "float"
decimal = { type = "decimal", precision = 20, scale = 2 }
boolean = "boolean"
timestamp = "timestamp"
date = "date"
"#;

    #[test]
    fn every_type() {
        let stack = sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap();
        let pipeline = &stack.pipelines[0];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(vec![Some("é\"\n\u{1}"), None])),
            Arc::new(StringArray::from(vec!["[1, {\"a\": null}]", "\"x\""])),
            Arc::new(Int64Array::from(vec![i64::MIN, 7])),
            Arc::new(Float64Array::from(vec![0.1, 1e300])),
            Arc::new(
                Decimal128Array::from(vec![-5_i128, 12_345_678_901_234_567_890])
                    .with_precision_and_scale(20, 2)
                    .unwrap(),
            ),
            Arc::new(BooleanArray::from(vec![true, false])),
            Arc::new(TimestampMicrosecondArray::from(vec![0, -1]).with_timezone("UTC")),
            Arc::new(Date32Array::from(vec![0, 20_000])),
        ];
        let rows = RecordBatch::try_new(table_schema(pipeline), columns).unwrap();
        let (writer, mut text) = (JsonRows::new(pipeline), Vec::new());
        for row in 0..rows.num_rows() {
            writer.batch(&rows).write(row, &mut text);
            text.push(b'\n');
        }
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r#"
        {"text":"é\"\n\u0001","document":[1, {"a": null}],"integer":-9223372036854775808,"float":0.1,"decimal":-0.05,"boolean":true,"timestamp":"1970-01-01T00:00:00.000000Z","date":"1970-01-01"}
        {"text":null,"document":"x","integer":7,"float":1e+300,"decimal":123456789012345678.90,"boolean":false,"timestamp":"1969-12-31T23:59:59.999999Z","date":"2024-10-04"}
        "#);
    }
}
