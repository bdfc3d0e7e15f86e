//! CSV as RFC 4180 has it and as spreadsheets and databases write it, read strictly enough that no record is guessed at, and
//! so that a broken record costs itself alone.
//!
//! The first record is the header. An empty field is null and a quoted empty field is an empty text, as in PostgreSQL's
//! `COPY … CSV`. A quote inside an unquoted field is part of the value, and blanks around a quoted field are not. Blank lines
//! are no records. A record whose quotes do not pair up costs the line that it starts in.

mod ahead;
mod behind;
mod between;
mod cell;
mod header;
mod index;
mod marks;
mod scan;
mod start;

use std::{io, sync::Arc};

use sluice_contract::stack::{Header as HeaderRow, Pipeline};

pub(super) use self::marks::LineBreak;
use self::{
    ahead::Ahead,
    between::Between,
    cell::Values,
    header::{Header, HeaderRules},
    index::index_structure,
    scan::{Defect, LONGEST_BREAK, RecordEnd, Scan},
    start::{Start, StartRules},
};
use super::{
    HeaderText,
    batch::BrokenRow,
    form::Form,
    known::KnownColumn,
    refusal::Refusal,
    text::{Found, Passed, Text, TextFormat, most_rows},
    window::Window,
};
use crate::columns::{Column, ColumnField, TextBuilder};

/// The longest header whose text is kept. It goes with every reject.
const KEPT_HEADER_BYTES: usize = 4 << 10;

/// Finds and reads records in CSV text.
pub(super) struct Csv {
    rules: StartRules,
    values: Values,
    form: Form,
    start: Option<Start>,
    header_text: HeaderText,
    builders: Vec<TextBuilder>,
    index: Vec<u32>,
    ahead: Option<Ahead>,
}

impl Csv {
    /// Of a pipeline's objects, in which these characters stand between and around fields as the format has it. The manifest
    /// may say otherwise where it is silent.
    pub(super) fn new(
        format: (Option<char>, Option<char>),
        pipeline: &Pipeline,
        known_columns: &[KnownColumn],
        form: Form,
    ) -> Self {
        let dialect = &pipeline.source.dialect;
        let fields = pipeline.fields.iter().map(|field| field.name.clone());
        let names = match &dialect.header {
            HeaderRow::Present => None,
            HeaderRow::Absent => Some(fields.collect()),
            HeaderRow::Named(names) => Some(names.clone()),
        };
        let header = HeaderRules {
            max_columns: pipeline.limits.max_columns as usize,
            known: known_columns
                .iter()
                .map(|known| known.name.clone())
                .collect(),
        };
        let limit = pipeline.limits.max_record_bytes as usize;
        Self {
            rules: StartRules::new(format, dialect, names, header, limit),
            values: Values::new(dialect),
            form,
            start: None,
            header_text: HeaderText::default(),
            builders: Vec::new(),
            index: Vec::new(),
            ahead: None,
        }
    }

    /// Reads the text as what follows a record of an object that begins so.
    pub(super) fn enter(&mut self, prelude: &[u8]) {
        if let Some(start) = self.rules.read(prelude, true, &mut self.index) {
            self.begin(start);
        }
    }

    fn begin(&mut self, start: Start) {
        self.builders
            .resize_with(start.header.width(), TextBuilder::default);
        let text = start.prelude.as_slice();
        let text = text
            .strip_suffix(&[start.marks.line_break.as_byte()])
            .unwrap_or(text);
        let kept = (text.len() <= KEPT_HEADER_BYTES).then(|| text.to_vec());
        self.header_text.get_or_init(|| kept);
        self.start = Some(start);
    }

    /// Reads what comes before the first record. Says where that begins, or what is between; `None` where more is needed.
    fn read_start(&mut self, text: &Text<'_>) -> Option<usize> {
        if self.start.is_some() {
            return Some(0);
        }
        let start = self.rules.read(text.bytes, text.ended, &mut self.index)?;
        let records = start.records;
        self.begin(start);
        Some(records)
    }

