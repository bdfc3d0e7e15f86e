//! Values that are looked up: `map`, `one_of`, `null_if`, `empty_to_null`, `boolean`.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use crate::findings::{Context, Otherwise, Remark};
use crate::steps::blanks::{is_blank, trimmed};
use crate::text::{Edit, Text};
use sluice_sdk::NullBitmap;

/// Texts and what each of them stands for.
#[derive(Debug)]
pub(crate) struct Words<T> {
    entries: HashMap<String, T, Multiply>,
    /// Those of up to seven bytes once more, packed into a number each.
    short: HashMap<u64, T, Multiply>,
    ignore_case: bool,
    /// Bytes of the longest.
    longest: usize,
}

impl<T: Clone> Words<T> {
    /// Of pairs; of two that are alike, the first counts.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, T)>, ignore_case: bool) -> Words<T> {
        let mut words = Words {
            entries: HashMap::with_hasher(Multiply),
            short: HashMap::with_hasher(Multiply),
            ignore_case,
            longest: 0,
        };
        for (word, value) in pairs {
            let word = if ignore_case {
                word.to_lowercase()
            } else {
                word
            };
            words.longest = words.longest.max(word.len());
            if let Some(packed) = packed(word.as_bytes()) {
                words.short.entry(packed).or_insert(value.clone());
            }
            words.entries.entry(word).or_insert(value);
        }
        words
    }

    /// What a text stands for.
    #[inline]
    pub(crate) fn get(&self, text: &str) -> Option<&T> {
        if let Some(packed) = packed(text.as_bytes()) {
            if !self.ignore_case {
                return self.short.get(&packed);
            }
            if packed & 0x80_8080_8080_8080 == 0 {
                return self.short.get(&small(packed));
            }
        }
        if !self.ignore_case {
            return match text.len() > self.longest {
                true => None,
                false => self.entries.get(text),
            };
        }
        // A letter has at most three bytes more or less than its small one.
        if text.len() > 4 * self.longest {
            return None;
        }
        let mut lower = [0; 32];
        match lower.get_mut(..text.len()) {
            Some(lower) if text.is_ascii() => {
                lower.copy_from_slice(text.as_bytes());
                lower.make_ascii_lowercase();
                self.entries.get(std::str::from_utf8(lower).ok()?)
            }
            _ => self.entries.get(text.to_lowercase().as_str()),
        }
    }
}

/// Up to seven bytes and their number.
#[inline]
fn packed(bytes: &[u8]) -> Option<u64> {
    let length = bytes.len();
    let low = match length {
        0 => 0,
        1..4 => {
            let (first, middle, last) = (bytes[0], bytes[length / 2], bytes[length - 1]);
            u64::from(first)
                | u64::from(middle) << (length / 2 * 8)
                | u64::from(last) << ((length - 1) * 8)
        }
        4..8 => {
            let (first, last) = (bytes.first_chunk::<4>()?, bytes.last_chunk::<4>()?);
            u64::from(u32::from_le_bytes(*first))
                | u64::from(u32::from_le_bytes(*last)) << ((length - 4) * 8)
        }
        _ => return None,
    };
    Some(low | (length as u64) << 56)
}

/// The same with small letters, of bytes of ASCII.
#[inline]
fn small(packed: u64) -> u64 {
    // The sign bit of each byte that is at least `A`, and not of those that are beyond `Z`.
    let ones = 0x0001_0101_0101_0101_u64;
    let bytes = packed & 0x007f_7f7f_7f7f_7f7f;
    let from = bytes + ones * (0x80 - b'A' as u64);
    let beyond = bytes + ones * (0x80 - b'Z' as u64 - 1);
    packed | ((from & !beyond & (ones << 7)) >> 2)
}

/// Hashes words of the configuration, which nobody attacks with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Multiply;

impl BuildHasher for Multiply {
    type Hasher = MultiplyHasher;

