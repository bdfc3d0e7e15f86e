//! The second step of reading CSV: from one structural character to the next, record by record.
//!
//! Where records begin and end is settled here alone, for those that are read and those that are passed. A record that cannot
//! be made sense of costs the line that it starts in, and the next line is read from its start.

use super::{
    ahead::{Ahead, Verdict},
    cell::Cell,
    marks::{LineBreak, Marks},
};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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

/// What is found between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// The next record starts where the scan is, or the text ends there.
    Record,
    /// More of the text is needed to tell.
    Unknown,
}

/// What comes behind a closing quote.
enum Behind {
    Delimiter { at: usize, field: usize },
    End { at: usize, next: usize },
    Unknown,
    Text,
}

/// A walk over indexed text, from record to record.
pub(super) struct Scan<'a> {
    pub(super) text: &'a [u8],
    index: &'a [u32],
    /// The first entry of `index` that is not passed.
    at: usize,
    /// Where the next record starts.
    pub(super) start: usize,
    ended: bool,
    /// The longest record that may go on over several lines.
    limit: usize,
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

    /// Passes blank lines and comments. Where objects were joined, it also passes a byte-order mark at the start of a line, and
    /// behind one the `header`, word for word.
    #[inline(always)]
    pub(super) fn between(&mut self, header: &[u8]) -> Between {
        match self.text.get(self.start) {
            Some(b'\n' | b'\r' | 0xef) => self.pass_between(header),
            Some(byte) if Some(*byte) == self.marks.comment => self.pass_between(header),
            _ => Between::Record,
        }
    }

    #[inline(never)]
    fn pass_between(&mut self, header: &[u8]) -> Between {
        loop {
            match self.text.get(self.start) {
                Some(b'\n') => {
                    self.start += 1;
                    self.at += 1;
                }
                Some(b'\r') => {
                    if !self.pass_returns() {
                        return Between::Record;
                    }
                }
                Some(byte) if Some(*byte) == self.marks.comment => {
                    let line = &self.text[self.start..];
                    match self.marks.line_break.find(line) {
                        Some(length) => self.go_to(self.start + length),
                        None if self.ended => self.go_to(self.text.len()),
                        None => return Between::Unknown,
                    }
                }
                Some(0xef) if self.text[self.start..].starts_with(BYTE_ORDER_MARK) => {
                    if !self.pass_mark(header) {
                        return Between::Unknown;
                    }
                }
                _ => return Between::Record,
            }
        }
    }

    /// Passes a line of returns; false where they are no blank line, or it is not known whether they are.
    fn pass_returns(&mut self) -> bool {
        let returns = self.text[self.start..].iter();
        let returns = returns.take_while(|byte| **byte == b'\r').count();
        let behind = self.start + returns;
        if self.marks.line_break == LineBreak::Return {
            self.at += returns;
        } else if self.text.get(behind) == Some(&b'\n') {
            self.start = behind + 1;
            self.at += 1;
            return true;
        } else if behind < self.text.len() || !self.ended {
            return false;
        }
        self.start = behind;
        true
    }

    fn pass_mark(&mut self, header: &[u8]) -> bool {
        let start = self.start + BYTE_ORDER_MARK.len();
        let rest = &self.text[start..];
        let common = rest.len().min(header.len());
        if header.is_empty() || rest[..common] != header[..common] {
            self.start = start;
            return true;
        }
        let behind = rest[common..].iter().position(|byte| *byte != b'\r');
        match behind.map(|behind| rest[common + behind]) {
            // A return that ends lines was passed, and something else follows.
            Some(_) if self.marks.line_break == LineBreak::Return && rest[common] == b'\r' => {
                self.go_to(start + common);
            }
            Some(b'\n') => self.go_to(start + common),
            Some(_) => self.start = start,
            None if self.ended && common == header.len() => self.go_to(self.text.len()),
            None if self.ended => self.start = start,
            None => return false,
        }
        true
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

    /// The quote that nothing but blanks come before, from `field` on.
    fn quote_behind_blanks(&self, field: usize, at: usize) -> Option<usize> {
        let quote = *self.index.get(at)? as usize;
        let are_blank = |text: &[u8]| text.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        (self.marks.is_quote(self.text[quote]) && are_blank(&self.text[field..quote]))
            .then_some(quote)
    }

    /// What comes behind a closing quote, but for blanks. `at` is the first entry of the index behind it.
    fn behind_quote(&self, close: usize, at: usize) -> Behind {
        let blanks = self.text[close + 1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t') && **byte != self.marks.delimiter);
        let behind = close + 1 + blanks.count();
        match self.text.get(behind) {
            Some(byte) if *byte == self.marks.delimiter => Behind::Delimiter {
                at: at + 1,
                field: behind + 1,
            },
            Some(b'\r' | b'\n') | None => self.behind_break(at, behind),
            Some(_) => Behind::Text,
        }
    }

    /// Whether a record ends with what stands at a place: a line break, the returns before one, or the end.
    fn behind_break(&self, at: usize, place: usize) -> Behind {
        let text = self.text;
        match self.marks.line_break {
            LineBreak::Feed => {
                let returns = text[place..].iter().take_while(|byte| **byte == b'\r');
                let behind = place + returns.count();
                match text.get(behind) {
                    Some(b'\n') => Behind::End {
                        at: at + 1,
                        next: behind + 1,
                    },
                    None if self.ended => Behind::End { at, next: behind },
                    None => Behind::Unknown,
                    Some(_) => Behind::Text,
                }
            }
            LineBreak::Return => match text.get(place) {
                // A line feed may follow, which is a part of the break.
                Some(b'\r') if place + 1 == text.len() && !self.ended => Behind::Unknown,
                Some(_) => {
                    let length = LineBreak::Return.length_at(text, place);
                    Behind::End {
                        at: at + length,
                        next: place + length,
                    }
                }
                None if self.ended => Behind::End { at, next: place },
                None => Behind::Unknown,
            },
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

    /// The text stops in a record, which is `certain` to go on up to a place.
    #[cold]
    fn stop(&mut self, crossed: bool, certain: usize) -> RecordEnd {
        if self.ended {
            return self.give_up(crossed, self.text.len(), Defect::UnpairedQuotes);
        }
        if !crossed {
            return RecordEnd::Incomplete;
        }
        let reach = self.text.len();
        self.ahead = Some(Ahead {
            until: certain,
            verdict: Verdict::Open(reach),
        });
        if self.is_too_far(reach) {
            return self.give_up_line(Defect::TooFarToClose);
        }
        RecordEnd::Incomplete
    }

    /// Gives up the record, of which `place` shows that it cannot be made sense of.
    #[cold]
    fn give_up(&mut self, crossed: bool, place: usize, defect: Defect) -> RecordEnd {
        if !crossed {
            return self.give_up_line(defect);
        }
        let defect = Defect::UnpairedQuotes;
        self.ahead = Some(Ahead {
            until: place,
            verdict: Verdict::Broken(defect),
        });
        self.give_up_line(defect)
    }

    /// Whether a record that goes on over several lines cannot be read for its length, if the next one starts at `next` at the
    /// earliest. Its line break counts, so that the answer does not depend on how much of the text is at hand.
    fn is_too_far(&self, next: usize) -> bool {
        next - self.start > self.limit + LONGEST_BREAK
    }

    fn give_up_line(&mut self, defect: Defect) -> RecordEnd {
        let line = &self.text[self.start..];
        let (end, next) = match self.marks.line_break.find(line) {
            Some(length) => {
                let end = self.start + length;
                (end, end + self.marks.line_break.length_at(self.text, end))
            }
            None if self.ended => (self.text.len(), self.text.len()),
            None => return RecordEnd::Incomplete,
        };
        self.go_to(next);
        RecordEnd::Broken { end, next, defect }
    }

    /// What is known to come of the record, which goes on at the line break at `place`.
    #[cold]
    fn known(&mut self, place: usize) -> Option<RecordEnd> {
        let ahead = self.ahead.filter(|ahead| place < ahead.until)?;
        match ahead.verdict {
            Verdict::Broken(defect) => Some(self.give_up_line(defect)),
            Verdict::Ends(next) | Verdict::Open(next) if self.is_too_far(next) => {
                Some(self.give_up_line(Defect::TooFarToClose))
            }
            Verdict::Ends(_) => None,
            Verdict::Open(_) => {
                let (start, at) = (self.start, self.at);
                match self.walk_on(ahead.until) {
                    // It is read once more, for what is in it.
                    RecordEnd::Complete { end, next } => {
                        (self.start, self.at) = (start, at);
                        self.ahead = Some(Ahead {
                            until: end,
                            verdict: Verdict::Ends(next),
                        });
                        None
                    }
                    end => Some(end),
                }
            }
        }
    }

    #[inline(never)]
    fn walk_on(&mut self, inside: usize) -> RecordEnd {
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
