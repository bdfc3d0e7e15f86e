//! The second step of reading CSV: from one structural character to the next, record by record.

/// One field as it stands in the text.
pub(super) struct Cell<'a> {
    /// Without the enclosing quotes.
    pub(super) text: &'a [u8],
    pub(super) quoted: bool,
    /// Whether quotes inside are doubled.
    pub(super) escaped: bool,
}

/// How a record ends. Positions are in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordEnd {
    /// `end` is behind its last character, `next` at the next record.
    Complete { end: usize, next: usize },
    /// The text stops in it.
    Incomplete,
    /// The object ends inside quotes.
    UnclosedQuote,
    /// Something follows a closing quote.
    TextAfterQuote { end: usize, next: usize },
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
    pub(super) delimiter: u8,
}

impl<'a> Scan<'a> {
    /// A walk from the start of a text whose structural characters are at `index`.
    pub(super) fn of(text: &'a [u8], index: &'a [u32], ended: bool, delimiter: u8) -> Self {
        Self {
            text,
            index,
            at: 0,
            start: 0,
            ended,
            delimiter,
        }
    }

    /// The end of the line that the next record starts in, and the start of the line after it.
    pub(super) fn line_end(&self) -> (usize, usize) {
        let end = memchr::memchr(b'\n', &self.text[self.start..])
            .map_or(self.text.len(), |at| self.start + at);
        (end, (end + 1).min(self.text.len()))
    }

    pub(super) fn skip_blank_lines(&mut self) {
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
    pub(super) fn go_to(&mut self, position: usize) {
        self.start = position;
        self.at = self
            .index
            .partition_point(|found| (*found as usize) < position);
    }

    /// Reads one record, and passes it where it is complete.
    #[inline(always)]
    pub(super) fn record(&mut self, mut on_cell: impl FnMut(Cell<'a>)) -> RecordEnd {
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
