//! Names that come from data, made safe to show: cut short, in one line, and with nothing in them that a terminal, a log or
//! a reader takes for something else.
//!
//! Whether a name may be shown at all is for whoever shows it: what stands in the place of a header may be a record.

use std::fmt::{self, Display, Write as _};

/// The longest name that is shown whole, in characters.
pub const SHOWN_NAME_CHARS: usize = 64;

/// A name from data, as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

/// A name from data, as it is shown.
pub fn shown(name: &str) -> String {
    Shown(name).to_string()
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, c) in self.0.chars().enumerate() {
            if index == SHOWN_NAME_CHARS {
                return f.write_char('…');
            }
            match c {
                // What `escape_debug` escapes besides has nothing to do with safety here.
                '"' | '\'' | '\\' => f.write_char(c)?,
                // It ends what is shown as a name.
                '`' => f.write_char('\'')?,
                c => write!(f, "{}", c.escape_debug())?,
            }
        }
        Ok(())
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
        check(&"x".repeat(64), &"x".repeat(64));
        check(&"x".repeat(65), &format!("{}…", "x".repeat(64)));
    }

    proptest! {
        #[test]
        fn nothing_shown_controls_anything(name: String) {
            let shown = shown(&name);
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert!(shown.len() <= 10 * SHOWN_NAME_CHARS + '…'.len_utf8());
        }
    }
}
