//! Which values of an output column are null: an Arrow bitmap that does not exist until the first null.

/// A validity bitmap under construction.
#[derive(Debug, Default)]
pub(crate) struct Validity {
    rows: usize,
    bits: Vec<u8>,
}

impl Validity {
    /// Adds a row.
    #[inline]
    pub(crate) fn push(&mut self, valid: bool) {
        if !valid || !self.bits.is_empty() {
            self.push_bit(valid);
        }
        self.rows += 1;
    }

    /// Adds `rows` rows of one kind.
    pub(crate) fn extend(&mut self, rows: usize, valid: bool) {
        if valid && self.bits.is_empty() {
            self.rows += rows;
        } else {
            (0..rows).for_each(|_| self.push(valid));
        }
    }

    /// Adds rows `start..end` of another bitmap, which is empty where no row is null.
    pub(crate) fn extend_from(&mut self, bitmap: &[u8], start: usize, end: usize) {
        if bitmap.is_empty() {
            self.extend(end - start, true);
        } else {
            (start..end).for_each(|row| self.push(is_valid(bitmap, row)));
        }
    }

    fn push_bit(&mut self, valid: bool) {
        if self.bits.is_empty() {
            self.bits.resize(self.rows / 8 + 1, 0xff);
            // Bits from here on start at 0.
            self.bits[self.rows / 8] = (1u16 << (self.rows % 8)).wrapping_sub(1) as u8;
        } else if self.rows.is_multiple_of(8) {
            self.bits.push(0);
        }
        self.bits[self.rows / 8] |= u8::from(valid) << (self.rows % 8);
    }

    /// Takes back all rows but the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.rows = rows;
        if !self.bits.is_empty() {
            self.bits.truncate(rows.div_ceil(8));
            if rows == 0 {
                self.bits.clear();
            } else if !rows.is_multiple_of(8) {
                self.bits[rows / 8] &= (1u8 << (rows % 8)) - 1;
            }
        }
    }

    /// The bitmap; empty where no row is null.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bits
    }

    /// The bitmap so far, for tests.
    #[cfg(test)]
    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }
}

/// Whether row `row` is not null.
#[inline]
pub(crate) fn is_valid(bitmap: &[u8], row: usize) -> bool {
    bitmap.is_empty() || bitmap[row / 8] >> (row % 8) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[bool]) {
        let mut validity = Validity::default();
        rows.iter().for_each(|valid| validity.push(*valid));
        for keep in (0..=rows.len()).rev() {
            validity.truncate(keep);
            let mut copy = Validity::default();
            copy.extend_from(validity.bits(), 0, keep);
            for (row, valid) in rows[..keep].iter().enumerate() {
                assert_eq!(
                    is_valid(copy.bits(), row),
                    *valid,
                    "{rows:?}, row {row} of {keep}"
                );
            }
        }
    }

    #[test]
    fn bits_are_where_arrow_has_them() {
        for length in 0..20 {
            check(&vec![true; length]);
            check(&vec![false; length]);
            for null in 0..length {
                let mut rows = vec![true; length];
                rows[null] = false;
                check(&rows);
            }
        }
    }
}
