//! Dates and timestamps, in the proleptic Gregorian calendar and without leap seconds, as RFC 3339 writes them.
//!
//! Only years 0001 to 9999 exist here: what SQLite, Athena and four digits can hold. Other forms of dates are for
//! plugins to understand.

use std::ops::RangeInclusive;

use super::ascii_text;

/// Days since 1970-01-01 from 0001-01-01 to 9999-12-31: what [`date`] answers and [`write_date`] writes in ten bytes.
pub const DATES: RangeInclusive<i32> = -719_162..=2_932_896;

/// Microseconds since 1970-01-01T00:00:00Z in the same years: what [`timestamp`] answers and [`write_timestamp`] writes
/// in 27 bytes.
pub const TIMESTAMPS: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// A date such as `2026-11-22`, in days since 1970-01-01.
#[inline]
pub fn date(bytes: &[u8]) -> Option<i32> {
    calendar_date(bytes.try_into().ok()?)
}

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// `2026-11-22T10:00:00.5+01:00`: a date; `T` or a blank; hours, minutes and, if wanted, seconds and up to nine digits
/// of a fraction, cut to microseconds; then `Z`, `±hh:mm`, `±hhmm` or `±hh`. Without an offset it is UTC, and a date
/// alone is its midnight in UTC. There is no hour 24 and no second 60, and the result lies in [`TIMESTAMPS`].
#[inline]
pub fn timestamp(bytes: &[u8]) -> Option<i64> {
    let (date, rest) = bytes.split_first_chunk::<10>()?;
    let midnight = i64::from(calendar_date(date)?) * MICROS_PER_DAY;
    let [b'T' | b't' | b' ', clock @ ..] = rest else {
        return rest.is_empty().then_some(midnight);
    };
    let (seconds, rest) = seconds_of_day(clock)?;
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => fraction_in_micros(rest)?,
        _ => (0, rest),
    };
    let micros = midnight + i64::from(seconds) * MICROS_PER_SECOND + i64::from(fraction);
    match rest {
        [] | [b'Z' | b'z'] => Some(micros),
        _ => {
            let micros = micros - i64::from(offset_in_seconds(rest)?) * MICROS_PER_SECOND;
            TIMESTAMPS.contains(&micros).then_some(micros)
        }
    }
}

/// Appends `2026-11-22T10:00:00.000000Z`. A year before 0001 or after 9999, which [`timestamp`] does not read, is
/// written with a sign and six digits, as ISO 8601 has it.
pub fn write_timestamp(micros: i64, out: &mut Vec<u8>) {
    let days = i32::try_from(micros.div_euclid(MICROS_PER_DAY))
        .expect("64 bits of microseconds are 107 million days");
    write_date(days, out);
    let micros = micros.rem_euclid(MICROS_PER_DAY);
    let fraction = (micros % MICROS_PER_SECOND) as u32;
    let seconds = (micros / MICROS_PER_SECOND) as u32;
    let [hour, minute, second] = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(two_digits);
    let [hundredths, middle, last] =
        [fraction / 10_000, fraction / 100 % 100, fraction % 100].map(two_digits);
    out.extend_from_slice(&[
        b'T',
        hour[0],
        hour[1],
        b':',
        minute[0],
        minute[1],
        b':',
        second[0],
        second[1],
        b'.',
        hundredths[0],
        hundredths[1],
        middle[0],
        middle[1],
        last[0],
        last[1],
        b'Z',
    ]);
}

/// Appends `2026-11-22`. A year before 0001 or after 9999 is written with a sign and at least six digits.
pub fn write_date(days: i32, out: &mut Vec<u8>) {
    let (year, month, day) = civil_from_days(days);
    let [month, day] = [month, day].map(|number| two_digits(u32::from(number)));
    if (1..=9999).contains(&year) {
        let year = year as u32;
        let [century, year] = [year / 100, year % 100].map(two_digits);
        out.extend_from_slice(&[
            century[0], century[1], year[0], year[1], b'-', month[0], month[1], b'-', day[0],
            day[1],
        ]);
    } else {
        out.extend_from_slice(format!("{year:+07}").as_bytes());
        out.extend_from_slice(&[b'-', month[0], month[1], b'-', day[0], day[1]]);
    }
}

