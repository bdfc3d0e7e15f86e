//! CSV as RFC 4180 has it, read strictly enough that no record is guessed at, and so that a broken record costs itself
//! alone.
//!
//! The first record is the header. An empty field is null and a quoted empty field is an empty text, as in PostgreSQL's
//! `COPY … CSV`. A quote inside an unquoted field is part of the value. Blank lines are no records.

mod header;
mod index;
mod scan;

use std::{io, sync::Arc};

use self::{
    header::{Header, read_header},
    index::index_structure,
    scan::{Cell, RecordEnd, Scan},
};
use super::{
    HeaderText,
    batch::BrokenRow,
    text::{Found, Passed, Text, TextFormat},
    window::Window,
};
use crate::columns::{Column, ColumnField, TextBuilder};

/// Finds and reads records in CSV text.
pub(super) struct Csv {
    delimiter: u8,
    max_columns: usize,
    header: Option<Header>,
    header_text: HeaderText,
    builders: Vec<TextBuilder>,
    index: Vec<u32>,
}

impl Csv {
    pub(super) fn new(delimiter: u8, max_columns: usize) -> Self {
        Self {
            delimiter,
            max_columns,
            header: None,
            header_text: HeaderText::default(),
            builders: Vec::new(),
            index: Vec::new(),
        }
    }
}

impl TextFormat for Csv {
    fn read(&mut self, text: Text<'_>, most: u64, found: &mut Found) -> usize {
        let (bytes, limit) = (text.bytes, text.max_record_bytes);
        index_structure(bytes, self.delimiter, &mut self.index);
        let valid_text = match simdutf8::compat::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none() && !text.ended,
        };
        let mut scan = Scan::of(bytes, &self.index, text.ended, self.delimiter);
        if self.header.is_none() {
            let Some(header) = read_header(&mut scan, self.max_columns) else {
                return 0;
            };
            self.builders
                .resize_with(header.columns.len(), TextBuilder::default);
            self.header = Some(header);
        }
        let Some(header) = &self.header else {
            return 0;
        };
        self.header_text.get_or_init(|| header.text.clone());
        let (builders, width) = (&mut self.builders, header.columns.len());
        found.spans.reserve(bytes.len() / 64);
        while found.count() < most {
            scan.skip_blank_lines();
            let start = scan.start;
            let mut column = 0;
            let end = scan.record(|cell| {
                if let Some(builder) = builders.get_mut(column) {
                    match cell {
                        Cell {
                            text: [],
                            quoted: false,
                            ..
                        } => builder.push_null(),
                        Cell {
                            text,
                            escaped: true,
                            ..
                        } => builder.push_unescaped(text),
                        Cell { text, .. } => builder.push(text),
                    }
                }
                column += 1;
            });
            let (end, next, code, message) = match end {
                RecordEnd::Incomplete => break,
                RecordEnd::Complete { end, next } => {
                    let length = end - start;
                    if let Some((code, message)) = &header.problem {
                        (end, next, *code, message.clone())
                    } else if column != width {
                        (
                            end,
                            next,
                            "ragged_row",
                            format!("got {column} fields, the header has {width}"),
                        )
                    } else if length > limit {
                        let message =
                            format!("record too large: got {length} bytes, limit {limit} bytes");
                        (end, next, "record_too_large", message)
                    } else if !valid_text
                        && let Err(error) = simdutf8::compat::from_utf8(&bytes[start..end])
                    {
                        (
                            end,
                            next,
                            "invalid_utf8",
                            format!("not UTF-8 at byte {} of the record", error.valid_up_to()),
                        )
                    } else {
                        found.spans.push((start as u32, end as u32));
                        continue;
                    }
                }
                RecordEnd::TextAfterQuote { end, next } => (
                    end,
                    next,
                    "text_after_quote",
                    "text follows a closing quote; double the quotes inside".into(),
                ),
                RecordEnd::UnclosedQuote => {
                    let (end, next) = scan.line_end();
                    let message = "a quote is opened and never closed".to_owned();
                    (end, next, "unclosed_quote", message)
                }
            };
            let rows = found.spans.len();
            builders
                .iter_mut()
                .for_each(|builder| builder.truncate(rows));
            let broken = BrokenRow::new(rows, code, message, &bytes[start..end]);
            found.broken.push(broken);
            scan.go_to(next);
        }
        // What was read of an incomplete record is read again.
        builders
            .iter_mut()
            .for_each(|builder| builder.truncate(found.spans.len()));
        scan.start
    }

    fn pass(&mut self, text: Text<'_>, most: u64) -> Passed {
        index_structure(text.bytes, self.delimiter, &mut self.index);
        let mut scan = Scan::of(text.bytes, &self.index, text.ended, self.delimiter);
        let mut records = 0;
        if self.header.is_none() {
            let Some(header) = read_header(&mut scan, self.max_columns) else {
                return Passed { records, bytes: 0 };
            };
            self.builders
                .resize_with(header.columns.len(), TextBuilder::default);
            self.header = Some(header);
        }
        while records < most {
            scan.skip_blank_lines();
            match scan.record(|_| {}) {
                RecordEnd::Incomplete => break,
                RecordEnd::Complete { .. } => {}
                RecordEnd::TextAfterQuote { next, .. } => scan.go_to(next),
                RecordEnd::UnclosedQuote => scan.go_to(scan.line_end().1),
            }
            records += 1;
        }
        Passed {
            records,
            bytes: scan.start,
        }
    }

    /// Gives up the line at the start of the text, which is part of a record that does not end within the limit.
    fn give_up(&mut self, window: &mut Window) -> io::Result<BrokenRow> {
        let Text {
            bytes,
            max_record_bytes: limit,
            ..
        } = window.text();
        let line_in_text = memchr::memchr(b'\n', bytes);
        let mut broken = match line_in_text {
            Some(end) => {
                let message = format!(
                    "a quote is not closed within {limit} bytes, the longest record allowed"
                );
                BrokenRow::new(0, "unclosed_quote", message, &bytes[..end])
            }
            None => BrokenRow::new(0, "record_too_large", String::new(), bytes),
        };
        broken.raw_bytes = window.skip_line()?;
        if line_in_text.is_none() {
            broken.message = format!(
                "record too large: got {} bytes, limit {limit} bytes",
                broken.raw_bytes
            );
        }
        if self.header.is_none() {
            self.header = Some(Header::unreadable(&broken.message));
        }
        Ok(broken)
    }

    fn take_columns(&mut self, _rows: usize) -> Vec<Column> {
        let builders = self.builders.iter_mut();
        builders.map(TextBuilder::finish).collect()
    }

    fn fields(&self) -> Arc<[ColumnField]> {
        let header = self.header.as_ref();
        header.map_or_else(Arc::default, |header| header.columns.clone())
    }

    fn late_columns(&self) -> &[String] {
        &[]
    }

    fn awaits_header(&self) -> bool {
        self.header.is_none()
    }

    fn header_text(&self) -> HeaderText {
        self.header_text.clone()
    }

    /// Not where the header cannot be read, and so not be read again.
    fn can_be_entered(&self) -> bool {
        let readable = |header: &Header| header.problem.is_none();
        self.header.as_ref().is_none_or(readable)
    }
}
