//! Parts of a batch: what the runtime hands to a fresh instance when it looks for the row that made a plugin fail.

use std::ops::Range;

use crate::columns::{Column, Values};

/// Copies rows `rows` of `column`.
pub(crate) fn slice(column: &Column, rows: Range<usize>) -> Column {
    let values = match &column.values {
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
    let mut validity = Vec::new();
    if !column.validity.is_empty() {
        validity.resize(rows.len().div_ceil(8), 0);
        for (i, row) in rows.enumerate() {
            validity[i / 8] |= u8::from(column.is_valid(row)) << (i % 8);
        }
    }
    Column { values, validity }
}

/// How many bytes the values of a column take, offsets and validity left out.
pub(super) fn value_bytes(values: &Values) -> u64 {
    (match values {
        Values::Bytes { data, .. } => data.len(),
        Values::Integers(values) => values.len() * 8,
        Values::Floats(values) => values.len() * 8,
        Values::Booleans(values) => values.len(),
    }) as u64
}

/// A column without rows, of the kind that `values` is.
pub(super) fn empty_like(values: &Values) -> Values {
    match values {
        Values::Bytes { .. } => Values::Bytes {
            offsets: vec![0],
            data: Vec::new(),
        },
        Values::Integers(_) => Values::Integers(Vec::new()),
        Values::Floats(_) => Values::Floats(Vec::new()),
        Values::Booleans(_) => Values::Booleans(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(values: &[Option<&str>]) -> Column {
        let mut column = Column {
            values: empty_like(&Values::Bytes {
                offsets: vec![],
                data: vec![],
            }),
            validity: vec![],
        };
        column.validity.resize(values.len().div_ceil(8), 0);
        if let Values::Bytes { offsets, data } = &mut column.values {
            for (row, value) in values.iter().enumerate() {
                data.extend_from_slice(value.unwrap_or_default().as_bytes());
                offsets.push(data.len() as u32);
                column.validity[row / 8] |= u8::from(value.is_some()) << (row % 8);
            }
        }
        column
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
                let part = slice(&whole, start..end);
                for (i, expected) in values[start..end].iter().enumerate() {
                    assert_eq!(
                        part.bytes(i),
                        expected.map(str::as_bytes),
                        "{start}..{end}, row {i}"
                    );
                }
            }
        }
    }
}
