//! The time that says which version of a record is the newest: not before the other times of the record.

use sluice_contract::literal;

use crate::maker::{self, Maker};
use crate::rng::Draw;

const DAY_MICROS: i64 = 86_400_000_000;

/// How much later than everything else in a record its version is, at the most.
const LATER_MICROS: i64 = 90 * DAY_MICROS;

/// A time in microseconds; the earliest of all where a field has none.
pub(crate) fn moment(maker: &Maker, text: &str) -> i64 {
    match maker {
        Maker::Moment { .. } | Maker::Day { .. } => {
            literal::timestamp(text.as_bytes()).unwrap_or(i64::MIN)
        }
        _ => i64::MIN,
    }
}

/// Appends a time that is not before `latest`, as far as the field's bounds allow.
pub(crate) fn push(maker: &Maker, latest: i64, draw: &mut Draw, text: &mut String) {
    let later = |least: i64, most: i64, span: i64, draw: &mut Draw| {
        let from = if latest == i64::MIN {
            least
        } else {
            latest.clamp(least, most)
        };
        let to = if latest == i64::MIN {
            most
        } else {
            most.min(from.saturating_add(span))
        };
        (from, draw.between(from.into(), to.into()) as i64)
    };
    match maker {
        Maker::Moment { least, most } => {
            let (from, micros) = later(*least, *most, LATER_MICROS, draw);
            maker::push_moment(micros, from, text);
        }
        Maker::Day { least, most } => {
            let days = |day: i32| i64::from(day) * DAY_MICROS;
            let (_, micros) = later(days(*least), days(*most), LATER_MICROS, draw);
            let day = micros.div_euclid(DAY_MICROS) as i32;
            text.push_str(&literal::date_text(day.clamp(*least, *most)));
        }
        _ => {}
    }
}