    /// What is wrong with a record that cannot be told from others.
    fn defect(&self, defect: Defect) -> (&'static str, String) {
        let limit = self.rules.max_record_bytes;
        match defect {
            Defect::TextAfterQuote => (
                "text_after_quote",
                "text follows a closing quote; double the quotes inside".to_owned(),
            ),
            Defect::UnpairedQuotes => (
                "unclosed_quote",
                "a quote is opened in the line and not closed where a field ends".to_owned(),
            ),
            Defect::TooFarToClose => (
                "unclosed_quote",
                format!("a quote is not closed within {limit} bytes, the longest record allowed"),
            ),
        }
    }

    fn invalid(&self, valid_up_to: usize) -> String {
        match self.form.encoding() {
            None => format!(
                "not UTF-8 at byte {valid_up_to} of the record; another encoding is said by `encoding` of the source"
            ),
            Some(encoding) => {
                format!(
                    "not {encoding}, {valid_up_to} bytes of UTF-8 behind the start of the record"
                )
            }
        }
    }
}

impl TextFormat for Csv {
    const LOOKAHEAD: usize = LONGEST_BREAK;

    fn read(&mut self, text: Text<'_>, most: u64, found: &mut Found) -> usize {
        let (bytes, limit) = (text.bytes, text.max_record_bytes);
        let Some(first) = self.read_start(&text) else {
            return 0;
        };
        let mut builders = std::mem::take(&mut self.builders);
        let mut index = std::mem::take(&mut self.index);
        let Some(start) = &self.start else { return 0 };
        if start.header.refusal.is_some() {
            return 0;
        }
        let (header, marks) = (&start.header, start.marks);
        index_structure(bytes, &marks, &mut index);
        let valid_text = match simdutf8::compat::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none() && !text.ended,
        };
        let mut scan = Scan::of(bytes, &index, text.ended, limit, marks);
        scan.ahead = self.ahead.take();
        scan.go_to(first);
        let width = header.width();
        let most = most.min(most_rows(width));
        found.spans.reserve(bytes.len() / 64);
        while found.count() < most && !found.is_full() {
            if scan.between(&start.line) == Between::Unknown {
                break;
            }
            let record = scan.start;
            let mut column = 0;
            let end = scan.record(|cell| {
                if let Some(builder) = builders.get_mut(column) {
                    self.values.store(&cell, &marks, builder);
                }
                column += 1;
            });
            let (end, code, message) = match end {
                RecordEnd::Incomplete => break,
                RecordEnd::Broken { end, defect, .. } => {
                    let (code, message) = self.defect(defect);
                    (end, code, message)
                }
                RecordEnd::Complete { end, .. } => {
                    let length = end - record;
                    if column != width && !(header.least_width..width).contains(&column) {
                        (
                            end,
                            "ragged_row",
                            format!("got {column} fields, the header has {width}"),
                        )
                    } else if length > limit {
                        let message =
                            format!("record too large: got {length} bytes, limit {limit} bytes");
                        (end, "record_too_large", message)
                    } else if !valid_text
                        && let Err(error) = simdutf8::compat::from_utf8(&bytes[record..end])
                    {
                        (end, "invalid_utf8", self.invalid(error.valid_up_to()))
                    } else {
                        for missing in &mut builders[column..] {
                            missing.push_null();
                        }
                        found.spans.push((record as u32, end as u32));
                        continue;
                    }
                }
            };
            let rows = found.spans.len();
            builders
                .iter_mut()
                .for_each(|builder| builder.truncate(rows));
            let broken = BrokenRow::new(rows, code, message, &bytes[record..end]);
            found.broken.push(broken);
        }
        // What was read of an incomplete record is read again.
        builders
            .iter_mut()
            .for_each(|builder| builder.truncate(found.spans.len()));
        let consumed = scan.start;
        self.ahead = scan.ahead.and_then(|ahead| ahead.without(consumed));
        (self.builders, self.index) = (builders, index);
        consumed
    }

    fn pass(&mut self, text: Text<'_>, most: u64) -> Passed {
        let mut records = 0;
        let Some(first) = self.read_start(&text) else {
            return Passed { records, bytes: 0 };
        };
        let mut index = std::mem::take(&mut self.index);
        let Some(start) = &self.start else {
            return Passed { records, bytes: 0 };
        };
        index_structure(text.bytes, &start.marks, &mut index);
        let limit = text.max_record_bytes;
        let mut scan = Scan::of(text.bytes, &index, text.ended, limit, start.marks);
        scan.ahead = self.ahead.take();
        scan.go_to(first);
        while records < most {
            if scan.between(&start.line) == Between::Unknown {
                break;
            }
            match scan.record(|_| {}) {
                RecordEnd::Incomplete => break,
                RecordEnd::Complete { .. } | RecordEnd::Broken { .. } => records += 1,
            }
        }
        let bytes = scan.start;
        self.ahead = scan.ahead.and_then(|ahead| ahead.without(bytes));
        self.index = index;
        Passed { records, bytes }
    }

    /// Gives up the line at the start of the text, which does not end within the limit, or has a header that does not.
    fn give_up(&mut self, window: &mut Window) -> io::Result<BrokenRow> {
        let Text {
            bytes,
            max_record_bytes: limit,
            ..
        } = window.text();
        let line = self
            .line_break()
            .and_then(|line_break| line_break.find(bytes));
        let bytes = &bytes[..line.unwrap_or(bytes.len())];
        let mut broken = BrokenRow::new(0, "record_too_large", String::new(), bytes);
        broken.raw_bytes = window.skip_line()?;
        broken.message = format!(
            "record too large: got {} bytes, limit {limit} bytes",
            broken.raw_bytes
        );
        self.ahead = None;
        if self.start.is_none() {
            let reason = format!("it does not end within {limit} bytes");
            self.begin(Start {
                marks: self.rules.marks,
                header: Header::unreadable(&reason),
                line: Vec::new(),
                prelude: Vec::new(),
                records: 0,
            });
        }
        Ok(broken)
    }

    fn take_columns(&mut self, _rows: usize) -> Vec<Column> {
        let kept = self.start.iter().flat_map(|start| &start.header.kept);
        let builders = self.builders.iter_mut().zip(kept);
        let columns = builders.map(|(builder, kept)| (builder.finish(), *kept));
        columns
            .filter(|(_, kept)| *kept)
            .map(|(column, _)| column)
            .collect()
    }

    fn fields(&self) -> Arc<[ColumnField]> {
        let start = self.start.as_ref();
        start.map_or_else(Arc::default, |start| start.header.columns.clone())
    }

    /// Columns that are left out.
    fn late_columns(&self) -> &[String] {
        let start = self.start.as_ref();
        start.map_or(&[], |start| &start.header.left_out)
    }

    fn refusal(&self) -> Option<&Refusal> {
        let start = self.start.as_ref();
        start.and_then(|start| start.header.refusal.as_ref())
    }

    fn awaits_header(&self) -> bool {
        self.start.is_none()
    }

    fn prelude(&self) -> Vec<u8> {
        let start = self.start.as_ref();
        start.map_or_else(Vec::new, |start| start.prelude.clone())
    }

    fn line_break(&self) -> Option<LineBreak> {
        self.start.as_ref().map(|start| start.marks.line_break)
    }

    fn header_text(&self) -> HeaderText {
        self.header_text.clone()
    }

    /// Not where the header cannot be read, and so not be read again.
    fn can_be_entered(&self) -> bool {
        let readable = |start: &Start| start.header.refusal.is_none();
        self.start.as_ref().is_none_or(readable)
    }
}
