//! What can be done to a column. Each function here is one step over a whole column.

pub(crate) mod arithmetic;
pub(crate) mod blanks;
pub(crate) mod exact;
pub(crate) mod json;
pub(crate) mod letters;
pub(crate) mod literal;
pub(crate) mod number;
pub(crate) mod numeral;
pub(crate) mod pieces;
pub(crate) mod private;
pub(crate) mod redact;
pub(crate) mod regex;
pub(crate) mod rules;
pub(crate) mod shape;
pub(crate) mod words;

use self::json::JsonPath;
use self::letters::Only;
use self::literal::{After, Cut, Replace};
use self::number::{Number, NumberKind};
use self::pieces::Explode;
use self::private::{Email, Hash, Mask};
use self::redact::Redact;
use self::regex::{Extract, RegexReplace};
use self::rules::{Default, Rule};
use self::words::{Boolean, Map, Words};
use crate::column::{Column, Kind};
use crate::findings::Context;
use crate::text::Text;
use crate::time::Moments;

/// A step, ready to run.
#[derive(Debug)]
pub(crate) enum Step {
    /// Any that takes no options.
    Plain(fn(&mut Text)),
    Only(Only),
    Replace(Replace),
    Before(String),
    After(After),
    Extract(Extract),
    RegexReplace(RegexReplace),
    JsonPath(JsonPath),
    Cut(Cut),
    Pad {
        width: usize,
        with: char,
    },
    NullIf(Words<()>),
    Map(Map),
    Email(Email),
    Mask(Mask),
    Redact(Redact),
    Hash(Hash),
    Number(Number),
    Boolean(Boolean),
    Timestamp(Moments),
    Date(Moments),
    Default(Default),
    Rule(Rule),
    Copy(String),
    Split {
        by: String,
        into: Vec<String>,
    },
    Explode(Explode),
}

impl Step {
    /// The kind of the column behind the step.
    pub(crate) fn kind(&self, before: Kind) -> Kind {
        match self {
            Step::Number(number) => match number.kind {
                NumberKind::Integer => Kind::Integer,
                NumberKind::Float => Kind::Float,
                NumberKind::Decimal { precision, scale } => Kind::Decimal { precision, scale },
            },
            Step::Boolean(_) => Kind::Boolean,
            Step::Timestamp(_) => Kind::Timestamp,
            Step::Date(_) => Kind::Date,
            // What was JSON is text, and may be none any more.
            Step::JsonPath(_) | Step::Explode(_) => Kind::Text,
            _ => before,
        }
    }

    /// Whether it can be done to a column of a kind; what is wrong otherwise, and the remedy.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), String> {
        match self {
            Step::Default(_) => Ok(()),
            Step::Rule(rule) => rule.condition.check(kind).map_err(Into::into),
            _ if kind.is_text() => Ok(()),
            _ => Err(format!(
                "the step takes text, and the column is of type `{}` by then: put it before the step that gives the type",
                kind.logical()
            )),
        }
    }

    /// The columns that it makes.
    pub(crate) fn makes(&self) -> &[String] {
        match self {
            Step::Copy(name) => std::slice::from_ref(name),
            Step::Split { into, .. } => into,
            Step::Extract(extract) => &extract.into,
            Step::Explode(explode) => &explode.into,
            _ => &[],
        }
    }

    /// Whether it has something to say about a column that is not there.
    pub(crate) fn concerns_missing(&self) -> bool {
        matches!(self, Step::Default(_) | Step::Rule(_))
    }

    /// Runs over a column; columns that it makes go to `made`, in the order of [`makes`](Step::makes).
    pub(crate) fn run<'p>(
        &'p self,
        column: &mut Column,
        made: &mut Vec<Column>,
        context: &mut Context<'_, 'p>,
    ) {
        match self {
            Step::Default(default) => return default.apply(column),
            Step::Rule(rule) => return rule.apply(column, context),
            _ => {}
        }
        // The plan has made sure that the others get text.
        if let Column::Text(text) = column
            && let Some(typed) = self.run_text(text, made, context)
        {
            *column = typed;
        }
    }

    fn run_text<'p>(
        &'p self,
        text: &mut Text,
        made: &mut Vec<Column>,
        context: &mut Context<'_, 'p>,
    ) -> Option<Column> {
        match self {
            Step::Plain(change) => change(text),
            Step::Only(only) => only.apply(text),
            Step::Replace(replace) => replace.apply(text),
            Step::Before(mark) => literal::before(text, mark),
            Step::After(after) => after.apply(text, context),
            Step::Extract(extract) if extract.into.is_empty() => extract.apply(text, context),
            Step::Extract(extract) => {
                made.extend(extract.columns(text, context).into_iter().map(Column::Text));
            }
            Step::RegexReplace(replace) => replace.apply(text),
            Step::JsonPath(path) => path.apply(text, context),
            Step::Cut(cut) => cut.apply(text, context),
            Step::Pad { width, with } => literal::pad(text, *width, *with),
            Step::NullIf(words) => words::null_if(text, words),
            Step::Map(map) => map.apply(text, context),
            Step::Email(email) => email.apply(text, context),
            Step::Mask(mask) => mask.apply(text),
            Step::Redact(redact) => redact.apply(text, context),
            Step::Hash(hash) => hash.apply(text),
            Step::Number(number) => {
                return Some(match number.kind {
                    NumberKind::Integer => {
                        let (values, nulls) = number.integers(text, context);
                        Column::Integers(values, nulls)
                    }
                    NumberKind::Float => {
                        let (values, nulls) = number.floats(text, context);
                        Column::Floats(values, nulls)
                    }
                    NumberKind::Decimal { precision, scale } => {
                        number.decimals(text, (precision, scale), context);
                        return None;
                    }
                });
            }
            Step::Boolean(boolean) => {
                let (values, nulls) = boolean.parse(text, context);
                return Some(Column::Booleans(values, nulls));
            }
            Step::Timestamp(moments) => {
                let (values, nulls) = moments.timestamps(text, context);
                return Some(Column::Integers(values, nulls));
            }
            Step::Date(moments) => {
                let (values, nulls) = moments.dates(text, context);
                return Some(Column::Integers(values, nulls));
            }
            Step::Split { by, into } => made.extend(
                shape::split(text, by, into.len())
                    .into_iter()
                    .map(Column::Text),
            ),
            Step::Explode(explode) => *text = explode.apply(text, made, context),
            Step::Copy(_) => made.push(Column::Text(text.clone())),
            Step::Default(_) | Step::Rule(_) => {}
        }
        None
    }
}
