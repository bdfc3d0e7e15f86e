//! Whether there may be something in a text that a step has to do with, found out sixteen bytes at a time: a value in
//! which there is nothing is not looked at any closer.

pub(crate) use sluice_sdk::scan::any;
use sluice_sdk::scan::any_pair;

/// Whether there may be something for `collapse` to do, except at the ends.
#[inline]
pub(crate) fn may_have_gaps(text: &[u8]) -> bool {
    match text.last() {
        None => false,
        Some(last) => {
            is_odd_blank(*last)
                || any_pair(text, |byte, next| {
                    ((byte <= b' ') & (next <= b' ')) | is_odd_blank(byte)
                })
        }
    }
}

/// Whether there may be white space.
#[inline]
pub(crate) fn may_have_blank(text: &[u8]) -> bool {
    any(text, |byte| (byte == b' ') | is_odd_blank(byte))
}

/// White space other than U+0020, or the first byte of such: U+0080 to U+00BF, U+1000 to U+3FFF.
#[inline(always)]
fn is_odd_blank(byte: u8) -> bool {
    (byte.wrapping_sub(9) < 5) | (byte == 0xc2) | (byte.wrapping_sub(0xe1) < 3)
}

/// Whether there may be control or invisible characters: those of ASCII, and the first bytes of U+0080 to U+00BF, U+2000
/// to U+2FFF, U+F000 to U+FFFF, U+0600 to U+063F, U+1000 to U+1FFF and beyond U+FFFF.
#[inline]
pub(crate) fn may_have_unprintable(text: &[u8]) -> bool {
    any(text, |byte| {
        (byte < b' ')
            | (byte == 0x7f)
            | (byte == 0xc2)
            | (byte == 0xd8)
            | (byte == 0xe1)
            | (byte == 0xe2)
            | (byte == 0xef)
            | (byte >= 0xf0)
    })
}

/// Whether there is anything beyond ASCII.
#[inline]
pub(crate) fn is_beyond_ascii(text: &[u8]) -> bool {
    any(text, |byte| byte >= 0x80)
}

/// Whether there is anything beyond U+02FF, up to which every text is in Unicode's form C.
#[inline]
pub(crate) fn is_beyond_latin(text: &[u8]) -> bool {
    any(text, |byte| byte >= 0xcc)
}

/// Whether there may be a letter beyond ASCII that is not small: U+00C0 to U+00DE, or anything beyond U+00FF.
#[inline]
pub(crate) fn may_have_capitals_beyond(text: &[u8]) -> bool {
    any_pair(text, |byte, next| {
        (byte >= 0xc4) | ((byte == 0xc3) & (next < 0x9f))
    })
}

/// Whether there may be a letter beyond ASCII that is no capital: U+00B5, U+00DF to U+00FF, or anything beyond.
#[inline]
pub(crate) fn may_have_small_beyond(text: &[u8]) -> bool {
    any_pair(text, |byte, next| {
        (byte >= 0xc4) | ((byte == 0xc3) & (next >= 0x9f)) | ((byte == 0xc2) & (next == 0xb5))
    })
}

/// Digits.
#[inline]
pub(crate) fn count_digits(text: &[u8]) -> usize {
    // Sixteen counts of a byte each, which hold what so many windows can add.
    text.chunks(16 * 255)
        .map(|text| {
            let (windows, rest) = text.as_chunks::<16>();
            let mut counts = [0u8; 16];
            for window in windows {
                for i in 0..16 {
                    counts[i] += u8::from(window[i].wrapping_sub(b'0') < 10);
                }
            }
            let rest = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
            counts
                .iter()
                .map(|count| usize::from(*count))
                .sum::<usize>()
                + rest
        })
        .sum()
}

/// Whether there is a capital of ASCII.
#[inline]
pub(crate) fn has_capital(text: &[u8]) -> bool {
    any(text, |byte| byte.wrapping_sub(b'A') < 26)
}

/// Whether there is a small letter of ASCII.
#[inline]
pub(crate) fn has_small(text: &[u8]) -> bool {
    any(text, |byte| byte.wrapping_sub(b'a') < 26)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_position() {
        for length in (0..70).chain([4094, 4095, 4096, 4097, 4100]) {
            let plain = "aB,. ".repeat(1000)[..length].to_string();
            assert!(!may_have_gaps(plain.as_bytes()) && !is_beyond_ascii(plain.as_bytes()));
            let places = (0..=length.min(70)).chain(length.saturating_sub(20)..=length);
            for at in places {
                for odd in ["  ", "\n", "\u{a0}", "\u{2003}"] {
                    let text = format!("{}{odd}{}", &plain[..at], &plain[at..]);
                    assert!(may_have_gaps(text.as_bytes()), "{text:?}");
                }
                let text = format!("{}é{}", &plain[..at], &plain[at..]);
                assert!(is_beyond_ascii(text.as_bytes()));
            }
        }
    }

    /// What a suspicion is for must never be missed.
    #[test]
    fn no_character_is_missed() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            if c.is_whitespace() && c != ' ' {
                assert!(may_have_gaps(text.as_bytes()), "{c:?}");
            }
            assert!(
                may_have_blank(text.as_bytes()) || !c.is_whitespace(),
                "{c:?}"
            );
            assert_eq!(
                count_digits(text.repeat(50).as_bytes()),
                if c.is_ascii_digit() { 50 } else { 0 }
            );
            if crate::steps::blanks::is_unprintable(c) {
                assert!(may_have_unprintable(text.as_bytes()), "{c:?}");
            }
            if !c.is_ascii() {
                assert!(
                    may_have_capitals_beyond(text.as_bytes()) || text.to_lowercase() == text,
                    "{c:?}"
                );
                assert!(
                    may_have_small_beyond(text.as_bytes()) || text.to_uppercase() == text,
                    "{c:?}"
                );
            }
            if !is_beyond_latin(text.as_bytes()) {
                assert!(unicode_normalization::is_nfc(&text), "{c:?}");
            }
        }
    }
}
