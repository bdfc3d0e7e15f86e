//! White space: none at the ends, one blank in between, and no control or invisible characters.

use crate::scan::is_untidy;

/// Text without blanks at its ends. Two bytes tell for most text.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if is_visible(*first) && is_visible(*last) => text,
        _ => text.trim(),
    }
}

#[inline]
fn is_visible(byte: u8) -> bool {
    byte.wrapping_sub(b'!') < 0x5e
}

/// Whether text without blanks at its ends is surely tidy.
#[inline]
pub(crate) fn is_tidy(trimmed: &str) -> bool {
    !is_untidy(trimmed.as_bytes())
}

/// Calls `push` with the pieces of the tidied text, in order.
pub(crate) fn push_tidy<'a>(text: &'a str, mut push: impl FnMut(&'a str)) {
    let (mut at, mut pushed, mut gap) = (0, false, false);
    while at < text.len() {
        let start = at;
        at = end_of_piece(text, start);
        if at > start {
            if gap && pushed {
                push(" ");
            }
            push(&text[start..at]);
            (pushed, gap) = (true, false);
        }
        while let Some((length, kind)) = character(text, at)
            && kind != Kind::Visible
        {
            gap |= kind == Kind::Blank;
            at += length;
        }
    }
}

/// Where a piece ends that need not be changed: at a blank beside another, a blank that is not U+0020, or an invisible
/// character.
fn end_of_piece(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        if is_visible(*byte) {
            at += 1;
            continue;
        }
        match character(text, at) {
            Some((length, Kind::Visible)) => at += length,
            // A single blank, except where the piece would begin with it.
            Some(_)
                if *byte == b' '
                    && at > start
                    && matches!(character(text, at + 1), Some((_, Kind::Visible))) =>
            {
                at += 1;
            }
            _ => break,
        }
    }
    at
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Visible,
    Blank,
    Invisible,
}

/// The length and the kind of the character at `at`; `None` at the end.
#[inline]
fn character(text: &str, at: usize) -> Option<(usize, Kind)> {
    match text.as_bytes().get(at)? {
        b'!'..=b'~' => Some((1, Kind::Visible)),
        b' ' => Some((1, Kind::Blank)),
        _ => {
            let c = text[at..].chars().next()?;
            let kind = match c {
                _ if c.is_whitespace() => Kind::Blank,
                _ if is_invisible(c) => Kind::Invisible,
                _ => Kind::Visible,
            };
            Some((c.len_utf8(), kind))
        }
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
        let mut tidied = String::new();
        push_tidy(text, |piece| tidied.push_str(piece));
        assert_eq!(tidied, expected, "{text:?}");
        if is_tidy(trim(text)) {
            assert_eq!(trim(text), expected, "{text:?}");
        }
    }

    #[test]
    fn white_space_and_invisible_characters() {
        check("", "");
        check("   ", "");
        check("a", "a");
        check("a b", "a b");
        check(" a  b\t\r\nc ", "a b c");
        check("one two  three four \n five", "one two three four five");
        check("caf\u{e9}\u{a0}au lait", "café au lait");
        check("\u{feff}id\u{200b}", "id");
        check("a\0b", "ab");
        check("a \0b", "a b");
        check("a\u{200b} b", "a b");
        check("👩\u{200d}💻 …", "👩\u{200d}💻 …");
        check("日本\u{3000}語", "日本 語");
        check("\u{200b}", "");
        check("x\u{0b}y", "x y");
    }

    #[test]
    fn tidy_text_is_one_piece() {
        let mut pieces = Vec::new();
        push_tidy("Schön, «wirklich» schön… 👍", |piece| {
            pieces.push(piece)
        });
        assert_eq!(pieces, ["Schön, «wirklich» schön… 👍"]);
    }
}
