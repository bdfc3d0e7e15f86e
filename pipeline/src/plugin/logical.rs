//! Logical types as the plugin contract names them, and which physical values may carry them.

use std::collections::BTreeSet;

use sluice_contract::field_type::{Carrier, TypeName};

use crate::columns::{ColumnField, Values};

use super::log_tap::cut;

/// Columns of a plugin, at the most.
const MAX_COLUMNS: usize = 4096;
/// The longest name of a column, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// Whether values of this kind may carry a type. Bytes may carry any, as text that is still to be parsed.
pub(super) fn fits(logical: TypeName, values: &Values) -> bool {
    match values {
        Values::Bytes { .. } => true,
        Values::Integers(_) => logical.carrier() == Carrier::Integers,
        Values::Floats(_) => logical.carrier() == Carrier::Floats,
        Values::Booleans(_) => logical.carrier() == Carrier::Booleans,
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
) -> Result<Vec<(ColumnField, TypeName)>, String> {
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
        let logical = TypeName::of_logical(&field.logical).ok_or_else(|| {
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
