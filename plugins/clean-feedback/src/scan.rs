//! Looks at text sixteen bytes at a time: whether there may be something in it that deserves a closer look.
//!
//! Windows of a fixed size and flags without branches compile to vector instructions; a loop that could leave early would
//! not. The last window of a text overlaps the one before it.

/// A blank beside a blank, a control character, or the first byte of a blank or invisible character beyond ASCII.
pub(crate) const UNTIDY: u8 = 1;
/// A digit.
pub(crate) const NUMBER: u8 = 2;

/// Which of [`UNTIDY`] and [`NUMBER`] there may be in a text.
#[inline]
pub(crate) fn scan(text: &[u8]) -> u8 {
    let Some(last) = text.last() else { return 0 };
    let pairs = any_pair(text, |byte, next| {
        let is_digit = byte.wrapping_sub(b'0') < 10;
        (UNTIDY * u8::from(is_untidy_pair(byte, next))) | (NUMBER * u8::from(is_digit))
    });
    pairs | (UNTIDY * u8::from(is_suspect(*last))) | (NUMBER * u8::from(last.is_ascii_digit()))
}

/// Whether text may need tidying, except at its ends.
#[inline]
pub(crate) fn is_untidy(text: &[u8]) -> bool {
    let Some(last) = text.last() else {
        return false;
    };
    is_suspect(*last) || any_pair(text, |byte, next| u8::from(is_untidy_pair(byte, next))) != 0
}

#[inline(always)]
fn is_untidy_pair(byte: u8, next: u8) -> bool {
    ((byte <= b' ') & (next <= b' ')) | is_suspect(byte)
}

/// Control characters, and the first bytes of U+0080 to U+00BF, U+2000 to U+3FFF and U+F000 to U+FFFF.
#[inline(always)]
pub(crate) fn is_suspect(byte: u8) -> bool {
    (byte < b' ')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xe2)
        | (byte == 0xe3)
        | (byte == 0xef)
}

/// All flags that a test, which must be free of branches, gives for any byte and its successor.
#[inline(always)]
pub(crate) fn any_pair(text: &[u8], flags: impl Fn(u8, u8) -> u8 + Copy) -> u8 {
    if let Some(last) = text.last_chunk::<17>() {
        let mut all = [0u8; 16];
        let mut rest = text;
        while let Some(window) = rest.first_chunk::<17>() {
            look(&mut all, window, flags);
            rest = &rest[16..];
        }
        look(&mut all, last, flags);
        return join(u128::from_le_bytes(all));
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<9>(), text.last_chunk::<9>()) {
        let mut all = [0u8; 8];
        look(&mut all, first, flags);
        look(&mut all, last, flags);
        return join(u128::from(u64::from_le_bytes(all)));
    }
    text.windows(2)
        .fold(0, |all, pair| all | flags(pair[0], pair[1]))
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

/// The bits of all sixteen bytes in one.
#[inline(always)]
fn join(bytes: u128) -> u8 {
    let half = (bytes | bytes >> 64) as u64;
    let quarter = (half | half >> 32) as u32;
    let eighth = quarter | quarter >> 16;
    (eighth | eighth >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let bytes = text.as_bytes();
        let untidy = bytes
            .windows(2)
            .any(|pair| pair[0] <= b' ' && pair[1] <= b' ')
            || bytes.iter().any(|byte| is_suspect(*byte));
        let number = bytes.iter().any(u8::is_ascii_digit);
        let expected = (UNTIDY * u8::from(untidy)) | (NUMBER * u8::from(number));
        assert_eq!(scan(bytes), expected, "{text:?}");
        assert_eq!(is_untidy(bytes), untidy, "{text:?}");
    }

    #[test]
    fn every_length_and_position() {
        for length in 0..70 {
            let plain = "aB,. ".repeat(20)[..length].to_string();
            check(&plain);
            for at in 0..=length {
                for odd in ["  ", "\n", "\u{a0}", "…", "1"] {
                    check(&format!("{}{odd}{}", &plain[..at], &plain[at..]));
                }
            }
        }
    }
}
