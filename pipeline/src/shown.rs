//! Names that come from data, made safe to show: cut short, in one line, and with nothing in them that a terminal, a log or
//! a reader takes for something else.
//!
//! Whether a name may be shown at all is for whoever shows it: what stands in the place of a header may be a record.

use std::fmt::Write as _;

/// The longest name that is shown whole, in characters.
pub const SHOWN_NAME_CHARS: usize = 64;

/// Digits of a name without letters that may be a telephone number, an account or a person's.
const MANY_DIGITS: usize = 6;

/// A name from data, such as that of a column, as it is shown between backticks. Of one that looks like a value, which may
/// be a person's, only its length is.
pub fn shown(name: &str) -> String {
    if is_like_a_value(name) {
        return format!("({} characters)", name.chars().count());
    }
    let mut shown = String::with_capacity(name.len().min(SHOWN_NAME_CHARS));
    for (index, c) in name.chars().enumerate() {
        if index == SHOWN_NAME_CHARS {
            shown.push('…');
            break;
        }
        // It would end what is shown as a name.
        push(&mut shown, if c == '`' { '\'' } else { c });
    }
    shown
}

/// Whether a name is hardly one: members of JSON are called by addresses and numbers where an object is a map.
fn is_like_a_value(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    name.contains('@') || digits >= MANY_DIGITS && !name.chars().any(char::is_alphabetic)
}

/// A text that somebody else wrote, such as a plugin's message or an object's name, in one line.
pub fn in_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut line, c));
    line
}

/// A text of several lines.
pub fn in_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => lines.push(c),
            c => push(&mut lines, c),
        }
    }
    lines
}

fn push(text: &mut String, c: char) {
    match c {
        // `escape_debug` is about source code, and escapes these, too.
        '"' | '\'' | '\\' => text.push(c),
        c => write!(text, "{}", c.escape_debug()).expect("a string takes everything"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_shown_in_one_harmless_line() {
        fn check(name: &str, expected: &str) {
            assert_eq!(shown(name), expected, "{name:?}");
        }
        check("café \"x\" c'est 日本 a\\b", "café \"x\" c'est 日本 a\\b");
        check("a\u{1b}[31mred\r\n\t\0", "a\\u{1b}[31mred\\r\\n\\t\\0");
        check(
            "a\u{202e}b\u{200b}\u{feff}\u{85}",
            "a\\u{202e}b\\u{200b}\\u{feff}\\u{85}",
        );
        check("a` b", "a' b");
        check("ann@example.com", "(15 characters)");
        check("+49 30 123456", "(13 characters)");
        check("2026", "2026");
        check("sales 2026-11-22", "sales 2026-11-22");
        check(&"x".repeat(64), &"x".repeat(64));
        check(&"x".repeat(65), &format!("{}…", "x".repeat(64)));
    }

    proptest! {
        #[test]
        fn nothing_shown_controls_anything(name: String) {
            let shown = shown(&name);
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert!(shown.len() <= 10 * SHOWN_NAME_CHARS + '…'.len_utf8());
            prop_assert!(!in_one_line(&name).chars().any(char::is_control));
        }
    }
}
