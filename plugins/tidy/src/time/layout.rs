//! A pattern in which everything has its place: what most files have, and what is read fastest.

use super::Moment;
use super::parts::Parts;
use super::pattern::Item;

/// A pattern in which everything has its place, once numbers have their leading zeros: what most files have.
#[derive(Debug)]
pub(crate) struct Layout {
    /// A sign in its place, and 0 where a digit is.
    signs: Vec<u8>,
    /// Where the numbers are; `None` where the pattern lacks one.
    year: usize,
    month: usize,
    day: usize,
    hour: Option<usize>,
    minute: Option<usize>,
    second: Option<usize>,
    is_utc: bool,
}

impl Layout {
    /// Of a pattern of which all pieces have one length.
    pub(super) fn new(items: &[Item]) -> Option<Layout> {
        let mut signs = Vec::new();
        let (mut year, mut month, mut day) = (None, None, None);
        let (mut hour, mut minute, mut second) = (None, None, None);
        for item in items {
            let (place, digits) = match item {
                Item::Sign(sign) => {
                    signs.push(*sign);
                    continue;
                }
                Item::Literal(c) if c.is_ascii_alphabetic() => {
                    signs.push(*c as u8);
                    continue;
                }
                Item::Blank => {
                    signs.push(b' ');
                    continue;
                }
                Item::Year => (&mut year, 4),
                Item::Month => (&mut month, 2),
                Item::Day => (&mut day, 2),
                Item::Hour => (&mut hour, 2),
                Item::Minute => (&mut minute, 2),
                Item::Second => (&mut second, 2),
                _ => return None,
            };
            *place = Some(signs.len());
            signs.extend(std::iter::repeat_n(0, digits));
        }
        Some(Layout {
            signs,
            year: year?,
            month: month?,
            day: day?,
            hour,
            minute,
            second,
            is_utc: false,
        })
    }

    /// The same, of times of UTC.
    pub(super) fn in_utc(self) -> Layout {
        Layout {
            is_utc: true,
            ..self
        }
    }

    /// Reads a text that is written just so.
    #[inline]
    pub(super) fn parse(&self, text: &[u8]) -> Option<Moment> {
        if text.len() != self.signs.len() {
            return None;
        }
        let mut is_wrong = false;
        for (byte, sign) in text.iter().zip(&self.signs) {
            let is_digit = byte.wrapping_sub(b'0') < 10;
            is_wrong |= if *sign == 0 { !is_digit } else { byte != sign };
        }
        if is_wrong {
            return None;
        }
        let digit = |at: usize| i32::from(text[at] & 15);
        let two = |at: usize| digit(at) * 10 + digit(at + 1);
        let or_zero = |at: Option<usize>| i64::from(at.map_or(0, two));
        let parts = Parts {
            year: i64::from(two(self.year) * 100 + two(self.year + 2)),
            month: i64::from(two(self.month)),
            day: i64::from(two(self.day)),
            hour: or_zero(self.hour),
            minute: or_zero(self.minute),
            second: or_zero(self.second),
            offset: self.is_utc.then_some(0),
            ..Parts::default()
        };
        parts.finish()
    }
}
