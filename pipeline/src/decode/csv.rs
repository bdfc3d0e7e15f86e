//! CSV as RFC 4180 has it, read strictly enough that no record is guessed at, and so that a broken record costs itself
//! alone.
//!
//! The first record is the header. An empty field is null and a quoted empty field is an empty text, as in PostgreSQL's
//! `COPY … CSV`. A quote inside an unquoted field is part of the value. Blank lines are no records.

use std::{collections::BTreeSet, io};

use super::{
    HeaderText,
    batch::{BrokenRow, Damage, TextBatch},
    columns::ColumnBuilder,
    csv_index::index_structure,
    csv_scan::{Cell, RecordEnd, Scan},
    window::Window,
};

/// The longest header whose text is kept. It goes with every reject.
const KEPT_HEADER_BYTES: usize = 4 << 10;

/// Cuts CSV into batches.
pub(super) struct CsvDecoder {
    window: Window,
    delimiter: u8,
    max_columns: usize,
    header: Option<Header>,
    header_text: HeaderText,
    builders: Vec<ColumnBuilder>,
    index: Vec<u32>,
    next_record: u64,
    /// The record before which the part ends.
    end_record: u64,
}

struct Header {
    names: Vec<String>,
    /// As it stands in the object; `None` where it is longer than what is kept of it.
    text: Option<String>,
    /// Why no record can be told by its columns.
    problem: Option<(&'static str, String)>,
}

impl CsvDecoder {
    pub(super) fn new(window: Window, delimiter: u8, max_columns: usize) -> Self {
        let (header, builders, index) = (None, Vec::new(), Vec::new());
        Self {
            window,
            delimiter,
            max_columns,
            header,
            header_text: HeaderText::default(),
            builders,
            index,
            next_record: 0,
            end_record: u64::MAX,
        }
    }

    pub(super) fn columns(&self) -> &[String] {
        self.header.as_ref().map_or(&[], |header| &header.names)
    }

    /// The header's text, once it is read.
    pub(super) fn header_text(&self) -> HeaderText {
        self.header_text.clone()
    }

    pub(super) fn damage(&self) -> Option<&Damage> {
        self.window.damage()
    }

    pub(super) fn decompressed_bytes(&self) -> u64 {
        self.window.bytes()
    }

    /// Whether nothing is left to read.
    pub(super) fn is_at_end(&self) -> bool {
        self.window.is_empty()
    }

    /// The number of the next record.
    pub(super) fn next_record(&self) -> u64 {
        self.next_record
    }

    /// Bytes of text before the next record; `None` where the header cannot be read, and so not be read again.
    pub(super) fn consumed(&self) -> Option<u64> {
        let unreadable = |header: &Header| header.problem.is_some();
        (!self.header.as_ref().is_some_and(unreadable)).then(|| self.window.consumed())
    }

    /// Numbers records from `first` on, and ends before record `end`.
    pub(super) fn number(&mut self, first: u64, end: u64) {
        (self.next_record, self.end_record) = (first, end);
    }

    /// Reads the header alone; the text of it, with its line break.
    pub(super) fn header(&mut self) -> io::Result<Vec<u8>> {
        self.window.fill()?;
        while self.header.is_none() && !self.window.text().is_empty() {
            let consumed = self.count_records(0).consumed;
            if self.header.is_some() {
                return Ok(self.window.take(consumed));
            }
            if self.window.ended() || !self.window.grow()? {
                break;
            }
        }
        Ok(Vec::new())
    }

