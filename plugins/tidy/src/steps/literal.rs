//! Pieces of text: `replace`, `before`, `after`, `cut`, `pad`.

use memchr::memmem::Finder;

use crate::findings::{Context, Remark};
use crate::scan::is_beyond_ascii;
use crate::steps::blanks::is_blank;
use crate::text::{Edit, Text, push};

/// Texts that are looked for one by one.
const MOST_FINDERS: usize = 8;

/// What stands for what, the longest first.
#[derive(Debug)]
pub(crate) struct Replace {
    pairs: Vec<(String, String)>,
    /// What looks for each of them in many values at once, where they are few.
    finders: Vec<Finder<'static>>,
    /// Whether a byte starts any of them.
    starts: [bool; 256],
}

impl Replace {
    /// `pairs` with texts of at least a byte to find.
    pub(crate) fn new(mut pairs: Vec<(String, String)>) -> Replace {
        pairs.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        let mut starts = [false; 256];
        pairs
            .iter()
            .for_each(|(find, _)| starts[usize::from(find.as_bytes()[0])] = true);
        let finders = match pairs.len() > MOST_FINDERS {
            true => Vec::new(),
            false => pairs
                .iter()
                .map(|(find, _)| Finder::new(find).into_owned())
                .collect(),
        };
        Replace {
            pairs,
            finders,
            starts,
        }
    }

    /// Replaces all that is found, from left to right; at one place the longest.
    pub(crate) fn apply(&self, text: &mut Text) {
        let is_suspect = |bytes: &[u8]| {
            self.finders.is_empty()
                || self
                    .finders
                    .iter()
                    .any(|finder| finder.find(bytes).is_some())
        };
        if let ([finder], [(find, with)]) = (self.finders.as_slice(), self.pairs.as_slice()) {
            return text.edit_suspects(
                |bytes| finder.find(bytes).is_some(),
                |_, value, built| {
                    let mut rest = value;
                    while let Some(at) = finder.find(rest.as_bytes()) {
                        push(built, &rest[..at]);
                        push(built, with);
                        rest = &rest[at + find.len()..];
                    }
                    push(built, rest);
                    Edit::Built
                },
            );
        }
        text.edit_suspects(is_suspect, |_, value, built| {
            let bytes = value.as_bytes();
            let (mut at, mut copied, mut found) = (0, 0, false);
            while at < bytes.len() {
                if self.starts[usize::from(bytes[at])]
                    && let Some((find, with)) = self
                        .pairs
                        .iter()
                        .find(|(find, _)| bytes[at..].starts_with(find.as_bytes()))
                {
                    found = true;
                    push(built, &value[copied..at]);
                    push(built, with);
                    at += find.len();
                    copied = at;
                } else {
                    at += 1;
                }
            }
            if !found {
                return Edit::Same;
            }
            push(built, &value[copied..]);
            Edit::Built
        });
    }
}

/// Leaves what is before the first `mark`; all where there is none.
pub(crate) fn before(text: &mut Text, mark: &str) {
    text.edit(|_, value, _| match value.find(mark) {
        Some(at) => Edit::Part(0..at),
        None => Edit::Same,
    });
}

/// What is after a mark.
#[derive(Debug)]
pub(crate) struct After {
    pub(crate) mark: String,
    /// Said where there is none.
    pub(crate) remark: Remark,
}

impl After {
    /// Leaves what is after the first mark; null where there is none.
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        text.edit(|row, value, _| match value.find(&self.mark) {
            Some(at) => Edit::Part(at + self.mark.len()..value.len()),
            None => {
                if !is_blank(value) {
                    context.info(row, &self.remark);
                }
                Edit::Null
            }
        });
    }
}

/// How long text may be.
#[derive(Debug)]
pub(crate) struct Cut {
    /// In characters.
    pub(crate) most: usize,
    /// Stands at the end of what was cut, and counts.
    pub(crate) end: String,
    pub(crate) remark: Remark,
}

impl Cut {
    /// Cuts what is longer.
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        let kept = self.most - self.end.chars().count();
        text.edit(|row, value, built| {
            // A character has a byte at least.
            if value.len() <= self.most {
                return Edit::Same;
            }
            let at = match is_beyond_ascii(&value.as_bytes()[..=self.most]) {
                false => kept,
                true if value.chars().nth(self.most).is_none() => return Edit::Same,
                true => value
                    .char_indices()
                    .nth(kept)
                    .map_or(value.len(), |(at, _)| at),
            };
            context.info(row, &self.remark);
            if self.end.is_empty() {
                return Edit::Part(0..at);
            }
            built.push_str(&value[..at]);
            built.push_str(&self.end);
            Edit::Built
        });
    }
}

/// Puts `with` before text of fewer than `width` characters, until it has as many. Empty text stays empty.
pub(crate) fn pad(text: &mut Text, width: usize, with: char) {
    text.edit(|_, value, built| {
        if value.len() >= width * 4 || value.is_empty() {
            return Edit::Same;
        }
        let missing = width.saturating_sub(value.chars().count());
        if missing == 0 {
            return Edit::Same;
        }
        built.extend(std::iter::repeat_n(with, missing));
        built.push_str(value);
        Edit::Built
    });
}
