//! What happens to the columns of one object: the configuration, brought together with the columns that the object has.
//!
//! A column that the input lacks is null in every row. So most steps have nothing to do with it, and it is no part of the
//! output, unless a step can give it a value: `default`, or one that makes it of others.

use std::iter;
use std::rc::Rc;

use sluice_sdk::contract::{
    Batch, BytesColumn, Failure, Field as Schema, OutColumn, Output, Values,
};
use sluice_sdk::{find_columns, plain_name};

use crate::column::{Column, Kind};
use crate::findings::{Context, Notes, Parts};
use crate::settings::{Field, Origin, Settings};
use crate::steps::Step;
use crate::steps::blanks::is_blank;
use crate::steps::shape::join;
use crate::text::Text;

/// What happens, column by column.
pub(crate) struct Plan {
    /// In the order in which they run.
    columns: Vec<Planned>,
    /// The columns of the output, in order.
    outputs: Vec<Out>,
    drop_blank_rows: bool,
}

/// One column that steps run over.
struct Planned {
    name: String,
    source: Source,
    steps: Vec<Rc<Step>>,
    /// Its place in the output.
    output: Option<u32>,
    kind: Kind,
}

enum Source {
    /// A column of the input.
    Input(usize),
    /// The first column of that number that is made by the planned column.
    Made { by: usize, nth: usize },
    /// Other planned columns, and what stands between their values.
    Join(Vec<usize>, String),
    /// All rows are null.
    Missing,
}

enum Out {
    Input(u32),
    Planned(usize),
}

impl Plan {
    /// Brings a configuration together with the columns of an object; also the columns of the output.
    pub(crate) fn new(
        mut settings: Settings,
        schema: &[Schema],
    ) -> Result<(Plan, Vec<Schema>), Failure> {
        let found = columns_of(&settings.fields, schema);
        let mut plan = Plan {
            columns: Vec::new(),
            outputs: Vec::new(),
            drop_blank_rows: settings.drop_blank_rows,
        };
        // Columns that are not named go through the steps for all, if there are any or somebody asks for their values.
        let joined: Vec<String> = settings
            .fields
            .iter()
            .filter_map(|field| match &field.origin {
                Origin::Join(columns, _) => Some(columns.clone()),
                Origin::Read(_) | Origin::Made => None,
            })
            .flatten()
            .collect();
        let mut of_input: Vec<Option<usize>> = vec![None; schema.len()];
        for (index, column) in schema.iter().enumerate() {
            let is_joined = joined
                .iter()
                .any(|name| *name == column.name || plain_name(name) == plain_name(&column.name));
            if found.contains(&Some(index)) || settings.is_replaced(&column.name) {
                continue;
            }
            let is_text = Kind::of(&column.logical).is_text();
            let steps = if is_text {
                settings.every.clone()
            } else {
                Vec::new()
            };
            if !steps.is_empty() || is_joined {
                of_input[index] = Some(plan.columns.len());
                plan.add(
                    &column.name,
                    Source::Input(index),
                    steps,
                    Kind::of(&column.logical),
                )?;
            }
        }
        let mut outputs: Vec<Option<(usize, String)>> = (0..schema.len()).map(|_| None).collect();
        let mut behind: Vec<(usize, String)> = Vec::new();
        for (field, found) in std::mem::take(&mut settings.fields).into_iter().zip(&found) {
            let (source, kind, mut steps) = match (&field.origin, found) {
                (Origin::Join(names, with), _) => {
                    let columns = names.iter().filter_map(|name| plan.find(name));
                    (
                        Source::Join(columns.collect(), with.clone()),
                        Kind::Text,
                        Vec::new(),
                    )
                }
                (_, Some(index)) => {
                    let kind = Kind::of(&schema[*index].logical);
                    let steps = if kind.is_text() {
                        settings.every.clone()
                    } else {
                        Vec::new()
                    };
                    (Source::Input(*index), kind, steps)
                }
                (_, None) => (plan.maker(&field.name), Kind::Text, Vec::new()),
            };
            let is_missing = matches!(source, Source::Missing);
            steps.extend(field.steps);
            if is_missing && !steps.iter().any(|step| step.concerns_missing()) {
                continue;
            }
            let has_value =
                !is_missing || steps.iter().any(|step| matches!(**step, Step::Default(_)));
            let at = plan.columns.len();
            plan.add(&field.name, source, steps, kind)?;
            match (field.output.filter(|_| has_value), found) {
                (None, _) => {}
                (Some(name), Some(index)) => outputs[*index] = Some((at, name)),
                (Some(name), None) => behind.push((at, name)),
            }
        }
        let mut fields: Vec<Schema> = Vec::new();
        let taken: Vec<String> = outputs
            .iter()
            .flatten()
            .chain(&behind)
            .map(|(_, name)| name.clone())
            .collect();
        for (index, column) in schema.iter().enumerate() {
            match (&outputs[index], of_input[index]) {
                (Some((at, name)), _) => plan.put(*at, name, &mut fields),
                _ if found.contains(&Some(index))
                    || settings.is_replaced(&column.name)
                    || taken.contains(&column.name) => {}
                (None, Some(at)) => plan.put(at, &column.name, &mut fields),
                (None, None) => {
                    plan.outputs.push(Out::Input(index as u32));
                    fields.push(column.clone());
                }
            }
        }
        for (at, name) in behind {
            plan.put(at, &name, &mut fields);
        }
        Ok((plan, fields))
    }

