//! Texts that a regular expression matches: at random, and one for each number where they must differ.
//!
//! What a pattern says of the places around characters (`^`, `\b`) is left out here, and whoever uses the text holds it
//! against the pattern once more.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::rng::Draw;

/// A class of more characters than this is meant as "anything but", and small letters and digits will do.
const WIDE_CLASS: u64 = 256;

/// The most characters that a repetition without an end gets at first.
const MORE: u32 = 8;

/// The most parts of a text that is told from others.
const MOST_PARTS: usize = 4096;

/// What a pattern is made of.
#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Class(Characters),
    Repeat {
        of: Box<Node>,
        least: u32,
        /// `None` where there is no end.
        most: Option<u32>,
    },
    Row(Vec<Node>),
    AnyOf(Vec<Node>),
}

/// Some characters, as ranges.
#[derive(Debug, Clone)]
struct Characters {
    ranges: Vec<(u32, u32)>,
    count: u64,
}

/// A regular expression as a source of texts.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Node);

/// Texts of one length of which each number gives another.
#[derive(Debug, Clone)]
pub(crate) struct Distinct {
    parts: Vec<Part>,
    /// How many there are, 2^120 at the most.
    pub(crate) count: u128,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Class(Characters),
    OneOf(Vec<String>),
}

impl Pattern {
    /// Reads a pattern; `None` where it is none, or matches nothing that is text.
    pub(crate) fn parse(pattern: &str) -> Option<Self> {
        let hir = regex_syntax::parse(pattern).ok()?;
        Node::of(&hir).map(Self)
    }

    /// Appends a text. Repetitions without an end have up to `more` characters more than they need.
    pub(crate) fn push(&self, draw: &mut Draw, more: u32, out: &mut String) {
        self.0.push(draw, MORE.max(more), out);
    }

    /// Texts of `least` to `most` characters that differ by their number, as many as can be told apart for sure: of what may
    /// be repeated, one number of repetitions; of alternatives, those that are plain texts of one length, or the richest.
    pub(crate) fn distinct(&self, least: usize, most: usize) -> Option<Distinct> {
        let plenty = 1 << 60;
        let mut best: Option<Distinct> = None;
        // Repetitions by one character more at a time, and by whole lengths where a text must be long.
        let steps = (0..64).chain([least, least.saturating_sub(1), 256, 1024]);
        for more in steps {
            let mut parts = Vec::new();
            self.0.fix(more as u32, &mut parts);
            let length: usize = parts.iter().map(Part::characters).sum();
            if parts.len() > MOST_PARTS || !(least..=most).contains(&length) {
                continue;
            }
            let count = parts
                .iter()
                .fold(1_u128, |all, part| all.saturating_mul(part.count()))
                .min(1 << 120);
            if best.as_ref().is_none_or(|best| best.count < count) {
                best = Some(Distinct { parts, count });
            }
            if best.as_ref().is_some_and(|best| best.count >= plenty) {
                break;
            }
        }
        best
    }
}

impl Distinct {
    /// Appends the text of a number below `count`.
    pub(crate) fn push(&self, mut number: u128, out: &mut String) {
        for part in &self.parts {
            let choice = (number % part.count()) as u64;
            number /= part.count();
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Class(characters) => out.push(characters.at(choice)),
                Part::OneOf(texts) => out.push_str(&texts[choice as usize]),
            }
        }
    }
}

impl Part {
    fn count(&self) -> u128 {
        match self {
            Part::Text(_) => 1,
            Part::Class(characters) => u128::from(characters.count),
            Part::OneOf(texts) => texts.len() as u128,
        }
    }

    fn characters(&self) -> usize {
        match self {
            Part::Text(text) => text.chars().count(),
            Part::Class(_) => 1,
            Part::OneOf(texts) => texts[0].chars().count(),
        }
    }
}

