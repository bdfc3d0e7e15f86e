//! How values are written: the one place that turns text into integers, floats, decimals, booleans, timestamps and
//! dates, for the manifest's own bounds and for every cell of every record.
//!
//! The parsers take the bytes of one value, without blanks around it, and answer `None` for anything that is not wholly
//! that value. They allocate nothing and never panic. They know no field and no constraint: whether a value is within
//! its bounds is for the caller to say.

mod calendar;

pub use calendar::{
    DATES, TIMESTAMPS, civil_from_days, date, date_text, days_from_civil, timestamp,
    timestamp_text, write_date, write_timestamp,
};

/// The most digits of a decimal: 10 to the power of 38 is the greatest that fits 128 bits.
pub const MAX_PRECISION: u8 = 38;

/// Powers of ten, from 0 to [`MAX_PRECISION`].
const POWERS_OF_TEN: [u128; MAX_PRECISION as usize + 1] = {
    let mut powers = [1; MAX_PRECISION as usize + 1];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// A 64-bit integer: an optional sign and decimal digits, of which any number may be leading zeros. A point and an exponent
/// may follow where the number is whole all the same, as in `5.0` and `1e3`.
#[inline]
pub fn integer(bytes: &[u8]) -> Option<i64> {
    digits_alone(bytes).or_else(|| whole_number(bytes))
}

/// An integer with a point or an exponent.
#[cold]
fn whole_number(bytes: &[u8]) -> Option<i64> {
    let units = scaled(bytes, 0, POWERS_OF_TEN[19])?;
    i64::try_from(units).ok()
}

/// An integer without a point and an exponent.
#[inline]
fn digits_alone(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(bytes);
    if digits.is_empty() {
        return None;
    }
    // 18 digits always fit, so that the usual case needs no check.
    if digits.len() <= 18 {
        let mut value = 0i64;
        for byte in digits {
            value = value
                .wrapping_mul(10)
                .wrapping_add(i64::from(digit(*byte)?));
        }
        return Some(if negative { -value } else { value });
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = i64::from(digit(*byte)?);
        value = value.checked_mul(10)?;
        // Counting down reaches the smallest integer, whose opposite does not exist.
        value = if negative {
            value.checked_sub(digit)?
        } else {
            value.checked_add(digit)?
        };
    }
    Some(value)
}

/// A finite 64-bit floating-point number, such as `1`, `-0.5`, `.5`, `5.` or `1e-9`; the nearest one to what is written.
/// `inf`, `nan` and numbers too great for 64 bits are refused.
#[inline]
pub fn float(bytes: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// An exact decimal number of at most `precision` digits, `scale` of them after the point, in units of 10 to the power
/// of `-scale`: `12.3` is 1230 where `scale` is 2.
///
/// An optional sign, digits and an optional point with more digits; either side of the point may be empty, not both.
/// Further digits after the point must be zeros, for nothing is rounded. An exponent, as in `1E+2`, moves the point.
///
/// `precision` is 1 to [`MAX_PRECISION`] and `scale` 0 to `precision`; others are refused like a value that is too long.
#[inline]
pub fn decimal(bytes: &[u8], precision: u8, scale: u8) -> Option<i128> {
    let limit = *POWERS_OF_TEN.get(usize::from(precision))?;
    if scale > precision {
        return None;
    }
    plain_decimal(bytes, scale, limit).or_else(|| scaled(bytes, scale, limit))
}

/// A number with an exponent or without, in units of 10 to the power of `-scale`, of which there are less than `limit`.
#[cold]
fn scaled(bytes: &[u8], scale: u8, limit: u128) -> Option<i128> {
    let (negative, number) = split_sign(bytes);
    let (digits, exponent) = match number.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&number[..at], exponent(&number[at + 1..])?),
        None => (number, 0),
    };
    let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &digits[..0]),
    };
    let count = whole.len() + fraction.len();
    if count == 0 {
        return None;
    }
    // So many of the digits, or of the zeros that follow them, come before the end of a unit.
    let kept = i64::try_from(whole.len()).ok()?.checked_add(exponent)? + i64::from(scale);
    let mut units = 0u128;
    for (at, byte) in whole.iter().chain(fraction).enumerate() {
        match (digit(*byte)?, (at as i64) < kept) {
            (digit, true) => {
                units = units.checked_mul(10)?.checked_add(u128::from(digit))?;
            }
            (0, false) => {}
            (_, false) => return None,
        }
    }
    if units > 0 {
        let zeros = usize::try_from(kept - count as i64).unwrap_or(0);
        units = units.checked_mul(*POWERS_OF_TEN.get(zeros)?)?;
    }
    if units >= limit {
        return None;
    }
    let units = i128::try_from(units).ok()?;
    Some(if negative { -units } else { units })
}

