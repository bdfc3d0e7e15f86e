//! A plan at work on a batch.

use std::collections::BTreeMap;

use sluice_sdk::contract::{Batch, BytesColumn, Failure, OutColumn, Output, Values};

use super::{Looked, Other, Out, Plan, Planned, PlannedStep, Source};
use crate::column::Column;
use crate::findings::{Context, Notes, Parts};
use crate::steps::blanks::is_blank;
use crate::text::Text;

impl Plan {
    /// Runs over a batch.
    pub(crate) fn run(&self, batch: Batch) -> Result<Output, Failure> {
        let rows = batch.rows as usize;
        let mut notes = Notes::new(rows);
        if self.drop_blank_rows {
            drop_blank_rows(&batch, &mut notes);
        }
        let spare = self.spare(&batch, rows)?;
        let mut inputs: Vec<_> = batch.columns.into_iter().map(Some).collect();
        let mut done: Vec<Column> = Vec::with_capacity(self.columns.len());
        let mut made: Vec<Vec<Option<Column>>> = Vec::with_capacity(self.columns.len());
        let mut pieces: Option<Parts> = None;
        for planned in &self.columns {
            let mut context = Context {
                notes: &mut notes,
                column: planned.output,
                parts: pieces.take_if(|_| planned.from_pieces),
                only: None,
            };
            let mut column = match &planned.source {
                Source::Input(index, others) => {
                    let mut column = match index {
                        None => Column::Text(Text::nulls(rows)),
                        Some(index) => {
                            let input = inputs.get_mut(*index).and_then(Option::take);
                            Column::new(input.ok_or_else(wrong_batch)?, rows)?
                        }
                    };
                    for (nth, other) in others.iter().enumerate() {
                        let mut before = others[..nth].iter();
                        let is_told = before.any(|before| before.column == other.column);
                        fill(&mut column, other, &spare, is_told, &mut context);
                    }
                    column
                }
                Source::Made { by, nth } => match made[*by][*nth].take() {
                    Some(column) => column,
                    None => return Err(wrong_batch()),
                },
                Source::Of(combined, columns) => {
                    self.combine(combined, columns, &done, rows, &mut context)
                }
                Source::Missing => Column::Text(Text::nulls(rows)),
            };
            let mut new = Vec::new();
            for step in &planned.steps {
                self.run_step(step, &mut column, &mut new, &done, &mut context);
            }
            // The columns of the pieces hand them on.
            pieces = context.parts.or(pieces);
            made.push(new.into_iter().map(Some).collect());
            done.push(column);
        }
        Ok(self.finish(rows, done, pieces, notes))
    }

    /// The columns that only fill what others lack.
    fn spare(&self, batch: &Batch, rows: usize) -> Result<BTreeMap<usize, Column>, Failure> {
        let mut spare = BTreeMap::new();
        for planned in &self.columns {
            if let Source::Input(_, others) = &planned.source {
                for Other { column: index, .. } in others {
                    let column = batch.columns.get(*index).ok_or_else(wrong_batch)?;
                    spare.insert(*index, Column::new(column.clone(), rows)?);
                }
            }
        }
        Ok(spare)
    }

    /// Picks the rows that are left, and hands back what did not change.
    fn finish(
        &self,
        rows: usize,
        done: Vec<Column>,
        pieces: Option<Parts>,
        notes: Notes<'_>,
    ) -> Output {
        let mut parts_kept: Vec<u32> = Vec::new();
        let source_rows: Option<Vec<u32>> = match &pieces {
            Some(parts) => {
                let is_kept = |part: &u32| {
                    let part = *part as usize;
                    !parts.dropped[part] && notes.is_kept(parts.rows[part] as usize)
                };
                parts_kept = (0..parts.rows.len() as u32).filter(is_kept).collect();
                let rows = parts_kept.iter().map(|part| parts.rows[*part as usize]);
                Some(rows.collect())
            }
            None if notes.any_dropped() => Some(
                (0..rows as u32)
                    .filter(|row| notes.is_kept(*row as usize))
                    .collect(),
            ),
            None => None,
        };
        let mut done: Vec<Option<Column>> = done.into_iter().map(Some).collect();
        let columns = self.outputs.iter().map(|out| match out {
            Out::Input(index) => OutColumn::Keep(*index),
            Out::Planned(at) => {
                let column = done[*at].take().expect("a column comes out once");
                let planned = &self.columns[*at];
                match kept(planned, &column) {
                    _ if planned.in_pieces() => {
                        OutColumn::Replace(column.finish(Some(&parts_kept)))
                    }
                    Some(index) => OutColumn::Keep(index),
                    None => OutColumn::Replace(column.finish(source_rows.as_deref())),
                }
            }
        });
        let columns = columns.collect();
        let (rejected, findings) = notes.finish();
        Output {
            rows: source_rows.as_ref().map_or(rows, Vec::len) as u32,
            columns,
            source_rows,
            rejected,
            findings,
        }
    }

