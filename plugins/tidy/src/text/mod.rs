//! A column of text while steps change it.
//!
//! Its values are spans of one string. A step that shortens a value moves a span; one that rewrites a value adds the new
//! one at the string's end; one that maps letters changes the string as a whole. So a value that a step has nothing to do
//! with costs nothing, and all are copied once, when the last step is done, or never, where none changed.

mod build;

use std::ops::Range;

use sluice_sdk::NullBitmap;
use sluice_sdk::contract::{BytesColumn, Column, Failure, Values};

pub(crate) use self::build::{TextBuilder, push};
use self::build::{Writer, joined};

/// Rows that are looked at together by [`Text::edit_suspects`].
const BLOCK: usize = 32;

/// A column of text.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    data: String,
    starts: Vec<u32>,
    ends: Vec<u32>,
    nulls: NullBitmap,
    changed: bool,
    /// Whether spans are no longer those that came in.
    moved: bool,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit<'a> {
    /// It stays.
    Same,
    /// This part of it stays.
    Part(Range<usize>),
    /// It is what was written to the buffer.
    Built,
    /// It is this, which many rows may share.
    Shared(&'a str),
    /// It is null.
    Null,
}

impl Text {
    /// Of a column of the batch.
    pub(crate) fn new(bytes: BytesColumn, validity: Vec<u8>) -> Result<Text, Failure> {
        let BytesColumn { mut offsets, data } = bytes;
        // Looking at a whole column at once and copying it costs less than the standard library's look.
        let data = simdutf8::basic::from_utf8(&data).map_err(|_| Failure {
            code: "bad_batch".into(),
            message: "the host sent text that is not UTF-8".into(),
        })?;
        let data = data.to_owned();
        let ends = offsets.get(1..).unwrap_or_default().to_vec();
        offsets.truncate(ends.len());
        let nulls = NullBitmap::new(ends.len(), validity);
        let mut text = Text {
            data,
            starts: offsets,
            ends,
            nulls,
            changed: false,
            moved: false,
        };
        if text.nulls.any() {
            // Nobody reads what a null holds, and so the steps need not ask whether a value is one.
            for row in 0..text.rows() {
                if text.nulls.is_null(row) && text.starts[row] != text.ends[row] {
                    text.ends[row] = text.starts[row];
                    text.moved = true;
                }
            }
        }
        Ok(text)
    }

    /// All rows null.
    pub(crate) fn nulls(rows: usize) -> Text {
        Text {
            data: String::new(),
            starts: vec![0; rows],
            ends: vec![0; rows],
            nulls: NullBitmap::all(rows),
            changed: true,
            moved: true,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Whether it is no longer what came in.
    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.is_null(row)
    }

    /// Which rows are null.
    pub(crate) fn null_rows(&self) -> &NullBitmap {
        &self.nulls
    }

    /// The value of a row; empty where it is null.
    #[inline]
    pub(crate) fn value(&self, row: usize) -> &str {
        &self.data[self.starts[row] as usize..self.ends[row] as usize]
    }

    /// These rows of it, each as often as it is named.
    pub(crate) fn pick(&self, rows: &[u32]) -> Text {
        let picked = |spans: &[u32]| rows.iter().map(|row| spans[*row as usize]).collect();
        Text {
            data: self.data.clone(),
            starts: picked(&self.starts),
            ends: picked(&self.ends),
            nulls: self.nulls.pick(rows),
            changed: true,
            moved: true,
        }
    }

    /// Changes values that are not null.
    #[inline]
    pub(crate) fn edit<'a>(&mut self, mut edit: impl FnMut(usize, &str, &mut String) -> Edit<'a>) {
        let mut writer = Writer::default();
        let any_null = self.nulls.any();
        for row in 0..self.rows() {
            if any_null && self.nulls.is_null(row) {
                continue;
            }
            let edit = edit(row, self.value(row), &mut writer.built);
            if edit != Edit::Same {
                self.apply(row, edit, &mut writer);
            }
        }
    }

    /// Changes values in which there may be something to change: `suspect` says so of any bytes in which one of them is.
    /// Empty values are none of these.
    #[inline]
    pub(crate) fn edit_suspects(
        &mut self,
        suspect: impl Fn(&[u8]) -> bool,
        mut edit: impl FnMut(usize, &str, &mut String) -> Edit<'static>,
    ) {
        let mut writer = Writer::default();
        let rows = self.rows();
        for first in (0..rows).step_by(BLOCK) {
            let block = first..(first + BLOCK).min(rows);
            let spans = self.starts[block.clone()]
                .iter()
                .zip(&self.ends[block.clone()]);
            let (start, end, length) = spans.fold(
                (u32::MAX, 0, 0),
                |(start, end, length): (u32, u32, u32), (from, to)| {
                    (start.min(*from), end.max(*to), length + (to - from))
                },
            );
            // Values that lie far apart are cheaper to look at one by one.
            let together = end.saturating_sub(start) <= length.saturating_mul(2).saturating_add(64);
            if together && !suspect(&self.data.as_bytes()[start.min(end) as usize..end as usize]) {
                continue;
            }
            for row in block {
                let value = self.value(row);
                if value.is_empty() || !suspect(value.as_bytes()) {
                    continue;
                }
                let edit = edit(row, value, &mut writer.built);
                if edit != Edit::Same {
                    self.apply(row, edit, &mut writer);
                }
            }
        }
    }

