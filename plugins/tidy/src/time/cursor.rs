//! Reads the pieces of a date or a time from text: numbers, names, offsets.

/// What is still to be read.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl Cursor<'_> {
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        match self.0 {
            [first, rest @ ..] if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A character, of which letters of ASCII may be of either case.
    #[inline]
    pub(super) fn literal(&mut self, c: char) -> Option<()> {
        let mut bytes = [0; 4];
        let literal = c.encode_utf8(&mut bytes).as_bytes();
        let found = self.0.get(..literal.len())?;
        if !found.eq_ignore_ascii_case(literal) {
            return None;
        }
        self.0 = &self.0[literal.len()..];
        Some(())
    }

    /// White space, and at least some.
    #[inline]
    pub(super) fn blank(&mut self) -> Option<()> {
        if self.0.first() == Some(&b' ')
            && self
                .0
                .get(1)
                .is_some_and(|next| next.is_ascii_alphanumeric())
        {
            self.0 = &self.0[1..];
            return Some(());
        }
        let text = std::str::from_utf8(self.0).ok()?;
        let rest = text.trim_start();
        let is_blank = rest.len() < text.len();
        self.0 = rest.as_bytes();
        is_blank.then_some(())
    }

    /// A number of one digit or two.
    #[inline]
    pub(super) fn one_or_two(&mut self) -> Option<i64> {
        let digit = |byte: &u8| i32::from(byte.wrapping_sub(b'0'));
        match self.0 {
            [first @ b'0'..=b'9', second @ b'0'..=b'9', rest @ ..] => {
                self.0 = rest;
                Some(i64::from(digit(first) * 10 + digit(second)))
            }
            [first @ b'0'..=b'9', rest @ ..] => {
                self.0 = rest;
                Some(i64::from(digit(first)))
            }
            _ => None,
        }
    }

    /// A number of so many digits.
    #[inline]
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let (mut value, mut count) = (0i64, 0);
        while count < most
            && let Some(byte) = self.0.get(count)
            && byte.wrapping_sub(b'0') < 10
        {
            // No number has as many digits as overflow, and a sandbox is slow to check 64 bits for it.
            value = value.wrapping_mul(10) + i64::from(byte - b'0');
            count += 1;
        }
        if count < least {
            return None;
        }
        self.0 = &self.0[count..];
        Some(value)
    }

    /// Digits after the point of a second, as microseconds.
    pub(super) fn fraction(&mut self) -> Option<i64> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=9).contains(&count) {
            return None;
        }
        let mut value = 0;
        for at in 0..6 {
            value = value * 10
                + self.0[..count]
                    .get(at)
                    .map_or(0, |byte| i64::from(byte - b'0'));
        }
        self.0 = &self.0[count..];
        Some(value)
    }

    /// `Z`, `UTC`, `GMT`, `+1`, `+01`, `+0100`, `+01:00`: seconds ahead of UTC.
    pub(super) fn offset(&mut self) -> Option<i64> {
        for name in [b"UTC".as_slice(), b"GMT", b"Z"] {
            if self
                .0
                .get(..name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
            {
                self.0 = &self.0[name.len()..];
                if name == b"Z" || self.0.is_empty() {
                    return Some(0);
                }
            }
        }
        let minus = match self.take(b'-') || self.literal('\u{2212}').is_some() {
            true => true,
            false if self.take(b'+') => false,
            false => return None,
        };
        let hours = self.number(1, 2)?;
        let minutes = match self.take(b':') {
            true => self.number(2, 2)?,
            false => self.number(2, 2).unwrap_or(0),
        };
        if hours > 18 || minutes > 59 {
            return None;
        }
        let seconds = hours * 3600 + minutes * 60;
        Some(if minus { -seconds } else { seconds })
    }

    pub(super) fn word(&mut self) -> Option<String> {
        let text = std::str::from_utf8(self.0).ok()?;
        let end = text
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.0 = rest
            .strip_prefix('.')
            .filter(|_| end > 0)
            .unwrap_or(rest)
            .as_bytes();
        (end > 0).then(|| word.to_lowercase())
    }

    /// The name of a month, whole or cut to three letters or more, in any of the languages of [`MONTHS`].
    pub(super) fn month_name(&mut self) -> Option<i64> {
        let word = self.word()?;
        let is_named = |names: &&str| names.split(' ').any(|name| name == word);
        let starts = |names: &&str| names.split(' ').any(|name| name.starts_with(&word));
        let at = MONTHS.iter().position(is_named).or_else(|| {
            // `jui` may be June or July.
            let at = MONTHS.iter().position(starts)?;
            let is_clear = word.chars().count() >= 3 && !MONTHS[at + 1..].iter().any(starts);
            is_clear.then_some(at)
        })?;
        Some(at as i64 + 1)
    }

    /// `am`, `a.m.`, `pm`, `p.m.`.
    pub(super) fn half(&mut self) -> Option<bool> {
        let afternoon = match self.0.first()? {
            b'a' | b'A' => false,
            b'p' | b'P' => true,
            _ => return None,
        };
        self.0 = &self.0[1..];
        self.take(b'.');
        if !self.take(b'm') && !self.take(b'M') {
            return None;
        }
        self.take(b'.');
        Some(afternoon)
    }
}

/// The months in English, German, French, Spanish, Italian, Portuguese and Dutch, with abbreviations that are no starts of
/// a name.
const MONTHS: [&str; 12] = [
    "january januar jänner janvier enero gennaio janeiro januari",
    "february februar feber février fevrier febrero febbraio fevereiro februari",
    "march märz maerz mrz mars marzo março marco maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august août aout agosto augustus",
    "september sept septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember décembre decembre diciembre dicembre dezembro",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_months() {
        fn check(name: &str, expected: Option<i64>) {
            assert_eq!(Cursor(name.as_bytes()).month_name(), expected, "{name}");
        }
        for (at, names) in MONTHS.iter().enumerate() {
            names
                .split(' ')
                .for_each(|name| check(name, Some(at as i64 + 1)));
        }
        check("Mar", Some(3));
        check("MÄR", Some(3));
        check("juil.", Some(7));
        check("jui", None);
        check("ma", None);
        check("", None);
    }
}
