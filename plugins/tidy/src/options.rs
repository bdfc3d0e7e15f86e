//! The options of a step, each of the kind that it should be, on their way into what they mean.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::column::Kind;
use crate::findings::Otherwise;
use crate::mistake::{Mistake, Part};
use crate::tables::Tables;
use sluice_nearest::{listed, nearest, suggestion};

/// A kind of value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Text,
    /// A text, or a list of them.
    Texts,
    Whole,
    Flag,
    /// Text, a number or a boolean.
    Scalar,
    OneOf(&'static [&'static str]),
    /// A table of texts.
    Pairs,
    /// A list of members, or a table of columns and the ways to their members.
    Members,
    /// A list of columns, by their names, and numbers.
    Operands,
    Condition,
    /// Conditions by the columns that they are about.
    When,
}

/// What was written beside a step's name.
pub(crate) struct Options<'a> {
    /// How the step is written, for remedies.
    pub(crate) example: &'static str,
    /// Of the column when the step runs.
    pub(crate) kind: Kind,
    pub(crate) tables: &'a Tables,
    entries: BTreeMap<&'a str, Entry<'a>>,
}

/// An option and where it stands.
struct Entry<'a> {
    value: &'a Value,
    place: Place<'a>,
}

/// Where an option stands in the step's table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// `{ STEP = … }`
    Step(&'a str),
    /// `{ STEP = { OPTION = … } }`
    Inside(&'a str, &'a str),
    /// `{ STEP = …, OPTION = … }`
    Beside(&'a str),
}

impl Place<'_> {
    fn way(self) -> Vec<Part> {
        match self {
            Place::Step(name) | Place::Beside(name) => vec![Part::Key(name.into())],
            Place::Inside(step, name) => vec![Part::Key(step.into()), Part::Key(name.into())],
        }
    }

    /// The name under which it was written.
    fn name(&self) -> &str {
        match self {
            Place::Step(name) | Place::Beside(name) | Place::Inside(_, name) => name,
        }
    }
}

