//! Makes steps that can run of what was written: a function for each, which the list of steps names. They know what their
//! options mean, and not how a step is written.

pub(crate) mod arithmetic;
pub(crate) mod column;
pub(crate) mod condition;
pub(crate) mod json;
pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod private;
pub(crate) mod regex;
pub(crate) mod rule;
pub(crate) mod text;
pub(crate) mod values;

use std::rc::Rc;

use crate::column::Kind;
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::Step;
use crate::steps::arithmetic::Arithmetic;
use crate::text::Text;

/// What a written step turned out to be.
pub(crate) enum Built {
    /// A step that runs.
    Step(Rc<Step>),
    /// Other names of the column.
    From(Vec<String>),
    /// What this column is made of.
    Of(Rc<Combined>),
    Rename(String),
    Remove,
    DropBlankRows,
}

/// A column that is made of others.
#[derive(Debug)]
pub(crate) struct Combined {
    /// The step that says so.
    pub(crate) step: &'static str,
    /// The other columns.
    pub(crate) columns: Vec<String>,
    pub(crate) how: How,
}

/// How a column is made of others.
#[derive(Debug)]
pub(crate) enum How {
    /// Their values with this between them.
    Join(String),
    /// The first that has a value.
    Coalesce,
    Arithmetic(Box<Arithmetic>),
}

impl How {
    /// The kind of what is made.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            How::Join(_) | How::Coalesce => Kind::Text,
            How::Arithmetic(arithmetic) => arithmetic.result.kind(),
        }
    }
}

/// How a step is built of its options.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Builder {
    /// It takes none, and changes text.
    Plain(fn(&mut Text)),
    /// A step that runs.
    Step(fn(&Options<'_>) -> Result<Step, Mistake>),
    /// One that is about the column as a whole.
    Column(fn(&Options<'_>) -> Result<Built, Mistake>),
}

impl Builder {
    /// Builds it.
    pub(crate) fn build(self, options: &Options<'_>) -> Result<Built, Mistake> {
        let step = match self {
            Builder::Plain(change) => Step::Plain(change),
            Builder::Step(build) => build(options)?,
            Builder::Column(build) => return build(options),
        };
        step.check(options.kind)?;
        Ok(Built::Step(Rc::new(step)))
    }
}
