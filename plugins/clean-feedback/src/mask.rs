//! Card and phone numbers in text, replaced by `[card]` and `[phone]`.

/// The fewest digits of a phone number. Text with fewer need not be searched.
pub(crate) const FEWEST_DIGITS: usize = 8;

/// What was found.
pub(crate) struct Masked {
    /// The text without it, or `None` where nothing was found.
    pub(crate) text: Option<String>,
    pub(crate) cards: u32,
    pub(crate) phones: u32,
}

/// A run of digits within a number.
struct Group {
    start: usize,
    end: usize,
    /// The first character after it.
    separator: u8,
}

/// Replaces card and phone numbers.
pub(crate) fn mask(text: &str) -> Masked {
    let (mut masked, mut copied, mut at) = (String::new(), 0, 0);
    let (mut cards, mut phones) = (0, 0);
    while let Some(offset) = text.as_bytes()[at..].iter().position(u8::is_ascii_digit) {
        let groups = groups(text.as_bytes(), at + offset);
        let last = groups[groups.len() - 1].end;
        at = last;
        let found = if let Some(card) = card(text.as_bytes(), &groups) {
            cards += 1;
            at = card.1;
            Some((card, "[card]"))
        } else if let Some(start) = phone(text.as_bytes(), &groups) {
            phones += 1;
            Some(((start, last), "[phone]"))
        } else {
            None
        };
        if let Some(((start, end), mask)) = found {
            masked.push_str(&text[copied..start]);
            masked.push_str(mask);
            copied = end;
        }
    }
    let text = (copied > 0).then(|| masked + &text[copied..]);
    Masked {
        text,
        cards,
        phones,
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
    sum.is_multiple_of(10)
}

/// Where a phone number starts, if the groups are one: 8 to 15 digits that begin like one or are grouped like one, and
/// are neither a date nor part of an order number.
fn phone(text: &[u8], groups: &[Group]) -> Option<usize> {
    let digits: usize = groups.iter().map(|group| group.end - group.start).sum();
    let first = groups[0].start;
    if !(FEWEST_DIGITS..=15).contains(&digits) || is_date(groups) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(
            mask(text).text.as_deref().unwrap_or(text),
            expected,
            "{text:?}"
        );
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
}
