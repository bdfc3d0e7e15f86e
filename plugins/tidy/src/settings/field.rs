//! What happens to one field: where it comes from, its steps, and what it is called in the end.

use std::rc::Rc;

use sluice_sdk::plain_name;

use super::Written;
use crate::build::Built;
use crate::column::Kind;
use crate::mistake::{Mistake, Mistakes, Part};
use crate::steps::Step;
use crate::written::build;

/// What happens to one field.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) steps: Vec<Rc<Step>>,
    /// Its name on the way out; `None` where it is removed.
    pub(crate) output: Option<String>,
}

/// Where a field comes from.
pub(crate) enum Origin {
    /// The input, where files may have these other names for it.
    Read(Vec<String>),
    /// A step of another field.
    Made,
    /// Others, with this between their values.
    Join(Vec<String>, String),
}

impl Field {
    /// One to which nothing happens.
    pub(crate) fn plain(name: &str) -> Field {
        Field {
            name: name.to_owned(),
            origin: Origin::Read(Vec::new()),
            steps: Vec::new(),
            output: Some(name.to_owned()),
        }
    }

    pub(super) fn new(name: &str, written: &Written, mistakes: &mut Mistakes) -> Field {
        let mut field = Field::plain(name);
        let (mut kind, mut renamed) = (Kind::Text, false);
        if name.trim().is_empty() {
            mistakes.of_field(name, "a field without a name: write the name of a column");
        }
        for (index, (place, step)) in written.steps().enumerate() {
            let added = build(step, kind)
                .and_then(|built| field.add(built, index == 0, &mut kind, &mut renamed));
            if let Err(mistake) = added {
                mistakes.push(mistake.within(place).at(name));
            }
        }
        field
    }

    /// Adds what a step turned out to be.
    fn add(
        &mut self,
        built: Built,
        is_first: bool,
        kind: &mut Kind,
        renamed: &mut bool,
    ) -> Result<(), Mistake> {
        let output = match built {
            Built::Step(step) => return self.add_step(step, kind),
            Built::From(_) if !is_first => {
                return Err("`from` says where the column comes from: put it first".into());
            }
            Built::From(names) => {
                check_from(&self.name, &names)?;
                self.origin = Origin::Read(names);
                return Ok(());
            }
            Built::Join(..) if !is_first => {
                return Err("`join` makes the column: put it first, and leave `from` out".into());
            }
            Built::Join(columns, with) => {
                self.origin = Origin::Join(columns, with);
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

    fn add_step(&mut self, step: Rc<Step>, kind: &mut Kind) -> Result<(), Mistake> {
        if self.explodes() {
            if matches!(*step, Step::Explode(_)) {
                return Err("the column is exploded already: leave one out".into());
            }
            if !step.makes().is_empty() {
                return Err(
                    "the step makes columns, and the column has several values a row by then: put it before `explode`"
                        .into(),
                );
            }
        }
        *kind = step.kind(*kind);
        self.steps.push(step);
        Ok(())
    }

    /// Whether it has a row for each piece of a value.
    pub(crate) fn explodes(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(**step, Step::Explode(_)))
    }

    /// Whether it comes from the input.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.origin, Origin::Read(_))
    }
}

/// No two names of a column are one, and none is the key's.
fn check_from(key: &str, names: &[String]) -> Result<(), Mistake> {
    for (index, name) in names.iter().enumerate() {
        let is_same = |other: &&str| plain_name(other) == plain_name(name);
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
