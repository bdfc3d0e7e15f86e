//! Tables that may be written as less than a table.

use toml::de::DeValue;

use super::table::names;
use super::{Decode, DecodeTable, Inside, Node, TableReader};
use crate::nearest::listed;
use crate::problem::ProblemSink;

/// A table whose defaults are good enough to write `true` instead. `false` is the same as leaving it out.
#[derive(Debug, Clone)]
pub struct Toggle<T>(
    /// The table; `None` for `false`.
    pub Option<T>,
);

impl<T: DecodeTable> Decode for Toggle<T> {
    const INSIDE: Inside = T::INSIDE;

    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        match node.value {
            DeValue::Boolean(false) => Some(Toggle(None)),
            DeValue::Boolean(true) => Some(Toggle(Some(T::default()))),
            DeValue::Table(_) => T::decode(node, sink).map(|table| Toggle(Some(table))),
            _ => {
                let keys = listed(names(T::KEYS), "or");
                node.mismatch(
                    "`true` or a table",
                    &format!("write `true`, or `{{ … }}` with {keys}"),
                    sink,
                );
                None
            }
        }
    }
}

/// A table of which one key says enough to write a string instead, which is that key's value.
#[derive(Debug, Clone)]
pub struct Short<T>(
    /// The table.
    pub T,
);

/// A table that can be written as a string.
pub trait Shorten: DecodeTable {
    /// The key that the string is the value of.
    const KEY: &'static str;
    /// The remedy where it is neither a string nor a table.
    const HELP: &'static str;
}

impl<T: Shorten> Decode for Short<T> {
    const INSIDE: Inside = T::INSIDE;

    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        match node.value {
            DeValue::String(_) => {
                let table = &mut TableReader::of_one(T::KEY, node.clone(), sink);
                Some(Short(T::read(table)))
            }
            DeValue::Table(_) => T::decode(node, sink).map(Short),
            _ => {
                node.mismatch("a string or a table", T::HELP, sink);
                None
            }
        }
    }
}
