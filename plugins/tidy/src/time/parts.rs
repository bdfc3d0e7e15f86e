//! The parts of a date and a time, and whether there is such a time.

use super::{DAY, Moment, days, days_of_month};

/// The parts of a date and a time while they are read.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) day_of_year: Option<i64>,
    pub(super) hour: i64,
    pub(super) afternoon: Option<bool>,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) microseconds: i64,
    pub(super) offset: Option<i64>,
    pub(super) epoch: Option<i64>,
}

impl Parts {
    /// What they say, if there is such a time.
    #[inline]
    pub(super) fn finish(self) -> Option<Moment> {
        if let Some(seconds) = self.epoch {
            return Some(Moment {
                seconds,
                microseconds: self.microseconds,
                offset: Some(0),
            });
        }
        let day = match self.day_of_year {
            Some(day) => {
                let of_year = if days_of_month(self.year, 2) == 29 {
                    366
                } else {
                    365
                };
                if !(1..=of_year).contains(&day) {
                    return None;
                }
                days(self.year, 1, 1) + day - 1
            }
            None => {
                if !(1..=12).contains(&self.month)
                    || self.day < 1
                    || self.day > 28 && self.day > days_of_month(self.year, self.month)
                {
                    return None;
                }
                days(self.year, self.month, self.day)
            }
        };
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        if hour > 23 || self.minute > 59 || self.second > 59 || self.year < 1 {
            return None;
        }
        Some(Moment {
            // Years have four digits, and so this is far from overflowing.
            seconds: day.wrapping_mul(DAY)
                + i64::from(hour as i32 * 3600 + self.minute as i32 * 60)
                + self.second,
            microseconds: self.microseconds,
            offset: self.offset,
        })
    }
}
