//! Dates and times: `timestamp`, `date`. The forms that a manifest lists are compiled once; no library looks at a value.

mod cursor;
mod form;
mod layout;
mod parts;
mod pattern;
mod zone;

pub(crate) use form::Form;
pub(crate) use zone::Zone;

use crate::findings::{Context, Otherwise, Remark};
use crate::steps::blanks::trimmed;
use crate::text::Text;
use sluice_sdk::NullBitmap;

/// How dates and times are read.
#[derive(Debug)]
pub(crate) struct Moments {
    /// Tried in this order.
    pub(crate) forms: Vec<Form>,
    /// Where a time without an offset is meant.
    pub(crate) zone: Zone,
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since 1970-01-01T00:00:00, by the clock on the wall.
    pub(crate) seconds: i64,
    pub(crate) microseconds: i64,
    /// Seconds that the clock is ahead of UTC.
    pub(crate) offset: Option<i64>,
}

pub(crate) const DAY: i64 = 86_400;
/// 0001-01-01 and the end of 9999-12-31: the years that a timestamp may have.
const FIRST: i64 = -62_135_596_800;
const END: i64 = 253_402_300_800;

impl Moments {
    /// Reads a column as microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn timestamps<'p>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
    ) -> (Vec<i64>, NullBitmap) {
        self.read(text, context, |moment| {
            let seconds = match moment.offset {
                Some(offset) => moment.seconds - offset,
                None => self.zone.to_utc(moment.seconds)?,
            };
            (FIRST..END)
                .contains(&seconds)
                .then(|| seconds.wrapping_mul(1_000_000) + moment.microseconds)
        })
    }

    /// Reads a column as days since 1970-01-01: the date as it is written, whatever its zone.
    pub(crate) fn dates<'p>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
    ) -> (Vec<i64>, NullBitmap) {
        self.read(text, context, |moment| {
            (FIRST..END)
                .contains(&moment.seconds)
                .then(|| moment.seconds.div_euclid(DAY))
        })
    }

    fn read<'p>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
        convert: impl Fn(Moment) -> Option<i64>,
    ) -> (Vec<i64>, NullBitmap) {
        let mut nulls = text.null_rows().clone();
        let mut values = Vec::with_capacity(text.rows());
        for row in 0..text.rows() {
            let value = trimmed(text.value(row));
            let read = match value.is_empty() {
                true => None,
                false => self
                    .forms
                    .iter()
                    .find_map(|form| form.parse(value).and_then(&convert)),
            };
            if read.is_none() {
                nulls.set_null(row);
                if !value.is_empty() {
                    context.otherwise(row, self.otherwise, &self.remark);
                }
            }
            values.push(read.unwrap_or_default());
        }
        (values, nulls)
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    // 32 bits, of which a sandbox checks for an overflow quickly. A year has few digits.
    let (year, month, day) = (year as i32, month as i32, day as i32);
    // Years that start in March, so that the odd day is the last; eras of 400 years.
    let year = year - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    i64::from(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Year, month and day of a number of days since 1970-01-01.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days a month has.
pub(crate) fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Writes a date as `2026-03-01`.
pub(crate) fn push_date(out: &mut String, days: i64) {
    let (year, month, day) = civil(days);
    out.push_str(&format!("{year:04}-{month:02}-{day:02}"));
}

/// Writes a timestamp as `2026-03-01T10:00:00Z`.
pub(crate) fn push_timestamp(out: &mut String, microseconds: i64) {
    let seconds = microseconds.div_euclid(1_000_000);
    let fraction = microseconds.rem_euclid(1_000_000);
    push_date(out, seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    out.push_str(&format!(
        "T{:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    ));
    if fraction > 0 {
        out.push_str(format!(".{fraction:06}").trim_end_matches('0'));
    }
    out.push('Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar() {
        for (date, expected) in [
            ((1970, 1, 1), 0),
            ((2000, 3, 1), 11_017),
            ((1, 1, 1), -719_162),
        ] {
            assert_eq!(days(date.0, date.1, date.2), expected);
        }
        for day in -720_000..3_000_000 {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
            assert!(of_month <= days_of_month(year, month));
        }
    }
}
