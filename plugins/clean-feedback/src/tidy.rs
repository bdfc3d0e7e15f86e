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
    let (mut pushed_any, mut gap) = (false, false);
    let (mut piece, mut piece_end) = (0, 0);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (length, is_blank, is_kept) = match bytes[at] {
            b' ' => (1, true, false),
            b'!'..=b'~' => (1, false, true),
            byte => odd_character(text, at, byte),
        };
        if is_kept {
            // A single blank belongs to the piece; anything else ends it.
            let joins = at == piece_end || (gap && at == piece_end + 1 && bytes[piece_end] == b' ');
            if !(pushed_any && joins) {
                if piece_end > piece {
                    push(&text[piece..piece_end]);
                }
                if gap && pushed_any {
                    push(" ");
                }
                piece = at;
            }
            pushed_any = true;
            gap = false;
            piece_end = at + length;
        }
        gap |= is_blank;
        at += length;
    }
    if piece_end > piece {
        push(&text[piece..piece_end]);
    }
}

/// The length of a character that is not visible ASCII, whether it is a blank, and whether it stays.
fn odd_character(text: &str, at: usize, byte: u8) -> (usize, bool, bool) {
    if byte < 0x80 {
        return (1, byte.is_ascii_whitespace() || byte == 0x0b, false);
    }
    let Some(c) = text[at..].chars().next() else {
        return (1, false, false);
    };
    let is_blank = c.is_whitespace();
    (c.len_utf8(), is_blank, !is_blank && !is_invisible(c))
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
