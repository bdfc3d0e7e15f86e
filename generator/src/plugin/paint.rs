//! How values and their differences are shown to people: quoted, with everything escaped that cannot be seen or that would
//! act on a terminal, and with what was removed in red and what was added in green where there are colours.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::run::grouped;

/// Texts of more characters are shown below each other.
const LONG: usize = 60;
/// Texts of more characters are compared word by word.
const VERY_LONG: usize = 400;
/// Longer texts of files are cut.
const CLIPPED: usize = 1000;
/// Texts that have less in common are simply different.
const ALIKE: f32 = 0.3;

/// Paints, or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

/// How a change is shown.
pub(super) enum Change {
    /// Both sides in a line.
    Short(String),
    /// What was, and what is.
    Long(String, String),
}

impl Paint {
    /// In green.
    pub(super) fn good(self, text: &str) -> String {
        self.in_colour("32", text)
    }

    /// In red.
    pub(super) fn bad(self, text: &str) -> String {
        self.in_colour("31", text)
    }

    /// In yellow.
    pub(super) fn odd(self, text: &str) -> String {
        self.in_colour("33", text)
    }

    /// Unobtrusive.
    pub(super) fn faint(self, text: &str) -> String {
        self.in_colour("2", text)
    }

    /// In bold type.
    pub(super) fn strong(self, text: &str) -> String {
        self.in_colour("1", text)
    }

    fn in_colour(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What changed between two values that are [`shown`].
    pub(super) fn change(self, before: &str, after: &str) -> Change {
        let is_long = |text: &str| text.chars().count() > LONG;
        let both_are_texts = before.starts_with('"') && after.starts_with('"');
        if !both_are_texts || !(is_long(before) || is_long(after)) {
            let (before, after) = if both_are_texts && self.colour {
                self.parts(before, after)
            } else {
                (self.bad(before), self.good(after))
            };
            return Change::Short(format!("{before} -> {after}"));
        }
        let (before, after) = self.parts(before, after);
        Change::Long(before, after)
    }

    /// Two texts, with the parts marked that only one of them has.
    fn parts(self, before: &str, after: &str) -> (String, String) {
        let very_long = before.len().max(after.len()) > VERY_LONG;
        let diff = if very_long || !self.colour {
            TextDiff::from_words(before, after)
        } else {
            TextDiff::from_chars(before, after)
        };
        if diff.ratio() < ALIKE {
            return (self.bad(before), self.good(after));
        }
        let (mut old, mut new) = (String::new(), String::new());
        let (mut removed, mut added) = (String::new(), String::new());
        for change in diff.iter_all_changes() {
            match change.tag() {
                ChangeTag::Delete => removed.push_str(change.value()),
                ChangeTag::Insert => added.push_str(change.value()),
                ChangeTag::Equal => {
                    old.push_str(&self.removed(&std::mem::take(&mut removed)));
                    new.push_str(&self.added(&std::mem::take(&mut added)));
                    old.push_str(change.value());
                    new.push_str(change.value());
                }
            }
        }
        old.push_str(&self.removed(&removed));
        new.push_str(&self.added(&added));
        (old, new)
    }

    fn removed(self, text: &str) -> String {
        if self.colour || text.is_empty() {
            self.bad(text)
        } else {
            format!("[-{text}-]")
        }
    }

    fn added(self, text: &str) -> String {
        if self.colour || text.is_empty() {
            self.good(text)
        } else {
            format!("{{+{text}+}}")
        }
    }

    /// Which lines of a file changed.
    pub(super) fn lines(self, path: &str, before: &str, after: &str) -> String {
        let diff = TextDiff::from_lines(before, after);
        let diff = diff
            .unified_diff()
            .context_radius(2)
            .header(path, path)
            .to_string();
        let mut shown = String::new();
        for line in diff.lines() {
            let line = printable(line);
            let line = match line.as_bytes().first() {
                Some(b'-') => self.bad(&line),
                Some(b'+') => self.good(&line),
                Some(b'@') => self.faint(&line),
                _ => line,
            };
            shown.push_str(&line);
            shown.push('\n');
        }
        shown
    }
}

/// A text in quotes, everything escaped that cannot be seen, and cut where it has no end.
pub(super) fn clipped(text: &str) -> String {
    match text.char_indices().nth(CLIPPED) {
        Some((end, _)) => format!(
            "{}… ({} characters)",
            shown(&text[..end]),
            grouped(text.chars().count() as u64)
        ),
        None => shown(text),
    }
}

/// A text in quotes, everything escaped that cannot be seen.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    let mut first = true;
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                shown.push('\\');
                shown.push(character);
            }
            _ => push_visible(character, first, &mut shown),
        }
        first = false;
    }
    shown.push('"');
    shown
}

