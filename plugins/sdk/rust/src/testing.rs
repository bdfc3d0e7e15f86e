//! Runs a plugin on a few rows without WebAssembly, for its unit tests.

use crate::column_plugin::ColumnPlugin;
use crate::config::Config;
use crate::contract::{
    Batch, BytesColumn, Column, Failure, Field, Finding, Origin, OutColumn, Output, Severity,
    Values,
};
use crate::nulls::{Nulls, is_valid};
use crate::row_plugin::{RowPlugin, Rows};

/// What a plugin made of the rows of a test.
#[derive(Debug)]
pub struct Cleaned {
    fields: Vec<Field>,
    input: Batch,
    output: Output,
}

/// Cleans rows of text: `config` as in the manifest, the columns' names, and the rows' values in that order.
///
/// # Panics
/// Where the plugin refuses the configuration or fails; see [`try_run`].
pub fn run<P: RowPlugin>(config: &[(&str, &str)], columns: &[&str], rows: &[&[&str]]) -> Cleaned {
    let rows: Vec<Vec<Option<&str>>> = rows
        .iter()
        .map(|row| row.iter().map(|value| Some(*value)).collect())
        .collect();
    match try_run::<Rows<P>>(config, columns, &rows, &origin()) {
        Ok(cleaned) => cleaned,
        Err(failure) => panic!(
            "the plugin failed with `{}`: {}",
            failure.code, failure.message
        ),
    }
}

/// Where the rows of [`run`] come from: an object that arrived on 2026-06-01 at noon, UTC.
pub fn origin() -> Origin {
    Origin {
        pipeline: "test".into(),
        source: "test.csv".into(),
        first_row: 0,
        received_at: 1_780_315_200_000_000,
    }
}

/// The same for any plugin, with nulls, and with failures returned.
pub fn try_run<P: ColumnPlugin>(
    config: &[(&str, &str)],
    columns: &[&str],
    rows: &[Vec<Option<&str>>],
    origin: &Origin,
) -> Result<Cleaned, Failure> {
    let schema: Vec<Field> = columns
        .iter()
        .map(|name| Field {
            name: (*name).into(),
            logical: "text".into(),
            nullable: true,
        })
        .collect();
    let config = Config::new(
        config
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
    );
    let (mut plugin, fields) = P::configure(schema, config)?;
    let input = batch(columns.len(), rows);
    let output = plugin.transform(input.clone(), origin.clone())?;
    Ok(Cleaned {
        fields,
        input,
        output,
    })
}

/// A batch of text columns.
pub fn batch(columns: usize, rows: &[Vec<Option<&str>>]) -> Batch {
    let column = |index: usize| {
        let (mut offsets, mut data, mut nulls) = (vec![0], Vec::new(), Nulls::default());
        for (at, row) in rows.iter().enumerate() {
            data.extend_from_slice(row[index].unwrap_or_default().as_bytes());
            offsets.push(data.len() as u32);
            if row[index].is_none() {
                nulls.push(at..at + 1);
            }
        }
        Column {
            values: Values::Bytes(BytesColumn { offsets, data }),
            validity: nulls.finish(rows.len()),
        }
    };
    Batch {
        rows: rows.len() as u32,
        columns: (0..columns).map(column).collect(),
    }
}

impl Cleaned {
    /// How many rows come out.
    pub fn rows(&self) -> usize {
        self.output.rows as usize
    }

    /// What the plugin returned.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Whether a column came back untouched.
    pub fn is_kept(&self, name: &str) -> bool {
        matches!(self.output.columns[self.position(name)], OutColumn::Keep(_))
    }

    /// The text of output row `row`; `None` where it is null.
    pub fn text(&self, row: usize, name: &str) -> Option<&str> {
        let (column, row) = self.column(row, name);
        match &column.values {
            Values::Bytes(bytes) if is_valid(&column.validity, row) => {
                let (start, end) = (bytes.offsets[row] as usize, bytes.offsets[row + 1] as usize);
                Some(std::str::from_utf8(&bytes.data[start..end]).expect("a row's text is UTF-8"))
            }
            _ => None,
        }
    }

    /// The integer, timestamp or date of output row `row`; `None` where it is null.
    pub fn integer(&self, row: usize, name: &str) -> Option<i64> {
        let (column, row) = self.column(row, name);
        match &column.values {
            Values::Integers(values) if is_valid(&column.validity, row) => Some(values[row]),
            _ => None,
        }
    }

    /// The input row that output row `row` comes from.
    pub fn source_row(&self, row: usize) -> u32 {
        self.output
            .source_rows
            .as_ref()
            .map_or(row as u32, |rows| rows[row])
    }

    /// The rejected input rows.
    pub fn rejected(&self) -> &[u32] {
        &self.output.rejected
    }

    /// Input rows that were neither kept nor rejected.
    pub fn dropped(&self) -> Vec<u32> {
        let kept: Vec<u32> = (0..self.rows()).map(|row| self.source_row(row)).collect();
        (0..self.input.rows)
            .filter(|row| !kept.contains(row) && !self.output.rejected.contains(row))
            .collect()
    }

    /// The codes of a row's findings, each with its severity's first letter: `w:bad_rating`.
    pub fn findings(&self, input_row: u32) -> Vec<String> {
        let of_row = self
            .output
            .findings
            .iter()
            .filter(|finding| finding.row == input_row);
        of_row
            .map(|Finding { severity, code, .. }| {
                let severity = match severity {
                    Severity::Info => 'i',
                    Severity::Warning => 'w',
                    Severity::Error => 'e',
                };
                format!("{severity}:{code}")
            })
            .collect()
    }

    fn position(&self, name: &str) -> usize {
        match self.fields.iter().position(|field| field.name == name) {
            Some(position) => position,
            None => panic!("the plugin has no output column `{name}`"),
        }
    }

    fn column(&self, row: usize, name: &str) -> (&Column, usize) {
        match &self.output.columns[self.position(name)] {
            OutColumn::Keep(index) => (
                &self.input.columns[*index as usize],
                self.source_row(row) as usize,
            ),
            OutColumn::Replace(column) => (column, row),
        }
    }
}
