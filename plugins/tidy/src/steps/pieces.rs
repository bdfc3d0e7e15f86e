//! One row into several: `explode`, and the members of each piece as columns of their own. All columns of the pieces have one
//! row a piece.

use serde_json::value::RawValue;

use crate::column::Column;
use crate::findings::{Context, Parts, Remark};
use crate::steps::blanks::is_blank;
use crate::steps::json::{Path, plain};
use crate::text::{Text, TextBuilder};

/// What a value is a list of, and what becomes of the members of its pieces.
#[derive(Debug)]
pub(crate) struct Explode {
    pub(crate) pieces: Pieces,
    /// The columns that are made of members.
    pub(crate) into: Vec<String>,
    /// For each of them, where its member is within a piece.
    pub(crate) members: Vec<Path>,
    /// What is said of a piece that has no members, where some are wanted.
    pub(crate) no_members: Remark,
}

/// What a value is a list of.
#[derive(Debug)]
pub(crate) enum Pieces {
    /// Text between such marks.
    Between(String),
    /// The items of a list as JSON; what is said where it is none.
    Json(Remark),
}

impl Explode {
    /// A row for each piece of every value. Blank pieces are left out, and a row without any other is one row with null.
    /// The members of the pieces go to `made`.
    pub(crate) fn apply<'p>(
        &'p self,
        text: &Text,
        made: &mut Vec<Column>,
        context: &mut Context<'_, 'p>,
    ) -> Text {
        let mut builder = TextBuilder::default();
        let mut rows = Vec::with_capacity(text.rows());
        for row in 0..text.rows() {
            let before = rows.len();
            let push = |piece: &str| {
                if !is_blank(piece) {
                    builder.push(Some(piece));
                    rows.push(row as u32);
                }
            };
            match &self.pieces {
                Pieces::Between(by) => text.value(row).split(by.as_str()).for_each(push),
                Pieces::Json(remark) => items(text.value(row), push, || context.warn(row, remark)),
            }
            if rows.len() == before {
                builder.push(None);
                rows.push(row as u32);
            }
        }
        let dropped = vec![false; rows.len()];
        context.parts = Some(Parts { rows, dropped });
        let pieces = builder.finish();
        if !self.members.is_empty() {
            made.extend(self.columns(&pieces, context));
        }
        pieces
    }

    /// The members of every piece, a column for each path. Null where there is none.
    fn columns<'p>(
        &'p self,
        pieces: &Text,
        context: &mut Context<'_, 'p>,
    ) -> impl Iterator<Item = Column> {
        let mut builders: Vec<TextBuilder> = Vec::new();
        builders.resize_with(self.members.len(), TextBuilder::default);
        for row in 0..pieces.rows() {
            let piece = pieces.value(row);
            let mut has_members = pieces.is_null(row) || piece.trim_start().starts_with(['{', '[']);
            for (builder, path) in builders.iter_mut().zip(&self.members) {
                let member = match has_members {
                    true => path.find(piece).unwrap_or_else(|_| {
                        has_members = pieces.is_null(row);
                        None
                    }),
                    false => None,
                };
                builder.push(member.and_then(plain).as_deref());
            }
            if !has_members {
                context.warn(row, &self.no_members);
            }
        }
        let columns = builders.into_iter().map(TextBuilder::finish);
        columns.map(Column::Text)
    }
}

/// Hands over the items of a list, without nulls. What is no list is its own only item.
fn items(value: &str, mut push: impl FnMut(&str), bad: impl FnOnce()) {
    let items = match value.trim_start().starts_with('[') {
        true => serde_json::from_str::<Vec<&RawValue>>(value),
        false => serde_json::from_str::<&RawValue>(value).map(|item| vec![item]),
    };
    match items {
        Err(_) if is_blank(value) => {}
        Err(_) => bad(),
        Ok(items) => items
            .into_iter()
            .filter_map(plain)
            .for_each(|item| push(&item)),
    }
}