    /// Passes records without reading what is in them: some, and no more than `most`. False at the end.
    pub(super) fn skip(&mut self, most: u64) -> io::Result<bool> {
        self.window.fill()?;
        while !self.window.text().is_empty() && most > 0 {
            let Read { records, consumed } = self.count_records(most);
            if consumed > 0 {
                self.window.pass(consumed);
                self.next_record += records;
                if records > 0 {
                    return Ok(true);
                }
                self.window.fill()?;
            } else if self.window.ended() {
                break;
            } else if !self.window.grow()? {
                self.skip_oversized(&mut TextBatch::default())?;
                self.next_record += 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Finds where up to `most` records of the text end.
    fn count_records(&mut self, most: u64) -> Read {
        index_structure(self.window.text(), self.delimiter, &mut self.index);
        let mut scan = Scan::of(
            self.window.text(),
            &self.index,
            self.window.ended(),
            self.delimiter,
        );
        let mut records = 0;
        if self.header.is_none() {
            let Some(header) = read_header(&mut scan, self.max_columns) else {
                return Read::NOTHING;
            };
            self.builders
                .resize_with(header.names.len(), ColumnBuilder::default);
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
        Read {
            records,
            consumed: scan.start,
        }
    }

    pub(super) fn next_batch(&mut self) -> io::Result<Option<TextBatch>> {
        let mut batch = TextBatch {
            first_record: self.next_record,
            ..TextBatch::default()
        };
        self.window.fill()?;
        while !self.window.text().is_empty() && self.next_record < self.end_record {
            index_structure(self.window.text(), self.delimiter, &mut self.index);
            let read = self.read_records(&mut batch);
            if read.consumed > 0 {
                batch.raw = self.window.take(read.consumed);
                batch.rows = batch.spans.len();
                if batch.records() > 0 {
                    self.next_record += batch.records();
                    batch.columns = self
                        .builders
                        .iter_mut()
                        .map(ColumnBuilder::finish)
                        .collect();
                    return Ok(Some(batch));
                }
                self.window.fill()?;
            } else if self.window.ended() {
                break;
            } else if !self.window.grow()? {
                self.skip_oversized(&mut batch)?;
                self.next_record += batch.records();
                batch.columns = self
                    .builders
                    .iter_mut()
                    .map(ColumnBuilder::finish)
                    .collect();
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Gives up the line at the start of the text, which is part of a record that does not end within the limit.
    fn skip_oversized(&mut self, batch: &mut TextBatch) -> io::Result<()> {
        let limit = self.window.max_record_bytes;
        let mut broken = BrokenRow::new(0, "record_too_large", String::new(), self.window.text());
        let line_in_text = memchr::memchr(b'\n', self.window.text());
        if let Some(end) = line_in_text {
            let line = &self.window.text()[..end];
            let message =
                format!("a quote is not closed within {limit} bytes, the longest record allowed");
            broken = BrokenRow::new(0, "unclosed_quote", message, line);
        }
        broken.raw_bytes = self.window.skip_line()?;
        if line_in_text.is_none() {
            broken.message = format!(
                "record too large: got {} bytes, limit {limit} bytes",
                broken.raw_bytes
            );
        }
        if self.header.is_none() {
            let problem = Some((
                "missing_header",
                format!("the header cannot be read: {}", broken.message),
            ));
            self.header = Some(Header {
                names: Vec::new(),
                text: None,
                problem,
            });
        }
        batch.broken.push(broken);
        Ok(())
    }

    fn read_records(&mut self, batch: &mut TextBatch) -> Read {
        let (text, ended) = (self.window.text(), self.window.ended());
        let valid_text = match simdutf8::compat::from_utf8(text) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none() && !ended,
        };
        let mut scan = Scan::of(text, &self.index, ended, self.delimiter);
        if self.header.is_none() {
            match read_header(&mut scan, self.max_columns) {
                Some(header) => {
                    self.builders
                        .resize_with(header.names.len(), ColumnBuilder::default);
                    self.header = Some(header);
                }
                None => return Read::NOTHING,
            }
        }
        let Some(header) = &self.header else {
            return Read::NOTHING;
        };
        self.header_text.get_or_init(|| header.text.clone());
        let (builders, width) = (&mut self.builders, header.names.len());
        let limit = self.window.max_record_bytes;
        let most = self.end_record - self.next_record;
        batch.spans.reserve(text.len() / 64);
        while batch.count() < most {
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
                        && let Err(error) = simdutf8::compat::from_utf8(&text[start..end])
                    {
                        (
                            end,
                            next,
                            "invalid_utf8",
                            format!("not UTF-8 at byte {} of the record", error.valid_up_to()),
                        )
                    } else {
                        batch.spans.push((start as u32, end as u32));
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
            let rows = batch.spans.len();
            builders
                .iter_mut()
                .for_each(|builder| builder.truncate(rows));
            batch
                .broken
                .push(BrokenRow::new(rows, code, message, &text[start..end]));
            scan.go_to(next);
        }
        let rows = batch.spans.len();
        builders
            .iter_mut()
            .for_each(|builder| builder.truncate(rows));
        Read {
            records: batch.count(),
            consumed: scan.start,
        }
    }
}

/// What was read of the text.
struct Read {
    records: u64,
    consumed: usize,
}

impl Read {
    const NOTHING: Read = Read {
        records: 0,
        consumed: 0,
    };
}

/// Reads the header; `None` where the text stops in it.
fn read_header(scan: &mut Scan<'_>, max_columns: usize) -> Option<Header> {
    scan.skip_blank_lines();
    let start = scan.start;
    let mut names = Vec::new();
    let mut columns = 0;
    let end = scan.record(|cell| {
        columns += 1;
        if columns <= max_columns {
            let text = String::from_utf8_lossy(cell.text);
            names.push(if cell.escaped {
                text.replace("\"\"", "\"")
            } else {
                text.into_owned()
            });
        }
    });
    let (text, problem) = match end {
        RecordEnd::Incomplete => return None,
        RecordEnd::Complete { end, .. } => (
            &scan.text[start..end],
            header_problem(&names, columns, max_columns),
        ),
        RecordEnd::UnclosedQuote | RecordEnd::TextAfterQuote { .. } => {
            let line = memchr::memchr(b'\n', &scan.text[start..])
                .map_or(scan.text.len(), |at| start + at + 1);
            scan.go_to(line);
            let problem = (
                "missing_header",
                "the header cannot be read: its quotes do not pair up".to_owned(),
            );
            let text = &scan.text[start..line];
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            (text.strip_suffix(b"\r").unwrap_or(text), Some(problem))
        }
    };
    if problem.is_some() {
        names.clear();
    }
    // What is not UTF-8 in it is U+FFFD, as in the names of the columns.
    let text =
        (text.len() <= KEPT_HEADER_BYTES).then(|| String::from_utf8_lossy(text).into_owned());
    Some(Header {
        names,
        text,
        problem,
    })
}

fn header_problem(
    names: &[String],
    columns: usize,
    max_columns: usize,
) -> Option<(&'static str, String)> {
    if columns > max_columns {
        return Some((
            "too_many_columns",
            format!("the header has {columns} columns, limit {max_columns}"),
        ));
    }
    if let Some(blank) = names.iter().position(|name| name.trim().is_empty()) {
        return Some((
            "missing_header",
            format!("column {} has no name in the header", blank + 1),
        ));
    }
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(name.as_str()))?;
    Some((
        "duplicate_header",
        format!("the header names column `{twice}` twice"),
    ))
}
