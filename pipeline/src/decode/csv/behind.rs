//! What comes before an opening quote and behind a closing one: blanks, and what ends a field or a record.

use super::{marks::LineBreak, scan::Scan};

/// What comes behind a closing quote.
pub(super) enum Behind {
    Delimiter { at: usize, field: usize },
    End { at: usize, next: usize },
    Unknown,
    Text,
}

impl Scan<'_> {
    /// The quote that nothing but blanks come before, from `field` on.
    pub(super) fn quote_behind_blanks(&self, field: usize, at: usize) -> Option<usize> {
        let quote = *self.index.get(at)? as usize;
        let are_blank = |text: &[u8]| text.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        (self.marks.is_quote(self.text[quote]) && are_blank(&self.text[field..quote]))
            .then_some(quote)
    }

    /// What comes behind a closing quote, but for blanks. `at` is the first entry of the index behind it.
    pub(super) fn behind_quote(&self, close: usize, at: usize) -> Behind {
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
    pub(super) fn behind_break(&self, at: usize, place: usize) -> Behind {
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
}
