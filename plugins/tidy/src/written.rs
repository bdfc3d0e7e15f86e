//! One step as it was written: which it is, and which options it has.

use serde_json::Value;

use crate::build::Built;
use crate::column::Kind;
use crate::mistake::Mistake;
use crate::options::{Options, Place};
use crate::vocabulary::{OTHER_NAMES, WORDS, Word};
use sluice_nearest::{listed, nearest};

/// Builds a step for a column of a kind.
pub(crate) fn build(step: &Value, kind: Kind) -> Result<Built, Mistake> {
    let (word, options) = read(step, kind)?;
    word.build.build(&options)
}

fn read(step: &Value, kind: Kind) -> Result<(&'static Word, Options<'_>), Mistake> {
    let table = match step {
        Value::String(name) => {
            let word = Word::find(name).ok_or_else(|| unknown(name))?;
            if !word.alone {
                return Err(
                    format!("`{name}` needs to be told more: write `{}`", word.example).into(),
                );
            }
            return Ok((word, Options::new(word.example, kind)));
        }
        Value::Object(table) => table,
        other => {
            return Err(format!(
                "`{other}` is no step: write the name of one, or a table such as `{{ cut = 40 }}`"
            )
            .into());
        }
    };
    let named: Vec<&'static Word> = table.keys().filter_map(|key| Word::find(key)).collect();
    let word = match named.as_slice() {
        [word] => *word,
        [] => {
            return Err(match table.keys().next() {
                Some(key) => {
                    let alike = table.keys().find(|key| nearest_step(key).is_some());
                    let key = alike.unwrap_or(key);
                    unknown(key).at(key)
                }
                None => "`{}` names no step: write the name of one".into(),
            });
        }
        [first, second, ..] => {
            return Err(format!(
                "`{}` and `{}` are two steps in one table: write each in a table of its own",
                first.name, second.name
            )
            .into());
        }
    };
    let mut options = Options::new(word.example, kind);
    let takes = word.takes();
    let Some((main, _)) = word.main else {
        return Err(format!("`{}` takes nothing: write `\"{}\"`", word.name, word.name).into());
    };
    for (key, value) in table {
        match value {
            Value::Object(inside) if key == word.name && word.has_options_inside() => {
                for (option, value) in inside {
                    let place = Place::Inside(key, option);
                    options.add(&takes, option, place, value)?;
                }
            }
            _ if key == word.name => options.add(&takes, main, Place::Step(key), value)?,
            _ if key == main && !word.options.iter().any(|(name, _)| name == key) => {
                let words = format!(
                    "`{key}` is what stands behind `{}`: write `{}`",
                    word.name, word.example
                );
                return Err(Mistake::from(words).at(key));
            }
            _ => options.add(&takes, key, Place::Beside(key), value)?,
        }
    }
    Ok((word, options))
}

/// The step that was probably meant: one that other tools call so, or one whose name is alike.
fn nearest_step(name: &str) -> Option<&'static str> {
    let plain = name.to_lowercase().replace('-', "_");
    let known = OTHER_NAMES.iter().find(|(other, _)| *other == plain);
    known
        .map(|(_, step)| *step)
        .or_else(|| nearest(name, names()))
}

fn unknown(name: &str) -> Mistake {
    let remedy = match nearest_step(name) {
        Some(step) => format!("did you mean `{step}`?"),
        None => format!("use {}", listed(names(), "or")),
    };
    format!("`{name}` is no step: {remedy}").into()
}

/// The names of all steps. They are asked for where something is wrong, so that no call of it needs a copy of its own.
#[inline(never)]
fn names() -> Vec<&'static str> {
    WORDS.iter().map(|word| word.name).collect()
}