    fn add(
        &mut self,
        name: &str,
        source: Source,
        steps: Vec<Rc<Step>>,
        kind: Kind,
    ) -> Result<(), Failure> {
        let mut behind = kind;
        for (index, step) in steps.iter().enumerate() {
            step.check(behind).map_err(|mistake| Failure {
                code: "bad_columns".into(),
                message: format!(
                    "`{name}` comes in as `{}`, and does not fit step {}: {mistake}",
                    kind.logical(),
                    index + 1,
                ),
            })?;
            behind = step.kind(behind);
        }
        self.columns.push(Planned {
            name: name.to_owned(),
            source,
            steps,
            output: None,
            kind: behind,
        });
        Ok(())
    }

    /// Makes a planned column the next of the output.
    fn put(&mut self, at: usize, name: &str, fields: &mut Vec<Schema>) {
        self.columns[at].output = Some(self.outputs.len() as u32);
        self.outputs.push(Out::Planned(at));
        fields.push(Schema {
            name: name.to_owned(),
            logical: self.columns[at].kind.logical(),
            nullable: true,
        });
    }

    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|column| column.name == name);
        exact.or_else(|| {
            self.columns
                .iter()
                .position(|column| plain_name(&column.name) == plain_name(name))
        })
    }

    /// The step that makes a column, if it runs.
    fn maker(&self, name: &str) -> Source {
        for (by, column) in self.columns.iter().enumerate() {
            let made = column.steps.iter().flat_map(|step| step.makes());
            if let Some(nth) = made.into_iter().position(|made| made == name) {
                return Source::Made { by, nth };
            }
        }
        Source::Missing
    }

    /// Runs over a batch.
    pub(crate) fn run(&self, batch: Batch) -> Result<Output, Failure> {
        let rows = batch.rows as usize;
        let mut notes = Notes::new(rows);
        if self.drop_blank_rows {
            drop_blank_rows(&batch, &mut notes);
        }
        let mut inputs: Vec<_> = batch.columns.into_iter().map(Some).collect();
        let mut done: Vec<Column> = Vec::with_capacity(self.columns.len());
        let mut made: Vec<Vec<Option<Column>>> = Vec::with_capacity(self.columns.len());
        let mut exploded: Option<(usize, Parts)> = None;
        for (at, planned) in self.columns.iter().enumerate() {
            let mut column = match &planned.source {
                Source::Input(index) => match inputs.get_mut(*index).and_then(Option::take) {
                    Some(column) => Column::new(column, rows)?,
                    None => return Err(wrong_batch()),
                },
                Source::Made { by, nth } => match made[*by][*nth].take() {
                    Some(column) => column,
                    None => return Err(wrong_batch()),
                },
                Source::Join(columns, with) => Column::Text(self.join(columns, with, &done, rows)),
                Source::Missing => Column::Text(Text::nulls(rows)),
            };
            let mut new = Vec::new();
            let mut context = Context {
                notes: &mut notes,
                column: planned.output,
                parts: None,
            };
            for step in &planned.steps {
                step.run(&mut column, &mut new, &mut context);
            }
            if let Some(parts) = context.parts {
                exploded = Some((at, parts));
            }
            made.push(new.into_iter().map(Some).collect());
            done.push(column);
        }
        Ok(self.finish(rows, done, exploded, notes))
    }

    fn join(&self, columns: &[usize], with: &str, done: &[Column], rows: usize) -> Text {
        let texts: Vec<Text> = columns
            .iter()
            .map(|at| match &done[*at] {
                Column::Text(_) => Text::nulls(0),
                typed => typed.clone().into_text(self.columns[*at].kind),
            })
            .collect();
        let texts: Vec<&Text> = columns
            .iter()
            .zip(&texts)
            .map(|(at, text)| match &done[*at] {
                Column::Text(text) => text,
                _ => text,
            })
            .collect();
        join(&texts, with, rows)
    }

    /// Picks the rows that are left, and hands back what did not change.
    fn finish(
        &self,
        rows: usize,
        done: Vec<Column>,
        exploded: Option<(usize, Parts)>,
        notes: Notes<'_>,
    ) -> Output {
        let mut parts_kept: Vec<u32> = Vec::new();
        let source_rows: Option<Vec<u32>> = match &exploded {
            Some((_, parts)) => {
                parts_kept = (0..parts.rows.len() as u32)
                    .filter(|part| {
                        !parts.dropped[*part as usize]
                            && notes.is_kept(parts.rows[*part as usize] as usize)
                    })
                    .collect();
                Some(
                    parts_kept
                        .iter()
                        .map(|part| parts.rows[*part as usize])
                        .collect(),
                )
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
                let is_exploded = exploded
                    .as_ref()
                    .is_some_and(|(exploded, _)| exploded == at);
                match (&self.columns[*at].source, &column) {
                    (Source::Input(index), Column::Text(text))
                        if !text.is_changed() && !is_exploded =>
                    {
                        OutColumn::Keep(*index as u32)
                    }
                    _ if is_exploded => OutColumn::Replace(column.finish(Some(&parts_kept))),
                    _ => OutColumn::Replace(column.finish(source_rows.as_deref())),
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
}

impl Settings {
    /// Whether a column of the input has the name of one that the configuration makes.
    fn is_replaced(&self, name: &str) -> bool {
        self.made.iter().any(|made| made == name)
    }
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

/// The column of the input for each field that is read: by its name, or by its other names in order.
fn columns_of(fields: &[Field], schema: &[Schema]) -> Vec<Option<usize>> {
    let names: Vec<Vec<&str>> = fields
        .iter()
        .map(|field| match &field.origin {
            Origin::Read(others) => {
                let others = others.iter().map(String::as_str);
                iter::once(field.name.as_str()).chain(others).collect()
            }
            Origin::Made | Origin::Join(..) => Vec::new(),
        })
        .collect();
    find_columns(&names, schema)
}
