//! What the manifest says about every field, checked as a whole, so that every mistake is told at once.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;
use sluice_sdk::contract::Failure;
use sluice_sdk::plain_name;

use crate::build::Built;
use crate::column::Kind;
use crate::nearest::listed;
use crate::options::Mistake;
use crate::steps::Step;
use crate::written::build;

/// The key whose steps are those of every column.
const EVERY: &str = "*";
/// Mistakes that are told at once.
const MOST_MISTAKES: usize = 10;

/// The configuration.
pub(crate) struct Settings {
    /// The steps that every column of the input goes through first.
    pub(crate) every: Vec<Rc<Step>>,
    pub(crate) drop_blank_rows: bool,
    /// Each field after the ones that it is made of.
    pub(crate) fields: Vec<Field>,
    /// The names of the fields that are made, and not read.
    pub(crate) made: Vec<String>,
}

/// What happens to one field.
pub(crate) struct Field {
    pub(crate) name: String,
    /// Other names that files have for it.
    pub(crate) from: Vec<String>,
    /// The fields that it is made of, and what stands between their values.
    pub(crate) join: Option<(Vec<String>, String)>,
    /// Whether a step of another field makes it.
    pub(crate) is_made: bool,
    pub(crate) steps: Vec<Rc<Step>>,
    /// Its name on the way out; `None` where it is removed.
    pub(crate) output: Option<String>,
}

impl Settings {
    /// Of the entries of the manifest's `config`.
    pub(crate) fn new<'a>(
        entries: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Settings, Failure> {
        let mut mistakes = Vec::new();
        let mut settings = Settings {
            every: Vec::new(),
            drop_blank_rows: false,
            fields: Vec::new(),
            made: Vec::new(),
        };
        for (key, value) in entries {
            let steps = match written_steps(value) {
                Ok(steps) => steps,
                Err(mistake) => {
                    mistakes.push(format!("`{key}`: {mistake}"));
                    continue;
                }
            };
            match key {
                EVERY => settings.read_every(&steps, &mut mistakes),
                _ => settings.fields.push(Field::new(key, &steps, &mut mistakes)),
            }
        }
        if mistakes.is_empty() {
            settings.add_made(&mut mistakes);
            check_names(&settings.fields, &mut mistakes);
        }
        if mistakes.is_empty() {
            settings.sort(&mut mistakes);
        }
        let made = settings.fields.iter().filter(|field| !field.is_read());
        settings.made = made.map(|field| field.name.clone()).collect();
        if mistakes.is_empty() {
            return Ok(settings);
        }
        let left_out = mistakes.len().saturating_sub(MOST_MISTAKES);
        mistakes.truncate(MOST_MISTAKES);
        if left_out > 0 {
            mistakes.push(format!("and {left_out} more"));
        }
        Err(Failure {
            code: "bad_config".into(),
            message: mistakes.join("\n"),
        })
    }

    fn read_every(&mut self, steps: &[Value], mistakes: &mut Vec<Mistake>) {
        let mut kind = Kind::Text;
        for (index, step) in steps.iter().enumerate() {
            let place = format!("`*`, step {}", index + 1);
            match build(step, kind) {
                Ok(Built::DropBlankRows) => self.drop_blank_rows = true,
                Ok(Built::Step(step)) if step.makes().is_empty() && !matches!(*step, Step::Explode(_)) => {
                    kind = step.kind(kind);
                    self.every.push(step);
                }
                Ok(_) => mistakes.push(format!(
                    "{place}: this step is about one column, and `*` is about all: write it under the column's name"
                )),
                Err(mistake) => mistakes.push(format!("{place}, {mistake}")),
            }
        }
    }

    /// Adds fields that only a step of another one names, and marks the others that are made.
    fn add_made(&mut self, mistakes: &mut Vec<Mistake>) {
        let mut makers: BTreeMap<String, String> = BTreeMap::new();
        for field in &self.fields {
            for name in field.steps.iter().flat_map(|step| step.makes()) {
                if name.trim().is_empty() {
                    mistakes.push(format!(
                        "`{}` makes a column without a name: give it one",
                        field.name
                    ));
                } else if let Some(other) = makers.insert(name.clone(), field.name.clone()) {
                    mistakes.push(format!(
                        "`{name}` is made twice, by `{other}` and by `{}`: give one of them another name",
                        field.name
                    ));
                }
            }
        }
        for (name, maker) in &makers {
            match self.fields.iter_mut().find(|field| field.name == *name) {
                None => self.fields.push(Field {
                    is_made: true,
                    ..Field::plain(name)
                }),
                Some(field) if field.join.is_some() || !field.from.is_empty() => {
                    mistakes.push(format!(
                        "`{name}` is made by a step of `{maker}`, and has `{}` too: leave one out",
                        if field.join.is_some() { "join" } else { "from" }
                    ))
                }
                Some(field) => field.is_made = true,
            }
        }
    }