    fn build_hasher(&self) -> MultiplyHasher {
        MultiplyHasher(0)
    }
}

pub(crate) struct MultiplyHasher(u64);

impl Hasher for MultiplyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        for chunk in chunks {
            self.add(u64::from_le_bytes(*chunk));
        }
        self.add(
            rest.iter()
                .fold(rest.len() as u64, |all, byte| all << 8 | u64::from(*byte)),
        );
    }

    fn write_u8(&mut self, _: u8) {}

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl MultiplyHasher {
    fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }
}

/// Other texts for texts.
#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) words: Words<String>,
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

impl Map {
    /// Replaces whole values.
    pub(crate) fn apply<'p>(&'p self, text: &mut Text, context: &mut Context<'_, 'p>) {
        text.edit(|row, value, _| match self.words.get(value) {
            Some(to) if to == value => Edit::Same,
            Some(to) => Edit::Shared(to),
            None if is_blank(value) || self.otherwise == Otherwise::Keep => Edit::Same,
            None => {
                context.otherwise(row, self.otherwise, &self.remark);
                match self.otherwise {
                    Otherwise::Null => Edit::Null,
                    _ => Edit::Same,
                }
            }
        });
    }
}

/// Makes null of texts that say that there is none.
pub(crate) fn null_if(text: &mut Text, words: &Words<()>) {
    text.edit(|_, value, _| match words.get(trimmed(value)) {
        Some(()) => Edit::Null,
        None => Edit::Same,
    });
}

/// Makes null of text that is empty or blank.
pub(crate) fn empty_to_null(text: &mut Text) {
    text.edit(|_, value, _| match is_blank(value) {
        true => Edit::Null,
        false => Edit::Same,
    });
}

/// Yes and no.
#[derive(Debug)]
pub(crate) struct Boolean {
    pub(crate) words: Words<bool>,
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

/// What means yes where the configuration does not say.
pub(crate) const YES: &[&str] = &[
    "true",
    "t",
    "yes",
    "y",
    "1",
    "on",
    "x",
    "ja",
    "j",
    "wahr",
    "oui",
    "o",
    "vrai",
    "si",
    "sí",
    "s",
    "sì",
    "verdadero",
    "vero",
    "sim",
];
/// What means no.
pub(crate) const NO: &[&str] = &[
    "false", "f", "no", "n", "0", "off", "nein", "falsch", "non", "faux", "falso", "não", "nao",
    "nee",
];

impl Boolean {
    /// Reads a column.
    pub(crate) fn parse<'p>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
    ) -> (Vec<u8>, NullBitmap) {
        let mut nulls = text.null_rows().clone();
        let mut values = Vec::with_capacity(text.rows());
        for row in 0..text.rows() {
            let value = trimmed(text.value(row));
            let read = if value.is_empty() {
                None
            } else {
                self.words.get(value)
            };
            if read.is_none() {
                nulls.set_null(row);
                if !value.is_empty() {
                    context.otherwise(row, self.otherwise, &self.remark);
                }
            }
            values.push(u8::from(read == Some(&true)));
        }
        (values, nulls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_length_are_told_apart() {
        let all: Vec<String> = (0..12)
            .flat_map(|length| {
                ["abcdefghijkl", "ABCDEFGHIJKL", "@[`{zZaA09-_", "éßéßéß"]
                    .map(|text| text.chars().take(length).collect())
            })
            .collect();
        for ignore_case in [false, true] {
            let words = Words::new(
                all.iter().map(|word| (word.clone(), word.clone())),
                ignore_case,
            );
            for word in &all {
                let found = words.get(word).map(|word| {
                    if ignore_case {
                        word.to_lowercase()
                    } else {
                        word.clone()
                    }
                });
                assert_eq!(
                    found,
                    Some(if ignore_case {
                        word.to_lowercase()
                    } else {
                        word.clone()
                    })
                );
                assert_eq!(words.get(&format!("{word}!")), None);
            }
        }
    }
}
