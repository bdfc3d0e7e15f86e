//! Which rows of a column are null, where steps change that in any order: an Arrow bitmap that does not exist until the
//! first null.

use crate::nulls::is_valid;

/// The nulls of a column, which can be changed row by row. [`Nulls`](crate::Nulls) is for a column that grows.
#[derive(Debug, Clone, Default)]
pub struct NullBitmap {
    rows: usize,
    /// Empty while no row is null.
    valid: Vec<u8>,
}

impl NullBitmap {
    /// Of the bitmap of a column of `rows` rows, as the contract has it: empty where no row is null.
    pub fn new(rows: usize, valid: Vec<u8>) -> NullBitmap {
        NullBitmap { rows, valid }
    }

    /// All rows are null.
    pub fn all(rows: usize) -> NullBitmap {
        let valid = vec![0; rows.div_ceil(8)];
        NullBitmap { rows, valid }
    }

    /// How many rows there are.
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there may be a null.
    #[inline]
    pub fn any(&self) -> bool {
        !self.valid.is_empty()
    }

    /// Whether a row is null.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        !is_valid(&self.valid, row)
    }

    /// Makes a row null.
    #[inline]
    pub fn set_null(&mut self, row: usize) {
        if self.valid.is_empty() {
            self.valid = vec![0xff; self.rows.div_ceil(8)];
        }
        self.valid[row / 8] &= !(1 << (row % 8));
    }

    /// Makes a row one that is not null.
    #[inline]
    pub fn set_valid(&mut self, row: usize) {
        if !self.valid.is_empty() {
            self.valid[row / 8] |= 1 << (row % 8);
        }
    }

    /// The nulls of the rows that are named, in that order.
    pub fn pick(&self, rows: &[u32]) -> NullBitmap {
        let mut picked = NullBitmap::new(rows.len(), Vec::new());
        if self.any() {
            for (to, from) in rows.iter().enumerate() {
                if self.is_null(*from as usize) {
                    picked.set_null(to);
                }
            }
        }
        picked
    }

    /// The bitmap, as the contract has it; empty where no row was ever made null.
    pub fn finish(mut self) -> Vec<u8> {
        if let (false, Some(last)) = (self.rows.is_multiple_of(8), self.valid.last_mut()) {
            *last &= (1 << (self.rows % 8)) - 1;
        }
        self.valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_where_arrow_has_them() {
        let mut nulls = NullBitmap::new(10, Vec::new());
        assert!(!nulls.any());
        nulls.set_null(1);
        nulls.set_null(9);
        nulls.set_valid(1);
        assert!(nulls.is_null(9) && !nulls.is_null(1));
        assert_eq!(nulls.pick(&[9, 0, 9]).finish(), [0b010]);
        assert_eq!(nulls.finish(), [0xff, 0b01]);
        assert_eq!(NullBitmap::all(9).finish(), [0, 0]);
    }
}
