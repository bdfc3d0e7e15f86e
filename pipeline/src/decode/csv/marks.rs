//! The characters that structure a CSV text, as bytes.

use sluice_contract::stack::{Delimiter, Dialect, Quote};

/// The bytes that have a meaning in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub(super) delimiter: u8,
    /// What encloses fields; more than a byte where nothing does.
    pub(super) quote: u16,
    pub(super) escape: Option<u8>,
    pub(super) comment: Option<u8>,
    pub(super) line_break: LineBreak,
}

/// Stands for no quote, as no byte is equal to it.
const NO_QUOTE: u16 = 0x100;

/// What ends the lines of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum LineBreak {
    /// A line feed, and whatever returns come before it.
    Feed,
    /// A return, a line feed, or both: the text comes from where lines end with a return alone.
    Return,
}

impl Marks {
    /// Those of a text whose format has this delimiter and encloses fields in `quote`, if the dialect says nothing else.
    pub(super) fn new(delimiter: u8, quote: Option<u8>, dialect: &Dialect) -> Self {
        let quote = match dialect.quote {
            None => quote,
            Some(Quote::None) => None,
            Some(Quote::Character(quote)) => Some(quote as u8),
        };
        Self {
            delimiter,
            quote: quote.map_or(NO_QUOTE, u16::from),
            escape: dialect.escape.map(|escape| escape as u8),
            comment: dialect.comment.map(|comment| comment as u8),
            line_break: LineBreak::Feed,
        }
    }

    #[inline]
    pub(super) fn is_quote(&self, byte: u8) -> bool {
        u16::from(byte) == self.quote
    }

    /// Whether fields may be enclosed.
    pub(super) fn has_quotes(&self) -> bool {
        self.quote != NO_QUOTE
    }

    /// Whether a character means something else than itself, so that an escape before it takes that away.
    pub(super) fn has_meaning(&self, byte: u8) -> bool {
        byte == self.delimiter
            || self.is_quote(byte)
            || Some(byte) == self.escape
            || self.line_break.has(byte)
    }

    /// The delimiter that occurs most often outside quotes.
    pub(super) fn likely_delimiter(&self, line: &[u8]) -> u8 {
        let mut counts = [0_usize; Delimiter::CANDIDATES.len()];
        let mut quoted = false;
        for byte in line {
            if self.is_quote(*byte) {
                quoted = !quoted;
            } else if !quoted
                && let Some(candidate) =
                    (Delimiter::CANDIDATES.iter()).position(|candidate| *candidate as u8 == *byte)
            {
                counts[candidate] += 1;
            }
        }
        let mut likely = 0;
        for candidate in 1..counts.len() {
            if counts[candidate] > counts[likely] {
                likely = candidate;
            }
        }
        Delimiter::CANDIDATES[likely] as u8
    }
}

impl LineBreak {
    /// What ends the first line of a text. `None` where more of the text is needed to tell.
    pub(super) fn of(text: &[u8], ended: bool) -> Option<Self> {
        let Some(first) = memchr::memchr2(b'\n', b'\r', text) else {
            return ended.then_some(Self::Feed);
        };
        let behind = text[first..].iter().find(|byte| **byte != b'\r');
        match behind {
            Some(b'\n') => Some(Self::Feed),
            Some(_) => Some(Self::Return),
            None => ended.then_some(Self::Return),
        }
    }

    #[inline]
    pub(super) fn has(self, byte: u8) -> bool {
        byte == b'\n' || self == Self::Return && byte == b'\r'
    }

    /// Where the first line ends.
    pub(in crate::decode) fn find(self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Feed => memchr::memchr(b'\n', text),
            Self::Return => memchr::memchr2(b'\n', b'\r', text),
        }
    }

    /// Where the last line ends.
    pub(in crate::decode) fn find_last(self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Feed => memchr::memrchr(b'\n', text),
            Self::Return => memchr::memrchr2(b'\n', b'\r', text),
        }
    }

    /// How long the break at a place is.
    #[inline]
    pub(super) fn length_at(self, text: &[u8], at: usize) -> usize {
        let is_both = self == Self::Return && text[at] == b'\r' && text.get(at + 1) == Some(&b'\n');
        if is_both { 2 } else { 1 }
    }

    /// A line break that tells the reader of a text what the others are.
    pub(super) fn as_byte(self) -> u8 {
        match self {
            Self::Feed => b'\n',
            Self::Return => b'\r',
        }
    }
}
