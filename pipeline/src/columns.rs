//! Columns as they cross the plugin boundary: Arrow's layout in plain vectors, owned by nobody's library.

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
