//! Whether a comment says the opposite of its rating: nothing but praise and one star, as those do who take one for the
//! best, or nothing but blame and five.

use sluice_sdk::scan::any_pair;

/// People begin with their verdict; what comes later is not searched, in bytes.
const BEGINNING: usize = 48;

/// Words that leave no doubt.
struct Verdict {
    /// Two letters that stand in each of them, and not in most other words.
    pairs: [[u8; 2]; 4],
    words: &'static [Word],
}

/// A word in two parts: the first four letters as a number, and the rest.
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

static PRAISE: Verdict = Verdict {
    pairs: [*b"xc", *b"rf", *b"az", *b"rb"],
    words: &[
        word("excellent"),
        word("perfect"),
        word("wonderful"),
        word("amazing"),
        word("superb"),
    ],
};
static BLAME: Verdict = Verdict {
    pairs: [*b"rr", *b"wf", *b"rs", *b"cc"],
    words: &[
        word("terrible"),
        word("horrible"),
        word("awful"),
        word("worst"),
        word("unacceptable"),
    ],
};

/// Whether one star goes with nothing but praise, or five with nothing but blame.
pub(crate) fn contradicts(comment: &str, rating: Option<i64>) -> bool {
    let comment = &comment.as_bytes()[..comment.len().min(BEGINNING)];
    match rating {
        Some(1) => says(comment, &PRAISE) && !says(comment, &BLAME),
        Some(5) => says(comment, &BLAME) && !says(comment, &PRAISE),
        _ => false,
    }
}

/// Whether one of the words stands in the text, in any case. A word after `not` does not count.
#[inline]
fn says(text: &[u8], verdict: &Verdict) -> bool {
    let [a, b, c, d] = verdict.pairs;
    let may_say = any_pair(text, |first, second| {
        let (first, second) = (first | 0x20, second | 0x20);
        let is = |pair: [u8; 2]| (first == pair[0]) & (second == pair[1]);
        is(a) | is(b) | is(c) | is(d)
    });
    may_say && says_so(text, verdict.words)
}

#[inline(never)]
fn says_so(text: &[u8], words: &[Word]) -> bool {
    let starts_word = |at: &usize| *at == 0 || !text[at - 1].is_ascii_alphabetic();
    let mut starts = (0..text.len()).filter(starts_word);
    starts.any(|at| is_one_of(&text[at..], words) && !is_negated(&text[..at]))
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

    #[test]
    fn every_word_has_its_pair() {
        for verdict in [&PRAISE, &BLAME] {
            for Word { head, rest } in verdict.words {
                let word = [&head.to_le_bytes()[..], rest].concat();
                assert!(says(&word, verdict), "{}", String::from_utf8_lossy(&word));
            }
        }
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