    /// Runs a step over a column, or over those of its rows for which the conditions hold.
    fn run_step<'p>(
        &self,
        PlannedStep { step, when }: &'p PlannedStep,
        column: &mut Column,
        made: &mut Vec<Column>,
        done: &[Column],
        context: &mut Context<'_, 'p>,
    ) {
        if when.is_empty() {
            return step.run(column, made, context);
        }
        let holds = |row: usize| {
            when.iter().all(|(looked, condition)| match looked {
                Looked::Own => condition.holds(column, row),
                Looked::Planned(at) if self.columns[*at].in_pieces() => {
                    condition.holds(&done[*at], row)
                }
                Looked::Planned(at) => condition.holds(&done[*at], context.row(row)),
                Looked::Missing => condition.holds_for_null(),
            })
        };
        let only: Vec<bool> = (0..column.rows()).map(holds).collect();
        if !only.contains(&true) {
            return;
        }
        let before = column.clone();
        context.only = Some(only);
        step.run(column, made, context);
        if let Some(only) = context.only.take() {
            column.take_from(&before, |row| !only[row]);
        }
    }
}

/// Which column of the input a planned one still is.
fn kept(planned: &Planned, column: &Column) -> Option<u32> {
    match (&planned.source, column) {
        (Source::Input(Some(index), _), Column::Text(text)) if !text.is_changed() => {
            Some(*index as u32)
        }
        _ => None,
    }
}

/// Fills what has no value with what another column, or a part of it, has there. `is_told` is whether it was said already of
/// that column what is no JSON.
fn fill<'p>(
    column: &mut Column,
    other: &'p Other,
    spare: &BTreeMap<usize, Column>,
    is_told: bool,
    context: &mut Context<'_, 'p>,
) {
    let (Column::Text(text), Some(Column::Text(from))) = (column, spare.get(&other.column)) else {
        return;
    };
    let mut part = None;
    if let Some(path) = &other.path {
        // Nobody asks what is wrong with the part where there is a value.
        let lacks = (0..text.rows()).map(|row| !is_told && is_blank(text.value(row)));
        context.only = Some(lacks.collect());
        path.apply(part.insert(from.clone()), context);
        context.only = None;
    }
    let from = part.as_ref().unwrap_or(from);
    text.take_from(from, |text, row| {
        is_blank(text.value(row)) && !is_blank(from.value(row))
    });
}

fn wrong_batch() -> Failure {
    Failure {
        code: "bad_batch".into(),
        message: "the host sent fewer columns than its schema has".into(),
    }
}

/// Drops rows in which every column is empty, blank or null, as they came in.
fn drop_blank_rows(batch: &Batch, notes: &mut Notes<'_>) {
    let mut blank: Vec<usize> = (0..batch.rows as usize).collect();
    for column in &batch.columns {
        let is_null = |row: usize| {
            !column.validity.is_empty() && column.validity[row / 8] >> (row % 8) & 1 == 0
        };
        match &column.values {
            Values::Bytes(BytesColumn { offsets, data }) => blank.retain(|row| {
                let value = &data[offsets[*row] as usize..offsets[*row + 1] as usize];
                match value {
                    [] => true,
                    [b'!'..=b'~', ..] => is_null(*row),
                    _ => is_null(*row) || std::str::from_utf8(value).is_ok_and(is_blank),
                }
            }),
            _ => blank.retain(|row| is_null(*row)),
        }
        if blank.is_empty() {
            return;
        }
    }
    blank.into_iter().for_each(|row| notes.drop(row));
}
