//! Numbers as text: how people and programs write them.

mod parsed;

pub(super) use self::parsed::{POWERS, POWERS_OF_TEN, SMALL_POWERS};

use self::parsed::MOST_DIGITS;
pub(super) use self::parsed::Parsed;

/// How numbers are written.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) point: char,
    /// Any of these between groups of digits.
    pub(crate) groups: Vec<char>,
    /// Whether the groups before the last have two digits, as in India.
    pub(crate) lakh: bool,
    pub(crate) currency: Currency,
    pub(crate) percent: Percent,
}

#[derive(Debug, Clone)]
pub(crate) enum Currency {
    None,
    /// Any sign of Unicode, or three capitals.
    Any,
    /// One of these.
    Of(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Percent {
    /// `%` is no part of a number.
    None,
    /// `12 %` is 12.
    Keep,
    /// `12 %` is 0.12.
    Divide,
}

/// A number without a sign, of so few digits that a float or 64 bits hold it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain {
    pub(super) digits: u64,
    pub(super) scale: u32,
}

impl Form {
    /// The form of a locale.
    pub(crate) fn of(locale: &str) -> Option<Form> {
        let (point, groups, lakh): (char, &[char], bool) = match locale {
            "plain" => ('.', &[], false),
            "en" => ('.', &[','], false),
            "in" => ('.', &[','], true),
            "de" => (',', &['.'], false),
            "fr" => (',', &[' ', '\u{a0}', '\u{202f}'], false),
            "ch" => ('.', &['\'', '\u{2019}'], false),
            _ => return None,
        };
        Some(Form {
            point,
            groups: groups.to_vec(),
            lakh,
            currency: Currency::None,
            percent: Percent::None,
        })
    }

    /// Reads a number.
    pub(super) fn parse(&self, text: &str) -> Option<Parsed> {
        // Most numbers are short and plain.
        match self.parse_plain(text.as_bytes()) {
            Some(plain) => Some(Parsed {
                negative: false,
                digits: u128::from(plain.digits),
                scale: plain.scale,
                exponent: 0,
            }),
            None => self.parse_any(text),
        }
    }

    /// Reads digits with a point and groups of three, and nothing else.
    #[inline]
    pub(super) fn parse_plain(&self, text: &[u8]) -> Option<Plain> {
        if text.is_empty() || text.len() > 18 {
            return None;
        }
        let point = u8::try_from(self.point).unwrap_or(0);
        let group = match self.groups.as_slice() {
            [group, ..] if !self.lakh => u8::try_from(*group).unwrap_or(0),
            _ => 0,
        };
        // How many digits come after the last sign, and whether that parts groups.
        let (mut digits, mut count, mut grouped, mut fraction) = (0u64, 0u32, false, false);
        for byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                // 18 digits do not overflow, and a sandbox is slow to check 64 bits for it.
                digits = digits.wrapping_mul(10) + u64::from(digit);
                count += 1;
            } else if *byte == point && !fraction && (!grouped || count == 3) {
                (fraction, grouped, count) = (true, false, 0);
            } else if *byte == group
                && !fraction
                && (count == 3 || !grouped && (1..3).contains(&count))
            {
                (grouped, count) = (true, 0);
            } else {
                return None;
            }
        }
        if grouped && count != 3 || fraction && text.len() == 1 {
            return None;
        }
        Some(Plain {
            digits,
            scale: if fraction { count } else { 0 },
        })
    }

    #[inline(never)]
    fn parse_any(&self, text: &str) -> Option<Parsed> {
        let mut text = text.trim();
        let (mut negative, mut signs) = (false, 0);
        if let Some(inner) = text
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'))
        {
            text = inner.trim();
            (negative, signs) = (true, 1);
        }
        let (mut currencies, mut percents) = (0, 0);
        loop {
            let before = text.len();
            if let Some((sign, rest)) = strip_sign(text) {
                (negative, signs, text) = (negative | sign, signs + 1, rest);
            } else if let Some(rest) = self.strip_currency(text, false) {
                (currencies, text) = (currencies + 1, rest);
            }
            text = text.trim_start();
            if text.len() == before {
                break;
            }
        }
        let mut zero_fraction = false;
        loop {
            let before = text.len();
            if let Some(rest) = self.strip_currency(text, true) {
                (currencies, text) = (currencies + 1, rest);
            } else if let Some(rest) = text.strip_suffix('%') {
                (percents, text) = (percents + 1, rest);
            } else if let Some(rest) = strip_no_cents(text, self.point) {
                (zero_fraction, text) = (true, rest);
                break;
            } else if let Some(rest) = text.strip_suffix(['-', '\u{2212}']) {
                (negative, signs, text) = (true, signs + 1, rest);
            }
            text = text.trim_end();
            if text.len() == before {
                break;
            }
        }
        if signs > 1 || currencies > 1 || percents > usize::from(self.percent != Percent::None) {
            return None;
        }
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) if exponent.len() <= 5 => (digits, exponent.parse().ok()?),
            _ => (text, 0),
        };
        let (whole, fraction) = match digits.split_once(self.point) {
            Some(_) if zero_fraction => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        if whole.is_empty() && fraction.is_empty() || !self.is_grouped(whole) {
            return None;
        }
        let (mut value, mut count) = (0u128, 0);
        for c in whole
            .chars()
            .filter(|c| !self.groups.contains(c))
            .chain(fraction.chars())
        {
            let digit = c.to_digit(10)?;
            count += u32::from(count > 0 || digit > 0);
            if count > MOST_DIGITS {
                return None;
            }
            value = value * 10 + u128::from(digit);
        }
        let scale = fraction.len() as u32
            + if percents > 0 && self.percent == Percent::Divide {
                2
            } else {
                0
            };
        Some(Parsed {
            negative,
            digits: value,
            scale,
            exponent,
        })
    }

    /// Whether signs between groups are where they belong.
    fn is_grouped(&self, whole: &str) -> bool {
        let mut groups = whole.rsplit(|c| self.groups.contains(&c));
        let last = groups.next().map_or(0, str::len);
        let mut rest = groups.peekable();
        if rest.peek().is_none() {
            return true;
        }
        let full = if self.lakh { 2 } else { 3 };
        if last != 3 {
            return false;
        }
        while let Some(group) = rest.next() {
            let is_first = rest.peek().is_none();
            if group.len() != full && !(is_first && (1..full).contains(&group.len())) {
                return false;
            }
        }
        true
    }

    fn strip_currency<'t>(&self, text: &'t str, at_end: bool) -> Option<&'t str> {
        let strip = |sign: &str| match at_end {
            true => text.strip_suffix(sign),
            false => text.strip_prefix(sign),
        };
        match &self.currency {
            Currency::None => None,
            Currency::Of(signs) => signs.iter().find_map(|sign| strip(sign)),
            Currency::Any => {
                let mut chars = text.chars();
                let sign = if at_end {
                    chars.next_back()
                } else {
                    chars.next()
                }?;
                if matches!(sign, '$' | '¢'..='¥' | '\u{20a0}'..='\u{20cf}' | '\u{ff04}' | '\u{ffe0}'..='\u{ffe1}' | '\u{ffe5}')
                {
                    return Some(chars.as_str());
                }
                let code = match at_end {
                    true => text.get(text.len().checked_sub(3)?..),
                    false => text.get(..3),
                }?;
                match code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    true => strip(code),
                    false => None,
                }
            }
        }
    }
}

