//! Logical types as the plugin contract names them, and which physical values may carry them.

use std::collections::BTreeSet;

use crate::columns::{ColumnField, Values};

use super::log_tap::cut;

/// Columns of a plugin, at the most.
const MAX_COLUMNS: usize = 4096;
/// The longest name of a column, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// The logical type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logical {
    Text,
    Integer,
    Float,
    Decimal,
    Boolean,
    Timestamp,
    Date,
    Json,
}

impl Logical {
    /// Reads `text`, `decimal(10,2)` and so on; `None` for anything else.
    pub(super) fn parse(name: &str) -> Option<Logical> {
        Some(match name {
            "text" => Logical::Text,
            "integer" => Logical::Integer,
            "float" => Logical::Float,
            "boolean" => Logical::Boolean,
            "timestamp" => Logical::Timestamp,
            "date" => Logical::Date,
            "json" => Logical::Json,
            _ => {
                let (precision, scale) = name
                    .strip_prefix("decimal(")?
                    .strip_suffix(')')?
                    .split_once(',')?;
                let (precision, scale) = (
                    precision.trim().parse::<u8>().ok()?,
                    scale.trim().parse::<u8>().ok()?,
                );
                ((1..=38).contains(&precision) && scale <= precision).then_some(Logical::Decimal)?
            }
        })
    }

    /// Whether values of this kind may carry it. Bytes may carry anything, as text that is still to be parsed.
    pub(super) fn fits(self, values: &Values) -> bool {
        match values {
            Values::Bytes { .. } => true,
            Values::Integers(_) => {
                matches!(self, Logical::Integer | Logical::Timestamp | Logical::Date)
            }
            Values::Floats(_) => self == Logical::Float,
            Values::Booleans(_) => self == Logical::Boolean,
        }
    }
}

/// What messages call values of this kind.
pub(super) fn kind(values: &Values) -> &'static str {
    match values {
        Values::Bytes { .. } => "bytes",
        Values::Integers(_) => "integers",
        Values::Floats(_) => "floats",
        Values::Booleans(_) => "booleans",
    }
}

/// Reads the types of a plugin's fields, of which it says that it `promises` or `reads` them; or says what is wrong.
pub(crate) fn check_fields(
    says: &str,
    fields: &[ColumnField],
) -> Result<Vec<(ColumnField, Logical)>, String> {
    if fields.len() > MAX_COLUMNS {
        return Err(format!(
            "it {says} {} columns: {MAX_COLUMNS} are allowed",
            fields.len()
        ));
    }
    let mut names = BTreeSet::new();
    let mut typed = Vec::with_capacity(fields.len());
    for field in fields {
        if field.name.is_empty() || field.name.len() > MAX_NAME_BYTES {
            return Err(format!(
                "a column's name has {} bytes: 1 to {MAX_NAME_BYTES} are allowed",
                field.name.len()
            ));
        }
        if !names.insert(field.name.as_str()) {
            return Err(format!("it {says} column `{}` twice", field.name));
        }
        let logical = Logical::parse(&field.logical).ok_or_else(|| {
            format!(
                "column `{}` is of type `{}`, which there is not",
                field.name,
                cut(&field.logical, 64)
            )
        })?;
        typed.push((field.clone(), logical));
    }
    Ok(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<Logical>) {
        assert_eq!(Logical::parse(name), expected, "{name}");
    }

    #[test]
    fn names() {
        check("text", Some(Logical::Text));
        check("decimal(10,2)", Some(Logical::Decimal));
        check("decimal(38, 38)", Some(Logical::Decimal));
        check("decimal(39,2)", None);
        check("decimal(4,5)", None);
        check("decimal", None);
        check("Text", None);
        check("", None);
    }
}
