//! One step as it was written: which it is, and which options it has.

use serde_json::{Map, Value};

use crate::build::Built;
use crate::column::Kind;
use crate::mistake::Mistake;
use crate::options::{Options, Place, Shape};
use crate::tables::Tables;
use crate::vocabulary::{OTHER_NAMES, WORDS, Word};
use sluice_nearest::{listed, nearest};

/// The key that says for which rows a step is.
pub(crate) const WHEN: &str = "when";

/// Conditions by the columns that they are about.
pub(crate) type Conditions = Map<String, Value>;

/// Builds a step for a column of a kind; also what other columns must have so that it is done to a row.
pub(crate) fn build<'a>(
    step: &'a Value,
    kind: Kind,
    tables: &'a Tables,
) -> Result<(Built, Option<&'a Conditions>), Mistake> {
    let (word, options, when) = read(step, kind, tables)?;
    Ok((word.build.build(&options)?, when))
}

type Read<'a> = (&'static Word, Options<'a>, Option<&'a Conditions>);

fn read<'a>(step: &'a Value, kind: Kind, tables: &'a Tables) -> Result<Read<'a>, Mistake> {
    let table = match step {
        Value::String(name) => {
            let word = Word::find(name).ok_or_else(|| unknown(name))?;
            if !word.alone {
                return Err(
                    format!("`{name}` needs to be told more: write `{}`", word.example).into(),
                );
            }
            return Ok((word, Options::new(word.example, kind, tables), None));
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
    let mut options = Options::new(word.example, kind, tables);
    let mut takes = word.takes();
    if word.is_of_rows {
        takes.push((WHEN, Shape::When));
    }
    let mut when = None;
    for (key, value) in table {
        let is_step = key == word.name;
        match (value, word.main) {
            // What can stand alone, in a table because of `when`.
            (Value::Bool(true), _) if is_step && word.alone => {}
            (_, None) if is_step => {
                return Err(format!("`{key}` takes nothing: write `\"{key}\"`").into());
            }
            (Value::Object(conditions), _) if key == WHEN && word.is_of_rows => {
                when = Some(conditions);
            }
            (_, _) if key == WHEN && !word.is_of_rows => return Err(no_when(word).at(key)),
            (Value::Object(inside), Some(_)) if is_step && word.has_options_inside() => {
                for (option, value) in inside {
                    let place = Place::Inside(key, option);
                    options.add(&takes, option, place, value)?;
                }
            }
            (_, Some((main, _))) if is_step => {
                options.add(&takes, main, Place::Step(key), value)?;
            }
            (_, Some((main, _)))
                if key == main && !word.options.iter().any(|(name, _)| name == key) =>
            {
                let words = format!(
                    "`{key}` is what stands behind `{}`: write `{}`",
                    word.name, word.example
                );
                return Err(Mistake::from(words).at(key));
            }
            _ => options.add(&takes, key, Place::Beside(key), value)?,
        }
    }
    Ok((word, options, when))
}

fn no_when(word: &Word) -> Mistake {
    format!(
        "`{}` is for all rows of a column: leave `when` out, or put it beside a step that changes or judges values",
        word.name
    )
    .into()
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
