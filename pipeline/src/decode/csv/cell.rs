//! One field of a record, and what is stored of it.

use sluice_contract::stack::Dialect;

use super::marks::Marks;
use crate::columns::TextBuilder;

/// One field as it stands in the text.
pub(super) struct Cell<'a> {
    /// Without the enclosing quotes.
    pub(super) text: &'a [u8],
    pub(super) quoted: bool,
    /// Whether quotes inside are doubled, or a character is escaped.
    pub(super) escaped: bool,
}

/// What becomes of fields beyond what the format says.
#[derive(Debug, Default)]
pub(super) struct Values {
    trim: bool,
    nulls: Vec<Vec<u8>>,
    /// Whether nothing does.
    is_plain: bool,
}

impl Values {
    pub(super) fn new(dialect: &Dialect) -> Self {
        let nulls = dialect.null_values.iter();
        let nulls: Vec<Vec<u8>> = nulls.map(|null| null.as_bytes().to_vec()).collect();
        Self {
            trim: dialect.trim,
            is_plain: !dialect.trim && nulls.is_empty(),
            nulls,
        }
    }

    /// Adds the value of a field to its column.
    #[inline]
    pub(super) fn store(&self, cell: &Cell<'_>, marks: &Marks, column: &mut TextBuilder) {
        if cell.quoted || self.is_plain {
            match cell {
                Cell {
                    text: [],
                    quoted: false,
                    ..
                } => column.push_null(),
                Cell { escaped: true, .. } => column.push_by(|value| cell.unescape(marks, value)),
                Cell { text, .. } => column.push(text),
            }
        } else {
            self.store_unquoted(cell, marks, column);
        }
    }

    fn store_unquoted(&self, cell: &Cell<'_>, marks: &Marks, column: &mut TextBuilder) {
        let text = if self.trim {
            trimmed(cell.text)
        } else {
            cell.text
        };
        let is_null = text.is_empty() || self.nulls.iter().any(|null| null == text);
        if is_null {
            column.push_null();
        } else if cell.escaped {
            let cell = Cell { text, ..*cell };
            column.push_by(|value| cell.unescape(marks, value));
        } else {
            column.push(text);
        }
    }
}

fn trimmed(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().take_while(|byte| is_blank(byte)).count();
    let text = &text[start..];
    let end = text.iter().rev().take_while(|byte| is_blank(byte)).count();
    &text[..text.len() - end]
}

impl Cell<'_> {
    /// Adds the field's text to `value`, with one quote for two, and without the escapes of characters that have a meaning.
    pub(super) fn unescape(&self, marks: &Marks, value: &mut Vec<u8>) {
        let Some(escape) = marks.escape else {
            return self.unescape_quotes(marks, value);
        };
        let quote = u8::try_from(marks.quote).unwrap_or(escape);
        let mut rest = self.text;
        while let Some(at) = memchr::memchr2(quote, escape, rest) {
            value.extend_from_slice(&rest[..at]);
            let (first, next) = (rest[at], rest.get(at + 1).copied());
            let is_doubled = self.quoted && marks.is_quote(first) && next == Some(first);
            let loses_meaning = |next| next == b'\r' || marks.has_meaning(next);
            match next {
                Some(next) if is_doubled || first == escape && loses_meaning(next) => {
                    value.push(next);
                    rest = &rest[at + 2..];
                }
                _ => {
                    value.push(first);
                    rest = &rest[at + 1..];
                }
            }
        }
        value.extend_from_slice(rest);
    }

    /// The same where nothing but doubled quotes is to be done, each of which is followed by the other.
    fn unescape_quotes(&self, marks: &Marks, value: &mut Vec<u8>) {
        let mut rest = self.text;
        let quote = u8::try_from(marks.quote).ok();
        while let Some(at) = quote.and_then(|quote| memchr::memchr(quote, rest)) {
            value.extend_from_slice(&rest[..=at]);
            rest = &rest[(at + 2).min(rest.len())..];
        }
        value.extend_from_slice(rest);
    }
}
