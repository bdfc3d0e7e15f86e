//! Reads TOML values into types and remembers where each was written.
//!
//! Serde would stop at the first mistake. This reader notes it and goes on: a value of the wrong type becomes
//! [`Given::Wrong`], and a misspelt key is read as what it was meant to be, so that what is wrong below it comes to
//! light in the same go. It knows TOML, but no key of the manifest, and serves other texts too.

mod collections;
mod values;

pub use collections::{Entries, Entry, OneOrMany, Toggle};
pub use values::Word;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::nearest::{listed, nearest};
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
#[derive(Debug, Clone)]
pub enum Given<T> {
    /// It was not.
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
    /// Reads it.
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self>;
}

/// A type that a TOML table with certain keys can be read as.
pub trait DecodeTable: Sized {
    /// Every key that it may have.
    const KEYS: &'static [&'static str];

    /// Takes the keys one by one.
    fn read(table: &mut TableReader) -> Self;
}

/// A type that is written as one of a few words.
pub trait Choice: Copy + 'static {
    /// The words and their meanings.
    const CHOICES: &'static [(&'static str, Self)];
    /// What other systems call them.
    const FOREIGN: &'static [(&'static str, &'static str)] = &[];
}

/// A table whose known keys are taken one by one.
pub struct TableReader<'a, 'i, 's, 't> {
    entries: Vec<(&'static str, Node<'a, 'i>)>,
    sink: &'s mut ProblemSink<'t>,
}

impl<'a, 'i, 's, 't> TableReader<'a, 'i, 's, 't> {
    /// Reports keys that are not known.
    pub fn new(
        table: &'a DeTable<'i>,
        path: &str,
        known: &'static [&'static str],
        sink: &'s mut ProblemSink<'t>,
    ) -> Self {
        let mut entries = Vec::new();
        for (key, value) in table {
            let node = Node::entry(key, value, path);
            if let Some(known) = known.iter().find(|known| **known == key.get_ref()) {
                entries.push((*known, node));
                continue;
            }
            let free = known
                .iter()
                .copied()
                .filter(|known| !table.contains_key(*known));
            let meant = nearest(key.get_ref(), free);
            let place = if path.is_empty() {
                sink.document().to_owned()
            } else {
                format!("`{path}`")
            };
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use {}", listed(known.iter().copied(), "or")),
            };
            sink.report(
                node.key,
                format!("unknown key {} in {place}", in_backticks(key.get_ref())),
                help,
            );
            // Two spellings of one key cannot both be meant.
            if let Some(meant) =
                meant.filter(|meant| entries.iter().all(|(known, _)| known != meant))
            {
                let meant = known
                    .iter()
                    .find(|known| **known == meant)
                    .expect("it is one of them");
                entries.push((meant, node));
            }
        }
        TableReader { entries, sink }
    }

    /// Reads one key.
    pub fn get<T: Decode>(&mut self, key: &'static str) -> Given<T> {
        match self.entries.iter().find(|(known, _)| *known == key) {
            None => Given::Absent,
            Some((_, node)) => node.read(self.sink).map_or(Given::Wrong, Given::Value),
        }
    }
}

impl<T: DecodeTable> Decode for T {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(table) = node.value.as_table() else {
            let help = format!(
                "write it as `{{ … }}` with {}",
                listed(T::KEYS.iter().copied(), "or")
            );
            node.mismatch("a table", &help, sink);
            return None;
        };
        Some(T::read(&mut TableReader::new(
            table,
            &node.path,
            T::KEYS,
            sink,
        )))
    }
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
