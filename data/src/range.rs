//! From where to where numbers and dates go: what people expect of them, as far as the field's bounds allow.
//!
//! Time is that of the year 2025, whenever a run is: the same seed gives the same dates for ever.

use sluice_contract::fake::Fake;
use sluice_contract::field_type::TypeName;
use sluice_contract::stack::Field;

use crate::error::DataError;
use crate::kind::{self, Spread};
use crate::maker::Maker;

/// Why few values are wanted of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narrow {
    No,
    /// Each value is a folder of the lake.
    Values,
    /// Each hour is one.
    Hours,
    /// A number that counts versions.
    Versions,
}

const DAY_MICROS: i64 = 86_400_000_000;
/// 2025-01-01 in days since 1970-01-01.
const FIRST_DAY: i32 = 20_089;
/// 2025-12-31.
const LAST_DAY: i32 = FIRST_DAY + 364;
/// 1940-01-01 to 2006-12-31.
const BIRTHS: (i32, i32) = (-10_958, 13_513);

/// The widest range of whole numbers that is used from end to end because both of its bounds are given.
const WIDEST: i128 = 1_000_000;

/// The part of `least` to `most` that people expect, or as much of it next to that.
fn expected(least: i128, most: i128, wish: (i128, i128)) -> (i128, i128) {
    let (from, to) = wish;
    if least.max(from) <= most.min(to) {
        (least.max(from), most.min(to))
    } else if least > to {
        (least, most.min(least.saturating_add(to - from)))
    } else {
        (least.max(most.saturating_sub(to - from)), most)
    }
}

/// What an integer or a decimal can be at all, in units.
pub(crate) fn bounds(field: &Field, min: Option<i128>, max: Option<i128>) -> (i128, i128) {
    let (least, most) = match field.kind.digits() {
        (0, _) => (i128::from(i64::MIN), i128::from(i64::MAX)),
        (precision, _) => {
            let most = 10_i128.pow(u32::from(precision)) - 1;
            (-most, most)
        }
    };
    (
        min.unwrap_or(least).max(least),
        max.unwrap_or(most).min(most),
    )
}

fn numbers(field: &Field) -> (Option<Fake>, Option<(i64, i64, Spread)>) {
    let kind = field.fake;
    let meant = kind.or_else(|| Fake::guess(&field.name, field.kind.type_name()));
    (kind, meant.and_then(kind::numbers))
}

/// Integers and decimals.
pub(crate) fn whole(
    field: &Field,
    min: Option<i128>,
    max: Option<i128>,
    narrow: Narrow,
) -> Result<Maker, DataError> {
    let (_, scale) = field.kind.digits();
    let unit = 10_i128.pow(u32::from(scale));
    let (least, most) = bounds(field, min, max);
    let (explicit, numbers) = numbers(field);
    if let Some((from, to, spread)) = numbers {
        let in_units = |number: i64| i128::from(number).saturating_mul(unit);
        let (from, to) = (least.max(in_units(from)), most.min(in_units(to)));
        if from <= to {
            return Ok(Maker::Whole {
                least: from,
                most: to,
                scale,
                spread,
            });
        }
        if let Some(kind) = explicit {
            return Err(never(field, kind));
        }
    }
    let wish = match narrow {
        Narrow::Values => (0, 40 * unit),
        Narrow::Versions => (1, 9),
        Narrow::No | Narrow::Hours => (0, unit.saturating_mul(1000)),
    };
    let is_given = min.is_some() && max.is_some() && narrow == Narrow::No;
    let (least, most) = match is_given && most - least <= WIDEST.saturating_mul(unit) {
        true => (least, most),
        false => expected(least, most, wish),
    };
    Ok(Maker::Whole {
        least,
        most,
        scale,
        spread: Spread::Even,
    })
}

/// The whole numbers that tell records apart: as many as there may be, from 1 on where that is allowed.
pub(crate) fn distinct(field: &Field, min: Option<i128>, max: Option<i128>) -> (i128, i128) {
    let (least, most) = bounds(field, min, max);
    let from = if (least..=most).contains(&1) && min.is_none() {
        1
    } else {
        least
    };
    let enough = 1_000_000_000_000;
    (from, most.min(from.saturating_add(enough)))
}

