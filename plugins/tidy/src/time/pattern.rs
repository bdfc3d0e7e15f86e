//! A pattern such as `%d.%m.%Y %H:%M`, compiled to its pieces, and refused where it cannot work.

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Literal(char),
    /// A sign of ASCII.
    Sign(u8),
    /// Any white space, and at least some.
    Blank,
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    DayOfYear,
    WeekdayName,
    Hour,
    Hour12,
    Half,
    Minute,
    Second,
    Fraction,
    PointFraction,
    Offset,
    Epoch,
}

/// Why a pattern is refused: the fact and the remedy.
pub(super) type FormError = String;

/// Adds the pieces of a pattern.
pub(super) fn compile(pattern: &str, items: &mut Vec<Item>) -> Result<(), FormError> {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            if items.last() != Some(&Item::Blank) {
                items.push(Item::Blank);
            }
            continue;
        }
        if c != '%' {
            items.push(match c.is_ascii_punctuation() {
                true => Item::Sign(c as u8),
                false => Item::Literal(c),
            });
            continue;
        }
        // How a number is padded makes no difference to reading it.
        while matches!(chars.peek(), Some('-' | '_' | '0')) {
            chars.next();
        }
        let item = match chars.next() {
            Some('Y') => Item::Year,
            Some('y') => Item::ShortYear,
            Some('m') => Item::Month,
            Some('b' | 'B' | 'h') => Item::MonthName,
            Some('d' | 'e') => Item::Day,
            Some('j') => Item::DayOfYear,
            Some('a' | 'A') => Item::WeekdayName,
            Some('H' | 'k') => Item::Hour,
            Some('I' | 'l') => Item::Hour12,
            Some('p' | 'P') => Item::Half,
            Some('M') => Item::Minute,
            Some('S') => Item::Second,
            Some('f') => Item::Fraction,
            Some('.') if chars.next() == Some('f') => Item::PointFraction,
            Some('.') => return Err("has `%.` without `f`: a fraction of a second is `%.f`".into()),
            Some('z') => Item::Offset,
            Some(':') if chars.next() == Some('z') => Item::Offset,
            Some(':') => return Err("has `%:` without `z`: an offset from UTC is `%:z`".into()),
            Some('s') => Item::Epoch,
            Some('%') => Item::Literal('%'),
            Some('n' | 't') => Item::Blank,
            Some('F') => {
                compile("%Y-%m-%d", items)?;
                continue;
            }
            Some('D') => {
                compile("%m/%d/%y", items)?;
                continue;
            }
            Some('T') => {
                compile("%H:%M:%S", items)?;
                continue;
            }
            Some('R') => {
                compile("%H:%M", items)?;
                continue;
            }
            Some('Z') => {
                return Err("has `%Z`, and names such as `IST` mean several zones: \
                            use `%z` for an offset, or `zone` for where all times are of"
                    .into());
            }
            Some(other) => {
                return Err(format!(
                    "has `%{other}`, which is not known: use %Y %y %m %b %d %e %j %a %H %I %p %M %S %f %.f %z %s %F %T %R %D or %%"
                ));
            }
            None => return Err("ends with a lone `%`: write `%%` for the sign".into()),
        };
        items.push(item);
    }
    Ok(())
}

/// Whether a pattern says when, and nothing twice.
pub(super) fn check(items: &[Item]) -> Result<(), FormError> {
    let has = |item: Item| items.contains(&item);
    let once: [(&[Item], &str); 9] = [
        (&[Item::Year, Item::ShortYear], "the year"),
        (&[Item::Month, Item::MonthName], "the month"),
        (&[Item::Day], "the day"),
        (&[Item::DayOfYear], "the day of the year"),
        (&[Item::Hour, Item::Hour12], "the hour"),
        (&[Item::Minute], "the minute"),
        (&[Item::Second], "the second"),
        (
            &[Item::Fraction, Item::PointFraction],
            "the fraction of a second",
        ),
        (&[Item::Offset], "the offset"),
    ];
    for (same, what) in once {
        if items.iter().filter(|item| same.contains(item)).count() > 1 {
            return Err(format!("has {what} twice: leave one out"));
        }
    }
    let has_year = has(Item::Year) || has(Item::ShortYear);
    let has_month = has(Item::Month) || has(Item::MonthName);
    let is_dated = has_year && (has_month && has(Item::Day) || has(Item::DayOfYear));
    if has(Item::Epoch) {
        let alone = |item: &Item| {
            matches!(
                item,
                Item::Literal(_)
                    | Item::Sign(_)
                    | Item::Blank
                    | Item::Epoch
                    | Item::Fraction
                    | Item::PointFraction
            )
        };
        return match items.iter().all(alone) {
            true => Ok(()),
            false => Err("has `%s` beside parts of a date: the seconds since 1970 say all".into()),
        };
    }
    if !is_dated {
        let missing = match (has_year, has_month, has(Item::Day)) {
            (false, ..) => "no year: add `%Y`",
            (_, false, _) => "no month: add `%m` or `%b`",
            _ => "no day: add `%d`",
        };
        return Err(format!("has {missing}"));
    }
    if has(Item::DayOfYear) && (has_month || has(Item::Day)) {
        return Err("has the day of the year beside a month or a day: leave one out".into());
    }
    let has_hour = has(Item::Hour) || has(Item::Hour12);
    match () {
        _ if has(Item::Hour12) && !has(Item::Half) => {
            Err("has `%I`, and nothing says whether it is morning: add `%p`, or use `%H`".into())
        }
        _ if has(Item::Half) && !has(Item::Hour12) => {
            Err("has `%p` without `%I`: use `%I` for hours from 1 to 12".into())
        }
        _ if has(Item::Minute) && !has_hour => {
            Err("has minutes and no hour: `%M` is minutes, and months are `%m`".into())
        }
        _ if has(Item::Second) && !has(Item::Minute) => {
            Err("has seconds and no minutes: add `%M`".into())
        }
        _ if (has(Item::Fraction) || has(Item::PointFraction)) && !has(Item::Second) => {
            Err("has a fraction and no seconds: add `%S`".into())
        }
        _ => Ok(()),
    }
}