impl<'a> Options<'a> {
    /// None yet.
    pub(crate) fn new(example: &'static str, kind: Kind, tables: &'a Tables) -> Options<'a> {
        Options {
            example,
            kind,
            tables,
            entries: BTreeMap::new(),
        }
    }

    /// Adds one of those that the step takes.
    pub(crate) fn add(
        &mut self,
        takes: &[(&'static str, Shape)],
        key: &'a str,
        place: Place<'a>,
        value: &'a Value,
    ) -> Result<(), Mistake> {
        let added = match takes.iter().find(|(name, _)| *name == key) {
            None => {
                let names = takes.iter().map(|(name, _)| *name);
                Err(format!("`{key}` is no option: {}", suggestion(key, names)).into())
            }
            Some((_, shape)) => check(place.name(), value, *shape).and_then(|()| {
                match self.entries.insert(key, Entry { value, place }) {
                    None => Ok(()),
                    Some(_) => Err(format!("`{key}` is given twice: leave one out").into()),
                }
            }),
        };
        added.map_err(|mistake: Mistake| mistake.within(place.way()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.entries.get(name).map(|entry| entry.value)
    }

    /// What is wrong with an option.
    pub(crate) fn wrong(&self, name: &str, mistake: impl Into<Mistake>) -> Mistake {
        let place = self.entries.get(name).map(|entry| entry.place.way());
        mistake.into().within(place.unwrap_or_default())
    }

    /// What is wrong with one of the texts of an option.
    pub(crate) fn wrong_item(
        &self,
        name: &str,
        index: usize,
        mistake: impl Into<Mistake>,
    ) -> Mistake {
        let is_list = self.get(name).is_some_and(Value::is_array);
        let item = is_list.then_some(Part::Index(index));
        self.wrong(name, mistake.into().within(item))
    }

    /// The name under which an option was written.
    fn shown<'n>(&'n self, name: &'n str) -> &'n str {
        let entry = self.entries.get(name);
        entry.map_or(name, |entry| entry.place.name())
    }

    /// An option that must be there.
    pub(crate) fn needed(&self, name: &str) -> Result<&'a Value, Mistake> {
        self.get(name)
            .ok_or_else(|| format!("`{name}` is missing: write `{}`", self.example).into())
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(as_text)
    }

    /// A text that must be there and not be empty.
    pub(crate) fn needed_text(&self, name: &str) -> Result<String, Mistake> {
        match as_text(self.needed(name)?) {
            text if text.is_empty() => Err(self.empty(name)),
            text => Ok(text),
        }
    }

    /// One text or several, of which none may be there.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.get(name).map(texts)
    }

    /// One text or several that must be there.
    pub(crate) fn needed_texts(&self, name: &str) -> Result<Vec<String>, Mistake> {
        match texts(self.needed(name)?) {
            texts if texts.is_empty() => Err(self.empty(name)),
            texts => Ok(texts),
        }
    }

    fn empty(&self, name: &str) -> Mistake {
        let shown = self.shown(name);
        self.wrong(
            name,
            format!("`{shown}` is empty: write `{}`", self.example),
        )
    }

    /// A whole number within limits.
    pub(crate) fn whole(
        &self,
        name: &str,
        limits: std::ops::RangeInclusive<usize>,
    ) -> Result<Option<usize>, Mistake> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.as_u64().and_then(|value| usize::try_from(value).ok()) {
            Some(number) if limits.contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(
                name,
                format!(
                    "`{}` is `{value}`: write {} to {}",
                    self.shown(name),
                    limits.start(),
                    limits.end()
                ),
            )),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn otherwise(&self, default: Otherwise) -> Otherwise {
        match self.get("else").and_then(Value::as_str) {
            Some("null") => Otherwise::Null,
            Some("reject") => Otherwise::Reject,
            Some("drop") => Otherwise::Drop,
            Some("keep") => Otherwise::Keep,
            _ => default,
        }
    }
}

/// Checks that a value is of a kind.
pub(crate) fn check(key: &str, value: &Value, shape: Shape) -> Result<(), Mistake> {
    let is_scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let (fits, expected) = match shape {
        Shape::Text => (value.is_string() || value.is_number(), "text".to_owned()),
        Shape::Texts => {
            let fits = is_scalar(value)
                || value
                    .as_array()
                    .is_some_and(|list| list.iter().all(is_scalar));
            (fits, "text or a list of texts".to_owned())
        }
        Shape::Whole => (value.is_u64(), "a whole number".to_owned()),
        Shape::Flag => (value.is_boolean(), "`true` or `false`".to_owned()),
        Shape::Scalar => (is_scalar(value), "text, a number or a boolean".to_owned()),
        Shape::OneOf(words) => {
            let fits = value.as_str().is_some_and(|value| words.contains(&value));
            // Every short word is like another.
            let written = value.as_str().unwrap_or_default();
            if !fits && written.len() > 3 && nearest(written, words.iter().copied()).is_some() {
                let remedy = suggestion(written, words.iter().copied());
                return Err(format!("`{key}` is `{written}`: {remedy}").into());
            }
            (fits, listed(words.iter().copied(), "or"))
        }
        Shape::Pairs => {
            let fits = value
                .as_object()
                .is_some_and(|table| table.values().all(is_scalar) && !table.is_empty());
            (fits, "a table such as `{ \"old\" = \"new\" }`".to_owned())
        }
        Shape::Members => {
            let fits = match value {
                Value::Array(list) => !list.is_empty() && list.iter().all(Value::is_string),
                Value::Object(table) => !table.is_empty() && table.values().all(Value::is_string),
                other => other.is_string(),
            };
            (
                fits,
                "members such as `[\"sku\", \"price\"]`, or columns and members such as `{ price = \"price.amount\" }`"
                    .to_owned(),
            )
        }
        Shape::Operands => {
            let is_operand = |value: &Value| value.is_string() || value.is_number();
            let fits = value
                .as_array()
                .is_some_and(|list| list.iter().all(is_operand));
            (fits, "a list of columns and numbers".to_owned())
        }
        Shape::When => (
            value.is_object(),
            "a table such as `{ country = \"DE\" }`".to_owned(),
        ),
        Shape::Condition => (
            value.is_string() || value.is_object(),
            "`empty`, `not_empty` or a table such as `{ is = \"test\" }`".to_owned(),
        ),
    };
    match fits {
        true => Ok(()),
        false => Err(format!("`{key}` is `{}`: write {expected}", as_text(value)).into()),
    }
}

/// A scalar as text.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Scalars as texts: one, or those of a list.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(as_text).collect(),
        scalar => vec![as_text(scalar)],
    }
}

/// A text that is one character.
pub(crate) fn one_character(name: &str, text: &str) -> Result<char, Mistake> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err(format!("`{name}` is `{text}`: write one character").into()),
    }
}
