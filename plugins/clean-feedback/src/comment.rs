//! Comments: tidied, cut to a length, without card and phone numbers, and looked at for what is odd about them.

use crate::mask;
use crate::scan::{NUMBER, UNTIDY, scan};
use crate::tidy::{push_tidy, trim};

/// What is to be done with a comment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comment<'a> {
    pub(crate) text: Text<'a>,
    /// Card numbers that were masked.
    pub(crate) cards: u32,
    /// Phone numbers that were masked.
    pub(crate) phones: u32,
    /// Whether it was longer than allowed.
    pub(crate) cut: bool,
    /// Whether it is in capitals.
    pub(crate) shouting: bool,
}

/// The text of a clean comment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Text<'a> {
    /// A part of what came in.
    Clean(&'a str),
    /// What came in, still to be tidied.
    Untidy(&'a str),
    /// Another one.
    Changed(String),
}

/// Cleans a comment. One that is clean already is only looked at.
#[inline]
pub(crate) fn clean(text: &str, max_characters: usize) -> Comment<'_> {
    let text = trim(text);
    let flags = scan(text.as_bytes());
    if flags & NUMBER != 0 || text.len() > max_characters || begins_loud(text) {
        return look_closer(text, flags, max_characters);
    }
    as_it_is(text, flags, false)
}

fn as_it_is(text: &str, flags: u8, shouting: bool) -> Comment<'_> {
    let text = if flags & UNTIDY == 0 {
        Text::Clean(text)
    } else {
        Text::Untidy(text)
    };
    Comment {
        text,
        cards: 0,
        phones: 0,
        cut: false,
        shouting,
    }
}

/// Whether there is a capital and no small letter where a text begins.
#[inline]
fn begins_loud(text: &str) -> bool {
    let beginning = &text.as_bytes()[..text.len().min(12)];
    beginning.iter().any(u8::is_ascii_uppercase) && !beginning.iter().any(u8::is_ascii_lowercase)
}

#[inline(never)]
fn look_closer(text: &str, flags: u8, max_characters: usize) -> Comment<'_> {
    let count = |test: fn(&u8) -> bool| text.bytes().filter(test).count();
    let shouting = begins_loud(text) && {
        // Greetings and abbreviations are in capitals too; a dozen letters are a voice.
        let capitals = count(u8::is_ascii_uppercase);
        capitals >= 12 && capitals > 4 * count(u8::is_ascii_lowercase)
    };
    let numbers = flags & NUMBER != 0 && count(u8::is_ascii_digit) >= mask::FEWEST_DIGITS;
    if numbers || text.len() > max_characters {
        Comment {
            shouting,
            ..change(text, max_characters)
        }
    } else {
        as_it_is(text, flags, shouting)
    }
}

#[inline(never)]
fn change(text: &str, max_characters: usize) -> Comment<'_> {
    let mut tidied = String::with_capacity(text.len());
    push_tidy(text, |piece| tidied.push_str(piece));
    let masked = mask::mask(&tidied);
    let mut text = masked.text.unwrap_or(tidied);
    let end = text.char_indices().nth(max_characters);
    if let Some((end, _)) = end {
        text.truncate(text[..end].trim_end().len());
    }
    Comment {
        text: Text::Changed(text),
        cards: masked.cards,
        phones: masked.phones,
        cut: end.is_some(),
        shouting: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_loud() {
        let long = clean("äöü äöü äöü", 6);
        assert_eq!(
            (long.text, long.cut),
            (Text::Changed("äöü äö".into()), true)
        );
        let short = clean("äöü", 3);
        assert_eq!(
            (short.text, short.cut),
            (Text::Changed("äöü".into()), false)
        );
        assert!(clean("THIS IS AN OUTRAGE", 100).shouting);
        assert!(!clean("NASA is in the USA", 100).shouting);
    }

    #[test]
    fn clean_comments_are_not_copied() {
        assert_eq!(clean("  fine ", 100).text, Text::Clean("fine"));
        assert_eq!(clean("fine  too", 100).text, Text::Untidy("fine  too"));
    }
}
