//! CSV as RFC 4180 has it, read strictly enough that no record is guessed at, and so that a broken record costs itself
//! alone.
//!
//! The first record is the header. An empty field is null and a quoted empty field is an empty text, as in PostgreSQL's
//! `COPY … CSV`. A quote inside an unquoted field is part of the value. Blank lines are no records.

use std::{collections::BTreeSet, io};

use super::{
    batch::{BrokenRow, Damage, TextBatch},
    columns::ColumnBuilder,
    csv_index::index_structure,
    window::Window,
};

/// Cuts CSV into batches.
pub(super) struct CsvDecoder {
    window: Window,
    delimiter: u8,
    max_columns: usize,
    header: Option<Header>,
    builders: Vec<ColumnBuilder>,
    index: Vec<u32>,
    next_record: u64,
}

struct Header {
    names: Vec<String>,
    /// Why no record can be told by its columns.
    problem: Option<(&'static str, String)>,
}

/// One field as it stands in the text.
struct Cell<'a> {
    /// Without the enclosing quotes.
    text: &'a [u8],
    quoted: bool,
    /// Whether quotes inside are doubled.
    escaped: bool,
}

/// How a record ends. Positions are in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RecordEnd {
    /// `end` is behind its last character, `next` at the next record.
    Complete { end: usize, next: usize },
    /// The text stops in it.
    Incomplete,
    /// The object ends inside quotes.
    UnclosedQuote,
    /// Something follows a closing quote.
    TextAfterQuote { end: usize, next: usize },
}

impl CsvDecoder {
    pub(super) fn new(window: Window, delimiter: u8, max_columns: usize) -> Self {
        let (header, builders, index) = (None, Vec::new(), Vec::new());
        Self {
            window,
            delimiter,
            max_columns,
            header,
            builders,
            index,
            next_record: 0,
        }
    }

    pub(super) fn columns(&self) -> &[String] {
        self.header.as_ref().map_or(&[], |header| &header.names)
    }

    pub(super) fn damage(&self) -> Option<&Damage> {
        self.window.damage()
    }

    pub(super) fn decompressed_bytes(&self) -> u64 {
        self.window.bytes()
    }

    pub(super) fn next_batch(&mut self) -> io::Result<Option<TextBatch>> {
        let mut batch = TextBatch {
            first_record: self.next_record,
            ..TextBatch::default()
        };
        self.window.fill()?;
        while !self.window.text().is_empty() {
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
        let mut scan = Scan {
            text,
            index: &self.index,
            at: 0,
            start: 0,
            ended,
            delimiter: self.delimiter,
        };
        if self.header.is_none() {
            match read_header(&mut scan, self.max_columns) {
                Some(header) => {
                    self.builders
                        .resize_with(header.names.len(), ColumnBuilder::default);
                    self.header = Some(header);
                }
                None => return Read { consumed: 0 },
            }
        }
        let Some(header) = &self.header else {
            return Read {
                consumed: scan.start,
            };
        };
        let (builders, width) = (&mut self.builders, header.names.len());
        let limit = self.window.max_record_bytes;
        batch.spans.reserve(text.len() / 64);
        loop {
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
                    let line =
                        memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
                    let message = "a quote is opened and never closed".to_owned();
                    (line, (line + 1).min(text.len()), "unclosed_quote", message)
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
            consumed: scan.start,
        }
    }
}

struct Read {
    consumed: usize,
}

/// A walk over indexed text, from record to record.
struct Scan<'a> {
    text: &'a [u8],
    index: &'a [u32],
    /// The first entry of `index` that is not passed.
    at: usize,
    /// Where the next record starts.
    start: usize,
    ended: bool,
    delimiter: u8,
}

impl<'a> Scan<'a> {
    fn skip_blank_lines(&mut self) {
        loop {
            let length = match self.text.get(self.start..) {
                Some([b'\n', ..]) => 1,
                Some([b'\r', b'\n', ..]) => 2,
                Some([b'\r']) if self.ended => {
                    self.start += 1;
                    return;
                }
                _ => return,
            };
            self.start += length;
            self.at += 1;
        }
    }