/// What [`write_timestamp`] writes, as a new text.
pub fn timestamp_text(micros: i64) -> String {
    ascii_text(|out| write_timestamp(micros, out))
}

/// What [`write_date`] writes, as a new text.
pub fn date_text(days: i32) -> String {
    ascii_text(|out| write_date(days, out))
}

/// Days since 1970-01-01 of a date whose month is 1 to 12, whose day is 1 to 31 and whose year is within ±5,000,000. A
/// day that its month does not have is one of the next month.
///
/// The year is counted from March, so that the leap day is its last day; Howard Hinnant, "chrono-compatible low-level
/// date algorithms".
#[inline]
pub fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let (month, day) = (i32::from(month), i32::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let century = year.div_euclid(100);
    let month_from_march = if month <= 2 { month + 9 } else { month - 3 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - century + century.div_euclid(4) + day_of_year - 719_468
}

/// Year, month (1 to 12) and day (1 to 31) of a number of days since 1970-01-01. The inverse of [`days_from_civil`].
#[inline]
pub fn civil_from_days(days: i32) -> (i32, u8, u8) {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097) as u32;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era as i32 * 400 + year_of_era as i32 + i32::from(month <= 2);
    (year, month as u8, day as u8)
}

/// `2026-11-22` in days since 1970-01-01.
#[inline]
fn calendar_date(bytes: &[u8; 10]) -> Option<i32> {
    let [day_and_month @ .., tens, ones] = bytes;
    let pairs = read_pattern(*day_and_month, *b"0000-00-")?;
    let year = i32::from(pairs[0]) * 100 + i32::from(pairs[2]);
    let month = pairs[5];
    let day = read_pair(*tens, *ones)?;
    let valid = year >= 1
        && (1..=12).contains(&month)
        && day >= 1
        && (day <= 28 || day <= days_in_month(year, month));
    valid.then(|| days_from_civil(year, month, day))
}

/// `10:00` or `10:00:00` in seconds since midnight, and what follows.
#[inline]
fn seconds_of_day(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (hour, minute, second, rest) = match bytes.split_first_chunk::<8>() {
        Some((clock, rest)) if clock[5] == b':' => {
            let pairs = read_pattern(*clock, *b"00:00:00")?;
            (pairs[0], pairs[3], pairs[6], rest)
        }
        _ => {
            let ([h1, h2, b':', m1, m2], rest) = bytes.split_first_chunk::<5>()? else {
                return None;
            };
            (read_pair(*h1, *h2)?, read_pair(*m1, *m2)?, 0, rest)
        }
    };
    let valid = hour <= 23 && minute <= 59 && second <= 59;
    valid.then(|| {
        (
            u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second),
            rest,
        )
    })
}

/// One to nine digits after the point, cut to six, and what follows.
#[inline]
fn fraction_in_micros(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len());
    if !(1..=9).contains(&length) {
        return None;
    }
    let (digits, rest) = bytes.split_at(length);
    let digits = digits.iter().map(|digit| u32::from(digit - b'0'));
    let micros = digits
        .chain(std::iter::repeat(0))
        .take(6)
        .fold(0, |micros, digit| micros * 10 + digit);
    Some((micros, rest))
}

