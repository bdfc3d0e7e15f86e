//! Whether there may be something in a text that deserves a closer look, found out sixteen bytes at a time.

use sluice_sdk::scan::flags_of_pairs;

/// A blank beside a blank, a control character, or the first byte of a blank or invisible character beyond ASCII.
pub(crate) const UNTIDY: u8 = 1;
/// A digit.
pub(crate) const NUMBER: u8 = 2;

/// Which of [`UNTIDY`] and [`NUMBER`] there may be in a text.
#[inline]
pub(crate) fn scan(text: &[u8]) -> u8 {
    let Some(last) = text.last() else { return 0 };
    let pairs = flags_of_pairs(text, |byte, next| {
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
    is_suspect(*last)
        || flags_of_pairs(text, |byte, next| u8::from(is_untidy_pair(byte, next))) != 0
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
