//! What the manifest says about every field, checked as a whole, so that every mistake is told at once.

mod field;
mod order;
mod others;

use serde_json::Value;
use sluice_sdk::contract::Failure;

pub(crate) use self::field::{Field, FieldStep, Origin};

use crate::build::Built;
use crate::column::Kind;
use crate::mistake::{Mistake, Mistakes, Part};
use crate::steps::Step;
use crate::tables::{self, Tables};
use crate::written::build;

/// The key whose steps are those of every column.
const EVERY: &str = "*";

/// The configuration.
pub(crate) struct Settings {
    /// The steps that every column of the input goes through first.
    pub(crate) every: Vec<FieldStep>,
    pub(crate) drop_blank_rows: bool,
    /// Each field after the ones that it is made of.
    pub(crate) fields: Vec<Field>,
    /// The names of the fields that are made, and not read.
    pub(crate) made: Vec<String>,
}

impl Settings {
    /// Of the entries of the manifest's `config`.
    pub(crate) fn new<'a>(
        entries: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Settings, Failure> {
        let mut mistakes = Mistakes::default();
        let mut settings = Settings {
            every: Vec::new(),
            drop_blank_rows: false,
            fields: Vec::new(),
            made: Vec::new(),
        };
        let mut tables = Tables::default();
        let mut columns = Vec::new();
        for (key, value) in entries {
            match tables::name_of(key) {
                None => columns.push((key, value)),
                Some(name) => {
                    if let Err(mistake) = tables.add(name, value) {
                        mistakes.push(mistake.at(key));
                    }
                }
            }
        }
        for (key, value) in columns {
            match (Written::read(value), key) {
                (Err(mistake), _) => mistakes.push(mistake.at(key)),
                (Ok(written), EVERY) => settings.read_every(&written, &tables, &mut mistakes),
                (Ok(written), _) => {
                    settings
                        .fields
                        .push(Field::new(key, &written, &tables, &mut mistakes));
                }
            }
        }
        if mistakes.is_empty() {
            order::add_made(&mut settings.fields, &mut mistakes);
            order::check_names(&settings.fields, &mut mistakes);
        }
        if mistakes.is_empty() {
            others::read_conditions(&mut settings.fields, &mut mistakes);
            others::check_operands(&settings.fields, &mut mistakes);
        }
        if mistakes.is_empty() {
            order::sort(&mut settings.fields, &mut mistakes);
        }
        let made = settings.fields.iter().filter(|field| !field.is_read());
        settings.made = made.map(|field| field.name.clone()).collect();
        match mistakes.is_empty() {
            true => Ok(settings),
            false => Err(Failure {
                code: "bad_config".into(),
                message: mistakes.message(),
            }),
        }
    }

    fn read_every(&mut self, written: &Written, tables: &Tables, mistakes: &mut Mistakes) {
        let mut kind = Kind::Text;
        for (place, step) in written.steps() {
            let wrong = |mistake: Mistake| mistakes.push(mistake.within(place).at(EVERY));
            match build(step, kind, tables) {
                Ok((_, Some(_))) => wrong(
                    "`when` is about one column: write the step under the column's name".into(),
                ),
                Ok((Built::DropBlankRows, None)) => self.drop_blank_rows = true,
                Ok((Built::Step(step), None))
                    if step.makes().is_empty() && !matches!(*step, Step::Explode(_)) =>
                {
                    kind = step.kind(kind);
                    self.every.push(step.into());
                }
                Ok(_) => wrong(
                    "this step is about one column, and `*` is about all: write it under the column's name"
                        .into(),
                ),
                Err(mistake) => wrong(mistake),
            }
        }
    }
}

/// The steps of a key, as they were written.
enum Written {
    One(Value),
    List(Vec<Value>),
}

impl Written {
    /// A name alone, or what JSON says.
    fn read(value: &str) -> Result<Written, Mistake> {
        let trimmed = value.trim();
        if !trimmed.starts_with(['[', '{']) {
            return Ok(Written::One(Value::String(trimmed.to_owned())));
        }
        match serde_json::from_str(trimmed) {
            Ok(Value::Array(steps)) => Ok(Written::List(steps)),
            Ok(step) => Ok(Written::One(step)),
            Err(error) => Err(format!(
                "the steps are no JSON (at character {}): write a list of steps",
                error.column()
            )
            .into()),
        }
    }

    /// The steps, and where each is.
    fn steps(&self) -> impl Iterator<Item = (Option<Part>, &Value)> {
        let (steps, is_list) = match self {
            Written::One(step) => (std::slice::from_ref(step), false),
            Written::List(steps) => (steps.as_slice(), true),
        };
        let steps = steps.iter().enumerate();
        steps.map(move |(index, step)| (is_list.then_some(Part::Index(index)), step))
    }
}
