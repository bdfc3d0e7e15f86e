//! Lists, and tables whose keys the user chooses.

use super::{Decode, Inside, Node, Written};
use crate::problem::{ProblemSink, Span};

/// Items that cannot be read are left out.
impl<T: Decode> Decode for Vec<Written<T>> {
    const INSIDE: Inside = T::INSIDE;

    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(items) = node.value.as_array() else {
            node.mismatch("a list", "write it in brackets: `[…]`", sink);
            return None;
        };
        let mut read = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let span = Span::from(item.span());
            let path = format!("{}[{index}]", node.path);
            read.extend(
                Node {
                    value: item.get_ref(),
                    span,
                    key: span,
                    path,
                }
                .read(sink),
            );
        }
        Some(read)
    }
}

/// A list that may be written without brackets where it has one item.
#[derive(Debug, Clone)]
pub struct OneOrMany<T>(
    /// The items.
    pub Vec<Written<T>>,
);

impl<T: Decode> Decode for OneOrMany<T> {
    const INSIDE: Inside = T::INSIDE;

    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        if node.value.is_array() {
            return Vec::decode(node, sink).map(OneOrMany);
        }
        let item = Node {
            value: node.value,
            span: node.span,
            key: node.span,
            path: node.path.clone(),
        };
        Some(OneOrMany(vec![item.read(sink)?]))
    }
}

/// A table whose keys are names that the user chose, in the order of the text.
#[derive(Debug, Clone)]
pub struct Entries<T>(
    /// The entries, in the order of the text.
    pub Vec<Entry<T>>,
);

/// A name and what was written for it.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// The key.
    pub name: Written<String>,
    /// `None` if what is wrong with it has been reported.
    pub value: Option<T>,
}

impl<T: Decode> Decode for Entries<T> {
    const INSIDE: Inside = Inside::Names(&T::INSIDE);

    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(table) = node.value.as_table() else {
            node.mismatch(
                "a table",
                "write it as a section with one line a name",
                sink,
            );
            return None;
        };
        let mut entries = Vec::new();
        for (key, value) in table {
            let node = Node::entry(key, value, &node.path);
            let name = Written {
                value: key.get_ref().to_string(),
                span: node.key,
                key: node.key,
            };
            entries.push(Entry {
                name,
                value: T::decode(&node, sink),
            });
        }
        Some(Entries(entries))
    }
}
