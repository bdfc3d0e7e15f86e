//! Which rows have a value, as Arrow has it: bit `i % 8` of byte `i / 8` is 1 where row `i` has one, and no byte at all
//! says that every row has.

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

/// Bytes of a bitmap for so many rows.
pub(crate) fn bitmap_bytes(rows: usize) -> usize {
    rows.div_ceil(8)
}

/// Whether row `row` has a value.
#[inline]
pub(crate) fn is_valid(bitmap: &[u8], row: usize) -> bool {
    bitmap.is_empty() || bitmap[row / 8] >> (row % 8) & 1 == 1
}

/// The bitmap of rows of which those in `nulls` have no value.
pub(crate) fn without(rows: usize, nulls: &[u32]) -> Vec<u8> {
    if nulls.is_empty() {
        return Vec::new();
    }
    let mut bitmap = vec![0xff; bitmap_bytes(rows)];
    if let (Some(last), used @ 1..) = (bitmap.last_mut(), rows % 8) {
        *last = (1 << used) - 1;
    }
    for null in nulls {
        clear(&mut bitmap, *null as usize);
    }
    bitmap
}

/// Takes the value of row `row` away.
#[inline]
pub(crate) fn clear(bitmap: &mut [u8], row: usize) {
    bitmap[row / 8] &= !(1 << (row % 8));
}

/// The bitmap of rows that say one by one whether they have a value; empty where all do.
pub(crate) fn of(rows: impl ExactSizeIterator<Item = bool>) -> Vec<u8> {
    let mut bitmap = vec![0; bitmap_bytes(rows.len())];
    let mut all = true;
    for (row, valid) in rows.enumerate() {
        bitmap[row / 8] |= u8::from(valid) << (row % 8);
        all &= valid;
    }
    if all { Vec::new() } else { bitmap }
}

/// As Arrow wants it.
pub(crate) fn into_nulls(bitmap: Vec<u8>, rows: usize) -> Option<NullBuffer> {
    if bitmap.is_empty() {
        return None;
    }
    let bits = BooleanBuffer::new(Buffer::from_vec(bitmap), 0, rows);
    Some(NullBuffer::new(bits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_row_is_told(rows in proptest::collection::vec(any::<bool>(), 0..40)) {
            let nulls: Vec<u32> = (0..).zip(&rows).filter(|(_, valid)| !**valid).map(|(row, _)| row).collect();
            let bitmap = of(rows.iter().copied());
            prop_assert_eq!(&bitmap, &without(rows.len(), &nulls));
            for (row, valid) in rows.iter().enumerate() {
                prop_assert_eq!(is_valid(&bitmap, row), *valid);
            }
            let arrow = into_nulls(bitmap, rows.len());
            prop_assert_eq!(arrow.map_or(0, |nulls| nulls.null_count()), nulls.len());
        }
    }
}
