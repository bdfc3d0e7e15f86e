//! What stands between two records and is none: blank lines, comments, and the beginning of another object, where some were
//! joined.

use super::{marks::LineBreak, scan::Scan};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is found between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// The next record starts where the scan is, or the text ends there.
    Record,
    /// More of the text is needed to tell.
    Unknown,
}

impl Scan<'_> {
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
}