/// What follows the `e` of a number; one that is too great for any number stays so.
fn exponent(bytes: &[u8]) -> Option<i64> {
    const FAR: i64 = 1 << 40;
    let (negative, digits) = split_sign(bytes);
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0, |value: i64, byte| {
        Some((value * 10 + i64::from(digit(*byte)?)).min(FAR))
    })?;
    Some(if negative { -value } else { value })
}

/// A decimal without an exponent, of less than `limit` units.
#[inline]
fn plain_decimal(bytes: &[u8], scale: u8, limit: u128) -> Option<i128> {
    let (negative, digits) = split_sign(bytes);
    let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &digits[..0]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (fraction, surplus) = fraction.split_at(fraction.len().min(usize::from(scale)));
    if surplus.iter().any(|byte| *byte != b'0') {
        return None;
    }

    let units = if whole.len() + fraction.len() <= 18 {
        let mut units = 0u64;
        for byte in whole.iter().chain(fraction) {
            units = units
                .wrapping_mul(10)
                .wrapping_add(u64::from(digit(*byte)?));
        }
        u128::from(units)
    } else {
        let mut units = 0u128;
        for byte in whole.iter().chain(fraction) {
            units = units
                .checked_mul(10)?
                .checked_add(u128::from(digit(*byte)?))?;
        }
        units
    };
    let units = units.checked_mul(*POWERS_OF_TEN.get(usize::from(scale) - fraction.len())?)?;
    if units >= limit {
        return None;
    }
    let units = i128::try_from(units).expect("less than 10 to the power of 38");
    Some(if negative { -units } else { units })
}

/// `true`, `t`, `yes`, `y` and `1`; `false`, `f`, `no`, `n` and `0`; in upper, lower or mixed case.
#[inline]
pub fn boolean(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [b'1' | b't' | b'T' | b'y' | b'Y'] => Some(true),
        [b'0' | b'f' | b'F' | b'n' | b'N'] => Some(false),
        _ if bytes.eq_ignore_ascii_case(b"true") || bytes.eq_ignore_ascii_case(b"yes") => {
            Some(true)
        }
        _ if bytes.eq_ignore_ascii_case(b"false") || bytes.eq_ignore_ascii_case(b"no") => {
            Some(false)
        }
        _ => None,
    }
}

/// Appends a decimal of `scale` digits after the point, in the form that [`decimal`] reads: `12.30`.
pub fn write_decimal(units: i128, scale: u8, out: &mut Vec<u8>) {
    if units < 0 {
        out.push(b'-');
    }
    let digits = units.unsigned_abs().to_string();
    let scale = usize::from(scale);
    let missing = (scale + 1).saturating_sub(digits.len());
    let start = out.len();
    out.resize(start + missing, b'0');
    out.extend_from_slice(digits.as_bytes());
    if scale > 0 {
        out.insert(out.len() - scale, b'.');
    }
}

/// What [`write_decimal`] writes, as a new text.
pub fn decimal_text(units: i128, scale: u8) -> String {
    ascii_text(|out| write_decimal(units, scale, out))
}

/// The text that `write` appends.
fn ascii_text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(32);
    write(&mut out);
    String::from_utf8(out).expect("only ASCII is written")
}

