//! Columns as they cross the plugin boundary: Arrow's layout in plain vectors, owned by nobody's library.

mod text;
pub(crate) mod validity;

use std::ops::Range;

use serde_json::Value;
use sluice_contract::literal;

pub use text::TextBuilder;

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

impl Values {
    /// Bytes of no row.
    pub(crate) fn no_bytes() -> Self {
        Self::Bytes {
            offsets: vec![0],
            data: Vec::new(),
        }
    }

    /// Values of no row, of the same kind.
    pub(crate) fn none_of_kind(&self) -> Self {
        match self {
            Self::Bytes { .. } => Self::no_bytes(),
            Self::Integers(_) => Self::Integers(Vec::new()),
            Self::Floats(_) => Self::Floats(Vec::new()),
            Self::Booleans(_) => Self::Booleans(Vec::new()),
        }
    }

    /// Adds values of the same kind; of another kind there are none to add.
    fn append(&mut self, other: &Self) {
        match (self, other) {
            (
                Self::Bytes { offsets, data },
                Self::Bytes {
                    offsets: other_offsets,
                    data: other_data,
                },
            ) => {
                let start = data.len() as u32;
                offsets.extend(other_offsets[1..].iter().map(|offset| start + offset));
                data.extend_from_slice(other_data);
            }
            (Self::Integers(values), Self::Integers(other)) => values.extend_from_slice(other),
            (Self::Floats(values), Self::Floats(other)) => values.extend_from_slice(other),
            (Self::Booleans(values), Self::Booleans(other)) => values.extend_from_slice(other),
            (
                Self::Bytes { .. } | Self::Integers(_) | Self::Floats(_) | Self::Booleans(_),
                Self::Bytes { .. } | Self::Integers(_) | Self::Floats(_) | Self::Booleans(_),
            ) => debug_assert!(false, "a column has values of one kind"),
        }
    }

    /// How many bytes the values take, offsets left out.
    pub(crate) fn size(&self) -> u64 {
        (match self {
            Self::Bytes { data, .. } => data.len(),
            Self::Integers(values) => values.len() * 8,
            Self::Floats(values) => values.len() * 8,
            Self::Booleans(values) => values.len(),
        }) as u64
    }
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

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        match &self.values {
            Values::Bytes { offsets, .. } => offsets.len().saturating_sub(1),
            Values::Integers(values) => values.len(),
            Values::Floats(values) => values.len(),
            Values::Booleans(values) => values.len(),
        }
    }

    /// Whether row `row` has a value.
    #[inline]
    pub fn is_valid(&self, row: usize) -> bool {
        validity::is_valid(&self.validity, row)
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

    /// A copy of consecutive rows.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Column {
        let values = match &self.values {
            Values::Bytes { offsets, data } => {
                let start = offsets[rows.start];
                Values::Bytes {
                    offsets: offsets[rows.start..=rows.end]
                        .iter()
                        .map(|offset| offset - start)
                        .collect(),
                    data: data[start as usize..offsets[rows.end] as usize].to_vec(),
                }
            }
            Values::Integers(values) => Values::Integers(values[rows.clone()].to_vec()),
            Values::Floats(values) => Values::Floats(values[rows.clone()].to_vec()),
            Values::Booleans(values) => Values::Booleans(values[rows.clone()].to_vec()),
        };
        Column {
            values,
            validity: self.picked_validity(rows),
        }
    }

    /// A copy of these rows, in this order.
    pub(crate) fn pick(&self, rows: &[u32]) -> Column {
        fn picked<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|row| values[*row as usize]).collect()
        }
        let values = match &self.values {
            Values::Bytes { offsets, data } => {
                let mut picked = Vec::with_capacity(data.len());
                let mut ends = Vec::with_capacity(rows.len() + 1);
                ends.push(0);
                for row in rows {
                    let row = *row as usize;
                    picked
                        .extend_from_slice(&data[offsets[row] as usize..offsets[row + 1] as usize]);
                    ends.push(picked.len() as u32);
                }
                Values::Bytes {
                    offsets: ends,
                    data: picked,
                }
            }
            Values::Integers(values) => Values::Integers(picked(values, rows)),
            Values::Floats(values) => Values::Floats(picked(values, rows)),
            Values::Booleans(values) => Values::Booleans(picked(values, rows)),
        };
        let rows = rows.iter().map(|row| *row as usize);
        Column {
            values,
            validity: self.picked_validity(rows),
        }
    }

    /// Columns of one kind, one after the other, each with its number of rows.
    pub(crate) fn concatenated(parts: &[(&Column, usize)]) -> Column {
        let Some(((first, _), rest)) = parts.split_first() else {
            return Column::of_values(Values::no_bytes());
        };
        let mut values = first.values.clone();
        for (part, _) in rest {
            values.append(&part.values);
        }
        let has_nulls = parts.iter().any(|(part, _)| !part.validity.is_empty());
        let validity = if has_nulls {
            let rows = parts
                .iter()
                .flat_map(|(part, rows)| (0..*rows).map(|row| part.is_valid(row)));
            validity::of(rows.collect::<Vec<_>>().into_iter())
        } else {
            Vec::new()
        };
        Column { values, validity }
    }

    fn picked_validity(&self, rows: impl ExactSizeIterator<Item = usize>) -> Vec<u8> {
        if self.validity.is_empty() {
            return Vec::new();
        }
        validity::of(rows.map(|row| self.is_valid(row)))
    }

    /// The value of row `row` in JSON, where the column has this logical type.
    pub(crate) fn json(&self, row: usize, logical: &str) -> Value {
        if !self.is_valid(row) {
            return Value::Null;
        }
        match &self.values {
            Values::Bytes { .. } => {
                let text = String::from_utf8_lossy(self.bytes(row).unwrap_or_default());
                match logical {
                    "json" => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
                    _ => text.into(),
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(values: &[Option<&str>]) -> Column {
        let mut text = TextBuilder::default();
        for value in values {
            text.push_option(value.map(str::as_bytes));
        }
        text.finish()
    }

    #[test]
    fn every_slice_holds_its_rows() {
        let values = [
            Some("a"),
            None,
            Some(""),
            Some("four"),
            None,
            Some("é"),
            Some("x"),
            None,
            Some("nine"),
            Some("z"),
        ];
        let whole = text(&values);
        for start in 0..=values.len() {
            for end in start..=values.len() {
                let rows: Vec<u32> = (start as u32..end as u32).collect();
                let (part, picked) = (whole.slice(start..end), whole.pick(&rows));
                for (i, expected) in values[start..end].iter().enumerate() {
                    let expected = expected.map(str::as_bytes);
                    assert_eq!(part.bytes(i), expected, "{start}..{end}, row {i}");
                    assert_eq!(picked.bytes(i), expected, "{start}..{end}, row {i}");
                }
            }
        }
    }
}
