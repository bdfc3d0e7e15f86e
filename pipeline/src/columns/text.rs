//! Builds columns of text row by row, and takes a half-built row back when it turns out to be broken.

use super::{Column, Values, validity};

/// Builds one column of text.
#[derive(Debug, Default)]
pub struct TextBuilder {
    offsets: Vec<u32>,
    data: Vec<u8>,
    nulls: Vec<u32>,
}

impl TextBuilder {
    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.offsets.len()
    }

    /// Adds a value, which must be UTF-8.
    #[inline]
    pub fn push(&mut self, value: &[u8]) {
        self.data.extend_from_slice(value);
        self.end_value();
    }

    /// Adds the value that `write` appends.
    pub(crate) fn push_by(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.data);
        self.end_value();
    }

    /// Adds the value that `write` appends, which must be UTF-8; none where it fails.
    pub(crate) fn push_with<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.data.len();
        let written = write(&mut self.data);
        match written {
            Ok(()) => self.end_value(),
            Err(_) => self.data.truncate(before),
        }
        written
    }

    /// Adds a null.
    #[inline]
    pub fn push_null(&mut self) {
        self.nulls.push(self.offsets.len() as u32);
        self.end_value();
    }

    /// Adds a value or a null.
    pub fn push_option(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => self.push(value),
            None => self.push_null(),
        }
    }

    /// Adds nulls up to `rows` rows.
    pub(crate) fn pad(&mut self, rows: usize) {
        while self.rows() < rows {
            self.push_null();
        }
    }

    #[inline]
    fn end_value(&mut self) {
        self.offsets.push(self.data.len() as u32);
    }

    /// Forgets all rows from `rows` on.
    pub(crate) fn truncate(&mut self, rows: usize) {
        if self.offsets.len() > rows {
            self.offsets.truncate(rows);
            self.data
                .truncate(self.offsets.last().map_or(0, |end| *end as usize));
            while self.nulls.last().is_some_and(|null| *null as usize >= rows) {
                self.nulls.pop();
            }
        }
    }

    /// The column; the builder is empty again, with room for as much as this time.
    pub fn finish(&mut self) -> Column {
        let rows = self.offsets.len();
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        offsets.append(&mut self.offsets);
        let validity = validity::without(rows, &self.nulls);
        self.nulls.clear();
        let room = self.data.len() + self.data.len() / 8;
        let data = std::mem::replace(&mut self.data, Vec::with_capacity(room));
        Column {
            values: Values::Bytes { offsets, data },
            validity,
        }
    }
}
