//! Steps about columns: where one comes from, what others are made of it, what it is called in the end.

use std::rc::Rc;

use serde_json::Value;

use super::json::path_of;
use super::{Built, Combined, How};
use crate::findings::Remark;
use crate::mistake::{Mistake, Part};
use crate::options::{Options, as_text, texts};
use crate::steps::Step;
use crate::steps::json::Path;
use crate::steps::pieces::{Explode, Pieces};

pub(crate) fn copy(options: &Options<'_>) -> Result<Step, Mistake> {
    options.needed_text("into").map(Step::Copy)
}

pub(crate) fn split(options: &Options<'_>) -> Result<Step, Mistake> {
    let into = options.needed_texts("into")?;
    let by = options.needed_text("by")?;
    Ok(Step::Split { by, into })
}

pub(crate) fn explode(options: &Options<'_>) -> Result<Step, Mistake> {
    let (into, members) = members(options)?.into_iter().unzip();
    let pieces = match options.get("by") {
        Some(_) if options.get("into").is_some() => {
            return Err(options.wrong(
                "into",
                "pieces between marks have no members: leave `into` out, or the mark, where the value is a list as JSON",
            ));
        }
        Some(_) => Pieces::Between(options.needed_text("by")?),
        None => Pieces::Json(Remark::new("bad_json", "the value is no JSON")),
    };
    Ok(Step::Explode(Explode {
        pieces,
        into,
        members,
        no_members: Remark::new("no_members", "an item of the list has no members"),
    }))
}

/// The columns that are made of the members of pieces: each with its name, and the way to the member.
fn members(options: &Options<'_>) -> Result<Vec<(String, Path)>, Mistake> {
    let Some(written) = options.get("into") else {
        return Ok(Vec::new());
    };
    if let Value::Object(table) = written {
        let named = table.iter().map(|(column, path)| {
            let path = path_of(&as_text(path)).map_err(|mistake| {
                options.wrong("into", mistake.within([Part::Key(column.clone())]))
            })?;
            Ok((column.clone(), path))
        });
        return named.collect();
    }
    let listed = texts(written).into_iter().enumerate();
    let listed = listed.map(|(index, text)| {
        let wrong = |mistake| options.wrong_item("into", index, mistake);
        let path = path_of(&text).map_err(wrong)?;
        match path.member().map(str::to_owned) {
            Some(column) => Ok((column, path)),
            None => Err(wrong(unnamed(&text))),
        }
    });
    listed.collect()
}

/// What is said of a way further into a piece that has no name as a column.
fn unnamed(path: &str) -> Mistake {
    let words = path.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let column = words.join("_");
    format!(
        "`{path}` leads on, and its column needs a name: write `into = {{ {column} = \"{path}\" }}`"
    )
    .into()
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
