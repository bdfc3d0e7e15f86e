//! What happens to the columns of one object: the configuration, brought together with the columns that the object has. An
//! object whose later batches have more columns is planned anew.
//!
//! A column that the input lacks is null in every row. So most steps have nothing to do with it, and it is no part of the
//! output, unless a step can give it a value: `default`, or one that makes it of others.

mod combine;
mod run;
mod sources;

use std::collections::HashSet;
use std::rc::Rc;

use sluice_sdk::contract::{Failure, Field as Schema};
use sluice_sdk::plain_name;

use self::sources::{Found, Names, Other, found_columns};
use crate::build::Combined;
use crate::column::Kind;
use crate::settings::{Field, FieldStep, Origin, Settings};
use crate::steps::Step;
use crate::steps::rules::Condition;

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
    /// Whether the source has a row for each piece of a column that was exploded before.
    from_pieces: bool,
    steps: Vec<PlannedStep>,
    /// Its place in the output.
    output: Option<u32>,
    kind: Kind,
}

/// A step, and the rows that it is done to.
struct PlannedStep {
    step: Rc<Step>,
    /// All of these must hold.
    when: Vec<(Looked, Rc<Condition>)>,
}

/// The column that a condition is about.
#[derive(Clone, Copy)]
enum Looked {
    /// The step's own.
    Own,
    /// A planned one, whose steps are done.
    Planned(usize),
    /// All rows are null.
    Missing,
}

enum Source {
    /// A column of the input, and others of it that may have a value where this one has none.
    Input(Option<usize>, Vec<Other>),
    /// The first column of that number that is made by the planned column.
    Made { by: usize, nth: usize },
    /// Other planned columns, each of which may be missing.
    Of(Rc<Combined>, Vec<Option<usize>>),
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
        let found = found_columns(&settings.fields, schema);
        let mut plan = Plan {
            columns: Vec::new(),
            outputs: Vec::new(),
            drop_blank_rows: settings.drop_blank_rows,
        };
        let taken: HashSet<usize> = found.iter().filter_map(|found| found.column).collect();
        let is_taken = |index: usize| taken.contains(&index);
        let of_input = plan.add_unnamed(&settings, schema, is_taken)?;

        // Columns of the input keep their places, and those that are made come behind them.
        let mut outputs: Vec<Option<(usize, String)>> = (0..schema.len()).map(|_| None).collect();
        let mut behind: Vec<(usize, String)> = Vec::new();
        for (field, found) in std::mem::take(&mut settings.fields).into_iter().zip(found) {
            let (output, column) = (field.output.clone(), found.column);
            let Some((at, has_value)) = plan.add_field(field, found, &settings.every, schema)?
            else {
                continue;
            };
            match (output.filter(|_| has_value), column) {
                (None, _) => {}
                (Some(name), Some(index)) => outputs[index] = Some((at, name)),
                (Some(name), None) => behind.push((at, name)),
            }
        }

