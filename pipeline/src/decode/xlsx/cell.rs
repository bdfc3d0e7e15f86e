//! One cell as text.

use calamine::{DataRef, ExcelDateTime};

/// Appends the text of a cell; false where it has no value.
pub(super) fn write(cell: &DataRef<'_>, out: &mut String) -> bool {
    let before = out.len();
    match cell {
        DataRef::Empty => {}
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            out.push_str(text);
        }
        DataRef::SharedString(text) => out.push_str(text),
        DataRef::Int(value) => out.push_str(&value.to_string()),
        // The shortest text that is this number: 5, 0.1.
        DataRef::Float(value) => out.push_str(&value.to_string()),
        DataRef::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        DataRef::Error(error) => out.push_str(&error.to_string()),
        DataRef::DateTime(value) => write_moment(value, out),
    }
    out.len() > before
}

/// A day, a point in time, or a time of the day or a duration as hours, minutes and seconds.
fn write_moment(value: &ExcelDateTime, out: &mut String) {
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let days = value.as_f64();
    if value.is_duration() || (0.0..1.0).contains(&days) {
        let millis = (days * 86_400_000.0).round() as i64;
        let (sign, millis) = if millis < 0 {
            ("-", -millis)
        } else {
            ("", millis)
        };
        let (hours, rest) = (millis / 3_600_000, millis % 3_600_000);
        let (minutes, rest) = (rest / 60_000, rest % 60_000);
        out.push_str(&format!("{sign}{hours:02}:{minutes:02}:{:02}", rest / 1000));
        write_millis(rest % 1000, out);
        return;
    }
    out.push_str(&format!("{year:04}-{month:02}-{day:02}"));
    if (hour, minute, second, milli) != (0, 0, 0, 0) {
        out.push_str(&format!("T{hour:02}:{minute:02}:{second:02}"));
        write_millis(milli.into(), out);
    }
}

fn write_millis(millis: i64, out: &mut String) {
    if millis > 0 {
        out.push_str(&format!(".{millis:03}"));
    }
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    #[track_caller]
    fn check(cell: DataRef<'_>, expected: Option<&str>) {
        let mut out = String::new();
        let has_value = write(&cell, &mut out);
        assert_eq!(has_value.then_some(out.as_str()), expected);
    }

    fn moment(days: f64, kind: ExcelDateTimeType) -> DataRef<'static> {
        DataRef::DateTime(ExcelDateTime::new(days, kind, false))
    }

    #[test]
    fn cells() {
        check(DataRef::Empty, None);
        check(DataRef::SharedString(""), None);
        check(DataRef::SharedString(" é "), Some(" é "));
        check(DataRef::Int(-3), Some("-3"));
        check(DataRef::Float(5.0), Some("5"));
        check(DataRef::Float(0.1), Some("0.1"));
        check(
            DataRef::Float(9_007_199_254_740_993.0),
            Some("9007199254740992"),
        );
        check(DataRef::Bool(true), Some("true"));
        check(DataRef::Error(CellErrorType::NA), Some("#N/A"));
    }

    #[test]
    fn moments() {
        check(
            moment(46_348.0, ExcelDateTimeType::DateTime),
            Some("2026-11-22"),
        );
        check(
            moment(46_348.708_391_203_7, ExcelDateTimeType::DateTime),
            Some("2026-11-22T17:00:05"),
        );
        check(moment(0.5, ExcelDateTimeType::DateTime), Some("12:00:00"));
        check(moment(1.25, ExcelDateTimeType::TimeDelta), Some("30:00:00"));
    }
}