/// A text without quotes, such as a name or a message, everything escaped that cannot be seen.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        push_visible(character, index == 0, &mut shown);
    }
    shown
}

/// Two texts that are not the same, shown so that they do not look the same.
pub(super) fn shown_apart(one: &str, other: &str) -> (String, String) {
    let ascii = |text: &str| -> String {
        let mut shown = String::new();
        for character in text.chars() {
            if character.is_ascii() {
                shown.push(character);
            } else {
                let _ = write!(shown, "{}", character.escape_unicode());
            }
        }
        shown
    };
    let (one, other) = (shown(one), shown(other));
    let look_alike = |text: &str| -> String {
        // Accents of their own are the only characters that are shown though they take no room.
        text.chars().filter(|c| takes_room(*c)).collect()
    };
    if look_alike(&one).len() != one.len() || look_alike(&other).len() != other.len() {
        (ascii(&one), ascii(&other))
    } else {
        (one, other)
    }
}

fn push_visible(character: char, first: bool, shown: &mut String) {
    if character.is_ascii_graphic() || character == ' ' {
        shown.push(character);
    } else if !first && !takes_room(character) {
        // An accent on the character before it.
        shown.push(character);
    } else {
        shown.extend(character.escape_debug());
    }
}

/// Whether a character is more than an accent on the one before it.
fn takes_room(character: char) -> bool {
    if character.is_ascii() {
        return true;
    }
    let alone = character.escape_debug().count() == 1;
    let behind = ['a', character].iter().collect::<String>();
    alone || behind.escape_debug().count() != 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected);
        check(" a b ", "\" a b \"");
        check("it's \"so\" \\", r#""it's \"so\" \\""#);
        check("a\n\t\u{0}\u{1b}[31m", r#""a\n\t\0\u{1b}[31m""#);
        check(
            "a\u{a0}\u{200b}\u{feff}\u{202e}b",
            r#""a\u{a0}\u{200b}\u{feff}\u{202e}b""#,
        );
        check("Élodie 🦜 नमस्ते", "\"Élodie 🦜 नमस्ते\"");
        check("e\u{301}", "\"e\u{301}\"");
        check("\u{301}", r#""\u{301}""#);
    }

    #[test]
    fn what_looks_alike_is_told_apart() {
        let (one, other) = shown_apart("é", "e\u{301}");
        assert_eq!(
            (one.as_str(), other.as_str()),
            (r#""\u{e9}""#, r#""e\u{301}""#)
        );
        let (one, other) = shown_apart("é", "e");
        assert_eq!((one.as_str(), other.as_str()), ("\"é\"", "\"e\""));
    }

    fn change(colour: bool, before: &str, after: &str) -> String {
        match (Paint { colour }).change(before, after) {
            Change::Short(line) => line,
            Change::Long(before, after) => format!("{before}\n{after}"),
        }
    }

    #[test]
    fn changes() {
        assert_eq!(change(false, "\"a\"", "7"), "\"a\" -> 7");
        assert_eq!(
            change(true, "\"abcdef\"", "\"abxdef\""),
            "\"ab\u{1b}[31mc\u{1b}[0mdef\" -> \"ab\u{1b}[32mx\u{1b}[0mdef\""
        );
        let text = "\"the quick brown fox jumps over the lazy dog, and the dog sleeps on\"";
        assert_eq!(
            change(false, text, &text.replace("brown", "red")),
            "\"the quick [-brown-] fox jumps over the lazy dog, and the dog sleeps on\"\n\
             \"the quick {+red+} fox jumps over the lazy dog, and the dog sleeps on\""
        );
        assert_eq!(
            change(true, "null", "\"x\""),
            "\u{1b}[31mnull\u{1b}[0m -> \u{1b}[32m\"x\"\u{1b}[0m"
        );
    }
}
