//! One form of a date or a time, compiled: `iso`, `unix`, `excel`, or a pattern such as `%d.%m.%Y %H:%M`.

use super::cursor::Cursor;
use super::layout::Layout;
use super::parts::Parts;
use super::pattern::{FormError, Item, check, compile};
use super::{DAY, Moment};

/// How a text is written.
#[derive(Debug)]
pub(crate) enum Form {
    /// `2026-03-01`, `2026-03-01T10:00`, `2026-03-01 10:00:00.5+01:00`; and the most common of these.
    Iso(Vec<Layout>),
    /// A number since 1970, of which so many are a second.
    Unix(i64),
    /// Days since 1899-12-30, as spreadsheets count them.
    Excel,
    /// As a pattern says.
    Pattern(Vec<Item>, Option<Layout>),
}

impl Form {
    /// Compiles what the configuration says. `with_time` is whether more than a date is wanted.
    pub(crate) fn new(form: &str) -> Result<Form, FormError> {
        match form {
            "iso" => {
                let mut layouts = Vec::new();
                for (pattern, is_utc) in [
                    ("%Y-%m-%d", false),
                    ("%FT%TZ", true),
                    ("%FT%T", false),
                    ("%F %T", false),
                    ("%F %R", false),
                    ("%FT%R", false),
                ] {
                    let mut items = Vec::new();
                    compile(pattern, &mut items)?;
                    let layout = Layout::new(&items);
                    layouts
                        .extend(layout.map(|layout| if is_utc { layout.in_utc() } else { layout }));
                }
                return Ok(Form::Iso(layouts));
            }
            "unix" => return Ok(Form::Unix(1)),
            "unix_ms" => return Ok(Form::Unix(1_000)),
            "unix_us" => return Ok(Form::Unix(1_000_000)),
            "excel" => return Ok(Form::Excel),
            _ => {}
        }
        if !form.contains('%') {
            return Err(
                "is no form: write a pattern such as `%d.%m.%Y %H:%M`, or `iso`, `unix`, `unix_ms`, `unix_us` or `excel`"
                    .into(),
            );
        }
        let mut items = Vec::new();
        compile(form, &mut items)?;
        check(&items)?;
        let layout = Layout::new(&items);
        Ok(Form::Pattern(items, layout))
    }

    /// Reads a text without blanks at its ends.
    #[inline]
    pub(crate) fn parse(&self, text: &str) -> Option<Moment> {
        match self {
            Form::Iso(layouts) => {
                let text = text.as_bytes();
                layouts
                    .iter()
                    .find_map(|layout| layout.parse(text))
                    .or_else(|| iso(text))
            }
            Form::Unix(parts) => unix(text, *parts),
            Form::Excel => excel(text),
            Form::Pattern(items, layout) => {
                let found = layout
                    .as_ref()
                    .and_then(|layout| layout.parse(text.as_bytes()));
                found.or_else(|| pattern(items, text))
            }
        }
    }
}

fn pattern(items: &[Item], text: &str) -> Option<Moment> {
    let mut rest = Cursor(text.as_bytes());
    let mut parts = Parts::default();
    for item in items {
        match item {
            Item::Literal(c) => rest.literal(*c)?,
            Item::Sign(sign) => rest.take(*sign).then_some(())?,
            Item::Blank => rest.blank()?,
            Item::Year => parts.year = rest.number(4, 4)?,
            Item::ShortYear => {
                let year = rest.number(2, 2)?;
                // As POSIX has it.
                parts.year = year + if year < 69 { 2000 } else { 1900 };
            }
            Item::Month => parts.month = rest.one_or_two()?,
            Item::MonthName => parts.month = rest.month_name()?,
            Item::Day => parts.day = rest.one_or_two()?,
            Item::DayOfYear => parts.day_of_year = Some(rest.number(1, 3)?),
            Item::WeekdayName => {
                rest.word()?;
            }
            Item::Hour | Item::Hour12 => parts.hour = rest.one_or_two()?,
            Item::Half => parts.afternoon = Some(rest.half()?),
            Item::Minute => parts.minute = rest.one_or_two()?,
            Item::Second => parts.second = rest.one_or_two()?,
            Item::Fraction => parts.microseconds = rest.fraction()?,
            Item::PointFraction => {
                if rest.take(b'.') {
                    parts.microseconds = rest.fraction()?;
                }
            }
            Item::Offset => parts.offset = Some(rest.offset()?),
            Item::Epoch => {
                let negative = rest.take(b'-');
                let seconds = rest.number(1, 12)?;
                parts.epoch = Some(if negative { -seconds } else { seconds });
            }
        }
    }
    match rest.0 {
        [] => parts.finish(),
        _ => None,
    }
}

/// A date, and a time after `T` or a blank, as far as it is given.
fn iso(text: &[u8]) -> Option<Moment> {
    let mut rest = Cursor(text);
    let mut parts = Parts {
        year: rest.number(4, 4)?,
        ..Parts::default()
    };
    rest.take(b'-').then_some(())?;
    parts.month = rest.number(2, 2)?;
    rest.take(b'-').then_some(())?;
    parts.day = rest.number(2, 2)?;
    if rest.0.is_empty() {
        return parts.finish();
    }
    if !rest.take(b'T') && !rest.take(b't') {
        rest.blank()?;
    }
    parts.hour = rest.number(2, 2)?;
    rest.take(b':').then_some(())?;
    parts.minute = rest.number(2, 2)?;
    if rest.take(b':') {
        parts.second = rest.number(2, 2)?;
        if rest.take(b'.') || rest.take(b',') {
            parts.microseconds = rest.fraction()?;
        }
    }
    if !rest.0.is_empty() {
        if rest.0[0] == b' ' {
            rest.blank()?;
        }
        parts.offset = Some(rest.offset()?);
    }
    match rest.0 {
        [] => parts.finish(),
        _ => None,
    }
}

