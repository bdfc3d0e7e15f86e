//! The ways in which exports spell the same value: forms of dates and ratings, capitals, stray blanks.
//!
//! Every function takes a true value and returns text; which spelling is used where, is decided by the files.

use anyhow::Result;
use jiff::{Timestamp, tz::TimeZone};
use rand::Rng;

use super::feedback::pick;

/// A form of date.
#[derive(Debug, Clone, Copy)]
pub(super) enum DateForm {
    /// `2026-09-03T12:05:06Z`
    Rfc3339,
    /// `2026-09-03T14:05:06+02:00`
    Offset,
    /// `2026-09-03 12:05:06`
    Blank,
    /// `2026/09/03 12:05`
    Slashes,
    /// `03.09.2026 12:05`
    Dots,
    /// `Sep 3, 2026 12:05 PM`
    English,
    /// `1788437106`
    UnixSeconds,
}

/// A form of rating.
#[derive(Debug, Clone, Copy)]
pub(super) enum RatingForm {
    /// `4`
    Digit,
    /// `4/5`
    OutOfFive,
    /// `four`
    Word,
    /// `★★★★`
    Stars,
    /// `4.0`
    Decimal,
    /// Nothing.
    Missing,
}

/// Spells `seconds` since 1970-01-01T00:00:00Z. Forms without an offset are UTC.
pub(super) fn date(form: DateForm, seconds: i64) -> Result<String> {
    let pattern = match form {
        DateForm::Rfc3339 => "%Y-%m-%dT%H:%M:%SZ",
        DateForm::Offset => {
            let berlin_summer = TimeZone::fixed(jiff::tz::offset(2));
            let local = Timestamp::from_second(seconds)?.to_zoned(berlin_summer);
            return Ok(local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        }
        DateForm::Blank => "%Y-%m-%d %H:%M:%S",
        DateForm::Slashes => "%Y/%m/%d %H:%M",
        DateForm::Dots => "%d.%m.%Y %H:%M",
        DateForm::English => "%b %-d, %Y %-I:%M %p",
        DateForm::UnixSeconds => return Ok(seconds.to_string()),
    };
    Ok(Timestamp::from_second(seconds)?
        .strftime(pattern)
        .to_string())
}

/// Spells a rating of 1 to 5.
pub(super) fn rating(form: RatingForm, rating: u8) -> String {
    match form {
        RatingForm::Digit => rating.to_string(),
        RatingForm::OutOfFive => format!("{rating}/5"),
        RatingForm::Word => {
            ["one", "two", "three", "four", "five"][usize::from(rating) - 1].to_owned()
        }
        RatingForm::Stars => "★".repeat(usize::from(rating)),
        RatingForm::Decimal => format!("{rating}.0"),
        RatingForm::Missing => String::new(),
    }
}

/// Spells a name in one of the ways in which people type it.
pub(super) fn capitals(rng: &mut impl Rng, name: &str) -> String {
    match rng.random_range(0..6) {
        0 => name.to_uppercase(),
        1 => name
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(name.chars().skip(1))
            .collect(),
        2 => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

/// Puts blanks around one value in ten.
pub(super) fn stray_blanks(rng: &mut impl Rng, value: String) -> String {
    if value.is_empty() || !rng.random_bool(0.1) {
        return value;
    }
    let (before, after) = pick(
        rng,
        &[
            (" ", ""),
            ("", " "),
            ("  ", " "),
            ("", "\t"),
            ("\u{a0}", ""),
        ],
    );
    format!("{before}{value}{after}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[track_caller]
    fn check(form: DateForm, expected: &str) {
        assert_eq!(date(form, 1_788_437_106).unwrap(), expected);
    }

    #[test]
    fn dates() {
        check(DateForm::Rfc3339, "2026-09-03T12:05:06Z");
        check(DateForm::Offset, "2026-09-03T14:05:06+02:00");
        check(DateForm::Blank, "2026-09-03 12:05:06");
        check(DateForm::Slashes, "2026/09/03 12:05");
        check(DateForm::Dots, "03.09.2026 12:05");
        check(DateForm::English, "Sep 3, 2026 12:05 PM");
        check(DateForm::UnixSeconds, "1788437106");
    }

    #[test]
    fn ratings() {
        let forms = [
            RatingForm::Digit,
            RatingForm::OutOfFive,
            RatingForm::Word,
            RatingForm::Stars,
            RatingForm::Decimal,
        ];
        assert_eq!(
            forms.map(|form| rating(form, 4)),
            ["4", "4/5", "four", "★★★★", "4.0"]
        );
        assert_eq!(rating(RatingForm::Missing, 4), "");
    }
}
