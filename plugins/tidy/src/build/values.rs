//! Steps about whole values: words for words, words for nothing, and what stands for nothing.

use super::moment::literal;
use crate::column::Kind;
use crate::findings::{Otherwise, Remark};
use crate::mistake::Mistake;
use crate::options::{Options, as_text};
use crate::steps::Step;
use crate::steps::number::plain_decimal;
use crate::steps::rules::Default;
use crate::steps::words::{Boolean, Map, NO, Words, YES};

pub(crate) fn map(options: &Options<'_>) -> Result<Step, Mistake> {
    Ok(Step::Map(Map {
        words: Words::new(pairs(options)?, options.flag("ignore_case")),
        otherwise: options.otherwise(Otherwise::Keep),
        remark: Remark::new("unknown_value", "the value is none that is known"),
    }))
}

pub(crate) fn lookup(options: &Options<'_>) -> Result<Step, Mistake> {
    let name = options.needed_text("table")?;
    let table = options.tables.get(&name);
    let table = table.map_err(|mistake| options.wrong("table", mistake))?;
    let column = |option: &str, or_at: usize| {
        let column = table.column(options.text(option).as_deref(), or_at);
        // Where the option is not there, its table is what lacks a column.
        let option = if options.get(option).is_some() {
            option
        } else {
            "table"
        };
        column.map_err(|mistake| options.wrong(option, mistake))
    };
    let by = column("by", 0)?;
    let value = column("column", usize::from(by == 0))?;
    let pairs = table.pairs(by, value);
    let pairs = pairs.map_err(|mistake| options.wrong("table", mistake))?;
    Ok(Step::Map(Map {
        words: Words::new(pairs, options.flag("ignore_case")),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("unknown_value", "the value is none that is known"),
    }))
}

pub(crate) fn one_of(options: &Options<'_>) -> Result<Step, Mistake> {
    let values = options
        .needed_texts("values")?
        .into_iter()
        .map(|value| (value.clone(), value));
    Ok(Step::Map(Map {
        words: Words::new(values, options.flag("ignore_case")),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("unknown_value", "the value is none that is known"),
    }))
}

pub(crate) fn null_if(options: &Options<'_>) -> Result<Step, Mistake> {
    let values = options
        .needed_texts("values")?
        .into_iter()
        .map(|value| (value.trim().to_owned(), ()));
    Ok(Step::NullIf(Words::new(
        values,
        options.flag("ignore_case"),
    )))
}

pub(crate) fn boolean(options: &Options<'_>) -> Result<Step, Mistake> {
    let words = |name: &str, default: &[&str]| {
        let default = || default.iter().map(|word| (*word).to_owned()).collect();
        options.texts(name).unwrap_or_else(default)
    };
    let is_default = options.get("true").is_none() && options.get("false").is_none();
    if !is_default && (options.get("true").is_none() || options.get("false").is_none()) {
        return Err("only one of `true` and `false` is given: write both lists, or neither".into());
    }
    let (yes, no) = (words("true", YES), words("false", NO));
    if let Some(both) = yes.iter().find(|word| {
        no.iter()
            .any(|other| other.to_lowercase() == word.to_lowercase())
    }) {
        return Err(format!("`{both}` is both true and false: leave it out of one list").into());
    }
    let pairs = yes
        .into_iter()
        .map(|word| (word, true))
        .chain(no.into_iter().map(|word| (word, false)));
    Ok(Step::Boolean(Boolean {
        words: Words::new(
            pairs.map(|(word, value)| (word.trim().to_owned(), value)),
            true,
        ),
        otherwise: options.otherwise(Otherwise::Null),
        remark: Remark::new("bad_boolean", "the value means neither yes nor no"),
    }))
}

pub(crate) fn default(options: &Options<'_>) -> Result<Step, Mistake> {
    let (text, kind) = (as_text(options.needed("value")?), options.kind);
    let wrong = |expected: &str| {
        let words = format!(
            "`{text}` does not fit the column, which is of type `{}` by then: write {expected}",
            kind.logical()
        );
        options.wrong("value", words)
    };
    let value = match kind {
        Kind::Text | Kind::Json => Default::Text(text),
        Kind::Integer => Default::Integer(text.parse().map_err(|_| wrong("a whole number"))?),
        Kind::Float => {
            let value: f64 = text.parse().map_err(|_| wrong("a number"))?;
            Default::Float(
                Some(value)
                    .filter(|value| value.is_finite())
                    .ok_or_else(|| wrong("a number"))?,
            )
        }
        Kind::Decimal { precision, scale } => {
            plain_decimal(&text, precision, scale).ok_or_else(|| wrong("a number that fits"))?;
            Default::Text(text)
        }
        Kind::Boolean => Default::Boolean(text.parse().map_err(|_| wrong("`true` or `false`"))?),
        Kind::Timestamp => Default::Integer(
            literal(&text, kind).ok_or_else(|| wrong("such as `2026-03-01T10:00:00Z`"))?,
        ),
        Kind::Date => {
            Default::Integer(literal(&text, kind).ok_or_else(|| wrong("such as `2026-03-01`"))?)
        }
    };
    Ok(Step::Default(value))
}

/// The pairs of a table: what is found, and what it becomes.
pub(super) fn pairs(options: &Options<'_>) -> Result<Vec<(String, String)>, Mistake> {
    let table = options.needed("pairs")?.as_object().into_iter().flatten();
    Ok(table
        .map(|(from, to)| (from.clone(), as_text(to)))
        .collect())
}
