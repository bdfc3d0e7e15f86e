//! Which numbers DynamoDB holds exactly: zero, and those of up to 38 significant digits from 1e-130 to below 1e126 in
//! magnitude. What it does not hold is never rounded and never taken for zero.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-data-types-number>

/// Significant digits, at the most.
const MAX_DIGITS: usize = 38;
/// The greatest and the least decimal exponent of a number that is written with one digit before the point.
const MAX_EXPONENT: i64 = 125;
const MIN_EXPONENT: i64 = -130;
/// The same for floats, none of which has too many digits: those that are not zero are in between.
pub(super) const MIN_FLOAT: f64 = 1e-130;
pub(super) const ABOVE_FLOATS: f64 = 1e126;

/// Whether DynamoDB holds a number, as it is written in JSON.
pub fn fits_number(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else {
        return false;
    };
    let mantissa = mantissa.trim_start_matches(['-', '+']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let Some(first) = digits.iter().position(|digit| *digit != b'0') else {
        return true;
    };
    let last = digits
        .iter()
        .rposition(|digit| *digit != b'0')
        .unwrap_or(first);
    // Lengths of a text in memory fit 63 bits.
    let magnitude = exponent.saturating_add(whole.len() as i64 - 1 - first as i64);
    last - first < MAX_DIGITS && (MIN_EXPONENT..=MAX_EXPONENT).contains(&magnitude)
}

/// [`fits_number`] of a float's shortest text, without writing it.
pub(super) fn fits_float(value: f64) -> bool {
    value == 0.0 || (MIN_FLOAT..ABOVE_FLOATS).contains(&value.abs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers() {
        fn check(number: &str, expected: bool) {
            assert_eq!(fits_number(number), expected, "{number}");
        }
        check("0", true);
        check("-0.000", true);
        check("0e999999999999999999999999", false);
        check("9.9e125", true);
        check("9.9999999999999999999999999999999999999e+125", true);
        check("-9.9999999999999999999999999999999999999E125", true);
        check("1e126", false);
        check("-1e126", false);
        check("99e125", false);
        check("1e-130", true);
        check("-1E-130", true);
        check("9.9e-131", false);
        check("0.1e-130", false);
        check("1000000000000000000000000000000000000000000", true);
        check("0.00000000000000000000000000000000000000000001", true);
        check("99999999999999999999999999999999999999", true);
        check("100000000000000000000000000000000000001", false);
    }

    #[test]
    fn floats_at_the_limits() {
        fn check(value: f64, expected: bool) {
            for value in [value, -value] {
                assert_eq!(fits_float(value), expected, "{value:e}");
                assert_eq!(fits_number(&format!("{value:e}")), expected, "{value:e}");
            }
        }
        check(0.0, true);
        check(1e-130, true);
        check(1e-130_f64.next_down(), false);
        check(f64::MIN_POSITIVE, false);
        check(f64::MIN_POSITIVE.next_down(), false);
        check(1e126_f64.next_down(), true);
        check(1e126, false);
        check(f64::MAX, false);
    }

    proptest! {
        #[test]
        fn numbers_never_panic(number in "[-+]?[0-9.]{0,50}([eE][-+]?[0-9]{0,20})?") {
            let _ = fits_number(&number);
        }

        #[test]
        fn a_float_fits_where_its_text_does(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            prop_assert_eq!(fits_float(value), fits_number(&format!("{value:e}")));
        }
    }
}
