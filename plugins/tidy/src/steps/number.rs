//! Steps that make numbers of text: `integer`, `float`, `number`.

use crate::findings::{Context, Otherwise, Remark};
use crate::steps::numeral::{Form, POWERS, POWERS_OF_TEN, Parsed, Plain, SMALL_POWERS};
use crate::text::{Edit, Text, push};
use sluice_sdk::NullBitmap;

/// How numbers are written, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) kind: NumberKind,
    pub(crate) form: Form,
    /// Whether a value with more digits after the point than fit is rounded, half away from zero.
    pub(crate) round: bool,
    pub(crate) otherwise: Otherwise,
    pub(crate) remark: Remark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberKind {
    Integer,
    Float,
    Decimal { precision: u8, scale: u8 },
}

impl Number {
    /// Reads a column of integers.
    pub(crate) fn integers<'p>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
    ) -> (Vec<i64>, NullBitmap) {
        self.read(
            text,
            context,
            |plain| {
                i64::try_from(plain.digits)
                    .ok()
                    .filter(|_| plain.scale == 0)
            },
            |parsed| i64::try_from(parsed.scaled(0, self.round)?).ok(),
        )
    }

    /// Reads a column of floats.
    pub(crate) fn floats<'p>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
    ) -> (Vec<f64>, NullBitmap) {
        self.read(
            text,
            context,
            |plain| {
                (plain.digits < 1 << 53).then(|| plain.digits as f64 / POWERS[plain.scale as usize])
            },
            Parsed::float,
        )
    }

    fn read<'p, T: Default>(
        &'p self,
        text: &Text,
        context: &mut Context<'_, 'p>,
        convert_plain: impl Fn(Plain) -> Option<T>,
        convert: impl Fn(Parsed) -> Option<T>,
    ) -> (Vec<T>, NullBitmap) {
        let mut nulls = text.null_rows().clone();
        let mut values = Vec::with_capacity(text.rows());
        for row in 0..text.rows() {
            let value = text.value(row);
            let plain = self
                .form
                .parse_plain(value.as_bytes())
                .and_then(&convert_plain);
            let read = plain.or_else(|| self.form.parse(value).and_then(&convert));
            if read.is_none() {
                nulls.set_null(row);
                if !value.trim().is_empty() {
                    context.otherwise(row, self.otherwise, &self.remark);
                }
            }
            values.push(read.unwrap_or_default());
        }
        (values, nulls)
    }

    /// Makes exact numbers of a column: digits, and as many after the point as the type has.
    pub(crate) fn decimals<'p>(
        &'p self,
        text: &mut Text,
        (precision, scale): (u8, u8),
        context: &mut Context<'_, 'p>,
    ) {
        text.edit(|row, value, built| {
            if let Some(plain) = self.form.parse_plain(value.as_bytes())
                && plain.scale == u32::from(scale)
                && plain.digits < SMALL_POWERS[usize::from(precision).min(18)]
                && push_plain(value, self.form.point, built)
            {
                // The same digits in the same order, and only signs differ.
                if built == value {
                    built.clear();
                    return Edit::Same;
                }
                return Edit::Built;
            }
            match self.decimal(value, precision, scale) {
                Some(digits) => {
                    push_decimal(built, digits, scale);
                    if built == value {
                        built.clear();
                        return Edit::Same;
                    }
                    Edit::Built
                }
                None => {
                    if !value.trim().is_empty() {
                        context.otherwise(row, self.otherwise, &self.remark);
                    }
                    Edit::Null
                }
            }
        });
    }

    /// The value times ten to the `scale`.
    fn decimal(&self, value: &str, precision: u8, scale: u8) -> Option<i128> {
        let parsed = self.form.parse(value)?;
        let digits = parsed.scaled(u32::from(scale), self.round)?;
        (digits.unsigned_abs() < POWERS_OF_TEN[usize::from(precision)]).then_some(digits)
    }
}

/// Writes the digits of a plain number, with a point and without signs between groups; nothing where zeros stand before
/// them, or no digit before or behind the point.
#[inline]
fn push_plain(value: &str, point: char, built: &mut String) -> bool {
    let is_right = match value.as_bytes() {
        [b'0', next, ..] => !next.is_ascii_digit() && char::from(*next) == point,
        [first, .., last] => first.is_ascii_digit() && last.is_ascii_digit(),
        _ => value.as_bytes().first().is_some_and(u8::is_ascii_digit),
    } && value.as_bytes().last().is_some_and(u8::is_ascii_digit);
    if is_right {
        for byte in value.bytes() {
            if byte.is_ascii_digit() {
                built.push(char::from(byte));
            } else if char::from(byte) == point {
                built.push('.');
            }
        }
    }
    is_right
}

/// A plain decimal number, times ten to the `scale`.
pub(crate) fn plain_decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let number = Number {
        kind: NumberKind::Decimal { precision, scale },
        form: Form::of("plain")?,
        round: false,
        otherwise: Otherwise::Null,
        remark: Remark::new("", ""),
    };
    number.decimal(text, precision, scale)
}

/// Writes a number that is times ten to the `scale`.
pub(crate) fn push_decimal(built: &mut String, value: i128, scale: u8) {
    let scale = usize::from(scale);
    let mut digits = [b'0'; 48];
    let mut at = digits.len();
    let mut put = |digit: u8| {
        at -= 1;
        digits[at] = b'0' + digit;
        at
    };
    let mut first = digits_of(value.unsigned_abs(), &mut put);
    while digits.len() - first <= scale {
        first -= 1;
    }
    if value < 0 {
        built.push('-');
    }
    let point = digits.len() - scale;
    let text = std::str::from_utf8(&digits[first..]).expect("digits are ASCII");
    push(built, &text[..point - first]);
    if scale > 0 {
        built.push('.');
        push(built, &text[point - first..]);
    }
}

/// Puts the digits of a number, the last one first; returns where the first one is.
fn digits_of(value: u128, put: &mut impl FnMut(u8) -> usize) -> usize {
    let mut first;
    match u64::try_from(value) {
        Ok(mut value) => loop {
            first = put((value % 10) as u8);
            value /= 10;
            if value == 0 {
                return first;
            }
        },
        Err(_) => {
            let mut value = value;
            loop {
                first = put((value % 10) as u8);
                value /= 10;
                if value == 0 {
                    return first;
                }
            }
        }
    }
}
