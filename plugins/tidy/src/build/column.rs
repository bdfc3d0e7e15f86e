//! Steps about columns: where one comes from, what others are made of it, what it is called in the end.

use std::rc::Rc;

use super::{Built, Combined, How};
use crate::findings::Remark;
use crate::mistake::Mistake;
use crate::options::Options;
use crate::steps::{Pieces, Step};

pub(crate) fn copy(options: &Options<'_>) -> Result<Step, Mistake> {
    options.needed_text("into").map(Step::Copy)
}

pub(crate) fn split(options: &Options<'_>) -> Result<Step, Mistake> {
    let into = options.needed_texts("into")?;
    let by = options.needed_text("by")?;
    Ok(Step::Split { by, into })
}

pub(crate) fn explode(options: &Options<'_>) -> Result<Step, Mistake> {
    Ok(Step::Explode(match options.get("by") {
        Some(_) => Pieces::Between(options.needed_text("by")?),
        None => Pieces::Json(Remark::new("bad_json", "the value is no JSON")),
    }))
}

pub(crate) fn from(options: &Options<'_>) -> Result<Built, Mistake> {
    options.needed_texts("names").map(Built::From)
}

pub(crate) fn join(options: &Options<'_>) -> Result<Built, Mistake> {
    let with = options.text("with").unwrap_or_else(|| " ".into());
    Ok(Built::Of(Rc::new(Combined {
        step: "join",
        columns: options.needed_texts("columns")?,
        how: How::Join(with),
    })))
}

pub(crate) fn coalesce(options: &Options<'_>) -> Result<Built, Mistake> {
    Ok(Built::Of(Rc::new(Combined {
        step: "coalesce",
        columns: options.needed_texts("columns")?,
        how: How::Coalesce,
    })))
}

pub(crate) fn rename(options: &Options<'_>) -> Result<Built, Mistake> {
    options.needed_text("to").map(Built::Rename)
}

pub(crate) fn remove(_: &Options<'_>) -> Result<Built, Mistake> {
    Ok(Built::Remove)
}

pub(crate) fn drop_blank_rows(_: &Options<'_>) -> Result<Built, Mistake> {
    Ok(Built::DropBlankRows)
}
