//! Columns as they cross the plugin boundary: Arrow's layout in plain vectors, owned by nobody's library.

use serde_json::Value;
use sluice_contract::literal;

/// The values of a column, one a row. A null has a value too (an empty or zero one).
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Value `i` is `data[offsets[i]..offsets[i + 1]]`; `rows + 1` offsets, the first of which is 0.
    Bytes {
        /// Ends and starts of the values.
        offsets: Vec<u32>,
        /// UTF-8 text of all of them.
        data: Vec<u8>,
    },
    /// Integers; timestamps as microseconds and dates as days since 1970-01-01.
    Integers(Vec<i64>),
    /// Floating point.
    Floats(Vec<f64>),
    /// 0 or 1.
    Booleans(Vec<u8>),
}

/// One column of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// One value a row.
    pub values: Values,
    /// Arrow validity bitmap (bit `i % 8` of byte `i / 8` is 1 where row `i` has a value); empty where no row is null.
    pub validity: Vec<u8>,
}

impl Column {
    /// A column in which no row is null.
    pub fn of_values(values: Values) -> Self {
        Self {
            values,
            validity: Vec::new(),
        }
    }

    /// Whether row `row` has a value.
    #[inline]
    pub fn is_valid(&self, row: usize) -> bool {
        self.validity.is_empty() || self.validity[row / 8] >> (row % 8) & 1 == 1
    }

    /// The bytes of row `row`, or `None` where it is null or the column holds no bytes.
    #[inline]
    pub fn bytes(&self, row: usize) -> Option<&[u8]> {
        match &self.values {
            Values::Bytes { offsets, data } if self.is_valid(row) => {
                Some(&data[offsets[row] as usize..offsets[row + 1] as usize])
            }
            _ => None,
        }
    }

    /// The value of row `row` in JSON, where the column has this logical type.
    pub(crate) fn json(&self, row: usize, logical: &str) -> Value {
        if !self.is_valid(row) {
            return Value::Null;
        }
        match &self.values {
            Values::Bytes { .. } => {
                String::from_utf8_lossy(self.bytes(row).unwrap_or_default()).into()
            }
            Values::Integers(values) => match logical {
                "timestamp" => literal::timestamp_text(values[row]).into(),
                "date" => match i32::try_from(values[row]) {
                    Ok(days) => literal::date_text(days).into(),
                    Err(_) => values[row].into(),
                },
                _ => values[row].into(),
            },
            Values::Floats(values) => values[row].into(),
            Values::Booleans(values) => (values[row] == 1).into(),
        }
    }
}

/// Name and logical type of a column, as the plugin contract has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnField {
    /// Its name.
    pub name: String,
    /// `text`, `integer`, `float`, `decimal(p,s)`, `boolean`, `timestamp`, `date` or `json`.
    pub logical: String,
    /// Whether a row may have no value.
    pub nullable: bool,
}

impl ColumnField {
    /// A column of text that may be missing, which is what formats without types have.
    pub fn text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            logical: "text".to_owned(),
            nullable: true,
        }
    }
}
