//! One step as it was written, checked against what it takes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::findings::Otherwise;
use crate::nearest::{listed, suggestion};
use crate::vocabulary::{OTHER_NAMES, Shape, WORDS, Word};

/// What is wrong: the fact and the remedy.
pub(crate) type Mistake = String;

/// A step's name and its options, each of which is of the kind that it should be.
pub(crate) struct Options<'a> {
    pub(crate) word: &'static Word,
    entries: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Options<'a> {
    /// Of a text or a table of JSON.
    pub(crate) fn new(step: &'a Value) -> Result<Options<'a>, Mistake> {
        let table = match step {
            Value::String(name) => {
                let word = Word::find(name).ok_or_else(|| unknown(name))?;
                if !word.alone {
                    return Err(format!(
                        "`{name}` needs to be told more: write `{}`",
                        word.example
                    ));
                }
                let entries = BTreeMap::new();
                return Ok(Options { word, entries });
            }
            Value::Object(table) => table,
            other => {
                return Err(format!(
                    "`{other}` is no step: write the name of one, or a table such as `{{ cut = 40 }}`"
                ));
            }
        };
        let named: Vec<&'static Word> = table.keys().filter_map(|key| Word::find(key)).collect();
        let word = match named.as_slice() {
            [word] => *word,
            [] => {
                return Err(match table.keys().next() {
                    Some(key) => unknown(
                        table
                            .keys()
                            .find(|key| nearest_step(key).is_some())
                            .unwrap_or(key),
                    ),
                    None => "`{}` names no step: write the name of one".into(),
                });
            }
            [first, second, ..] => {
                return Err(format!(
                    "`{}` and `{}` are two steps in one table: write each in a table of its own",
                    first.name, second.name
                ));
            }
        };
        let mut entries = BTreeMap::new();
        let takes = word.takes();
        let Some((main, _)) = word.main else {
            return Err(format!(
                "`{}` takes nothing: write `\"{}\"`",
                word.name, word.name
            ));
        };
        let mistake = |fact: Mistake| format!("`{}`: {fact}", word.name);
        for (key, value) in table {
            match value {
                Value::Object(inside) if key == word.name && word.has_options_inside() => {
                    for (key, value) in inside {
                        add(&mut entries, word, &takes, key, value).map_err(mistake)?;
                    }
                }
                _ if key == word.name => {
                    add(&mut entries, word, &takes, main, value).map_err(mistake)?
                }
                _ if key == main && !word.options.iter().any(|(name, _)| name == key) => {
                    return Err(format!(
                        "`{key}` is what stands behind `{}`: write `{}`",
                        word.name, word.example
                    ));
                }
                _ => add(&mut entries, word, &takes, key, value).map_err(mistake)?,
            }
        }
        Ok(Options { word, entries })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.entries.get(name).copied()
    }

    /// An option that must be there.
    pub(crate) fn needed(&self, name: &str) -> Result<&'a Value, Mistake> {
        self.get(name)
            .ok_or_else(|| format!("`{name}` is missing: write `{}`", self.word.example))
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(as_text)
    }

    /// A text that must be there and not be empty.
    pub(crate) fn needed_text(&self, name: &str) -> Result<String, Mistake> {
        match as_text(self.needed(name)?) {
            text if text.is_empty() => {
                Err(format!("`{name}` is empty: write `{}`", self.word.example))
            }
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
            texts if texts.is_empty() => {
                Err(format!("`{name}` is empty: write `{}`", self.word.example))
            }
            texts => Ok(texts),
        }
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
            _ => Err(format!(
                "`{name}` is `{value}`, and should be {} to {}",
                limits.start(),
                limits.end()
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

fn add<'a>(
    entries: &mut BTreeMap<&'a str, &'a Value>,
    word: &Word,
    takes: &[&str],
    key: &'a str,
    value: &'a Value,
) -> Result<(), Mistake> {
    let Some(shape) = word.shape(key) else {
        return Err(format!("`{key}` is no option: {}", suggestion(key, takes)));
    };
    check(key, value, shape)?;
    match entries.insert(key, value) {
        None => Ok(()),
        Some(_) => Err(format!("`{key}` is given twice: leave one out")),
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
            (fits, listed(words, "or"))
        }
        Shape::Pairs => {
            let fits = value
                .as_object()
                .is_some_and(|table| table.values().all(is_scalar) && !table.is_empty());
            (fits, "a table such as `{ \"old\" = \"new\" }`".to_owned())
        }
        Shape::Condition => (
            value.is_string() || value.is_object(),
            "`empty`, `not_empty` or a table such as `{ is = \"test\" }`".to_owned(),
        ),
    };
    match fits {
        true => Ok(()),
        false => Err(format!(
            "`{key}` is `{}`, and should be {expected}",
            as_text(value)
        )),
    }
}

/// A scalar as text.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(as_text).collect(),
        scalar => vec![as_text(scalar)],
    }
}

/// The step that was probably meant: one that other tools call so, or one whose name is alike.
fn nearest_step(name: &str) -> Option<&'static str> {
    let plain = name.to_lowercase().replace('-', "_");
    let names: Vec<&str> = WORDS.iter().map(|word| word.name).collect();
    let known = OTHER_NAMES.iter().find(|(other, _)| *other == plain);
    known
        .map(|(_, step)| *step)
        .or_else(|| crate::nearest::nearest(name, &names))
}

fn unknown(name: &str) -> Mistake {
    let names: Vec<&str> = WORDS.iter().map(|word| word.name).collect();
    match nearest_step(name) {
        Some(step) => format!("`{name}` is no step: did you mean `{step}`?"),
        None => format!("`{name}` is no step: use {}", listed(&names, "or")),
    }
}