impl Node {
    fn of(hir: &Hir) -> Option<Self> {
        Some(match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Node::Text(String::new()),
            HirKind::Literal(literal) => Node::Text(String::from_utf8(literal.0.to_vec()).ok()?),
            HirKind::Class(class) => Node::Class(Characters::of(class)?),
            HirKind::Repetition(repetition) => match Node::of(&repetition.sub) {
                Some(of) => Node::Repeat {
                    of: Box::new(of),
                    least: repetition.min,
                    most: repetition.max,
                },
                // What cannot be written need not be repeated.
                None if repetition.min == 0 => Node::Text(String::new()),
                None => return None,
            },
            HirKind::Capture(capture) => Node::of(&capture.sub)?,
            HirKind::Concat(parts) => Node::Row(parts.iter().map(Node::of).collect::<Option<_>>()?),
            HirKind::Alternation(branches) => {
                let branches: Vec<Node> = branches.iter().filter_map(Node::of).collect();
                if branches.is_empty() {
                    return None;
                }
                Node::AnyOf(branches)
            }
        })
    }

    fn push(&self, draw: &mut Draw, more: u32, out: &mut String) {
        match self {
            Node::Text(text) => out.push_str(text),
            Node::Class(characters) => out.push(characters.at(draw.below(characters.count))),
            Node::Repeat { of, least, most } => {
                let most = most.map_or(least.saturating_add(more), |most| {
                    most.min(least.saturating_add(more))
                });
                let times = draw.between(i128::from(*least), i128::from(most.max(*least)));
                for _ in 0..times {
                    // What is repeated inside of a repetition is short, or lengths multiply.
                    of.push(draw, more.min(MORE), out);
                }
            }
            Node::Row(parts) => parts.iter().for_each(|part| part.push(draw, more, out)),
            Node::AnyOf(branches) => draw.pick(branches).push(draw, more, out),
        }
    }

    /// The parts of texts that differ by their choices alone, and all have one length.
    fn fix(&self, more: u32, parts: &mut Vec<Part>) {
        match self {
            Node::Text(text) => {
                if !text.is_empty() {
                    parts.push(Part::Text(text.clone()));
                }
            }
            Node::Class(characters) => parts.push(Part::Class(characters.clone())),
            Node::Repeat { of, least, most } => {
                let times = least.saturating_add(more).min(most.unwrap_or(u32::MAX));
                for _ in 0..times.max(*least) {
                    // Longer keys tell no more apart.
                    if parts.len() > MOST_PARTS {
                        return;
                    }
                    of.fix(more.min(MORE), parts);
                }
            }
            Node::Row(row) => row.iter().for_each(|part| part.fix(more, parts)),
            Node::AnyOf(branches) => {
                if let Some(texts) = plain_texts(branches) {
                    parts.push(Part::OneOf(texts));
                    return;
                }
                let fixed = branches.iter().map(|branch| {
                    let mut parts = Vec::new();
                    branch.fix(more, &mut parts);
                    parts
                });
                let richest = fixed.max_by_key(|parts| {
                    let counts = parts.iter().map(Part::count);
                    counts.fold(1_u128, u128::saturating_mul)
                });
                parts.extend(richest.into_iter().flatten());
            }
        }
    }
}

/// Branches that are nothing but different texts of one length.
fn plain_texts(branches: &[Node]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for branch in branches {
        let Node::Text(text) = branch else {
            return None;
        };
        if texts.contains(text) {
            return None;
        }
        texts.push(text.clone());
    }
    let length = texts.first()?.chars().count();
    let same = texts.iter().all(|text| text.chars().count() == length);
    same.then_some(texts)
}

impl Characters {
    fn of(class: &Class) -> Option<Self> {
        let ranges: Vec<(u32, u32)> = match class {
            Class::Unicode(class) => class
                .ranges()
                .iter()
                .map(|range| (u32::from(range.start()), u32::from(range.end())))
                .collect(),
            Class::Bytes(class) => class
                .ranges()
                .iter()
                .filter(|range| range.start() < 0x80)
                .map(|range| (u32::from(range.start()), u32::from(range.end().min(0x7f))))
                .collect(),
        };
        // Surrogates are no characters.
        let all = Self::within(&ranges, &[(0, 0xd7ff), (0xe000, 0x0010_ffff)])?;
        let plain = [
            (u32::from('0'), u32::from('9')),
            (u32::from('a'), u32::from('z')),
        ];
        let seen = [(0x20, 0x7e)];
        let no_control = [(0xa1, 0xd7ff), (0xe000, 0x0010_ffff)];
        let wishes: &[&[(u32, u32)]] = match all.count > WIDE_CLASS {
            true => &[&plain, &seen, &no_control],
            false => &[&seen, &no_control],
        };
        let wished = wishes
            .iter()
            .find_map(|wish| Self::within(&all.ranges, wish));
        Some(wished.unwrap_or(all))
    }

