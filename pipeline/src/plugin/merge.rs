//! Puts the answers for parts of a batch together again, after the rows that made the plugin fail were found.
//!
//! Output rows of the parts keep their order, and every one names its source row, so that failed rows are simply not
//! there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use sluice_contract::field_type::TypeName;

use crate::columns::{Column, ColumnField, Values, validity};

use super::cell::Cell;
use super::{Finding, OutColumn, Transformed};

/// The answer for some rows of a batch.
pub(super) struct Part {
    /// Rows of the batch.
    pub(super) rows: Range<usize>,
    /// What the plugin made of them, numbered from the part's own start; or the finding that rejects its only row.
    pub(super) result: Result<Transformed, Finding>,
}

impl Part {
    /// How much memory the part's rows take where they are joined to the others, at the most. `input` are the columns of
    /// the batch.
    pub(super) fn bytes(&self, input: &[Column]) -> u64 {
        let Ok(transformed) = &self.result else {
            return 0;
        };
        let rows = || match &transformed.source_rows {
            Some(rows) => rows.clone(),
            None => (0..self.rows.len() as u32).collect(),
        };
        // What one row takes beside its value: an offset or a number, and whether it is valid.
        let beside = 9 * transformed.rows as u64;
        let mut kept: BTreeMap<usize, u64> = BTreeMap::new();
        let values = transformed.columns.iter().map(|column| match column {
            OutColumn::Replace(column) => column.values.size(),
            OutColumn::Keep(index) => *kept.entry(*index).or_insert_with(|| {
                let bytes = |row: u32| input[*index].bytes(self.rows.start + row as usize);
                let lengths = rows()
                    .into_iter()
                    .map(|row| bytes(row).map_or(0, <[u8]>::len));
                lengths.map(|length| length as u64).sum()
            }),
        });
        values.map(|bytes| bytes + beside).sum()
    }
}

/// Joins the answers for the whole of a batch whose columns are `input`.
pub(super) fn merge(
    mut parts: Vec<Part>,
    input: &[Column],
    outputs: &[(ColumnField, TypeName)],
) -> Transformed {
    parts.sort_by_key(|part| part.rows.start);
    let picks: Vec<Pick<'_>> = parts.iter().filter_map(Pick::of).collect();
    let columns = outputs
        .iter()
        .enumerate()
        .map(|(index, (_, logical))| merge_column(index, *logical, &picks, input));
    let columns = columns.collect();
    let source_rows: Vec<u32> = picks
        .iter()
        .flat_map(|pick| pick.source_rows.iter().copied())
        .collect();
    drop(picks);

    let (mut rejected, mut findings) = (Vec::new(), Vec::new());
    for part in parts {
        let start = part.rows.start as u32;
        match part.result {
            Ok(transformed) => {
                rejected.extend(transformed.rejected.iter().map(|row| row + start));
                findings.extend(transformed.findings.into_iter().map(|f| Finding {
                    row: f.row + start,
                    ..f
                }));
            }
            Err(finding) => {
                rejected.push(finding.row);
                findings.push(finding);
            }
        }
    }
    Transformed {
        rows: source_rows.len(),
        columns,
        source_rows: Some(source_rows),
        rejected,
        findings,
    }
}

/// The rows of a part that go on.
struct Pick<'a> {
    transformed: &'a Transformed,
    /// Rows of the part's own columns.
    rows: Vec<u32>,
    /// Rows of the batch that they come from.
    source_rows: Vec<u32>,
}

impl Pick<'_> {
    fn of(part: &Part) -> Option<Pick<'_>> {
        let transformed = part.result.as_ref().ok()?;
        let start = part.rows.start as u32;
        let (rows, source_rows) = match &transformed.source_rows {
            Some(rows) => (
                (0..rows.len() as u32).collect(),
                rows.iter().map(|row| row + start).collect(),
            ),
            None => {
                let kept = |row: &u32| transformed.rejected.binary_search(row).is_err();
                let rows: Vec<u32> = (0..transformed.rows as u32).filter(kept).collect();
                let source_rows = rows.iter().map(|row| row + start).collect();
                (rows, source_rows)
            }
        };
        Some(Pick {
            transformed,
            rows,
            source_rows,
        })
    }
}

fn merge_column(
    index: usize,
    logical: TypeName,
    picks: &[Pick<'_>],
    input: &[Column],
) -> OutColumn {
    let mut kept = picks
        .iter()
        .map(|pick| match pick.transformed.columns[index] {
            OutColumn::Keep(column) => Some(column),
            OutColumn::Replace(_) => None,
        });
    if let Some(Some(first)) = kept.next()
        && kept.all(|column| column == Some(first))
    {
        return OutColumn::Keep(first);
    }
    let sources = || {
        picks
            .iter()
            .map(|pick| match &pick.transformed.columns[index] {
                OutColumn::Keep(column) => (&input[*column], &pick.source_rows),
                OutColumn::Replace(column) => (column, &pick.rows),
            })
    };
    let mut kinds = sources().map(|(column, _)| column.values.none_of_kind());
    let first = kinds.next().unwrap_or_else(Values::no_bytes);
    // A plugin may leave a column as text in one part and parse it in another.
    let values = if kinds.all(|kind| kind == first) {
        first
    } else {
        Values::no_bytes()
    };
    let mut merged = Merged {
        values,
        valid: Vec::new(),
    };
    for (column, rows) in sources() {
        for &row in rows {
            merged.push(column, row as usize, logical);
        }
    }
    OutColumn::Replace(merged.finish())
}

struct Merged {
    values: Values,
    valid: Vec<bool>,
}

impl Merged {
    fn push(&mut self, from: &Column, row: usize, logical: TypeName) {
        let valid = from.is_valid(row);
        self.valid.push(valid);
        match (&mut self.values, &from.values) {
            (Values::Integers(to), Values::Integers(from)) => to.push(from[row]),
            (Values::Floats(to), Values::Floats(from)) => to.push(from[row]),
            (Values::Booleans(to), Values::Booleans(from)) => to.push(from[row]),
            (Values::Bytes { offsets, data }, _) => {
                if let Some(text) = text_of(from, row, logical) {
                    data.extend_from_slice(text.as_bytes());
                }
                offsets.push(data.len() as u32);
            }
            _ => unreachable!("values of different kinds are merged as text"),
        }
    }

    fn finish(self) -> Column {
        Column {
            values: self.values,
            validity: validity::of(self.valid.into_iter()),
        }
    }
}

/// The value of a row as text, whatever carries it; `None` where it is null.
fn text_of(column: &Column, row: usize, logical: TypeName) -> Option<Cow<'_, str>> {
    match column.bytes(row) {
        Some(bytes) => Some(String::from_utf8_lossy(bytes)),
        None => {
            let text = Cell::of(column, row, logical).text()?.into_owned();
            Some(text.into())
        }
    }
}
