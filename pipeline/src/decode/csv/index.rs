//! Finds the characters that structure CSV, 64 bytes at a time.
//!
//! This is the first of two steps, as in Langdale and Lemire's "Parsing Gigabytes of JSON per Second": an index of all
//! separators, quotes and line breaks, and then a walk from one to the next that never looks at the text between them.
//! Unlike there, quotes are not paired up here: one stray quote must cost one record, not the rest of the file.

use wide::u8x16;

use super::marks::{LineBreak, Marks};

/// Writes the positions in `text`, ascending, of every character that has a meaning to `index`.
pub(super) fn index_structure(text: &[u8], marks: &Marks, index: &mut Vec<u32>) {
    let quote = u8::try_from(marks.quote).unwrap_or(marks.delimiter);
    let usual = [marks.delimiter, quote, b'\n'];
    match (marks.escape, marks.line_break) {
        (None, LineBreak::Feed) => index_bytes(text, usual, index),
        (escape, line_break) => {
            let [delimiter, quote, line_feed] = usual;
            let escape = escape.unwrap_or(delimiter);
            let wanted = [delimiter, quote, line_feed, escape, line_break.as_byte()];
            index_bytes(text, wanted, index);
        }
    }
}

fn index_bytes<const N: usize>(text: &[u8], wanted: [u8; N], index: &mut Vec<u32>) {
    index.clear();
    let wanted = wanted.map(u8x16::splat);
    let (chunks, rest) = text.as_chunks::<64>();
    let mask = |chunk: &[u8; 64]| {
        let (lanes, _) = chunk.as_chunks::<16>();
        let mut bits = 0_u64;
        for (position, lane) in lanes.iter().enumerate() {
            let lane = u8x16::new(*lane);
            let mut found = lane.simd_eq(wanted[0]);
            for byte in &wanted[1..] {
                found |= lane.simd_eq(*byte);
            }
            bits |= u64::from(found.to_bitmask() as u16) << (position * 16);
        }
        bits
    };
    let mut base = 0;
    for chunk in chunks {
        push_bits(mask(chunk), base, index);
        base += 64;
    }
    // No byte that is looked for is zero.
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
    use sluice_contract::stack::Dialect;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_loop_finds(text in proptest::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'\\'), any::<u8>()], 0..300), has_quotes: bool, has_escape: bool, line_break in prop::sample::select(vec![LineBreak::Feed, LineBreak::Return])) {
            let dialect = Dialect { escape: has_escape.then_some('\\'), ..Dialect::default() };
            let marks = Marks { line_break, ..Marks::new(b',', has_quotes.then_some(b'"'), &dialect) };
            let mut index = Vec::new();
            index_structure(&text, &marks, &mut index);
            let expected: Vec<u32> = (0..text.len() as u32).filter(|at| marks.has_meaning(text[*at as usize])).collect();
            prop_assert_eq!(index, expected);
        }
    }
}