    /// What both have; `None` where that is nothing.
    fn within(ranges: &[(u32, u32)], wish: &[(u32, u32)]) -> Option<Self> {
        let both = ranges.iter().flat_map(|(start, end)| {
            let common = wish
                .iter()
                .map(|(from, to)| (*start.max(from), *end.min(to)));
            common
                .filter(|(start, end)| start <= end)
                .collect::<Vec<_>>()
        });
        let ranges: Vec<(u32, u32)> = both.collect();
        let count = ranges
            .iter()
            .map(|(start, end)| u64::from(end - start + 1))
            .sum();
        (count > 0).then_some(Self { ranges, count })
    }

    fn at(&self, mut place: u64) -> char {
        for (start, end) in &self.ranges {
            let length = u64::from(end - start + 1);
            if place < length {
                let code = start + place as u32;
                return char::from_u32(code).expect("no range has a surrogate");
            }
            place -= length;
        }
        unreachable!("a place is below the count")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;
    use crate::rng::Streams;

    /// Patterns of which every text matches.
    const PATTERNS: &[&str] = &[
        "^[A-Z]{2}-[0-9]{4}$",
        r"^c-\d+$",
        r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        "^(?i)abc(def|gh)?$",
        "colou?r",
        "^(red|green|blue)[0-9]$",
        "^(fb|ab)-[0-9]{3}$",
        r"^\+[0-9 ]{6,20}$",
        "^.{3,5}$",
        "^[äöü]+$",
        r"^\p{Greek}{4}$",
        r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    ];

    #[test]
    fn what_is_drawn_matches() {
        for pattern in PATTERNS {
            let regex = regex::Regex::new(pattern).unwrap();
            let source = Pattern::parse(pattern).unwrap();
            for row in 0..200 {
                let mut text = String::new();
                source.push(&mut Streams::new(1, 0).of_row(row), 0, &mut text);
                assert!(regex.is_match(&text), "{pattern}: {text:?}");
            }
        }
    }

    #[test]
    fn every_number_has_a_text_of_its_own() {
        for pattern in PATTERNS {
            let regex = regex::Regex::new(pattern).unwrap();
            let distinct = Pattern::parse(pattern).unwrap().distinct(1, 60).unwrap();
            let numbers = 0..distinct.count.min(3000);
            let mut seen = BTreeSet::new();
            for number in numbers {
                let mut text = String::new();
                distinct.push(number, &mut text);
                assert!(regex.is_match(&text), "{pattern}: {text:?}");
                assert!(seen.insert(text), "{pattern}: {number}");
            }
        }
    }

    #[test]
    fn distinct_texts_are_counted() {
        #[track_caller]
        fn check(pattern: &str, least: usize, most: usize, expected: Option<u128>) {
            let distinct = Pattern::parse(pattern).unwrap().distinct(least, most);
            assert_eq!(
                distinct.map(|distinct| distinct.count),
                expected,
                "{pattern}"
            );
        }
        check("^[0-9]{3}$", 1, 10, Some(1000));
        check("^[0-9]{1,3}$", 1, 10, Some(1000));
        check("^[0-9]{1,3}$", 1, 2, Some(100));
        check("^(ab|cd)[0-9]$", 1, 10, Some(20));
        check("^([0-9]|[0-9][0-9])$", 1, 10, Some(100));
        check("^(a|bb)$", 1, 10, Some(1));
        check("^[0-9]{3}$", 4, 10, None);
    }

    #[test]
    fn what_matches_nothing_is_no_source() {
        assert!(Pattern::parse(r"[^\s\S]").is_none());
        assert!(Pattern::parse("(").is_none());
    }
}
