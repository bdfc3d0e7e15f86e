//! Blanks and characters that nobody sees: `trim`, `collapse`, `printable`.

use crate::scan::{may_have_gaps, may_have_unprintable};
use crate::text::{Edit, Text, push};

/// Removes white space at both ends.
pub(crate) fn trim(text: &mut Text) {
    text.edit(|_, value, _| {
        let trimmed = trimmed(value);
        if trimmed.len() == value.len() {
            return Edit::Same;
        }
        let start = trimmed.as_ptr() as usize - value.as_ptr() as usize;
        Edit::Part(start..start + trimmed.len())
    });
}

/// Makes one blank of each run of white space, and none at the ends.
pub(crate) fn collapse(text: &mut Text) {
    text.edit_suspects(may_have_gaps, |_, value, built| {
        for word in value.split_whitespace() {
            if !built.is_empty() {
                built.push(' ');
            }
            push(built, word);
        }
        if built.as_str() == value {
            built.clear();
            return Edit::Same;
        }
        Edit::Built
    });
    trim(text);
}

/// Removes control and invisible characters. Tabs and line breaks stay.
pub(crate) fn printable(text: &mut Text) {
    text.edit_suspects(may_have_unprintable, |_, value, built| {
        if !value.contains(is_unprintable) {
            return Edit::Same;
        }
        built.extend(value.chars().filter(|c| !is_unprintable(*c)));
        Edit::Built
    });
}

/// Text without white space at its ends. Two bytes tell for most text.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if is_visible(*first) && is_visible(*last) => text,
        _ => text.trim(),
    }
}

/// Whether there is nothing but white space.
#[inline]
pub(crate) fn is_blank(text: &str) -> bool {
    match text.as_bytes() {
        [] => true,
        [first, ..] if is_visible(*first) => false,
        _ => text.trim().is_empty(),
    }
}

#[inline]
fn is_visible(byte: u8) -> bool {
    byte.wrapping_sub(b'!') < 0x5e
}

/// Controls, zero-width blanks, soft hyphens, byte order marks, marks of direction, tags. The joiners of emoji and of
/// Persian (U+200C and U+200D) are part of what is written.
pub(crate) fn is_unprintable(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}
