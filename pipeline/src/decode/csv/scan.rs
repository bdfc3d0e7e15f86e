//! The second step of reading CSV: from one structural character to the next, record by record.
//!
//! Where records begin and end is settled here alone, for those that are read and those that are passed. A record that cannot
//! be made sense of costs the line that it starts in, and the next line is read from its start.

use super::{
    ahead::{Ahead, Verdict},
    behind::Behind,
    cell::Cell,
    marks::{LineBreak, Marks},
};

/// Bytes of text behind the longest record, in which its line break is found.
pub(super) const LONGEST_BREAK: usize = 2;

/// How a record ends. Positions are in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordEnd {
    /// `end` is behind its last character, `next` at the next record.
    Complete { end: usize, next: usize },
    /// The text stops in it.
    Incomplete,
    /// Its line is given up.
    Broken {
        end: usize,
        next: usize,
        defect: Defect,
    },
}

/// Why a line is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// Something follows a closing quote in the line.
    TextAfterQuote,
    /// A quote is opened in the line, and what would close it is none that closes.
    UnpairedQuotes,
    /// A quote is opened in the line, and not closed before the longest record that is allowed ends.
    TooFarToClose,
}

/// A walk over indexed text, from record to record.
pub(super) struct Scan<'a> {
    pub(super) text: &'a [u8],
    pub(super) index: &'a [u32],
    /// The first entry of `index` that is not passed.
    pub(super) at: usize,
    /// Where the next record starts.
    pub(super) start: usize,
    pub(super) ended: bool,
    /// The longest record that may go on over several lines.
    pub(super) limit: usize,
    pub(super) marks: Marks,
    /// What is known of the text behind a line that was given up.
    pub(super) ahead: Option<Ahead>,
}

impl<'a> Scan<'a> {
    /// A walk from the start of a text whose structural characters are at `index`.
    pub(super) fn of(
        text: &'a [u8],
        index: &'a [u32],
        ended: bool,
        limit: usize,
        marks: Marks,
    ) -> Self {
        Self {
            text,
            index,
            at: 0,
            start: 0,
            ended,
            limit,
            marks,
            ahead: None,
        }
    }

    /// Goes on at `position`, before or after what was passed.
    pub(super) fn go_to(&mut self, position: usize) {
        self.start = position;
        self.at = self.index_at(position);
    }

    fn index_at(&self, position: usize) -> usize {
        self.index
            .partition_point(|found| (*found as usize) < position)
    }

