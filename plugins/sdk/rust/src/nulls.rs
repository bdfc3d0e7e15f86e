//! Which values of an output column are null. They are kept as runs of rows, so that a value costs nothing that is none,
//! and become an Arrow bitmap in the end.

use std::ops::Range;

/// The nulls of a column that grows. [`NullBitmap`](crate::NullBitmap) is for one whose rows change.
#[derive(Debug, Default)]
pub struct Nulls {
    /// Ascending, not empty, with rows between them.
    runs: Vec<Range<usize>>,
}

impl Nulls {
    /// Makes rows null which are behind all that are.
    #[inline]
    pub fn push(&mut self, rows: Range<usize>) {
        match self.runs.last_mut() {
            Some(last) if last.end == rows.start => last.end = rows.end,
            _ if rows.is_empty() => {}
            _ => self.runs.push(rows),
        }
    }

    /// Makes rows from `at` on null as rows `from` of a bitmap are, which is empty where no row is null.
    pub(crate) fn copy(&mut self, bitmap: &[u8], from: Range<usize>, at: usize) {
        if bitmap.is_empty() {
            return;
        }
        for (row, from) in (at..).zip(from) {
            if !is_valid(bitmap, from) {
                self.push(row..row + 1);
            }
        }
    }

    /// Takes back all rows but the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        while self.runs.pop_if(|run| run.start >= rows).is_some() {}
        if let Some(last) = self.runs.last_mut() {
            last.end = last.end.min(rows);
        }
    }

    /// The bitmap of a column of `rows` rows; empty where no row is null.
    pub fn finish(self, rows: usize) -> Vec<u8> {
        if self.runs.is_empty() {
            return Vec::new();
        }
        let mut bits = vec![0xff; rows.div_ceil(8)];
        if !rows.is_multiple_of(8) {
            bits[rows / 8] = (1 << (rows % 8)) - 1;
        }
        for run in self.runs {
            let (first, last) = (run.start / 8, (run.end - 1) / 8);
            let (below, above) = ((1 << (run.start % 8)) - 1, 0xfe << ((run.end - 1) % 8));
            if first == last {
                bits[first] &= below | above;
            } else {
                bits[first] &= below;
                bits[first + 1..last].fill(0);
                bits[last] &= above;
            }
        }
        bits
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

    fn check(nulls: Nulls, rows: &[bool]) {
        let bitmap = nulls.finish(rows.len());
        let mut expected = vec![0; rows.len().div_ceil(8)];
        for (row, valid) in rows.iter().enumerate() {
            expected[row / 8] |= u8::from(*valid) << (row % 8);
            assert_eq!(is_valid(&bitmap, row), *valid, "{rows:?}, row {row}");
        }
        if rows.contains(&false) {
            assert_eq!(bitmap, expected, "{rows:?}");
        } else {
            assert_eq!(bitmap, []);
        }
    }

    #[test]
    fn bits_are_where_arrow_has_them() {
        for length in 0..30 {
            for start in 0..length {
                for end in start..=length {
                    let rows: Vec<bool> = (0..length)
                        .map(|row| !(start..end).contains(&row) && row % 11 != 10)
                        .collect();
                    let nulls = || {
                        let mut nulls = Nulls::default();
                        for row in (0..length).filter(|row| !rows[*row]) {
                            nulls.push(row..row + 1);
                        }
                        nulls
                    };
                    check(nulls(), &rows);
                    let mut cut = nulls();
                    cut.truncate(end);
                    check(cut, &rows[..end]);
                    let mut copy = Nulls::default();
                    copy.copy(&nulls().finish(length), start..length, 0);
                    check(copy, &rows[start..]);
                }
            }
        }
    }
}
