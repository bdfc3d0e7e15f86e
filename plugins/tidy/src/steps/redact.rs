//! Personal data within longer text: `redact`. It is found by what it looks like, which is never all of it.

use std::ops::Range;

use crate::findings::{Context, Remark};
use crate::scan::{any, count_digits};
use crate::steps::private::{Mask, is_domain};
use crate::text::{Edit, Text};

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Redact {
    pub(crate) emails: bool,
    pub(crate) cards: bool,
    pub(crate) phones: bool,
    pub(crate) remark: Remark,
}

/// Digits of a payment card.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;
/// Digits of a telephone number, with the country's and without.
const PHONE: std::ops::RangeInclusive<usize> = 7..=15;
/// Signs between two groups of digits of one number.
const MOST_SIGNS: usize = 3;

impl Redact {
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        let mut found = Vec::new();
        text.edit(|row, value, built| {
            let may_be_number = count_digits(value.as_bytes()) >= *PHONE.start();
            if !may_be_number && !any(value.as_bytes(), |byte| byte == b'@') {
                return Edit::Same;
            }
            found.clear();
            if may_be_number && (self.cards || self.phones) {
                self.find_numbers(value, &mut found);
            }
            if self.emails {
                find_emails(value, &mut found);
            }
            if found.is_empty() {
                return Edit::Same;
            }
            found.sort_by_key(|(place, _)| place.start);
            let mut at = 0;
            for (place, mask) in &found {
                // A number may be part of an address.
                if place.start >= at {
                    built.push_str(&value[at..place.start]);
                    mask.push(&value[place.clone()], built);
                    at = place.end;
                }
            }
            built.push_str(&value[at..]);
            context.info(row, &self.remark);
            Edit::Built
        });
    }

    fn find_numbers(&self, text: &str, found: &mut Vec<(Range<usize>, Mask)>) {
        let mut at = 0;
        while at < text.len() {
            let groups = groups(text, at);
            let Some(first) = groups.first() else { return };
            at = first.end;
            let before = text[..first.start].trim_end_matches(['+', '(']);
            if before.ends_with(|c: char| {
                c.is_alphanumeric() || matches!(c, '*' | '_' | '.' | ',' | '@')
            }) && before.len() == first.start
            {
                continue;
            }
            if let [_, _, last, ..] = groups.as_slice()
                && is_date(&text[first.start..last.end])
            {
                at = last.end;
                continue;
            }
            let start = first.start - usize::from(text[..first.start].ends_with('+'));
            if let Some((end, mask)) = self.number(text, start, &groups) {
                found.push((start..end, mask));
                at = end;
            }
        }
    }

    /// The longest number that starts with these groups of digits.
    fn number(&self, text: &str, start: usize, groups: &[Range<usize>]) -> Option<(usize, Mask)> {
        let first = groups[0].start;
        let digits = |end: usize| text[first..end].bytes().filter(u8::is_ascii_digit);
        let ends = || groups.iter().rev().map(|group| group.end);
        let is_card = |end: &usize| {
            CARD.contains(&digits(*end).count())
                && text[start..*end]
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'))
                && adds_up(digits(*end))
        };
        if self.cards
            && let Some(end) = ends().find(is_card)
        {
            return Some((end, Mask::Card));
        }
        if self.phones && text[start..].starts_with(['+', '0']) {
            return ends()
                .find(|end| PHONE.contains(&digits(*end).count()))
                .map(|end| (end, Mask::Phone));
        }
        None
    }
}

/// Whether it is such as `03-01-2026` or `31/01/2026`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |place: Range<usize>| text.get(place).and_then(|digits| digits.parse::<u8>().ok());
    bytes.len() == 10
        && matches!(bytes[2], b'-' | b'/')
        && bytes[5] == bytes[2]
        && matches!(
            (number(0..2), number(3..5)),
            (Some(1..=31), Some(1..=12)) | (Some(1..=12), Some(1..=31))
        )
}

/// Groups of digits from `at` on that may be one number: the first, and those that only few signs part from it.
fn groups(text: &str, at: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut groups: Vec<Range<usize>> = Vec::new();
    let (mut at, mut count) = (at, 0);
    loop {
        let signs = match groups.is_empty() {
            true => bytes[at..].iter().position(u8::is_ascii_digit),
            false => bytes[at..]
                .iter()
                .position(|byte| !matches!(byte, b' ' | b'-' | b'/' | b'(' | b')')),
        };
        let Some(signs) = signs else { return groups };
        let start = at + signs;
        let length = bytes[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_next = groups.is_empty() || (1..=MOST_SIGNS).contains(&signs);
        // More digits than any number has.
        if length == 0 || !is_next || count > *CARD.end() {
            return groups;
        }
        count += length;
        at = start + length;
        groups.push(start..at);
    }
}

/// Whether the last digit is the check digit that Luhn's formula gives.
fn adds_up(digits: impl Iterator<Item = u8> + Clone) -> bool {
    let digits: Vec<u8> = digits.map(|digit| digit - b'0').collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => u32::from(*digit),
            (_, double) => u32::from(if double > 9 { double - 9 } else { double }),
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

fn find_emails(text: &str, found: &mut Vec<(Range<usize>, Mask)>) {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    for (at, _) in text.match_indices('@') {
        let start = text[..at].trim_end_matches(is_of_name).len();
        let rest = &text[at + 1..];
        let length = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .unwrap_or(rest.len());
        let domain = rest[..length].trim_end_matches(['.', '-']);
        if start < at && is_domain(domain) {
            found.push((start..at + 1 + domain.len(), Mask::Email));
        }
    }
}
