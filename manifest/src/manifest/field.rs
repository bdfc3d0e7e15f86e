//! One line of `[pipeline.NAME.fields]` as it was written.

use toml::de::DeValue;
use toml::value::Datetime;

use crate::nearest::nearest;
use crate::problem::ProblemSink;
use crate::reader::{Decode, Node, Shorten, Written, in_backticks};
use crate::table;

table! {
    /// `NAME = "TYPE"` or `NAME = { type = "TYPE", … }`
    pub(crate) struct Field {
        kind as "type": TypeName,
        required: bool,
        default: Scalar,
        pii: bool,
        min: Scalar,
        max: Scalar,
        min_length: i64,
        max_length: i64,
        pattern: String,
        one_of: Vec<Written<Scalar>>,
        precision: i64,
        scale: i64,
    }
}

impl Shorten for Field {
    const KEY: &'static str = "type";
    const HELP: &'static str =
        "write its type in quotes, such as `\"text\"`, or `{ type = \"text\", … }`";
}

/// The name of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeName {
    Text,
    Integer,
    Float,
    /// With what was written in parentheses.
    Decimal(Option<(u32, u32)>),
    Boolean,
    Timestamp,
    Date,
    Json,
}

impl TypeName {
    const ALL: [TypeName; 8] = [
        TypeName::Text,
        TypeName::Integer,
        TypeName::Float,
        TypeName::Decimal(None),
        TypeName::Boolean,
        TypeName::Timestamp,
        TypeName::Date,
        TypeName::Json,
    ];

    /// What other systems call them.
    const FOREIGN: &'static [(&'static str, TypeName)] = &[
        ("string", TypeName::Text),
        ("str", TypeName::Text),
        ("varchar", TypeName::Text),
        ("int", TypeName::Integer),
        ("bigint", TypeName::Integer),
        ("long", TypeName::Integer),
        ("i64", TypeName::Integer),
        ("double", TypeName::Float),
        ("real", TypeName::Float),
        ("number", TypeName::Float),
        ("f64", TypeName::Float),
        ("numeric", TypeName::Decimal(None)),
        ("money", TypeName::Decimal(None)),
        ("bool", TypeName::Boolean),
        ("datetime", TypeName::Timestamp),
        ("time", TypeName::Timestamp),
        ("object", TypeName::Json),
        ("map", TypeName::Json),
        ("list", TypeName::Json),
    ];

    /// As it is written, without parentheses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TypeName::Text => "text",
            TypeName::Integer => "integer",
            TypeName::Float => "float",
            TypeName::Decimal(_) => "decimal",
            TypeName::Boolean => "boolean",
            TypeName::Timestamp => "timestamp",
            TypeName::Date => "date",
            TypeName::Json => "json",
        }
    }

    /// Reads `text`, `decimal(10,2)` and the like.
    fn parse(text: &str) -> Option<TypeName> {
        if let Some(type_name) = TypeName::ALL
            .into_iter()
            .find(|type_name| type_name.name() == text)
        {
            return Some(type_name);
        }
        let digits = text
            .strip_prefix("decimal")?
            .trim()
            .strip_prefix('(')?
            .strip_suffix(')')?;
        let (precision, scale) = digits.split_once(',').unwrap_or((digits, "0"));
        Some(TypeName::Decimal(Some((
            precision.trim().parse().ok()?,
            scale.trim().parse().ok()?,
        ))))
    }
}

impl Decode for TypeName {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let Some(text) = node.value.as_str() else {
            node.mismatch(
                "a string",
                "write the type in quotes, such as `\"text\"`",
                sink,
            );
            return None;
        };
        if let Some(type_name) = TypeName::parse(text) {
            return Some(type_name);
        }
        let help = if text.starts_with("decimal") {
            "write the digits in all and those after the point, such as `decimal(10,2)`".to_owned()
        } else {
            let foreign = TypeName::FOREIGN
                .iter()
                .find(|(foreign, _)| foreign.eq_ignore_ascii_case(text));
            let meant = match foreign {
                Some((_, type_name)) => Some(type_name.name()),
                None => nearest(text, TypeName::ALL.map(TypeName::name)),
            };
            match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "use `text`, `integer`, `float`, `decimal(10,2)`, `boolean`, `timestamp`, `date` or `json`".to_owned(),
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
