//! White space by the one rule that every language's SDK has: that of ASCII. It depends on no table of Unicode's, which
//! differ from version to version.

/// Whether a byte is white space of ASCII: a blank, tab, line feed, vertical tab, form feed or carriage return.
#[inline(always)]
pub const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Text without white space of ASCII at its ends.
#[inline]
pub fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [only] if !is_blank(*only) => text,
        [first, .., last] if !is_blank(*first) && !is_blank(*last) => text,
        _ => text.trim_matches(|c| u8::try_from(c).is_ok_and(is_blank)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_trimmed() {
        for (text, trimmed) in [
            ("", ""),
            (" ", ""),
            ("a", "a"),
            (" \t\n\x0b\x0c\ré b\r\x0c\x0b\n\t ", "é b"),
            ("\u{a0}a\u{85}\u{2003}", "\u{a0}a\u{85}\u{2003}"),
            ("\0", "\0"),
        ] {
            assert_eq!(trim(text), trimmed, "{text:?}");
        }
    }
}
