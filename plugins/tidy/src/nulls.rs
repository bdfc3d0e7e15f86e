//! Which rows of a column are null: an Arrow bitmap that does not exist until the first null.

/// A validity bitmap that can be changed row by row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nulls {
    rows: usize,
    /// Empty while no row is null.
    valid: Vec<u8>,
}

impl Nulls {
    /// Of a column of `rows` rows, as the contract has it.
    pub(crate) fn new(rows: usize, valid: Vec<u8>) -> Nulls {
        Nulls { rows, valid }
    }

    /// All rows are null.
    pub(crate) fn all(rows: usize) -> Nulls {
        let valid = vec![0; rows.div_ceil(8)];
        Nulls { rows, valid }
    }

    #[inline]
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there may be any.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        !self.valid.is_empty()
    }

    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        !self.valid.is_empty() && self.valid[row / 8] >> (row % 8) & 1 == 0
    }

    #[inline]
    pub(crate) fn set_null(&mut self, row: usize) {
        if self.valid.is_empty() {
            self.valid = vec![0xff; self.rows.div_ceil(8)];
        }
        self.valid[row / 8] &= !(1 << (row % 8));
    }

    #[inline]
    pub(crate) fn set_valid(&mut self, row: usize) {
        if !self.valid.is_empty() {
            self.valid[row / 8] |= 1 << (row % 8);
        }
    }

    /// The bitmap of the rows that are named.
    pub(crate) fn pick(&self, rows: &[u32]) -> Nulls {
        let mut picked = Nulls::new(rows.len(), Vec::new());
        if self.any() {
            for (to, from) in rows.iter().enumerate() {
                if self.is_null(*from as usize) {
                    picked.set_null(to);
                }
            }
        }
        picked
    }

    /// As the contract has it.
    pub(crate) fn finish(mut self) -> Vec<u8> {
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
        let mut nulls = Nulls::new(10, Vec::new());
        assert!(!nulls.any());
        nulls.set_null(1);
        nulls.set_null(9);
        nulls.set_valid(1);
        assert!(nulls.is_null(9) && !nulls.is_null(1));
        assert_eq!(nulls.pick(&[9, 0, 9]).finish(), [0b010]);
        assert_eq!(nulls.finish(), [0xff, 0b01]);
        assert_eq!(Nulls::all(9).finish(), [0, 0]);
    }
}
