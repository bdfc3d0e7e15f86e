//! Comments: tidied, cut to a length, without card and phone numbers, and looked at for what is odd about them.

use std::borrow::Cow;

use crate::tidy::tidy;

/// A comment, cleaned.
pub(crate) struct Comment<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Card numbers that were masked.
    pub(crate) cards: u32,
    /// Phone numbers that were masked.
    pub(crate) phones: u32,
    /// Whether it was longer than allowed.
    pub(crate) cut: bool,
    /// Whether it is in capitals.
    pub(crate) shouting: bool,
}

/// The fewest digits of a phone number. Comments with fewer are not searched.
const FEWEST_DIGITS: u32 = 8;

/// Cleans a comment. One that is clean already is only looked at.
pub(crate) fn clean(text: &str, max_characters: usize) -> Comment<'_> {
    let mut comment = Comment {
        text: tidy(text),
        cards: 0,
        phones: 0,
        cut: false,
        shouting: false,
    };
    let counts = Counts::of(comment.text.as_bytes());
    if comment.text.len() > max_characters
        && let Some((end, _)) = comment.text.char_indices().nth(max_characters)
    {
        comment.cut = true;
        comment.text = Cow::Owned(comment.text[..end].trim_end().to_string());
    }
    // Greetings and abbreviations are in capitals too; a dozen letters are a voice.
    comment.shouting = counts.capitals >= 12 && counts.capitals > 4 * counts.small;
    if counts.digits >= FEWEST_DIGITS {
        mask(&mut comment);
    }
    comment
}

/// Letters and digits of ASCII.
#[derive(Default)]
struct Counts {
    digits: u32,
    capitals: u32,
    small: u32,
}

impl Counts {
    /// Counts sixteen bytes at a time: sums of at most 128 fit a byte.
    fn of(text: &[u8]) -> Counts {
        let mut counts = Counts::default();
        for chunk in text.chunks(128) {
            let (mut digits, mut capitals, mut small) = (0u8, 0u8, 0u8);
            for byte in chunk {
                // Wrapping, as a check for overflow would take the bytes one by one.
                digits = digits.wrapping_add(u8::from(byte.wrapping_sub(b'0') < 10));
                capitals = capitals.wrapping_add(u8::from(byte.wrapping_sub(b'A') < 26));
                small = small.wrapping_add(u8::from(byte.wrapping_sub(b'a') < 26));
            }
            counts.digits += u32::from(digits);
            counts.capitals += u32::from(capitals);
            counts.small += u32::from(small);
        }
        counts
    }
}

/// A run of digits within a number.
struct Group {
    start: usize,
    end: usize,
    /// The first character after it.
    separator: u8,
}

#[inline(never)]
fn mask(comment: &mut Comment<'_>) {
    let text = &*comment.text;
    let (mut masked, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(offset) = text.as_bytes()[at..].iter().position(u8::is_ascii_digit) {
        let groups = groups(text.as_bytes(), at + offset);
        let (first, last) = (groups[0].start, groups[groups.len() - 1].end);
        at = last;
        let found = if let Some(card) = card(text.as_bytes(), &groups) {
            comment.cards += 1;
            at = card.1;
            Some((card, "[card]"))
        } else if let Some(start) = phone(text.as_bytes(), &groups) {
            comment.phones += 1;
            Some(((start, last), "[phone]"))
        } else {
            None
        };
        if let Some(((start, end), mask)) = found {
            masked.push_str(&text[copied..start]);
            masked.push_str(mask);
            copied = end;
        }
        debug_assert!(at > first);
    }
    if copied > 0 {
        masked.push_str(&text[copied..]);
        comment.text = Cow::Owned(masked);
    }
}

/// The digits from `start`, and those after them with one or two separators in between.
fn groups(text: &[u8], start: usize) -> Vec<Group> {
    let (mut groups, mut start) = (Vec::new(), start);
    loop {
        let end = start
            + text[start..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        let separator = text.get(end).copied().unwrap_or(0);
        groups.push(Group {
            start,
            end,
            separator,
        });
        let between = text[end..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')'))
            .count();
        match text.get(end + between) {
            Some(byte) if byte.is_ascii_digit() && (1..=2).contains(&between) => {
                start = end + between
            }
            _ => return groups,
        }
    }
}

/// The span of a card number among the groups: 13 to 19 digits with a right check digit, of a scheme that exists.
fn card(text: &[u8], groups: &[Group]) -> Option<(usize, usize)> {
    for (i, first) in groups.iter().enumerate() {
        let mut digits = 0;
        for last in &groups[i..] {
            digits += last.end - last.start;
            if (13..=19).contains(&digits)
                && matches!(text[first.start], b'2'..=b'6')
                && passes_luhn(&text[first.start..last.end])
            {
                return Some((first.start, last.end));
            }
        }
    }
    None
}

fn passes_luhn(text: &[u8]) -> bool {
    let digits = text
        .iter()
        .rev()
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(i, digit)| match (i % 2, digit) {
            (0, digit) => digit,
            (_, digit @ 0..5) => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum % 10 == 0
}

/// Where a phone number starts, if the groups are one: 8 to 15 digits that begin like one or are grouped like one, and
/// are neither a date nor part of an order number.
fn phone(text: &[u8], groups: &[Group]) -> Option<usize> {
    let digits: usize = groups.iter().map(|group| group.end - group.start).sum();
    let first = groups[0].start;
    if !(FEWEST_DIGITS as usize..=15).contains(&digits) || is_date(groups) {
        return None;
    }
    let start = match text[..first] {
        [.., b'+', b'('] | [.., b'0', b'('] => first - 2,
        [.., b'+' | b'('] => first - 1,
        _ => first,
    };
    if text[..start]
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'#' | b'_'))
    {
        return None;
    }
    let like_one = start < first || text[first] == b'0' || (groups.len() > 1 && digits > 8);
    like_one.then_some(start)
}

