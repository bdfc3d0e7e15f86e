//! Single values.

use toml::de::DeValue;

use super::{Choice, Decode, Node, in_backticks};
use crate::nearest::{listed, nearest};
use crate::problem::ProblemSink;

/// One of a few words.
#[derive(Debug, Clone, Copy)]
pub struct Word<T>(
    /// What the word stands for.
    pub T,
);

impl Decode for String {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        if let Some(text) = node.value.as_str() {
            return Some(text.to_owned());
        }
        node.mismatch("a string", "write it in quotes", sink);
        None
    }
}

impl Decode for bool {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let value = node.value.as_bool();
        if value.is_none() {
            node.mismatch("a boolean", "write `true` or `false`", sink);
        }
        value
    }
}

impl Decode for i64 {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(integer) = node.value.as_integer() else {
            node.mismatch("an integer", "write a whole number without quotes", sink);
            return None;
        };
        let value = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        if value.is_none() {
            let help = "write a number that fits 64 bits";
            sink.report(
                node.span,
                format!("`{}` is too great an integer: {integer}", node.path),
                help,
            );
        }
        value
    }
}

impl Decode for f64 {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let text = match node.value {
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            _ => {
                node.mismatch(
                    "a number",
                    "write a number without quotes, such as `0.05`",
                    sink,
                );
                return None;
            }
        };
        let value = sluice_contract::literal::float(text.as_bytes());
        if value.is_none() {
            let help = "write a finite number, such as `0.05`";
            sink.report(
                node.span,
                format!("`{}` is not a finite number: {text}", node.path),
                help,
            );
        }
        value
    }
}

impl<T: Choice> Decode for Word<T> {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let words = || T::CHOICES.iter().map(|(word, _)| *word);
        let Some(text) = node.value.as_str() else {
            node.mismatch("a string", &format!("use {}", listed(words(), "or")), sink);
            return None;
        };
        if let Some((_, choice)) = T::CHOICES.iter().find(|(word, _)| *word == text) {
            return Some(Word(*choice));
        }
        let foreign = T::FOREIGN
            .iter()
            .find(|(foreign, _)| foreign.eq_ignore_ascii_case(text))
            .map(|(_, word)| *word);
        let help = match foreign.or_else(|| nearest(text, words())) {
            Some(word) => format!(
                "did you mean `{word}`? there are {}",
                listed(words(), "and")
            ),
            None => format!("use {}", listed(words(), "or")),
        };
        sink.report(
            node.span,
            format!("`{}` cannot be {}", node.path, in_backticks(text)),
            help,
        );
        None
    }
}
