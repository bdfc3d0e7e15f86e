//! Points in time, in the forms that exports write them, as microseconds since 1970-01-01T00:00:00Z. Without a zone they
//! are UTC.

/// How `01/03/2026` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As 1 March.
    DayFirst,
    /// As January 3.
    MonthFirst,
}

const SECOND: i64 = 1_000_000;

/// Reads a point in time. `None` where it is in no known form, or on no day of the calendar.
#[inline]
pub(crate) fn parse(text: &str, order: Order) -> Option<i64> {
    match parse_common(text.as_bytes()) {
        Some(microseconds) => Some(microseconds),
        None => parse_slowly(text, order),
    }
}

/// `2026-03-01T10:00:00Z`, with a blank for the `T` and without the `Z` too: what nearly every export writes.
#[inline]
fn parse_common(text: &[u8]) -> Option<i64> {
    let text: &[u8; 19] = match text {
        [time @ .., b'Z'] => time.try_into().ok()?,
        time => time.try_into().ok()?,
    };
    let marks = text[4] == b'-' && text[7] == b'-' && (text[10] | 0x20 == b't' || text[10] == b' ');
    if !(marks && text[13] == b':' && text[16] == b':') {
        return None;
    }
    let mut digits = [0u8; 14];
    for (digit, at) in digits.iter_mut().zip(DIGITS) {
        *digit = text[at].wrapping_sub(b'0');
    }
    // Every digit minus `0` is below ten; the greatest of all tells.
    if digits
        .iter()
        .fold(0, |greatest: u8, digit| greatest.max(*digit))
        > 9
    {
        return None;
    }
    let two = |at: usize| i32::from(digits[at]) * 10 + i32::from(digits[at + 1]);
    let day = days(two(0) * 100 + two(2), two(4), two(6))?;
    time_of_day(day, two(8), two(10), two(12), 0)
}

/// Where the digits of `2026-03-01T10:00:00` are.
const DIGITS: [usize; 14] = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];

#[inline]
fn time_of_day(day: i32, hour: i32, minute: i32, second: i32, microsecond: i32) -> Option<i64> {
    // Second 60 is a leap second, which counts as the second after it.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds =
        i64::from(day).wrapping_mul(86_400) + i64::from(hour * 3_600 + minute * 60 + second);
    // Ten thousand years fit; a check would multiply 128 bits wide.
    Some(seconds.wrapping_mul(SECOND) + i64::from(microsecond))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, after Howard Hinnant's `days_from_civil`.
#[inline]
fn days(year: i32, month: i32, day: i32) -> Option<i32> {
    const LENGTHS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) || !(1..=9999).contains(&year) {
        return None;
    }
    let leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if day < 1 || day > i32::from(LENGTHS[month as usize - 1]) + i32::from(leap) {
        return None;
    }
    // Years that begin in March, so that the leap day is the last.
    let year = year - i32::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[inline(never)]
fn parse_slowly(text: &str, order: Order) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_epoch(text);
    }
    let mut rest = Rest(text);
    let day = parse_day(&mut rest, order)?;
    rest.skip(&[',']);
    if rest.0.is_empty() {
        return time_of_day(day, 0, 0, 0, 0);
    }
    if rest.0.starts_with(['T', 't']) {
        rest.0 = &rest.0[1..];
    } else if rest.word_is("at") || rest.word_is("um") {
        rest.word();
        rest.skip(&[]);
    }
    let time = parse_time(&mut rest, day)?;
    rest.skip(&[]);
    let offset_seconds = parse_zone(&mut rest)?;
    rest.0
        .is_empty()
        .then_some(time - i64::from(offset_seconds) * SECOND)
}

/// Seconds, milliseconds or microseconds since 1970, told apart by their digits; `20260301` is a day.
fn parse_epoch(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        8 => time_of_day(
            days(
                (number / 10_000) as i32,
                (number / 100 % 100) as i32,
                (number % 100) as i32,
            )?,
            0,
            0,
            0,
            0,
        ),
        9..=10 => Some(number * SECOND),
        12..=13 => Some(number * 1_000),
        15..=16 => Some(number),
        _ => None,
    }
}