/// Whether the first groups are `2026-03-01` or `01/03/2026`.
fn is_date(groups: &[Group]) -> bool {
    let [a, b, c, ..] = groups else { return false };
    let lengths = [a, b, c].map(|group| group.end - group.start);
    a.separator == b.separator
        && matches!(a.separator, b'-' | b'/' | b'.')
        && matches!(lengths, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4])
}

/// Words that leave no doubt, in two parts: the first four letters as a number, and the rest.
struct Word {
    head: u32,
    rest: &'static [u8],
}

const fn word(word: &'static str) -> Word {
    let (head, rest) = word.as_bytes().split_at(4);
    Word {
        head: u32::from_le_bytes([head[0], head[1], head[2], head[3]]),
        rest,
    }
}

static PRAISE: [Word; 6] = [
    word("excellent"),
    word("perfect"),
    word("fantastic"),
    word("wonderful"),
    word("amazing"),
    word("outstanding"),
];
static BLAME: [Word; 7] = [
    word("terrible"),
    word("awful"),
    word("horrible"),
    word("worst"),
    word("useless"),
    word("unacceptable"),
    word("disgusting"),
];

/// Whether one star goes with nothing but praise, or five with nothing but blame.
pub(crate) fn contradicts(comment: &str, rating: Option<i64>) -> bool {
    let comment = comment.as_bytes();
    match rating {
        Some(1) => says(comment, &PRAISE) && !says(comment, &BLAME),
        Some(5) => says(comment, &BLAME) && !says(comment, &PRAISE),
        _ => false,
    }
}

/// Whether one of the words stands in the text, in any case. A word after `not` does not count.
fn says(text: &[u8], words: &[Word]) -> bool {
    let heads = words
        .iter()
        .fold(0u32, |heads, word| heads | 1 << (word.head as u8 - b'a'));
    let mut before = b' ';
    for (at, &byte) in text.iter().enumerate() {
        let letter = (byte | 0x20).wrapping_sub(b'a');
        let starts_word = letter < 26 && !before.is_ascii_alphabetic();
        before = byte;
        if starts_word
            && heads >> letter & 1 == 1
            && is_one_of(&text[at..], words)
            && !is_negated(&text[..at])
        {
            return true;
        }
    }
    false
}

fn is_one_of(text: &[u8], words: &[Word]) -> bool {
    let Some((head, rest)) = text.split_first_chunk::<4>() else {
        return false;
    };
    let head = u32::from_le_bytes(*head) | 0x2020_2020;
    words.iter().any(|word| {
        word.head == head
            && rest
                .get(..word.rest.len())
                .is_some_and(|rest| rest.eq_ignore_ascii_case(word.rest))
    })
}

fn is_negated(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    ["not", "n't", "never", "nothing"].iter().any(|word| {
        before.len() >= word.len()
            && before[before.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(clean(text, 4000).text, expected, "{text:?}");
    }

    #[test]
    fn card_numbers() {
        check(
            "my card 4111 1111 1111 1111 was charged",
            "my card [card] was charged",
        );
        check("4111-1111-1111-1111", "[card]");
        check("paid with 4111111111111111.", "paid with [card].");
        check("4111 1111 1111 1111 12/27", "[card] 12/27");
        check("378282246310005", "[card]");
        check(
            "not a card: 4111 1111 1111 1112 0000 1",
            "not a card: 4111 1111 1111 1112 0000 1",
        );
        check(
            "two: 4111111111111111 and 5555555555554444",
            "two: [card] and [card]",
        );
    }

    #[test]
    fn phone_numbers() {
        check("call me at +49 30 901820", "call me at [phone]");
        check("call (555) 123-4567 now", "call [phone] now");
        check("030/9018200", "[phone]");
        check("Ring 555-123-4567!", "Ring [phone]!");
        check("+1 (555) 123-4567", "[phone]");
        check(
            "on 2026-03-01 10:00 and 01/03/2026",
            "on 2026-03-01 10:00 and 01/03/2026",
        );
        check("order ORD-20260301-12345", "order ORD-20260301-12345");
        check("order #0012345678", "order #0012345678");
        check("I paid 19.99 for 2 of 1000", "I paid 19.99 for 2 of 1000");
        check("12345678901", "12345678901");
        check("é 030 1234567 é", "é [phone] é");
    }

    #[test]
    fn long_and_loud() {
        let long = clean("äöü äöü äöü", 6);
        assert_eq!((&*long.text, long.cut), ("äöü äö", true));
        assert!(!clean("äöü", 3).cut);
        assert!(clean("THIS IS AN OUTRAGE", 100).shouting);
        assert!(!clean("NASA is in the USA", 100).shouting);
    }

    #[test]
    fn contradictions() {
        for (text, rating, expected) in [
            ("Absolutely terrible.", 5, true),
            ("TERRIBLE", 5, true),
            ("Absolutely terrible.", 1, false),
            ("Perfect, thanks", 1, true),
            ("not perfect", 1, false),
            ("perfect? no, awful", 1, false),
            ("It wasn't terrible", 5, false),
            ("imperfect", 1, false),
            ("awf", 5, false),
        ] {
            assert_eq!(
                contradicts(text, Some(rating)),
                expected,
                "{text:?}, {rating}"
            );
        }
        assert!(!contradicts("terrible", None));
    }
}