    /// Goes on at `position`, before or after what was passed.
    fn go_to(&mut self, position: usize) {
        self.start = position;
        self.at = self
            .index
            .partition_point(|found| (*found as usize) < position);
    }

    /// Reads one record, and passes it where it is complete.
    #[inline(always)]
    fn record(&mut self, mut on_cell: impl FnMut(Cell<'a>)) -> RecordEnd {
        let text = self.text;
        let mut at = self.at;
        let mut field = self.start;
        if field >= text.len() {
            return RecordEnd::Incomplete;
        }
        loop {
            if text.get(field) == Some(&b'"') {
                let mut escaped = false;
                at += 1;
                let close = loop {
                    let Some(found) = self.index.get(at) else {
                        return if self.ended {
                            RecordEnd::UnclosedQuote
                        } else {
                            RecordEnd::Incomplete
                        };
                    };
                    let found = *found as usize;
                    at += 1;
                    if text[found] == b'"' {
                        if text.get(found + 1) != Some(&b'"') {
                            break found;
                        }
                        escaped = true;
                        at += 1;
                    }
                };
                on_cell(Cell {
                    text: &text[field + 1..close],
                    quoted: true,
                    escaped,
                });
                match text.get(close + 1) {
                    Some(byte) if *byte == self.delimiter => {
                        at += 1;
                        field = close + 2;
                        continue;
                    }
                    Some(b'\n') => return self.pass(at + 1, close + 1, close + 2),
                    Some(b'\r') if text.get(close + 2) == Some(&b'\n') => {
                        return self.pass(at + 1, close + 1, close + 3);
                    }
                    Some(b'\r') if close + 2 == text.len() && self.ended => {
                        return self.pass(at, close + 1, close + 2);
                    }
                    None if self.ended => return self.pass(at, close + 1, close + 1),
                    None => return RecordEnd::Incomplete,
                    Some(b'\r') if close + 2 == text.len() => return RecordEnd::Incomplete,
                    Some(_) => {
                        return match memchr::memchr(b'\n', &text[close..]) {
                            Some(line) => RecordEnd::TextAfterQuote {
                                end: close + line,
                                next: close + line + 1,
                            },
                            None if self.ended => RecordEnd::TextAfterQuote {
                                end: text.len(),
                                next: text.len(),
                            },
                            None => RecordEnd::Incomplete,
                        };
                    }
                }
            }
            let end = loop {
                let Some(found) = self.index.get(at) else {
                    if !self.ended {
                        return RecordEnd::Incomplete;
                    }
                    on_cell(Cell {
                        text: without_return(&text[field..]),
                        quoted: false,
                        escaped: false,
                    });
                    return self.pass(at, text.len(), text.len());
                };
                at += 1;
                let found = *found as usize;
                if text[found] != b'"' {
                    break found;
                }
            };
            if text[end] == self.delimiter {
                on_cell(Cell {
                    text: &text[field..end],
                    quoted: false,
                    escaped: false,
                });
                field = end + 1;
                continue;
            }
            let value = without_return(&text[field..end]);
            let content_end = field + value.len();
            on_cell(Cell {
                text: value,
                quoted: false,
                escaped: false,
            });
            return self.pass(at, content_end, end + 1);
        }
    }

    #[inline(always)]
    fn pass(&mut self, at: usize, end: usize, next: usize) -> RecordEnd {
        self.at = at;
        self.start = next;
        RecordEnd::Complete { end, next }
    }
}

#[inline]
fn without_return(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r").unwrap_or(text)
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
    let problem = match end {
        RecordEnd::Incomplete => return None,
        RecordEnd::Complete { .. } => header_problem(&names, columns, max_columns),
        RecordEnd::UnclosedQuote | RecordEnd::TextAfterQuote { .. } => {
            let line = memchr::memchr(b'\n', &scan.text[start..])
                .map_or(scan.text.len(), |at| start + at + 1);
            scan.go_to(line);
            Some((
                "missing_header",
                "the header cannot be read: its quotes do not pair up".to_owned(),
            ))
        }
    };
    if problem.is_some() {
        names.clear();
    }
    Some(Header { names, problem })
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