        let named: Vec<&str> = outputs
            .iter()
            .flatten()
            .chain(&behind)
            .map(|(_, name)| name.as_str())
            .collect();
        let mut fields: Vec<Schema> = Vec::new();
        for (index, column) in schema.iter().enumerate() {
            match (&outputs[index], of_input[index]) {
                (Some((at, name)), _) => plan.put(*at, name, &mut fields),
                _ if is_taken(index)
                    || settings.is_replaced(&column.name)
                    || named.contains(&column.name.as_str()) => {}
                (None, Some(at)) => plan.put(at, &column.name, &mut fields),
                (None, None) => {
                    plan.outputs.push(Out::Input(index as u32));
                    fields.push(column.clone());
                }
            }
        }
        for (at, name) in &behind {
            plan.put(*at, name, &mut fields);
        }
        Ok((plan, fields))
    }

    /// Adds the columns that the configuration does not name, where the steps for all have something to do with them or
    /// somebody asks for their values: for each column of the input, where it is planned.
    fn add_unnamed(
        &mut self,
        settings: &Settings,
        schema: &[Schema],
        is_taken: impl Fn(usize) -> bool,
    ) -> Result<Vec<Option<usize>>, Failure> {
        let looked_at = Names::new(settings.fields.iter().flat_map(Field::looks_at));
        let mut planned = vec![None; schema.len()];
        for (index, column) in schema.iter().enumerate() {
            if is_taken(index) || settings.is_replaced(&column.name) {
                continue;
            }
            let kind = Kind::of(&column.logical);
            let steps = settings.every.iter().filter(|_| kind.is_text()).cloned();
            let steps: Vec<FieldStep> = steps.collect();
            if !steps.is_empty() || looked_at.have(&column.name) {
                planned[index] = Some(self.columns.len());
                let source = Source::Input(Some(index), Vec::new());
                self.add(&column.name, source, steps, kind)?;
            }
        }
        Ok(planned)
    }

    /// Adds a field, if anything is to be done; also whether it can have a value.
    fn add_field(
        &mut self,
        field: Field,
        found: Found,
        every: &[FieldStep],
        schema: &[Schema],
    ) -> Result<Option<(usize, bool)>, Failure> {
        let (source, kind) = match (&field.origin, found.column) {
            (Origin::Of(combined), _) => {
                let columns = combined.columns.iter().map(|name| self.find(name));
                let source = Source::Of(combined.clone(), columns.collect());
                (source, combined.how.kind())
            }
            (_, Some(index)) => {
                let kind = Kind::of(&schema[index].logical);
                (Source::Input(Some(index), found.others), kind)
            }
            (_, None) if !found.others.is_empty() => {
                (Source::Input(None, found.others), Kind::Text)
            }
            (_, None) => (self.maker(&field.name), Kind::Text),
        };
        let is_missing = matches!(source, Source::Missing);
        let from_input = matches!(source, Source::Input(..)) && kind.is_text();
        let mut steps: Vec<FieldStep> = every.iter().filter(|_| from_input).cloned().collect();
        steps.extend(field.steps);
        if is_missing && !steps.iter().any(|step| step.step.concerns_missing()) {
            return Ok(None);
        }
        let mut defaults = steps.iter();
        let has_value = !is_missing || defaults.any(|step| matches!(*step.step, Step::Default(_)));
        let at = self.columns.len();
        self.add(&field.name, source, steps, kind)?;
        Ok(Some((at, has_value)))
    }

    fn add(
        &mut self,
        name: &str,
        source: Source,
        steps: Vec<FieldStep>,
        kind: Kind,
    ) -> Result<(), Failure> {
        let mut behind = kind;
        for (index, FieldStep { step, .. }) in steps.iter().enumerate() {
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
        let from_pieces = match &source {
            Source::Input(..) | Source::Missing => false,
            Source::Made { by, nth } => self.columns[*by].makes_of_pieces(*nth),
            Source::Of(_, columns) => {
                let mut columns = columns.iter().flatten();
                columns.any(|at| self.columns[*at].in_pieces())
            }
        };
        let steps = steps.into_iter().map(|FieldStep { step, when }| {
            let when = when.into_iter().map(|when| {
                let looked = match when.column == name {
                    true => Looked::Own,
                    false => self
                        .find(&when.column)
                        .map_or(Looked::Missing, Looked::Planned),
                };
                (looked, when.condition)
            });
            PlannedStep {
                step,
                when: when.collect(),
            }
        });
        let planned = Planned {
            name: name.to_owned(),
            source,
            from_pieces,
            steps: steps.collect(),
            output: None,
            kind: behind,
        };
        self.columns.push(planned);
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
            let plain = plain_name(name);
            self.columns
                .iter()
                .position(|column| plain_name(&column.name) == plain)
        })
    }

    /// The step that makes a column, if it runs.
    fn maker(&self, name: &str) -> Source {
        for (by, column) in self.columns.iter().enumerate() {
            let mut made = column.steps.iter().flat_map(|step| step.step.makes());
            if let Some(nth) = made.position(|made| made == name) {
                return Source::Made { by, nth };
            }
        }
        Source::Missing
    }
}

impl Planned {
    /// Whether it has a row for each piece in the end.
    fn in_pieces(&self) -> bool {
        self.from_pieces || self.explode().is_some()
    }

    /// Whether the column of that number that it makes has a row for each piece.
    fn makes_of_pieces(&self, nth: usize) -> bool {
        let steps = self.steps.iter().enumerate();
        let mut makers = steps.flat_map(|(at, step)| step.step.makes().iter().map(move |_| at));
        let behind = |explode| makers.nth(nth).is_some_and(|maker| maker >= explode);
        self.from_pieces || self.explode().is_some_and(behind)
    }

    /// Which of its steps makes the pieces.
    fn explode(&self) -> Option<usize> {
        let mut steps = self.steps.iter();
        steps.position(|step| matches!(*step.step, Step::Explode(_)))
    }
}

impl Settings {
    /// Whether a column of the input has the name of one that the configuration makes.
    fn is_replaced(&self, name: &str) -> bool {
        self.made.iter().any(|made| made == name)
    }
}
