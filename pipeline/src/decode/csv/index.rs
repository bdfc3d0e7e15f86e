//! Finds the characters that structure CSV, 64 bytes at a time.
//!
//! This is the first of two steps, as in Langdale and Lemire's "Parsing Gigabytes of JSON per Second": an index of all
//! separators, quotes and line breaks, and then a walk from one to the next that never looks at the text between them.
//! Unlike there, quotes are not paired up here: one stray quote must cost one record, not the rest of the file.

use wide::u8x16;

/// Writes the positions in `text`, ascending, of every delimiter, quote and line feed to `index`.
pub(super) fn index_structure(text: &[u8], delimiter: u8, index: &mut Vec<u32>) {
    index.clear();
    let [delimiter, quote, line_feed] = [delimiter, b'"', b'\n'].map(u8x16::splat);
    let (chunks, rest) = text.as_chunks::<64>();
    let mask = |chunk: &[u8; 64]| {
        let (lanes, _) = chunk.as_chunks::<16>();
        let mut bits = 0_u64;
        for (position, lane) in lanes.iter().enumerate() {
            let lane = u8x16::new(*lane);
            let found = lane.simd_eq(delimiter) | lane.simd_eq(quote) | lane.simd_eq(line_feed);
            bits |= u64::from(found.to_bitmask() as u16) << (position * 16);
        }
        bits
    };
    let mut base = 0;
    for chunk in chunks {
        push_bits(mask(chunk), base, index);
        base += 64;
    }
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    push_bits(mask(&last), base, index);
}

#[inline]
fn push_bits(mut bits: u64, base: u32, index: &mut Vec<u32>) {
    index.reserve(64);
    while bits != 0 {
        index.push(base + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_loop_finds(text in proptest::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), any::<u8>()], 0..300)) {
            let mut index = Vec::new();
            index_structure(&text, b',', &mut index);
            let expected: Vec<u32> = (0..text.len() as u32).filter(|at| b",\"\n".contains(&text[*at as usize])).collect();
            prop_assert_eq!(index, expected);
        }
    }
}
