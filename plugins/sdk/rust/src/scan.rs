//! Looks at text sixteen bytes at a time: whether there may be something in it that deserves a closer look.
//!
//! Windows of a fixed size and flags without branches compile to vector instructions; a loop that could leave early would
//! not. The last window of a text overlaps the one before it.

/// A long text is left early, between pieces of this many bytes.
const PIECE: usize = 4096;

/// Whether any byte passes a test, which must be free of branches.
#[inline(always)]
pub fn any(text: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    text.chunks(PIECE).any(|text| {
        let Some(last) = text.last_chunk::<16>() else {
            let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>())
            else {
                return text.iter().fold(false, |any, byte| any | test(*byte));
            };
            let mut all = [0u8; 8];
            for i in 0..8 {
                all[i] = u8::from(test(first[i]) | test(last[i]));
            }
            return u64::from_le_bytes(all) != 0;
        };
        let mut all = [0u8; 16];
        let (windows, _) = text.as_chunks::<16>();
        for window in windows.iter().chain([last]) {
            for i in 0..16 {
                all[i] |= u8::from(test(window[i]));
            }
        }
        u128::from_le_bytes(all) != 0
    })
}

/// Whether any byte and its successor pass a test, which must be free of branches.
#[inline(always)]
pub fn any_pair(text: &[u8], test: impl Fn(u8, u8) -> bool + Copy) -> bool {
    let flag = |byte, next| u8::from(test(byte, next));
    text.chunks(PIECE).enumerate().any(|(index, piece)| {
        // With the first byte of the next piece.
        let (start, end) = (index * PIECE, index * PIECE + piece.len());
        lanes_of_pairs(text.get(start..=end).unwrap_or(piece), flag) != 0
    })
}

/// All flags that a test, which must be free of branches, gives for any byte and its successor.
#[inline(always)]
pub fn flags_of_pairs(text: &[u8], flags: impl Fn(u8, u8) -> u8 + Copy) -> u8 {
    let lanes = lanes_of_pairs(text, flags);
    let half = (lanes | lanes >> 64) as u64;
    let quarter = (half | half >> 32) as u32;
    let eighth = quarter | quarter >> 16;
    (eighth | eighth >> 8) as u8
}

/// The flags, spread over sixteen bytes.
#[inline(always)]
fn lanes_of_pairs(text: &[u8], flags: impl Fn(u8, u8) -> u8 + Copy) -> u128 {
    if let Some(last) = text.last_chunk::<17>() {
        let mut all = [0u8; 16];
        let mut rest = text;
        while let Some(window) = rest.first_chunk::<17>() {
            look(&mut all, window, flags);
            rest = &rest[16..];
        }
        look(&mut all, last, flags);
        return u128::from_le_bytes(all);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<9>(), text.last_chunk::<9>()) {
        let mut all = [0u8; 8];
        look(&mut all, first, flags);
        look(&mut all, last, flags);
        return u128::from(u64::from_le_bytes(all));
    }
    let pairs = text.windows(2);
    u128::from(pairs.fold(0, |all, pair| all | flags(pair[0], pair[1])))
}

#[inline(always)]
fn look<const N: usize, const M: usize>(
    all: &mut [u8; N],
    window: &[u8; M],
    flags: impl Fn(u8, u8) -> u8,
) {
    const { assert!(M == N + 1) };
    for i in 0..N {
        all[i] |= flags(window[i], window[i + 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_position() {
        for length in (0..70).chain([4094, 4095, 4096, 4097, 4100, 8193]) {
            let mut text = vec![b'.'; length];
            let places = (0..length.min(70)).chain(length.saturating_sub(4120)..length);
            for at in places {
                text[at] = b'a';
                let is_last = at + 1 == length;
                assert!(any(&text, |byte| byte == b'a'));
                assert!(any_pair(&text, |_, next| next == b'a') || at == 0);
                assert_eq!(any_pair(&text, |byte, _| byte == b'a'), !is_last);
                let flags = flags_of_pairs(&text, |byte, next| {
                    u8::from(byte == b'a') | (4 * u8::from(next == b'a'))
                });
                assert_eq!(flags, u8::from(!is_last) | (4 * u8::from(at > 0)));
                text[at] = b'.';
            }
            assert!(!any(&text, |byte| byte == b'a'));
            assert!(!any_pair(&text, |byte, next| (byte == b'a') | (next == b'a')));
        }
    }
}