/// Whether there is a minus sign, and what follows the sign.
#[inline]
fn split_sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

/// The value of a decimal digit.
#[inline]
fn digit(byte: u8) -> Option<u8> {
    let value = byte.wrapping_sub(b'0');
    (value <= 9).then_some(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers() {
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(integer(text.as_bytes()), expected, "{text}");
        }
        check("0", Some(0));
        check("-0", Some(0));
        check("+42", Some(42));
        check("007", Some(7));
        check("9223372036854775807", Some(i64::MAX));
        check("-9223372036854775808", Some(i64::MIN));
        check("00000000000000000000000000000000042", Some(42));
        check("9223372036854775808", None);
        check("-9223372036854775809", None);
        check("99999999999999999999999", None);
        check("", None);
        check("-", None);
        check("+-1", None);
        check(" 1", None);
        check("5.0", Some(5));
        check("-5.000", Some(-5));
        check("5.", Some(5));
        check("1e3", Some(1000));
        check("1.5E+1", Some(15));
        check("100e-2", Some(1));
        check("9223372036854775807.0", Some(i64::MAX));
        check("-9223372036854775808.0", Some(i64::MIN));
        check("9.223372036854775807e18", Some(i64::MAX));
        check("9007199254740993.0", Some(9_007_199_254_740_993));
        check("0e999999999999999999999", Some(0));
        check("0.0e-99999999999999999999", Some(0));
        check("9223372036854775808.0", None);
        check("1e19", None);
        check("1e999999999999999999999", None);
        check("5.5", None);
        check("15e-1", None);
        check("1e-1", None);
        check(".", None);
        check("e3", None);
        check("1e", None);
        check("1e+", None);
        check("1e1.0", None);
        check("1.0.0", None);
        check("1_000", None);
        check("٣", None);
    }

    #[test]
    fn floats() {
        fn check(text: &str, expected: Option<f64>) {
            assert_eq!(float(text.as_bytes()), expected, "{text}");
        }
        check("1", Some(1.0));
        check("-0.5", Some(-0.5));
        check(".5", Some(0.5));
        check("5.", Some(5.0));
        check("1e-9", Some(1e-9));
        check("+1E3", Some(1000.0));
        check("1e308", Some(1e308));
        check("1e309", None);
        check("inf", None);
        check("-Infinity", None);
        check("nan", None);
        check("", None);
        check(".", None);
        check("1,5", None);
        check("0x1p3", None);
    }

    #[test]
    fn decimals() {
        fn check(text: &str, precision: u8, scale: u8, expected: Option<i128>) {
            assert_eq!(
                decimal(text.as_bytes(), precision, scale),
                expected,
                "{text} as decimal({precision},{scale})"
            );
        }
        check("12.3", 10, 2, Some(1230));
        check("12.34", 10, 2, Some(1234));
        check("12.3400", 10, 2, Some(1234));
        check("12.345", 10, 2, None);
        check("-.5", 10, 2, Some(-50));
        check("5.", 10, 2, Some(500));
        check("+0", 1, 0, Some(0));
        check("99999999.99", 10, 2, Some(9_999_999_999));
        check("100000000", 10, 2, None);
        check(
            "000000000000000000000000000000000000000000000001",
            1,
            0,
            Some(1),
        );
        check(
            "99999999999999999999999999999999999999",
            38,
            0,
            Some(10i128.pow(38) - 1),
        );
        check("100000000000000000000000000000000000000", 38, 0, None);
        check(
            "0.99999999999999999999999999999999999999",
            38,
            38,
            Some(10i128.pow(38) - 1),
        );
        check("1", 38, 38, None);
        check(&"9".repeat(200), 38, 0, None);
        check("", 10, 2, None);
        check(".", 10, 2, None);
        check("-", 10, 2, None);
        check("1.2.3", 10, 2, None);
        check("1.2.0", 10, 1, None);
        check("1e2", 10, 2, Some(10_000));
        check("1E+2", 10, 2, Some(10_000));
        check("-1.5e-1", 10, 2, Some(-15));
        check("1.50e1", 10, 2, Some(1500));
        check("123.4500e-1", 10, 3, Some(12_345));
        check("1e-2", 10, 2, Some(1));
        check("1e-3", 10, 2, None);
        check("1e8", 10, 2, None);
        check("0e99", 10, 2, Some(0));
        check("1e37", 38, 0, Some(10i128.pow(37)));
        check("1e38", 38, 0, None);
        check("1e", 10, 2, None);
        check("e2", 10, 2, None);
        check("1,2", 10, 2, None);
        check("1", 39, 2, None);
        check("1", 5, 200, None);
    }

    #[test]
    fn booleans() {
        fn check(texts: &[&str], expected: Option<bool>) {
            for text in texts {
                assert_eq!(boolean(text.as_bytes()), expected, "{text}");
            }
        }
        check(
            &["true", "TRUE", "True", "t", "T", "yes", "Yes", "y", "1"],
            Some(true),
        );
        check(&["false", "FALSE", "f", "no", "NO", "n", "0"], Some(false));
        check(&["", "on", "off", "2", "01", "truee", " true", "ja"], None);
    }

    #[test]
    fn written_decimals() {
        fn check(units: i128, scale: u8, expected: &str) {
            assert_eq!(decimal_text(units, scale), expected);
        }
        check(1230, 2, "12.30");
        check(-5, 2, "-0.05");
        check(0, 0, "0");
        check(0, 3, "0.000");
        check(-7, 0, "-7");
        check(i128::MIN, 38, "-1.70141183460469231731687303715884105728");
    }

    proptest! {
        #[test]
        fn every_integer_is_read_back(value: i64) {
            prop_assert_eq!(integer(value.to_string().as_bytes()), Some(value));
        }

        #[test]
        fn integers_agree_with_the_standard_library(text in "[+-]?[0-9]{0,22}[ x]?") {
            prop_assert_eq!(integer(text.as_bytes()), text.parse().ok());
        }

        #[test]
        fn a_whole_number_is_one_however_it_is_written(value: i64, zeros in 0usize..9, moved in -9i32..9) {
            let text = format!("{value}.{}", "0".repeat(zeros));
            prop_assert_eq!(integer(text.as_bytes()), Some(value));
            let text = format!("{value}e{moved}");
            let moved_value = match u32::try_from(moved) {
                Ok(up) => value.checked_mul(10i64.pow(up)),
                Err(_) => {
                    let divisor = 10i64.pow(moved.unsigned_abs());
                    (value % divisor == 0).then(|| value / divisor)
                }
            };
            prop_assert_eq!(integer(text.as_bytes()), moved_value);
        }

        #[test]
        fn every_finite_float_is_read_back(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            prop_assert_eq!(float(format!("{value:?}").as_bytes()), Some(value));
            prop_assert_eq!(float(value.to_string().as_bytes()), Some(value));
        }

        #[test]
        fn every_decimal_is_read_back(
            (precision, scale) in (1..=MAX_PRECISION).prop_flat_map(|precision| (Just(precision), 0..=precision)),
            units: i128,
        ) {
            let units = units % 10i128.pow(u32::from(precision));
            prop_assert_eq!(decimal(decimal_text(units, scale).as_bytes(), precision, scale), Some(units));
        }

        #[test]
        fn a_longer_decimal_is_the_same_number(units: i64, scale in 0u8..=9, more in 0u8..=9) {
            let longer = i128::from(units) * 10i128.pow(u32::from(more));
            prop_assert_eq!(
                decimal(decimal_text(i128::from(units), scale).as_bytes(), 38, scale + more),
                Some(longer)
            );
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>, precision: u8, scale: u8) {
            let _ = (integer(&bytes), float(&bytes), decimal(&bytes, precision, scale), boolean(&bytes));
            let _ = (timestamp(&bytes), date(&bytes));
        }
    }
}
