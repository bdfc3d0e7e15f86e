//! One line of `[pipeline.NAME.fields]` as it was written.

use toml::de::DeValue;
use toml::value::Datetime;

use crate::nearest::{listed, nearest};
use crate::problem::ProblemSink;
use crate::reader::{Choice, Decode, Node, Shorten, Word, Written, in_backticks};
use crate::table;
use sluice_contract::fake::Fake;
use sluice_contract::field_type::{Demand, TypeName};
use sluice_contract::stack::Generate;

table! {
    /// `NAME = "TYPE"` or `NAME = { type = "TYPE", … }`
    pub(crate) struct Field {
        kind as "type": WrittenType,
        required: bool,
        default: Scalar,
        generate: Word<Generate>,
        pii: bool,
        min: Scalar,
        max: Scalar,
        min_length: i64,
        max_length: i64,
        pattern: String,
        one_of: Vec<Written<Scalar>>,
        precision: i64,
        scale: i64,
        fake: Word<Fake>,
    }
}

impl Choice for Fake {
    const CHOICES: &'static [(&'static str, Self)] = Fake::NAMES;
}

impl Shorten for Field {
    const KEY: &'static str = "type";
    const HELP: &'static str =
        "write its type in quotes, such as `\"text\"`, or `{ type = \"text\", … }`";
}

impl Choice for Generate {
    const CHOICES: &'static [(&'static str, Self)] = &[("uuid", Generate::Uuid)];
    const FOREIGN: &'static [(&'static str, &'static str)] =
        &[("guid", "uuid"), ("uuid4", "uuid"), ("uuid8", "uuid")];
}

/// A type, with what was written in parentheses behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrittenType {
    pub(crate) name: TypeName,
    pub(crate) digits: Option<(u32, u32)>,
}

impl WrittenType {
    /// Reads `text`, `decimal(10,2)` and the like.
    fn parse(text: &str) -> Option<WrittenType> {
        if let Some(name) = TypeName::of(text) {
            return Some(WrittenType { name, digits: None });
        }
        let (name, digits) = text.split_once('(')?;
        let name = TypeName::of(name.trim()).filter(|name| name.allows(Demand::Digits))?;
        let digits = digits.strip_suffix(')')?;
        let (precision, scale) = digits.split_once(',').unwrap_or((digits, "0"));
        let digits = Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?));
        Some(WrittenType { name, digits })
    }
}

/// A type as an example of it is written.
fn example(name: TypeName) -> String {
    let digits = if name.allows(Demand::Digits) {
        "(10,2)"
    } else {
        ""
    };
    format!("{}{digits}", name.name())
}

impl Decode for WrittenType {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(text) = node.value.as_str() else {
            node.mismatch(
                "a string",
                "write the type in quotes, such as `\"text\"`",
                sink,
            );
            return None;
        };
        if let Some(written) = WrittenType::parse(text) {
            return Some(written);
        }
        let with_digits = TypeName::with_demand(Demand::Digits);
        let half_written = with_digits
            .into_iter()
            .find(|name| text.starts_with(name.name()));
        let help = if let Some(name) = half_written {
            format!(
                "write the digits in all and those after the point, such as `{}`",
                example(name)
            )
        } else {
            let foreign = TypeName::ALSO_CALLED
                .iter()
                .find(|(foreign, _)| foreign.eq_ignore_ascii_case(text));
            let meant = match foreign {
                Some((_, type_name)) => Some(type_name.name()),
                None => nearest(text, TypeName::ALL.iter().map(|name| name.name())),
            };
            match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    let examples: Vec<String> =
                        TypeName::ALL.iter().map(|name| example(*name)).collect();
                    format!("use {}", listed(examples.iter().map(String::as_str), "or"))
                }
            }
        };
        sink.report(
            node.span,
            format!(
                "`{}` has the unknown type {}",
                node.path,
                in_backticks(text)
            ),
            help,
        );
        None
    }
}

/// A value of a field, written in whatever way suits its type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    String(String),
    /// As a decimal number.
    Integer(String),
    /// As Rust would write it.
    Float(String),
    Boolean(bool),
    Datetime(Datetime),
}

impl Scalar {
    /// The text that a record would hold for it.
    pub(crate) fn text(&self) -> String {
        match self {
            Scalar::String(text) | Scalar::Integer(text) | Scalar::Float(text) => text.clone(),
            Scalar::Boolean(boolean) => boolean.to_string(),
            Scalar::Datetime(datetime) => datetime.to_string(),
        }
    }

    /// What it is in TOML.
    pub(crate) fn toml_type(&self) -> &'static str {
        match self {
            Scalar::String(_) => "a string",
            Scalar::Integer(_) => "an integer",
            Scalar::Float(_) => "a float",
            Scalar::Boolean(_) => "a boolean",
            Scalar::Datetime(_) => "a datetime",
        }
    }
}

impl Decode for Scalar {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        match node.value {
            DeValue::String(text) => Some(Scalar::String(text.to_string())),
            DeValue::Integer(integer) => {
                match i128::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(value) => Some(Scalar::Integer(value.to_string())),
                    Err(_) => {
                        let help = "write a number of at most 38 digits";
                        sink.report(
                            node.span,
                            format!("`{}` is too great an integer: {integer}", node.path),
                            help,
                        );
                        None
                    }
                }
            }
            DeValue::Float(float) => Some(Scalar::Float(float.as_str().to_owned())),
            DeValue::Boolean(boolean) => Some(Scalar::Boolean(*boolean)),
            DeValue::Datetime(datetime) => Some(Scalar::Datetime(*datetime)),
            DeValue::Array(_) | DeValue::Table(_) => {
                node.mismatch(
                    "a single value",
                    "write a string, a number, a boolean or a date",
                    sink,
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_every_type() {
        let reference = include_str!("../../../docs/manifest.md");
        for name in TypeName::ALL {
            let row = format!("\n| `{}` |", example(*name));
            assert!(reference.contains(&row), "{}", name.name());
        }
    }

    #[test]
    fn digits_are_read() {
        fn check(text: &str, expected: Option<Option<(u32, u32)>>) {
            let digits = WrittenType::parse(text).map(|written| written.digits);
            assert_eq!(digits, expected, "{text}");
        }
        check("decimal", Some(None));
        check("decimal(10,2)", Some(Some((10, 2))));
        check("decimal (10, 2)", Some(Some((10, 2))));
        check("decimal(10)", Some(Some((10, 0))));
        check("decimal(10,2", None);
        check("decimal10", None);
        check("text(10,2)", None);
    }
}