fn parse_day(rest: &mut Rest<'_>, order: Order) -> Option<i32> {
    if rest.peek_word().is_some_and(is_weekday) {
        rest.word();
        rest.skip(&[',', '.']);
    }
    // `Mar 1, 2026`
    if let Some(word) = rest.peek_word() {
        let month = month(word)?;
        rest.word();
        rest.skip(&['.']);
        let (day, _) = rest.number()?;
        rest.ordinal();
        rest.skip(&[',']);
        return days(rest.year()?, month, day);
    }
    let (first, digits) = rest.number()?;
    // `2026-03-01`, `2026/03/01`, `2026.03.01`
    if digits == 4 {
        let separator = rest.separator()?;
        let (month, _) = rest.number()?;
        if rest.separator()? != separator {
            return None;
        }
        return days(first, month, rest.number()?.0);
    }
    rest.ordinal();
    // `1 Mar 2026`, `01-Mar-2026`, `1. März 2026`
    let separated = Rest(rest.0.trim_start_matches(['.', '-', '/', ' ', ',']));
    if let Some(month) = separated.peek_word().and_then(month) {
        *rest = separated;
        rest.word();
        rest.skip(&['.', '-', '/', ',']);
        return days(rest.year()?, month, first);
    }
    // `01/03/2026`, `01.03.2026`, `01-03-26`
    let separator = rest.separator()?;
    let (second, _) = rest.number()?;
    if rest.separator()? != separator {
        return None;
    }
    let year = rest.year()?;
    // Dots are a European habit, and there the day comes first everywhere.
    let day_first = separator == '.' || order == Order::DayFirst;
    if day_first {
        days(year, second, first)
    } else {
        days(year, first, second)
    }
}

/// `10:00`, `10:00:00.123`, `5:04 PM`, `5pm`
fn parse_time(rest: &mut Rest<'_>, day: i32) -> Option<i64> {
    let (mut hour, _) = rest.number()?;
    let (mut minute, mut second, mut microsecond) = (None, 0, 0);
    if rest.take(':') || (rest.0.starts_with('h') && rest.take('h')) {
        minute = Some(rest.number()?.0);
        if rest.take(':') {
            second = rest.number()?.0;
            if rest.take('.') || rest.take(',') {
                microsecond = rest.fraction()?;
            }
        }
    }
    let half = Rest(rest.0.trim_start());
    match half.peek_word().map(str::to_ascii_lowercase).as_deref() {
        Some(half_day @ ("am" | "pm")) if (1..=12).contains(&hour) => {
            hour = hour % 12 + if half_day == "pm" { 12 } else { 0 };
            *rest = half;
            rest.word();
        }
        // An hour alone is none.
        _ => minute = Some(minute?),
    }
    time_of_day(day, hour, minute.unwrap_or(0), second, microsecond)
}

/// An offset from UTC in seconds: `Z`, `UTC`, `+02:00`, `-0530`, `+02`; nothing is UTC.
fn parse_zone(rest: &mut Rest<'_>) -> Option<i32> {
    if let Some(word) = rest.peek_word() {
        if !["z", "utc", "gmt"]
            .iter()
            .any(|zone| word.eq_ignore_ascii_case(zone))
        {
            return None;
        }
        rest.word();
    }
    let sign = match rest.0.chars().next() {
        None => return Some(0),
        Some('+') => 1,
        Some('-' | '−') => -1,
        Some(_) => return None,
    };
    rest.0 = &rest.0[rest.0.chars().next().map_or(0, char::len_utf8)..];
    let (number, digits) = rest.number()?;
    let (hours, minutes) = match digits {
        1 | 2 if rest.take(':') => (number, rest.number()?.0),
        1 | 2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// What is still to be read.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// Skips blanks, and any of `also`.
    fn skip(&mut self, also: &[char]) {
        self.0 = self
            .0
            .trim_start_matches(|c: char| c.is_whitespace() || also.contains(&c));
    }

    fn take(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// A number of up to nine digits, and how many it has.
    fn number(&mut self) -> Option<(i32, usize)> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at(digits);
        let number = if digits > 9 {
            None
        } else {
            number.parse().ok()
        };
        self.0 = rest;
        number.map(|number| (number, digits))
    }

    /// A year of four digits, or of two in this century.
    fn year(&mut self) -> Option<i32> {
        match self.number()? {
            (year, 4) => Some(year),
            (year, 2) => Some(2000 + year),
            _ => None,
        }
    }

    /// Digits after the point of a second, as microseconds; what is finer is cut off.
    fn fraction(&mut self) -> Option<i32> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let microseconds = self.0.as_bytes()[..digits].iter().chain(b"000000").take(6);
        let microseconds =
            microseconds.fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
        self.0 = &self.0[digits..];
        (digits > 0).then_some(microseconds)
    }

    fn separator(&mut self) -> Option<char> {
        let separator = self
            .0
            .chars()
            .next()
            .filter(|c| matches!(c, '-' | '/' | '.'))?;
        self.take(separator);
        self.skip(&[]);
        Some(separator)
    }

    fn peek_word(&self) -> Option<&'a str> {
        let end = self
            .0
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(self.0.len());
        (end > 0).then(|| &self.0[..end])
    }

    fn word_is(&self, word: &str) -> bool {
        self.peek_word()
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    fn word(&mut self) {
        self.0 = self.0.trim_start_matches(char::is_alphabetic);
    }

    /// The `st` of `1st`.
    fn ordinal(&mut self) {
        if ["st", "nd", "rd", "th"]
            .iter()
            .any(|ordinal| self.word_is(ordinal))
        {
            self.word();
        }
        self.skip(&[]);
    }
}