/// Floats. Those that a table cannot hold are left out where that is possible.
pub(crate) fn float(field: &Field, min: Option<f64>, max: Option<f64>) -> Result<Maker, DataError> {
    let (least, most) = (min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX));
    let (explicit, numbers) = numbers(field);
    if let Some((from, to, spread)) = numbers {
        let (from, to) = (least.max(from as f64), most.min(to as f64));
        if from <= to {
            return Ok(Maker::Float {
                least: from,
                most: to,
                spread,
            });
        }
        if let Some(kind) = explicit {
            return Err(never(field, kind));
        }
    }
    let is_given = min.is_some() && max.is_some();
    let (least, most) = if is_given && most - least <= WIDEST as f64 {
        (least, most)
    } else if least.max(0.0) <= most.min(1000.0) {
        (least.max(0.0), most.min(1000.0))
    } else if least > 1000.0 {
        (least, most.min(least * 2.0))
    } else {
        (least.max(most * 2.0), most)
    };
    Ok(Maker::Float {
        least,
        most,
        spread: Spread::Even,
    })
}

/// Points in time, in microseconds.
pub(crate) fn moments(
    field: &Field,
    min: Option<i64>,
    max: Option<i64>,
    narrow: Narrow,
) -> (i64, i64) {
    let (first, last) = match narrow {
        Narrow::Hours => (FIRST_DAY, FIRST_DAY + 29),
        Narrow::No | Narrow::Values | Narrow::Versions => usual_days(field),
    };
    let wish = (
        i128::from(first) * i128::from(DAY_MICROS),
        (i128::from(last) + 1) * i128::from(DAY_MICROS) - 1,
    );
    let all = sluice_contract::literal::TIMESTAMPS;
    let least = min.unwrap_or(*all.start()).max(*all.start());
    let most = max.unwrap_or(*all.end()).min(*all.end());
    let (least, most) = expected(least.into(), most.into(), wish);
    (least as i64, most as i64)
}

/// Days.
pub(crate) fn days(field: &Field, min: Option<i32>, max: Option<i32>) -> (i32, i32) {
    let (first, last) = usual_days(field);
    let all = sluice_contract::literal::DATES;
    let least = min.unwrap_or(*all.start()).max(*all.start());
    let most = max.unwrap_or(*all.end()).min(*all.end());
    let (least, most) = expected(least.into(), most.into(), (first.into(), last.into()));
    (least as i32, most as i32)
}

fn usual_days(field: &Field) -> (i32, i32) {
    let type_name: TypeName = field.kind.type_name();
    match field.fake.or_else(|| Fake::guess(&field.name, type_name)) {
        Some(Fake::BirthDate) => BIRTHS,
        _ => (FIRST_DAY, LAST_DAY),
    }
}

fn never(field: &Field, kind: Fake) -> DataError {
    DataError::KindNeverFits {
        field: field.name.clone(),
        kind: kind.name(),
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::literal::date_text;

    use super::*;

    #[test]
    fn what_is_expected_gives_way_to_bounds() {
        fn check(least: i128, most: i128, to: (i128, i128)) {
            assert_eq!(expected(least, most, (0, 1000)), to, "{least} to {most}");
        }
        check(-5, 10_000_000, (0, 1000));
        check(7, 9, (7, 9));
        check(2000, 90_000, (2000, 3000));
        check(2000, 2010, (2000, 2010));
        check(-9000, -10, (-1010, -10));
        check(i128::MIN, -10, (-1010, -10));
    }

    #[test]
    fn the_days_are_those_that_they_are_called() {
        assert_eq!(date_text(FIRST_DAY), "2025-01-01");
        assert_eq!(date_text(LAST_DAY), "2025-12-31");
        assert_eq!(date_text(BIRTHS.0), "1940-01-01");
        assert_eq!(date_text(BIRTHS.1), "2006-12-31");
    }
}
