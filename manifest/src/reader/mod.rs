//! Reads TOML values into types and remembers where each was written.
//!
//! Serde would stop at the first mistake. This reader notes it and goes on: a value of the wrong type becomes
//! [`Given::Wrong`], and a misspelt key is read as what it was meant to be, so that what is wrong below it comes to
//! light in the same go. It knows TOML, but no key of the manifest, and serves other texts too.

mod collections;
mod short;
mod table;
mod values;

use std::ops::Range;

pub use collections::{Entries, Entry, OneOrMany};
pub use short::{Short, Shorten, Toggle};
pub use table::{DecodeTable, Inside, Key, TableReader, paths};
pub use values::Word;

use toml::Spanned;
use toml::de::DeValue;

use crate::problem::{ProblemSink, Span};

/// A value and where it was written.
#[derive(Debug, Clone)]
pub struct Written<T> {
    /// What was read.
    pub value: T,
    /// The value's own text.
    pub span: Span,
    /// The key's text; for an item of a list that of the value.
    pub key: Span,
}

impl Written<String> {
    /// The part of the text that `range` of the value was written as; the whole string where it was written with escapes.
    pub(crate) fn inside(&self, range: Range<usize>, sink: &ProblemSink) -> Span {
        let written = &sink.text()[self.span.start..self.span.end];
        let verbatim =
            written.len() == self.value.len() + 2 && written[1..].starts_with(&self.value);
        if !verbatim || range.end > self.value.len() {
            return self.span;
        }
        // An error at the end of the value has no character of its own, and is shown at the closing quote.
        let start = self.span.start + 1 + range.start;
        Span {
            start,
            end: (self.span.start + 1 + range.end).max(start + 1),
        }
    }
}

/// A key that may have been given.
#[derive(Debug, Clone, Default)]
pub enum Given<T> {
    /// It was not.
    #[default]
    Absent,
    /// It was, but what is wrong with it has been reported already.
    Wrong,
    /// It was.
    Value(Written<T>),
}

impl<T> Given<T> {
    /// What was given, if it could be read.
    pub fn written(&self) -> Option<&Written<T>> {
        match self {
            Given::Value(written) => Some(written),
            Given::Absent | Given::Wrong => None,
        }
    }

    /// The value that was given, if it could be read.
    pub fn value(&self) -> Option<&T> {
        self.written().map(|written| &written.value)
    }

    /// Whether nothing was given.
    pub fn is_absent(&self) -> bool {
        matches!(self, Given::Absent)
    }
}

/// A TOML value on its way into a type.
#[derive(Clone)]
pub struct Node<'a, 'i> {
    /// The value.
    pub value: &'a DeValue<'i>,
    /// The value's own text.
    pub span: Span,
    /// The key's text; for an item of a list that of the value.
    pub key: Span,
    /// The keys that lead to it, such as `pipeline.feedback.source`.
    pub path: String,
}

impl<'a, 'i> Node<'a, 'i> {
    /// The value of a key of the table at `path`.
    fn entry(
        key: &Spanned<std::borrow::Cow<'i, str>>,
        value: &'a Spanned<DeValue<'i>>,
        path: &str,
    ) -> Self {
        let name = shown_key(key.get_ref());
        Node {
            value: value.get_ref(),
            span: value.span().into(),
            key: key.span().into(),
            path: if path.is_empty() {
                name
            } else {
                format!("{path}.{name}")
            },
        }
    }

    /// Decodes it and keeps its place.
    fn read<T: Decode>(&self, sink: &mut ProblemSink) -> Option<Written<T>> {
        let value = T::decode(self, sink)?;
        Some(Written {
            value,
            span: self.span,
            key: self.key,
        })
    }

    /// Notes that something else is wanted here.
    pub fn mismatch(&self, expected: &str, help: &str, sink: &mut ProblemSink) {
        let got = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a datetime",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        // The text of a table is its header, or many lines.
        let span = if self.value.is_table() {
            self.key
        } else {
            self.span
        };
        sink.report(
            span,
            format!("`{}` must be {expected}, got {got}", self.path),
            help,
        );
    }
}

/// A type that a TOML value can be read as. Where it cannot, that is reported and the answer is `None`.
pub trait Decode: Sized {
    /// The keys that it may hold.
    const INSIDE: Inside = Inside::Nothing;

    /// Reads it.
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self>;
}

/// A type that is written as one of a few words.
pub trait Choice: Copy + 'static {
    /// The words and their meanings.
    const CHOICES: &'static [(&'static str, Self)];
    /// What other systems call them.
    const FOREIGN: &'static [(&'static str, &'static str)] = &[];
}

/// A key as TOML would have it in a path: in quotes unless it is a bare one.
fn shown_key(key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

/// What a user wrote, for a message. Control characters are escaped, so that they cannot act on a terminal, and a long
/// text is cut.
pub fn in_backticks(text: &str) -> String {
    const MOST_CHARACTERS: usize = 80;
    let mut shown = String::from("`");
    for (number, character) in text.chars().enumerate() {
        if number == MOST_CHARACTERS {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown.push('`');
    shown
}