fn is_weekday(word: &str) -> bool {
    const WEEKDAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let word = word.to_ascii_lowercase();
    word.len() >= 3 && WEEKDAYS.iter().any(|weekday| weekday.starts_with(&word))
}

/// The number of a month whose English name `word` begins, with three letters at least; or whose German name it is.
fn month(word: &str) -> Option<i32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_lowercase();
    if word.len() < 3 {
        return None;
    }
    if let Some(index) = MONTHS.iter().position(|month| month.starts_with(&word)) {
        return Some(index as i32 + 1);
    }
    Some(match word.as_str() {
        "sept" => 9,
        "januar" => 1,
        "februar" => 2,
        "märz" | "maerz" | "mär" => 3,
        "mai" => 5,
        "juni" => 6,
        "juli" => 7,
        "oktober" | "okt" => 10,
        "dezember" | "dez" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-01T10:00:00Z
    const TEN: i64 = 1_772_359_200_000_000;
    const HOUR: i64 = 3_600_000_000;

    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse(text, Order::DayFirst), expected, "{text:?}");
    }

    #[test]
    fn with_a_time() {
        check("2026-03-01T10:00:00Z", Some(TEN));
        check("2026-03-01t10:00:00z", Some(TEN));
        check("2026-03-01T10:00:00", Some(TEN));
        check("2026-03-01 10:00:00", Some(TEN));
        check("  2026-03-01 10:00  ", Some(TEN));
        check("2026-03-01T12:00:00+02:00", Some(TEN));
        check("2026-03-01T04:30:00-0530", Some(TEN));
        check("2026-03-01T12:00:00 +02", Some(TEN));
        check("2026-03-01 10:00:00 UTC", Some(TEN));
        check("2026-03-01T10:00:00.123456789Z", Some(TEN + 123_456));
        check("2026-03-01T10:00:00.5+00:00", Some(TEN + 500_000));
        check("2026/03/01 10:00:00", Some(TEN));
        check("01/03/2026 10:00", Some(TEN));
        check("01.03.2026, 10:00", Some(TEN));
        check("1 Mar 2026 10:00", Some(TEN));
        check("1st March 2026 at 10:00", Some(TEN));
        check("01-Mar-2026 10:00:00", Some(TEN));
        check("1. März 2026 um 10:00", Some(TEN));
        check("Mar 1, 2026 10:00 AM", Some(TEN));
        check("Mar 1, 2026 5:04 PM", Some(TEN + 7 * HOUR + 4 * 60_000_000));
        check("March 1, 2026, 10am", Some(TEN));
        check("Sun, 01 Mar 2026 11:00:00 +0100", Some(TEN));
        check("Mar 1, 2026 12:00 AM", Some(TEN - 10 * HOUR));
        check("1772359200", Some(TEN));
        check("1772359200000", Some(TEN));
        check("1772359200000000", Some(TEN));
        check("1970-01-01T00:00:00Z", Some(0));
        check("1969-12-31T23:59:59Z", Some(-1_000_000));
        check("2024-02-29T00:00:00Z", Some(1_709_164_800_000_000));
    }

    #[test]
    fn days_alone() {
        for text in [
            "2026-03-01",
            "01/03/2026",
            "1/3/26",
            "1 Mar 2026",
            "Mar 1, 2026",
            "1 March, 2026",
            "20260301",
        ] {
            check(text, Some(TEN - 10 * HOUR));
        }
        assert_eq!(
            parse("03/01/2026", Order::MonthFirst),
            Some(TEN - 10 * HOUR)
        );
        assert_eq!(
            parse("01.03.2026", Order::MonthFirst),
            Some(TEN - 10 * HOUR)
        );
    }

    #[test]
    fn no_dates() {
        for text in [
            "",
            " ",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "32/01/2026",
            "31/04/2026 10:00",
            "01/03-2026",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:60:00Z",
            "2026-03-01T10:00:00+25:00",
            "2026-03-01 10",
            "1/3/20266",
            "123",
            "99999999999999999999",
            "2026-03-01T10:00:00Zzz",
            "2026-03-01 10:00 CET",
            "Mar",
            "Mar 1",
            "１/３/2026",
            "1 Mar 2026 13:00 PM",
            "2026-03-01T10:00:00.Z",
            "-1772359200",
        ] {
            check(text, None);
        }
    }
}