    /// Reads one record, and passes it unless the text stops in it.
    #[inline(always)]
    pub(super) fn record(&mut self, on_cell: impl FnMut(Cell<'a>)) -> RecordEnd {
        match self.marks.escape {
            None => self.walk::<false>(None, on_cell),
            Some(_) => self.walk::<true>(None, on_cell),
        }
    }

    /// Walks from the start of the record, or from a place `inside` of it that it has come to across lines.
    #[inline(always)]
    fn walk<const ESCAPES: bool>(
        &mut self,
        inside: Option<usize>,
        mut on_cell: impl FnMut(Cell<'a>),
    ) -> RecordEnd {
        let (text, start, marks) = (self.text, self.start, self.marks);
        if start >= text.len() {
            return RecordEnd::Incomplete;
        }
        let (mut at, mut field) = match inside {
            None => (self.at, start),
            Some(inside) => (self.index_at(inside), inside),
        };
        let mut is_inside = inside.is_some();
        // Whether the record goes on in another line than it starts in, and up to where that is certain.
        let (mut crossed, mut certain) = (is_inside, field);
        loop {
            let is_quoted = if is_inside {
                marks.has_quotes()
            } else {
                match text.get(field) {
                    Some(byte) if marks.is_quote(*byte) => {
                        at += 1;
                        true
                    }
                    Some(b' ' | b'\t') => match self.quote_behind_blanks(field, at) {
                        Some(quote) => {
                            field = quote;
                            at += 1;
                            true
                        }
                        None => false,
                    },
                    _ => false,
                }
            };
            let mut escaped = false;
            if is_quoted {
                let opening = if is_inside { field } else { field + 1 };
                is_inside = false;
                let close = loop {
                    let Some(found) = self.index.get(at) else {
                        return self.stop(crossed, text.len());
                    };
                    let found = *found as usize;
                    let byte = text[found];
                    at += 1;
                    if marks.is_quote(byte) {
                        match text.get(found + 1) {
                            Some(next) if marks.is_quote(*next) => {
                                escaped = true;
                                at += 1;
                            }
                            // The next character may be another quote.
                            None if !self.ended => return self.stop(crossed, found),
                            _ => break found,
                        }
                    } else if ESCAPES && Some(byte) == marks.escape {
                        match text.get(found + 1) {
                            None if !self.ended => return self.stop(crossed, found),
                            Some(next) if marks.has_meaning(*next) => {
                                escaped = true;
                                // A line break is seen as one, because the record goes on behind it.
                                at += usize::from(!marks.line_break.has(*next));
                            }
                            _ => {}
                        }
                    } else if byte != marks.delimiter && !crossed {
                        crossed = true;
                        if let Some(end) = self.known(found) {
                            return end;
                        }
                    }
                };
                on_cell(Cell {
                    text: &text[opening..close],
                    quoted: true,
                    escaped,
                });
                certain = close;
                match text.get(close + 1) {
                    Some(byte) if *byte == marks.delimiter => {
                        at += 1;
                        field = close + 2;
                        continue;
                    }
                    Some(b'\n') => return self.complete(crossed, at + 1, close + 1, close + 2),
                    _ => {}
                }
                match self.behind_quote(close, at) {
                    Behind::Delimiter {
                        at: behind,
                        field: next,
                    } => {
                        (at, field) = (behind, next);
                        continue;
                    }
                    Behind::End { at, next } => return self.complete(crossed, at, close + 1, next),
                    Behind::Unknown => return self.stop(crossed, close),
                    Behind::Text => return self.give_up(crossed, close, Defect::TextAfterQuote),
                }
            }
            is_inside = false;
            let end = loop {
                let Some(found) = self.index.get(at) else {
                    if !self.ended {
                        let certain = if marks.has_quotes() {
                            certain
                        } else {
                            text.len()
                        };
                        return self.stop(crossed, certain);
                    }
                    let value = without_returns(&text[field..]);
                    on_cell(Cell {
                        text: value,
                        quoted: false,
                        escaped,
                    });
                    return self.complete(crossed, at, field + value.len(), text.len());
                };
                let found = *found as usize;
                let byte = text[found];
                at += 1;
                if marks.is_quote(byte) {
                    if crossed {
                        return self.give_up(crossed, found, Defect::UnpairedQuotes);
                    }
                } else if ESCAPES && Some(byte) == marks.escape {
                    let (protected, skipped) = match text.get(found + 1..) {
                        Some([]) | None if !self.ended => {
                            let certain = if marks.has_quotes() { certain } else { found };
                            return self.stop(crossed, certain);
                        }
                        Some([b'\r']) if !self.ended && !marks.has_quotes() => {
                            return self.stop(crossed, found);
                        }
                        Some([b'\r', b'\n', ..]) => (
                            Some(b'\n'),
                            1 + usize::from(marks.line_break == LineBreak::Return),
                        ),
                        Some([next, ..]) if marks.has_meaning(*next) => (Some(*next), 1),
                        _ => (None, 0),
                    };
                    let Some(protected) = protected else { continue };
                    if !marks.line_break.has(protected) {
                        escaped = true;
                        at += skipped;
                    } else if !marks.has_quotes() {
                        // Where there are quotes, a line goes on only inside of them.
                        escaped = true;
                        at += skipped;
                        if !crossed {
                            crossed = true;
                            if let Some(end) = self.known(found) {
                                return end;
                            }
                        }
                    }
                } else {
                    break found;
                }
            };
            if text[end] == marks.delimiter {
                on_cell(Cell {
                    text: &text[field..end],
                    quoted: false,
                    escaped,
                });
                field = end + 1;
                continue;
            }
            let value = without_returns(&text[field..end]);
            let content_end = field + value.len();
            on_cell(Cell {
                text: value,
                quoted: false,
                escaped,
            });
            if marks.line_break == LineBreak::Feed {
                return self.complete(crossed, at, content_end, end + 1);
            }
            match self.behind_break(at - 1, end) {
                Behind::End { at, next } => return self.complete(crossed, at, content_end, next),
                _ => return self.stop(crossed, certain),
            }
        }
    }

    /// Passes a complete record.
    #[inline(always)]
    fn complete(&mut self, crossed: bool, at: usize, end: usize, next: usize) -> RecordEnd {
        if crossed && self.is_too_far(next) {
            self.ahead = Some(Ahead {
                until: end,
                verdict: Verdict::Ends(next),
            });
            return self.give_up_line(Defect::TooFarToClose);
        }
        self.at = at;
        self.start = next;
        RecordEnd::Complete { end, next }
    }

    #[inline(never)]
    pub(super) fn walk_on(&mut self, inside: usize) -> RecordEnd {
        match self.marks.escape {
            None => self.walk::<false>(Some(inside), |_| {}),
            Some(_) => self.walk::<true>(Some(inside), |_| {}),
        }
    }
}

#[inline]
fn without_returns(text: &[u8]) -> &[u8] {
    match text {
        [rest @ .., b'\r'] => {
            let returns = rest.iter().rev().take_while(|byte| **byte == b'\r').count();
            &rest[..rest.len() - returns]
        }
        text => text,
    }
}