    /// Changes all bytes at once, where any is of those that are to be changed. `map` leaves all but ASCII alone.
    pub(crate) fn map_ascii(&mut self, to_change: impl Fn(&[u8]) -> bool, map: impl Fn(&mut str)) {
        if to_change(self.data.as_bytes()) {
            map(&mut self.data);
            self.changed = true;
        }
    }

    /// Gives null and empty rows a value.
    pub(crate) fn fill(&mut self, value: &str) {
        let mut writer = Writer::default();
        for row in 0..self.rows() {
            if self.starts[row] == self.ends[row] {
                self.apply(row, Edit::Shared(value), &mut writer);
            }
        }
    }

    /// Gives rows for which `which` holds the value that another column of as many rows has there.
    pub(crate) fn take_from(&mut self, other: &Text, which: impl Fn(&Text, usize) -> bool) {
        let mut shift = None;
        for row in 0..self.rows() {
            if !which(self, row) {
                continue;
            }
            let shift = *shift.get_or_insert_with(|| {
                let shift = self.data.len() as u32;
                self.data.push_str(&other.data);
                shift
            });
            self.starts[row] = other.starts[row] + shift;
            self.ends[row] = other.ends[row] + shift;
            match other.is_null(row) {
                true => self.nulls.set_null(row),
                false => self.nulls.set_valid(row),
            }
            self.changed = true;
            self.moved = true;
        }
    }

    #[inline]
    fn apply(&mut self, row: usize, edit: Edit<'_>, writer: &mut Writer) {
        self.changed = true;
        self.moved = true;
        if matches!(edit, Edit::Built | Edit::Shared(_)) {
            self.nulls.set_valid(row);
        }
        let (start, end) = match edit {
            Edit::Same => return,
            Edit::Part(part) => {
                let start = self.starts[row];
                (start + part.start as u32, start + part.end as u32)
            }
            Edit::Built => {
                let start = self.data.len();
                push(&mut self.data, &writer.built);
                writer.built.clear();
                (start as u32, self.data.len() as u32)
            }
            Edit::Shared(value) => writer.shared(&mut self.data, value),
            Edit::Null => {
                self.nulls.set_null(row);
                (self.starts[row], self.starts[row])
            }
        };
        self.starts[row] = start;
        self.ends[row] = end;
    }

    /// The column, of all rows or of those that are named.
    pub(crate) fn finish(mut self, rows: Option<&[u32]>) -> Column {
        let nulls = match rows {
            Some(rows) => self.nulls.pick(rows),
            None => std::mem::take(&mut self.nulls),
        };
        let bytes = match rows {
            None if !self.moved => {
                let mut offsets = self.starts;
                offsets.push(self.ends.last().copied().unwrap_or(0));
                BytesColumn {
                    offsets,
                    data: self.data.into_bytes(),
                }
            }
            None => joined(&self.data, self.starts.iter().zip(&self.ends)),
            Some(rows) => joined(
                &self.data,
                rows.iter().map(|row| {
                    let row = *row as usize;
                    (&self.starts[row], &self.ends[row])
                }),
            ),
        };
        Column {
            values: Values::Bytes(bytes),
            validity: nulls.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(values: &[Option<&str>]) -> Text {
        let mut builder = TextBuilder::default();
        values.iter().for_each(|value| builder.push(*value));
        let column = builder.finish().finish(None);
        match column.values {
            Values::Bytes(bytes) => Text::new(bytes, column.validity).expect("UTF-8"),
            _ => unreachable!(),
        }
    }

    fn values(text: Text) -> Vec<Option<String>> {
        let column = text.finish(None);
        let text = match column.values {
            Values::Bytes(bytes) => Text::new(bytes, column.validity).expect("UTF-8"),
            _ => unreachable!(),
        };
        (0..text.rows())
            .map(|row| (!text.is_null(row)).then(|| text.value(row).to_owned()))
            .collect()
    }

    #[test]
    fn edits_of_every_kind() {
        let mut column = text(&[
            Some("abc"),
            None,
            Some(""),
            Some("a long value, of more than 16"),
        ]);
        assert!(!column.is_changed());
        column.edit(|row, value, built| match row {
            0 => Edit::Part(1..2),
            2 => {
                built.push_str("built");
                Edit::Built
            }
            _ if value.is_empty() => unreachable!("a null is not edited"),
            _ => Edit::Same,
        });
        column.fill("filled");
        assert!(column.is_changed());
        let expected = ["b", "filled", "built", "a long value, of more than 16"];
        assert_eq!(values(column), expected.map(|value| Some(value.to_owned())));
    }

    #[test]
    fn suspects_are_found_wherever_they_are() {
        for at in 0..100 {
            let rows: Vec<Option<&str>> = (0..100)
                .map(|row| Some(if row == at { "x!" } else { "x" }))
                .collect();
            let mut column = text(&rows);
            let mut found = Vec::new();
            column.edit_suspects(
                |bytes| bytes.contains(&b'!'),
                |row, _, _| {
                    found.push(row);
                    Edit::Null
                },
            );
            assert_eq!(found, [at]);
        }
    }
}