    /// Puts every field after those that it is made of.
    fn sort(&mut self, mistakes: &mut Vec<Mistake>) {
        let exploded: Vec<String> = self
            .fields
            .iter()
            .filter(|field| field.explodes())
            .map(|field| field.name.clone())
            .collect();
        if let [first, second, ..] = exploded.as_slice() {
            mistakes.push(format!("`{first}` and `{second}` both have `explode`, and only one column can: leave one out"));
        }
        let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for field in &self.fields {
            if let Some((columns, _)) = &field.join {
                for column in columns {
                    if exploded.contains(column) {
                        mistakes.push(format!(
                            "`{}`: `join`: `{column}` has several values a row behind `explode`: join something else",
                            field.name
                        ));
                    }
                    sources
                        .entry(field.name.clone())
                        .or_default()
                        .push(column.clone());
                }
            }
            for made in field.steps.iter().flat_map(|step| step.makes()) {
                sources
                    .entry(made.clone())
                    .or_default()
                    .push(field.name.clone());
            }
        }
        let mut sorted: Vec<Field> = Vec::new();
        let mut rest = std::mem::take(&mut self.fields);
        while !rest.is_empty() {
            let waits = |field: &Field, rest: &[Field]| {
                sources.get(&field.name).is_some_and(|sources| {
                    sources
                        .iter()
                        .any(|source| rest.iter().any(|other| other.name == *source))
                })
            };
            let (ready, waiting): (Vec<Field>, Vec<Field>) = {
                let flags: Vec<bool> = rest.iter().map(|field| waits(field, &rest)).collect();
                let mut flags = flags.into_iter();
                rest.into_iter().partition(|_| flags.next() == Some(false))
            };
            if ready.is_empty() {
                let names: Vec<&str> = waiting.iter().map(|field| field.name.as_str()).collect();
                mistakes.push(match names.as_slice() {
                    [name] => format!("`{name}` is made of itself: use other columns"),
                    names => format!(
                        "{} are made of one another: leave one of these steps out",
                        listed(names, "and")
                    ),
                });
                return;
            }
            sorted.extend(ready);
            rest = waiting;
        }
        self.fields = sorted;
    }
}

/// The steps of a key: a name alone, or what JSON says.
fn written_steps(value: &str) -> Result<Vec<Value>, Mistake> {
    let trimmed = value.trim();
    if !trimmed.starts_with(['[', '{']) {
        return Ok(vec![Value::String(trimmed.to_owned())]);
    }
    match serde_json::from_str(trimmed) {
        Ok(Value::Array(steps)) => Ok(steps),
        Ok(step) => Ok(vec![step]),
        Err(error) => Err(format!(
            "the steps are no JSON (at character {}): write a list of steps",
            error.column()
        )),
    }
}

impl Field {
    /// One to which nothing happens.
    pub(crate) fn plain(name: &str) -> Field {
        Field {
            name: name.to_owned(),
            from: Vec::new(),
            join: None,
            is_made: false,
            steps: Vec::new(),
            output: Some(name.to_owned()),
        }
    }

    fn new(name: &str, steps: &[Value], mistakes: &mut Vec<Mistake>) -> Field {
        let mut field = Field::plain(name);
        let mut kind = Kind::Text;
        let mut renamed = false;
        let mut wrong =
            |place: usize, mistake: &str| mistakes.push(format!("`{name}`, step {place}{mistake}"));
        if name.trim().is_empty() {
            wrong(0, ": a field without a name: write the name of a column");
        }
        for (index, step) in steps.iter().enumerate() {
            let place = index + 1;
            match build(step, kind) {
                Err(mistake) => wrong(place, &format!(", {mistake}")),
                Ok(Built::Step(step)) => {
                    let explodes = field.explodes();
                    if explodes && matches!(*step, Step::Explode(_)) {
                        wrong(
                            place,
                            ", `explode`: the column is exploded already: leave one out",
                        );
                    } else if explodes && !step.makes().is_empty() {
                        wrong(
                            place,
                            ": it makes columns, and the column has several values a row by then: put it before `explode`",
                        );
                    }
                    kind = step.kind(kind);
                    field.steps.push(step);
                }
                Ok(Built::From(_)) if index > 0 => wrong(
                    place,
                    ", `from`: says where the column comes from: put it first",
                ),
                Ok(Built::From(names)) => field.from = names,
                Ok(Built::Join(..)) if index > 0 => wrong(
                    place,
                    ", `join`: makes the column: put it first, and leave `from` out",
                ),
                Ok(Built::Join(columns, with)) => field.join = Some((columns, with)),
                Ok(Built::Rename(_) | Built::Remove) if renamed => wrong(
                    place,
                    ": the column is renamed or removed already: leave one out",
                ),
                Ok(Built::Rename(to)) => {
                    renamed = true;
                    field.output = Some(to);
                }
                Ok(Built::Remove) => {
                    renamed = true;
                    field.output = None;
                }
                Ok(Built::DropBlankRows) => wrong(
                    place,
                    ", `drop_blank_rows`: is about all columns: write it under `\"*\"`",
                ),
            }
        }
        field
    }

    /// Whether it has a row for each piece of a value.
    pub(crate) fn explodes(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(**step, Step::Explode(_)))
    }

    /// Whether it comes from the input.
    pub(crate) fn is_read(&self) -> bool {
        self.join.is_none() && !self.is_made
    }
}

/// No two fields are one column of the input, and none are one of the output.
fn check_names(fields: &[Field], mistakes: &mut Vec<Mistake>) {
    for (index, field) in fields.iter().enumerate() {
        for other in &fields[..index] {
            if let (Some(name), Some(same)) = (&field.output, &other.output)
                && name == same
            {
                mistakes.push(format!(
                    "`{}` and `{}` both come out as `{name}`: give one of them another name, or `remove` it",
                    other.name, field.name
                ));
            }
            if field.is_read()
                && other.is_read()
                && plain_name(&field.name) == plain_name(&other.name)
            {
                mistakes.push(format!(
                    "`{}` and `{}` are one column, as case, blanks and signs in names make no difference: write its steps under one key",
                    other.name, field.name
                ));
            }
        }
    }
}
