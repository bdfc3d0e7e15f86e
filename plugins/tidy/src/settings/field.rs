//! What happens to one field: where it comes from, its steps, and what it is called in the end.

use std::rc::Rc;

use serde_json::{Map, Value};
use sluice_sdk::plain_name;

use super::Written;
use crate::build::{Built, Combined};
use crate::column::Kind;
use crate::mistake::{Mistake, Mistakes, Part};
use crate::steps::Step;
use crate::steps::json::Path;
use crate::steps::rules::Condition;
use crate::tables::Tables;
use crate::written::{WHEN, build};

/// What happens to one field.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) steps: Vec<FieldStep>,
    /// The kind of its values in the end.
    pub(crate) kind: Kind,
    /// Its name on the way out; `None` where it is removed.
    pub(crate) output: Option<String>,
    /// Conditions that cannot be read before the kinds of all fields are known.
    pub(super) unread: Vec<Unread>,
}

/// Where a field comes from.
pub(crate) enum Origin {
    /// The input, where files may have these other names for it.
    Read(Vec<String>),
    /// A step of another field.
    Made,
    /// Other fields.
    Of(Rc<Combined>),
}

/// A step of a field.
#[derive(Clone)]
pub(crate) struct FieldStep {
    pub(crate) step: Rc<Step>,
    /// What columns must have so that it is done to a row, all of it. Empty where it is done to all rows.
    pub(crate) when: Vec<When>,
}

/// What a column must have.
#[derive(Clone)]
pub(crate) struct When {
    pub(crate) column: String,
    pub(crate) condition: Rc<Condition>,
}

/// The same, as it was written.
pub(super) struct Unread {
    /// Which step it belongs to.
    pub(super) step: usize,
    pub(super) column: String,
    pub(super) condition: Value,
    /// The kind of the field's own values before the step.
    pub(super) kind: Kind,
    /// Where it stands, from the field on.
    pub(super) place: Vec<Part>,
}

impl From<Rc<Step>> for FieldStep {
    fn from(step: Rc<Step>) -> FieldStep {
        FieldStep {
            step,
            when: Vec::new(),
        }
    }
}

impl Field {
    /// One to which nothing happens.
    pub(crate) fn plain(name: &str) -> Field {
        Field {
            name: name.to_owned(),
            origin: Origin::Read(Vec::new()),
            steps: Vec::new(),
            kind: Kind::Text,
            output: Some(name.to_owned()),
            unread: Vec::new(),
        }
    }

    pub(super) fn new(
        name: &str,
        written: &Written,
        tables: &Tables,
        mistakes: &mut Mistakes,
    ) -> Field {
        let mut field = Field::plain(name);
        let mut renamed = false;
        if name.trim().is_empty() {
            mistakes.of_field(name, "a field without a name: write the name of a column");
        }
        for (index, (place, step)) in written.steps().enumerate() {
            let added = build(step, field.kind, tables).and_then(|(built, when)| {
                field.add_when(when, place.clone());
                field.add(built, index == 0, &mut renamed)
            });
            if let Err(mistake) = added {
                mistakes.push(mistake.within(place).at(name));
            }
        }
        field
    }

    /// Notes what the next step says of columns.
    fn add_when(&mut self, when: Option<&Map<String, Value>>, step_place: Option<Part>) {
        for (column, condition) in when.into_iter().flatten() {
            let keys = [WHEN, column].map(|key| Part::Key(key.to_owned()));
            self.unread.push(Unread {
                step: self.steps.len(),
                column: column.clone(),
                condition: condition.clone(),
                kind: self.kind,
                place: step_place.clone().into_iter().chain(keys).collect(),
            });
        }
    }

    /// Adds what a step turned out to be.
    fn add(&mut self, built: Built, is_first: bool, renamed: &mut bool) -> Result<(), Mistake> {
        let output = match built {
            Built::Step(step) => return self.add_step(step),
            Built::From(_) if !is_first => {
                return Err("`from` says where the column comes from: put it first".into());
            }
            Built::From(names) => {
                check_from(&self.name, &names)?;
                self.origin = Origin::Read(names);
                return Ok(());
            }
            Built::Of(combined) if !is_first => {
                return Err(format!(
                    "`{}` makes the column: put it first, and leave `from` out",
                    combined.step
                )
                .into());
            }
            Built::Of(combined) => {
                self.kind = combined.how.kind();
                self.origin = Origin::Of(combined);
                return Ok(());
            }
            Built::Rename(to) => Some(to),
            Built::Remove => None,
            Built::DropBlankRows => {
                return Err(
                    "`drop_blank_rows` is about all columns: write it under `\"*\"`".into(),
                );
            }
        };
        if std::mem::replace(renamed, true) {
            return Err("the column is renamed or removed already: leave one out".into());
        }
        self.output = output;
        Ok(())
    }

    fn add_step(&mut self, step: Rc<Step>) -> Result<(), Mistake> {
        if matches!(*step, Step::Explode(_)) && self.explodes() {
            return Err("the column is exploded already: leave one out".into());
        }
        self.kind = step.kind(self.kind);
        self.steps.push(step.into());
        Ok(())
    }

    /// Whether it has a row for each piece of a value.
    pub(crate) fn explodes(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(*step.step, Step::Explode(_)))
    }

    /// The columns that its steps make.
    pub(crate) fn makes(&self) -> impl Iterator<Item = &String> {
        self.steps.iter().flat_map(|step| step.step.makes())
    }

    /// Whether it comes from the input.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.origin, Origin::Read(_))
    }

    /// The other columns that it looks at.
    pub(crate) fn looks_at(&self) -> impl Iterator<Item = &String> {
        let made_of: &[String] = match &self.origin {
            Origin::Of(combined) => &combined.columns,
            Origin::Read(_) | Origin::Made => &[],
        };
        let when = self.steps.iter().flat_map(|step| &step.when);
        let when = when.map(|when| &when.column);
        made_of
            .iter()
            .chain(when.filter(|column| **column != self.name))
    }
}

/// The field of that name, or of one that is written in another way.
pub(crate) fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    let exact = fields.iter().find(|field| field.name == name);
    exact.or_else(|| {
        let plain = plain_name(name);
        fields.iter().find(|field| plain_name(&field.name) == plain)
    })
}

/// No two names of a column are one, and none is the key's. A path into a column is its own name.
fn check_from(key: &str, names: &[String]) -> Result<(), Mistake> {
    let is_path = |name: &str| Path::from_column(name).is_some();
    for (index, name) in names.iter().enumerate() {
        let is_same = |other: &&str| match is_path(name) || is_path(other) {
            true => other == name,
            false => plain_name(other) == plain_name(name),
        };
        let before = names[..index].iter().map(String::as_str);
        if let Some(same) = before.chain([key]).find(is_same) {
            let words = match same == name {
                true => format!("`{name}` is looked for already: leave it out"),
                false => format!(
                    "`{name}` is looked for already, as `{same}`, because case, blanks and signs in names make no difference: leave it out"
                ),
            };
            return Err(Mistake::from(words).within([Part::Key("from".into()), Part::Index(index)]));
        }
    }
    Ok(())
}
