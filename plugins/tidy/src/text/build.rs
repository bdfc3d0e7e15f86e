//! How text is written: a column value by value, and what steps put in the place of values.

use sluice_sdk::NullBitmap;
use sluice_sdk::contract::BytesColumn;

use super::Text;

/// Builds a column of text value by value.
#[derive(Default)]
pub(crate) struct TextBuilder {
    data: String,
    offsets: Vec<u32>,
    nulls: Vec<u32>,
}

impl TextBuilder {
    /// Adds a row.
    pub(crate) fn push(&mut self, value: Option<&str>) {
        match value {
            Some(value) => push(&mut self.data, value),
            None => self.nulls.push(self.offsets.len() as u32),
        }
        self.offsets.push(self.data.len() as u32);
    }

    /// The column.
    pub(crate) fn finish(self) -> Text {
        let ends = self.offsets;
        let mut starts = Vec::with_capacity(ends.len());
        starts.push(0);
        starts.extend_from_slice(&ends);
        starts.pop();
        let mut nulls = NullBitmap::new(ends.len(), Vec::new());
        self.nulls
            .iter()
            .for_each(|row| nulls.set_null(*row as usize));
        Text {
            data: self.data,
            starts,
            ends,
            nulls,
            changed: true,
            moved: false,
        }
    }
}

/// What is written while values are changed.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) built: String,
    /// Addresses of shared values, and where they are in the string already.
    shared: Vec<(*const u8, u32, u32)>,
}

impl Writer {
    pub(super) fn shared(&mut self, data: &mut String, value: &str) -> (u32, u32) {
        let known = self.shared.iter().find(|(address, start, end)| {
            *address == value.as_ptr() && (end - start) as usize == value.len()
        });
        if let Some((_, start, end)) = known {
            return (*start, *end);
        }
        let start = data.len() as u32;
        data.push_str(value);
        let end = data.len() as u32;
        // A few values are most of what there is.
        if self.shared.len() < 8 {
            self.shared.push((value.as_ptr(), start, end));
        }
        (start, end)
    }
}

/// Adds text. Most is a few bytes long, and a call to copy each would cost more than the copy, above all inside a sandbox: so
/// it is copied in blocks of fixed size, which compile to plain loads and stores.
#[inline]
pub(crate) fn push(to: &mut String, mut text: &str) {
    if text.len() <= 64 {
        while let Some((block, rest)) = text.split_at_checked(16) {
            to.push_str(block);
            text = rest;
        }
        if let Some((block, rest)) = text.split_at_checked(8) {
            to.push_str(block);
            text = rest;
        }
        if let Some((block, rest)) = text.split_at_checked(4) {
            to.push_str(block);
            text = rest;
        }
        if text.len() < 4 {
            return text.chars().for_each(|c| to.push(c));
        }
    }
    // Long, or with a character where a block would end.
    to.push_str(text);
}

/// The values one after the other.
pub(super) fn joined<'a>(
    data: &str,
    spans: impl Iterator<Item = (&'a u32, &'a u32)> + Clone,
) -> BytesColumn {
    let length: usize = spans
        .clone()
        .map(|(start, end)| (end - start) as usize)
        .sum();
    let data = data.as_bytes();
    // Sixteen bytes more, so that a short value is copied as sixteen bytes, of which the next value overwrites the rest.
    let mut out = vec![0u8; length + 16];
    let mut offsets = Vec::with_capacity(spans.clone().count() + 1);
    offsets.push(0);
    let mut at = 0;
    for (start, end) in spans {
        let (start, end) = (*start as usize, *end as usize);
        let length = end - start;
        if length <= 16
            && let Some(from) = data.get(start..start + 16)
            && let Some(to) = out.get_mut(at..at + 16)
        {
            to.copy_from_slice(from);
        } else {
            out[at..at + length].copy_from_slice(&data[start..end]);
        }
        at += length;
        offsets.push(at as u32);
    }
    out.truncate(length);
    BytesColumn { offsets, data: out }
}
