//! White space: none at the ends, one blank in between, and no control or invisible characters.

use std::borrow::Cow;

/// Tidies text. Text that is tidy already is only looked at, several bytes at a time.
pub(crate) fn tidy(text: &str) -> Cow<'_, str> {
    if is_tidy(text.as_bytes()) {
        Cow::Borrowed(text)
    } else {
        make_tidy(text)
    }
}

/// Whether text is surely tidy: no blank at an end or beside another, no control character, and no byte that begins a
/// blank or invisible character beyond ASCII.
#[inline]
pub(crate) fn is_tidy(bytes: &[u8]) -> bool {
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return true;
    };
    if *first <= b' ' || *last <= b' ' {
        return false;
    }
    // No early exit, so that the loop runs over sixteen bytes at a time.
    let untidy = bytes
        .iter()
        .zip(&bytes[1..])
        .fold(false, |untidy, (byte, next)| {
            untidy | ((*byte <= b' ') & (*next <= b' ')) | is_suspect(*byte)
        });
    !untidy && !is_suspect(*last)
}

/// Control characters, and the first bytes of U+0080 to U+00BF, U+2000 to U+2FFF, U+3000 to U+3FFF and U+F000 to U+FFFF.
#[inline]
fn is_suspect(byte: u8) -> bool {
    (byte < b' ')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xe2)
        | (byte == 0xe3)
        | (byte == 0xef)
}

#[inline(never)]
fn make_tidy(text: &str) -> Cow<'_, str> {
    let mut tidy = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !is_invisible(c) {
            if gap && !tidy.is_empty() {
                tidy.push(' ');
            }
            gap = false;
            tidy.push(c);
        }
    }
    if tidy == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(tidy)
    }
}

/// Characters that no one sees and no one meant: controls, zero-width blanks, soft hyphens, byte order marks. The joiner
/// of emoji (U+200D) stays.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(tidy(text), expected, "{text:?}");
        assert_eq!(tidy(expected), expected, "{expected:?}");
    }

    #[test]
    fn white_space_and_invisible_characters() {
        check("", "");
        check("   ", "");
        check("a", "a");
        check(" a  b\t\r\nc ", "a b c");
        check("a b", "a b");
        check("caf\u{e9}\u{a0}au lait", "café au lait");
        check("\u{feff}id\u{200b}", "id");
        check("a\0b", "ab");
        check("👩\u{200d}💻 …", "👩\u{200d}💻 …");
        check("日本\u{3000}語", "日本 語");
    }

    #[test]
    fn tidy_text_is_not_copied() {
        assert!(matches!(
            tidy("Schön, «wirklich» schön… 👍"),
            Cow::Borrowed(_)
        ));
    }
}