/// A sign at the start: whether it is a minus, and the rest.
fn strip_sign(text: &str) -> Option<(bool, &str)> {
    text.strip_prefix(['-', '\u{2212}'])
        .map(|rest| (true, rest))
        .or_else(|| text.strip_prefix('+').map(|rest| (false, rest)))
}

/// `12,-` and `12.–` are 12: a point with dashes for the cents.
fn strip_no_cents(text: &str, point: char) -> Option<&str> {
    let rest = text
        .strip_suffix("--")
        .or_else(|| text.strip_suffix(['-', '\u{2013}', '\u{2014}']))?;
    rest.strip_suffix(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::number::push_decimal;

    fn form(locale: &str) -> Form {
        Form {
            currency: Currency::Any,
            percent: Percent::Divide,
            ..Form::of(locale).expect("a locale")
        }
    }

    fn check(locale: &str, text: &str, expected: Option<&str>) {
        let parsed = form(locale).parse(text).map(|parsed| {
            let mut built = String::new();
            let value = parsed.scaled(4, false).expect("four digits do");
            push_decimal(&mut built, value, 4);
            built
        });
        assert_eq!(parsed.as_deref(), expected, "{text}");
    }

    #[test]
    fn numbers_as_they_are_written() {
        check("plain", "12", Some("12.0000"));
        check("plain", "-.5", Some("-0.5000"));
        check("plain", "5.", Some("5.0000"));
        check("plain", "1,000", None);
        check("plain", ".", None);
        check("plain", "", None);
        check("plain", "--1", None);
        check("plain", "1e3", Some("1000.0000"));
        check("en", "$1,234.50", Some("1234.5000"));
        check("en", "USD 1,234.50", Some("1234.5000"));
        check("en", "(1,234.50)", Some("-1234.5000"));
        check("en", "-$ 5", Some("-5.0000"));
        check("en", "(-5)", None);
        check("en", "1,23.5", None);
        check("en", "1234,567", None);
        check("in", "12,34,567.5", Some("1234567.5000"));
        check("in", "1,234,567", None);
        check("de", "1.234.567,89 €", Some("1234567.8900"));
        check("de", "1.5", None);
        check("de", "12,- EUR", Some("12.0000"));
        check("de", "12-", Some("-12.0000"));
        check("de", "12,-", Some("12.0000"));
        check("de", "7,5 %", Some("0.0750"));
        check("fr", "1\u{202f}234\u{a0}567,5", Some("1234567.5000"));
        check("ch", "1'234.50 CHF", Some("1234.5000"));
        check("ch", "1’234.–", Some("1234.0000"));
        check("en", "€5€", None);
        check("en", "12 34", None);
        check("en", "\u{2212}3", Some("-3.0000"));
        check("en", "twelve", None);
        check("en", "9".repeat(39).as_str(), None);
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        let scaled = |text: &str, scale| {
            form("en")
                .parse(text)
                .expect("a number")
                .scaled(scale, true)
        };
        assert_eq!(scaled("0.5", 0), Some(1));
        assert_eq!(scaled("-0.5", 0), Some(-1));
        assert_eq!(scaled("0.49", 0), Some(0));
        assert_eq!(scaled("1.005", 2), Some(101));
        assert_eq!(scaled("1e-60", 2), Some(0));
        assert_eq!(scaled("0e999", 2), Some(0));
        assert_eq!(scaled("1e999", 2), None);
    }

    #[test]
    fn floats_are_the_nearest_there_are() {
        for text in [
            "0.1",
            "123456.789",
            "1e-7",
            "12345678901234567890.125",
            "1e300",
        ] {
            let parsed = form("plain").parse(text).expect("a number");
            assert_eq!(parsed.float(), text.parse().ok(), "{text}");
        }
    }
}
