//! JSON records as columns of text.
//!
//! Finding where records start and end ([`split`]), reading one ([`record`]) and building columns ([`columns`]) know
//! nothing of each other; here they are put together.

mod columns;
mod dynamodb;
mod garbage;
mod record;
mod scan;
mod split;
mod unescape;

use std::{io, sync::Arc};

use sluice_contract::stack::{self, Pipeline};

use self::{
    columns::Columns,
    garbage::{Before, Garbage, Strewn},
    split::{Flaw, Order, Piece, Run, Source, Values, Wrapped},
};
use super::{
    HeaderText,
    batch::BrokenRow,
    known::KnownColumn,
    text::{Found, Passed, Text, TextFormat},
    window::Window,
};
use crate::columns::{Column, ColumnField};

pub(super) use self::split::is_whole;
pub(crate) use self::{
    record::{LONE_SURROGATE, TOO_DEEP, lone_surrogate, too_deep},
    scan::json_depth,
    unescape::has_lone_surrogate,
};

/// Finds and reads records in JSON text.
pub(super) struct Json {
    order: Order,
    columns: Columns,
    form: Form,
    /// Those of the last batch.
    fields: Arc<[ColumnField]>,
    /// The length of the record at the start of the text, where it was found and left to the next batch.
    held: Option<usize>,
}

/// How a record is written.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Levels of nesting, at the most.
    max_depth: usize,
    items: stack::Items,
    /// Whether it is on a line.
    lines: bool,
}

impl Json {
    /// Arrays of records, or records one after the other.
    pub(super) fn values(known: &[KnownColumn], pipeline: &Pipeline) -> Self {
        Self::new(Order::Values(Values::START), known, pipeline)
    }

    /// Records on lines.
    pub(super) fn lines(known: &[KnownColumn], pipeline: &Pipeline) -> Self {
        Self::new(Order::Lines, known, pipeline)
    }

    fn new(order: Order, known: &[KnownColumn], pipeline: &Pipeline) -> Self {
        let Pipeline { source, limits, .. } = pipeline;
        let order = match source.records.as_slice() {
            [] => order,
            path => Order::Wrapped(Wrapped::new(path)),
        };
        Self {
            form: Form {
                max_depth: limits.max_depth as usize,
                items: source.items,
                lines: order.is_lines(),
            },
            order,
            columns: Columns::new(known, limits.max_columns as usize),
            fields: Arc::default(),
            held: None,
        }
    }
}

impl TextFormat for Json {
    const LOOKAHEAD: usize = garbage::NEAR + 1;

    fn read(&mut self, text: Text<'_>, most: u64, found: &mut Found) -> usize {
        let source = source(text);
        let mut at = 0;
        while found.count() < most && !found.is_full() {
            let row = found.spans.len();
            if self.columns.is_full(row) {
                break;
            }
            let piece = match self.held.take() {
                Some(end) => Piece::Record { start: 0, end },
                None => self.order.next_piece(source, at),
            };
            let (start, end, problem) = match piece {
                Piece::Incomplete { start } => return start,
                Piece::Broken { start, end, flaw } => {
                    (start, end, Some(problem(flaw, start, end, text)))
                }
                Piece::Record { start, end } if end - start > source.limit => {
                    (start, end, Some(problem(Flaw::TooLarge, start, end, text)))
                }
                Piece::Record { start, end } => {
                    let record = &source.text[start..end];
                    let read = record::read(record, row, &mut self.columns, self.form);
                    if self.columns.is_crowded() {
                        self.held = Some(end - start);
                        return start;
                    }
                    (start, end, read.err())
                }
            };
            at = end;
            match problem {
                None => found.spans.push((start as u32, end as u32)),
                Some((code, message)) => {
                    let raw = &source.text[start..end];
                    let mut broken = BrokenRow::new(row, code, message, kept(raw, source.limit));
                    broken.raw_bytes = raw.len() as u64;
                    found.broken.push(broken);
                }
            }
        }
        at
    }

    fn pass(&mut self, text: Text<'_>, most: u64) -> Passed {
        let source = source(text);
        let mut passed = Passed {
            records: 0,
            bytes: 0,
        };
        while passed.records < most {
            match self.order.next_piece(source, passed.bytes) {
                Piece::Incomplete { start } => {
                    passed.bytes = start;
                    break;
                }
                Piece::Record { end, .. } | Piece::Broken { end, .. } => passed.bytes = end,
            }
            passed.records += 1;
        }
        passed
    }

    /// Passes what is longer than a record may be, to where it ends, without keeping it.
    fn give_up(&mut self, window: &mut Window) -> io::Result<BrokenRow> {
        let first = source(window.text());
        let mut broken = BrokenRow::new(0, "", String::new(), kept(first.text, first.limit));
        let (mut run, mut at, mut flaw) = self.order.begin_run(first).unwrap_or_else(|| {
            let garbage = Garbage::new(Strewn::Line, Before::Other);
            (Run::Garbage(garbage), 0, Flaw::TooLarge)
        });
        let lines = self.order.is_lines();
        broken.raw_bytes = 0;
        loop {
            let source = source(window.text());
            let (bytes, is_end) = match run.pass(source, at, &mut flaw, lines) {
                split::Passed::To(end) => (end, true),
                split::Passed::On(_) if source.ended => {
                    flaw = flaw.at_end();
                    (source.text.len(), true)
                }
                split::Passed::On(on) => (on, false),
            };
            window.pass(bytes);
            broken.raw_bytes += bytes as u64;
            if is_end {
                break;
            }
            at = 0;
            window.read_on()?;
        }
        broken.raw.truncate(broken.raw_bytes as usize);
        self.order.pass_run(flaw);
        // What is too long on a line is not told from what is broken there.
        let told = if lines { Flaw::TooLarge } else { flaw };
        broken.code = told.code();
        broken.message = told.message(broken.raw_bytes, limit_of(window));
        Ok(broken)
    }

    fn take_columns(&mut self, rows: usize) -> Vec<Column> {
        self.fields = self.columns.fields();
        self.columns.take(rows)
    }

    fn fields(&self) -> Arc<[ColumnField]> {
        self.fields.clone()
    }

    fn late_columns(&self) -> &[String] {
        self.columns.late()
    }

    fn awaits_header(&self) -> bool {
        false
    }

    fn header_text(&self) -> HeaderText {
        HeaderText::default()
    }

    fn can_be_entered(&self) -> bool {
        self.order.is_lines()
    }
}

fn source(text: Text<'_>) -> Source<'_> {
    Source {
        text: text.bytes,
        ended: text.ended,
        limit: text.max_record_bytes,
    }
}

fn limit_of(window: &Window) -> usize {
    window.text().max_record_bytes
}

fn problem(flaw: Flaw, start: usize, end: usize, text: Text<'_>) -> record::Problem {
    let message = flaw.message((end - start) as u64, text.max_record_bytes);
    (flaw.code(), message)
}

/// The beginning of a piece as far as it is there whatever the buffer.
fn kept(raw: &[u8], limit: usize) -> &[u8] {
    &raw[..raw.len().min(limit.saturating_add(1))]
}