/// `+01:00`, `+0100` or `+01`, in seconds.
#[inline]
fn offset_in_seconds(bytes: &[u8]) -> Option<i32> {
    let (sign, hour, minute) = match *bytes {
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => {
            (sign, read_pair(h1, h2)?, read_pair(m1, m2)?)
        }
        [sign, h1, h2] => (sign, read_pair(h1, h2)?, 0),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let seconds = i32::from(hour) * 3600 + i32::from(minute) * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// Reads eight bytes where `pattern` has `0` for a digit and anything else for itself. Number `i` of the answer is the
/// two digits at `i` and `i + 1`. All eight bytes are compared at once, as one word.
#[inline]
fn read_pattern(bytes: [u8; 8], pattern: [u8; 8]) -> Option<[u8; 8]> {
    // Digits become their values and everything else becomes 0.
    let word = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(pattern);
    // What is added carries a digit above 9, or a wrong separator above 0, into the upper half of its byte. A byte that
    // carries into its neighbour has bits in its own upper half already.
    let carry = u64::from_le_bytes(pattern.map(|byte| if byte == b'0' { 6 } else { 15 }));
    if (word | word.wrapping_add(carry)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    Some(word.wrapping_mul(10).wrapping_add(word >> 8).to_le_bytes())
}

/// The number of two digits.
#[inline]
fn read_pair(tens: u8, ones: u8) -> Option<u8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| tens * 10 + ones)
}

/// The digits of a number below 100.
#[inline]
fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// Days of a month.
#[inline]
fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates() {
        fn check(text: &str, expected: Option<i32>) {
            assert_eq!(date(text.as_bytes()), expected, "{text}");
        }
        check("1970-01-01", Some(0));
        check("1969-12-31", Some(-1));
        check("2026-11-22", Some(20_779));
        check("0001-01-01", Some(*DATES.start()));
        check("9999-12-31", Some(*DATES.end()));
        check("2000-02-29", Some(11_016));
        check("2024-02-29", Some(19_782));
        check("2023-02-29", None);
        check("1900-02-29", None);
        check("0000-01-01", None);
        check("2026-00-01", None);
        check("2026-13-01", None);
        check("2026-01-00", None);
        check("2026-04-31", None);
        check("2026-1-1", None);
        check("2026/01/01", None);
        check("20260101", None);
        check("2026-01-01T00:00:00Z", None);
        check("+026-01-01", None);
        check("", None);
    }

    #[test]
    fn timestamps() {
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(
                timestamp(text.as_bytes()).map(timestamp_text).as_deref(),
                expected,
                "{text}"
            );
        }
        check("2026-11-22T10:00:00Z", Some("2026-11-22T10:00:00.000000Z"));
        check("2026-11-22 10:00:00", Some("2026-11-22T10:00:00.000000Z"));
        check("2026-11-22t10:00:00z", Some("2026-11-22T10:00:00.000000Z"));
        check("2026-11-22T10:00", Some("2026-11-22T10:00:00.000000Z"));
        check("2026-11-22 10:00+01", Some("2026-11-22T09:00:00.000000Z"));
        check("2026-11-22", Some("2026-11-22T00:00:00.000000Z"));
        check(
            "2026-11-22T10:00:00.5+01:00",
            Some("2026-11-22T09:00:00.500000Z"),
        );
        check(
            "2026-11-22T10:00:00-0530",
            Some("2026-11-22T15:30:00.000000Z"),
        );
        check(
            "2026-11-22T10:00:00-00:00",
            Some("2026-11-22T10:00:00.000000Z"),
        );
        check(
            "2026-11-22T23:59:59.999999999Z",
            Some("2026-11-22T23:59:59.999999Z"),
        );
        check(
            "1969-12-31T23:59:59.999999Z",
            Some("1969-12-31T23:59:59.999999Z"),
        );
        check("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00.000000Z"));
        check(
            "9999-12-31T23:59:59.999999Z",
            Some("9999-12-31T23:59:59.999999Z"),
        );
        check("0001-01-01T00:00:00+00:01", None);
        check("9999-12-31T23:59:00-00:01", None);
        check("2026-11-22T24:00:00Z", None);
        check("2016-12-31T23:59:60Z", None);
        check("2026-11-22T10:60:00Z", None);
        check("2026-02-30T10:00:00Z", None);
        check("2026-11-22T10:00:00.Z", None);
        check("2026-11-22T10:00:00.1234567890Z", None);
        check("2026-11-22T10:00:00,5Z", None);
        check("2026-11-22T", None);
        check("2026-11-22T10", None);
        check("2026-11-22T10:0", None);
        check("2026-11-22T10:00:", None);
        check("2026-11-22T10:00:0", None);
        check("2026-11-22T10:00:00ZZ", None);
        check("2026-11-22T10:00:00 Z", None);
        check("2026-11-22T10:00:00+24:00", None);
        check("2026-11-22T10:00:00+1", None);
        check("2026-11-22T10:00:00*01:00", None);
        check("2026-11-22x10:00:00Z", None);
        check("22.11.2026", None);
        check("", None);
    }

    #[test]
    fn years_beyond_four_digits_are_still_written() {
        assert_eq!(date_text(*DATES.end() + 1), "+010000-01-01");
        assert_eq!(date_text(*DATES.start() - 1), "+000000-12-31");
        assert_eq!(date_text(*DATES.start() - 367), "-000001-12-31");
        assert_eq!(timestamp_text(i64::MAX), "+294247-01-10T04:00:54.775807Z");
        assert_eq!(date_text(i32::MIN), "-5877641-06-23");
    }

    proptest! {
        #[test]
        fn every_date_is_read_back(days in DATES) {
            prop_assert_eq!(date(date_text(days).as_bytes()), Some(days));
        }

        #[test]
        fn every_timestamp_is_read_back(micros in TIMESTAMPS) {
            prop_assert_eq!(timestamp(timestamp_text(micros).as_bytes()), Some(micros));
        }

        #[test]
        fn days_and_calendar_are_inverse(days in -1_800_000_000i32..1_800_000_000) {
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!(days_from_civil(year, month, day), days);
        }

        #[test]
        fn the_calendar_agrees_with_jiff(days in DATES) {
            let theirs = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days);
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!((year, month, day), (theirs.year().into(), theirs.month() as u8, theirs.day() as u8));
            prop_assert_eq!(date_text(days), theirs.to_string());
        }

        #[test]
        fn dates_agree_with_jiff(year in 0u16..10000, month in 0u8..15, day in 0u8..34) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            let theirs = text.parse::<jiff::civil::Date>().ok().filter(|date| date.year() > 0);
            prop_assert_eq!(date(text.as_bytes()).map(date_text), theirs.map(|date| date.to_string()));
        }

        #[test]
        fn timestamps_agree_with_jiff(
            micros in TIMESTAMPS,
            // jiff's range ends 26 hours before ours.
            offset_minutes in -1439i32..=1439,
            nanos in 0u32..1000,
        ) {
            let micros = micros.clamp(TIMESTAMPS.start() + 3 * MICROS_PER_DAY, TIMESTAMPS.end() - 3 * MICROS_PER_DAY);
            let theirs = jiff::Timestamp::from_microsecond(micros).unwrap();
            let offset = jiff::tz::Offset::from_seconds(offset_minutes * 60).unwrap();
            let text = format!("{:.6}{nanos:03}{}{:02}:{:02}",
                offset.to_datetime(theirs),
                if offset_minutes < 0 { '-' } else { '+' },
                offset_minutes.abs() / 60,
                offset_minutes.abs() % 60,
            );
            prop_assert_eq!(timestamp(text.as_bytes()), Some(micros), "{}", text);
        }

        #[test]
        fn what_jiff_reads_as_the_same_form_is_the_same_instant(
            text in "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][012][0-9]:[0-6][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][012][0-9]:[0-6][0-9])"
        ) {
            let theirs = text.parse::<jiff::Timestamp>().ok();
            if let Some(ours) = timestamp(text.as_bytes()) {
                prop_assert_eq!(Some(ours), theirs.map(|theirs| theirs.as_nanosecond().div_euclid(1000) as i64));
            } else {
                // jiff also takes offsets of 24 and 25 hours.
                let wide_offset = text.ends_with(|c: char| c.is_ascii_digit()) && &text[text.len() - 5..] >= "24:00";
                prop_assert!(theirs.is_none() || wide_offset, "{}", text);
            }
        }
    }
}
