//! Columns that are made of others. Where one of those has a row for each piece, so has what is made, and the others' values
//! are those of the piece's row.

use std::borrow::Cow;

use super::Plan;
use crate::build::{Combined, How};
use crate::column::Column;
use crate::findings::Context;
use crate::steps::shape::{coalesce, join};
use crate::text::Text;

impl Plan {
    /// Makes a column of others. `rows` are those of the batch.
    pub(super) fn combine<'p>(
        &self,
        combined: &'p Combined,
        columns: &[Option<usize>],
        done: &[Column],
        rows: usize,
        context: &mut Context<'_, 'p>,
    ) -> Column {
        let pieces = context.parts.as_ref().map(|parts| parts.rows.as_slice());
        let rows = pieces.map_or(rows, <[u32]>::len);
        let of_rows = |at: usize| match pieces {
            Some(pieces) if !self.columns[at].in_pieces() => Cow::Owned(done[at].pick(pieces)),
            _ => Cow::Borrowed(&done[at]),
        };
        let found: Vec<Option<Cow<'_, Column>>> =
            columns.iter().map(|at| at.map(of_rows)).collect();
        match &combined.how {
            How::Join(with) => {
                Column::Text(self.of_texts(columns, &found, |texts| join(texts, with, rows)))
            }
            How::Coalesce => {
                Column::Text(self.of_texts(columns, &found, |texts| coalesce(texts, rows)))
            }
            How::Arithmetic(arithmetic) => {
                let columns: Vec<Option<&Column>> = found.iter().map(Option::as_deref).collect();
                arithmetic.compute(&columns, rows, context)
            }
        }
    }

    /// What comes of the texts of columns that are there.
    fn of_texts(
        &self,
        columns: &[Option<usize>],
        found: &[Option<Cow<'_, Column>>],
        make: impl Fn(&[&Text]) -> Text,
    ) -> Text {
        let texts: Vec<Cow<'_, Text>> = columns
            .iter()
            .zip(found)
            .filter_map(|(at, column)| match (at, column.as_deref()?) {
                (_, Column::Text(text)) => Some(Cow::Borrowed(text)),
                (at, typed) => Some(Cow::Owned(
                    typed.clone().into_text(self.columns[(*at)?].kind),
                )),
            })
            .collect();
        let texts: Vec<&Text> = texts.iter().map(|text| &**text).collect();
        make(&texts)
    }
}