fn unix(text: &str, parts: i64) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || text.ends_with('.') {
        return None;
    }
    // A fraction counts only where the whole ones are seconds, and only as far as microseconds.
    let fraction = match (parts, fraction.is_empty()) {
        (1, false) => Cursor(fraction.as_bytes()).fraction()?,
        _ => 0,
    };
    let fraction = if text.starts_with('-') {
        -fraction
    } else {
        fraction
    };
    let microseconds = whole
        .checked_mul(1_000_000 / parts)?
        .checked_add(fraction)?;
    Some(Moment {
        seconds: microseconds.div_euclid(1_000_000),
        microseconds: microseconds.rem_euclid(1_000_000),
        offset: Some(0),
    })
}

fn excel(text: &str) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 7
        || !is_number(whole)
        || fraction.len() > 20
        || !is_number(fraction)
    {
        return None;
    }
    let day: i64 = whole.parse().ok()?;
    let of_day: f64 = match fraction {
        "" => 0.0,
        fraction => format!("0.{fraction}").parse().ok()?,
    };
    // To the second, as days have no more digits than that in a spreadsheet.
    Some(Moment {
        seconds: (day - 25_569) * DAY + (of_day * DAY as f64).round() as i64,
        microseconds: 0,
        offset: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::push_timestamp;

    fn check(form: &str, text: &str, expected: Option<&str>) {
        let form = Form::new(form).expect("a form");
        let found = form.parse(text).map(|moment| {
            let mut out = String::new();
            let seconds = moment.seconds - moment.offset.unwrap_or(0);
            push_timestamp(&mut out, seconds * 1_000_000 + moment.microseconds);
            out
        });
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn forms() {
        check("iso", "2026-03-01", Some("2026-03-01T00:00:00Z"));
        check("iso", "2026-03-01 10:00", Some("2026-03-01T10:00:00Z"));
        check(
            "iso",
            "2026-03-01T10:00:00.123456789+01:00",
            Some("2026-03-01T09:00:00.123456Z"),
        );
        check(
            "iso",
            "2026-03-01 10:00:00 UTC",
            Some("2026-03-01T10:00:00Z"),
        );
        check("iso", "2026-02-29", None);
        check("iso", "2026-03-01T24:00", None);
        check("iso", "2026-03-01x", None);
        check("unix", "1780315200.25", Some("2026-06-01T12:00:00.25Z"));
        check("unix_ms", "1780315200250", Some("2026-06-01T12:00:00.25Z"));
        check("excel", "46174.5", Some("2026-06-01T12:00:00Z"));
        check(
            "%d.%m.%Y %H:%M",
            "1.3.2026  9:05",
            Some("2026-03-01T09:05:00Z"),
        );
        check("%d.%m.%y", "01.03.68", Some("2068-03-01T00:00:00Z"));
        check(
            "%m/%d/%Y %I:%M %p",
            "3/1/2026 12:05 a.m.",
            Some("2026-03-01T00:05:00Z"),
        );
        check(
            "%m/%d/%Y %I:%M %p",
            "3/1/2026 12:05 PM",
            Some("2026-03-01T12:05:00Z"),
        );
        check("%m/%d/%Y %I:%M %p", "3/1/2026 13:05 PM", None);
        check(
            "%a, %d %b %Y %T %z",
            "Sun, 01 Mar 2026 10:00:00 -0130",
            Some("2026-03-01T11:30:00Z"),
        );
        check("%d. %B %Y", "1. März 2026", Some("2026-03-01T00:00:00Z"));
        check("%d %b %Y", "1 déc. 2026", Some("2026-12-01T00:00:00Z"));
        check("%d %b %Y", "1 ju 2026", None);
        check(
            "%Y%m%d%H%M%S",
            "20260301100000",
            Some("2026-03-01T10:00:00Z"),
        );
        check("%Y-%j", "2026-060", Some("2026-03-01T00:00:00Z"));
        check("%s", "-1", Some("1969-12-31T23:59:59Z"));
        check(
            "%F %T%.f",
            "2026-03-01 10:00:00.5",
            Some("2026-03-01T10:00:00.5Z"),
        );
        check(
            "%F %T%.f",
            "2026-03-01 10:00:00",
            Some("2026-03-01T10:00:00Z"),
        );
        check(
            "%F um %H Uhr",
            "2026-03-01 UM 10 uhr",
            Some("2026-03-01T10:00:00Z"),
        );
    }

    #[test]
    fn patterns_that_cannot_work() {
        fn check(form: &str, expected: &str) {
            let message = Form::new(form).err().unwrap_or_default();
            assert!(message.starts_with(expected), "{form}: {message}");
        }
        check("dd.mm.yyyy", "is no form");
        check("%d.%m", "has no year");
        check("%Y-%d", "has no month");
        check("%Y-%m", "has no day");
        check("%Y-%m-%d %M", "has minutes and no hour");
        check("%Y-%m-%d %I:%M", "has `%I`");
        check("%Y-%m-%d %H:%M %p", "has `%p` without");
        check("%Y-%m-%d %m", "has the month twice");
        check("%Y-%m-%d %Z", "has `%Z`");
        check("%Q", "has `%Q`");
        check("%Y-%m-%d%", "ends with");
        check("%s %Y", "has `%s` beside");
    }
}
