//! Exact numbers, and what is computed of them: digits and how many of them come after the point. What comes out is rounded
//! once, at the end.

use ethnum::I256;

use crate::column::Kind;
use crate::steps::numeral::{Form, POWERS_OF_TEN};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// The type of what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResultKind {
    Integer,
    Decimal { precision: u8, scale: u8 },
}

/// A number: `digits` divided by ten to the `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    pub(crate) digits: i128,
    /// At most 38.
    pub(crate) scale: u32,
}

/// Why there is no result.
pub(crate) enum Trouble {
    Unreadable,
    Overflow,
    ByZero,
}

impl ResultKind {
    pub(crate) fn kind(self) -> Kind {
        match self {
            ResultKind::Integer => Kind::Integer,
            ResultKind::Decimal { precision, scale } => Kind::Decimal { precision, scale },
        }
    }

    pub(super) fn scale(self) -> u32 {
        match self {
            ResultKind::Integer => 0,
            ResultKind::Decimal { scale, .. } => u32::from(scale),
        }
    }

    /// The digits of a result that fits.
    fn fit(self, digits: I256) -> Option<i128> {
        let digits = i128::try_from(digits).ok()?;
        let fits = match self {
            ResultKind::Integer => i64::try_from(digits).is_ok(),
            ResultKind::Decimal { precision, .. } => {
                digits.unsigned_abs() < POWERS_OF_TEN[usize::from(precision)]
            }
        };
        fits.then_some(digits)
    }
}

impl Exact {
    /// Reads a number of at most 38 digits, none of them more than 38 places behind the point.
    pub(crate) fn parse(form: &Form, text: &str) -> Option<Exact> {
        let (digits, scale) = form.parse(text)?.exact()?;
        Some(Exact { digits, scale })
    }

    /// The digits as if there were so many more after the point.
    fn shifted(self, scale: u32) -> Option<I256> {
        I256::from(self.digits).checked_mul(power(scale.checked_sub(self.scale)?)?)
    }
}

/// Ten to some power.
fn power(exponent: u32) -> Option<I256> {
    I256::new(10).checked_pow(exponent)
}

impl Operator {
    /// Computes, and rounds half away from zero.
    pub(super) fn apply(self, operands: &[Exact], result: ResultKind) -> Result<i128, Trouble> {
        if self == Operator::Divide && operands[1..].iter().any(|divisor| divisor.digits == 0) {
            return Err(Trouble::ByZero);
        }
        let digits = match self {
            Operator::Add => sum(operands, 1, result),
            Operator::Subtract => sum(operands, -1, result),
            Operator::Multiply => product(operands, result),
            Operator::Divide => quotient(operands, result),
        };
        let digits = digits.and_then(|digits| result.fit(digits));
        digits.ok_or(Trouble::Overflow)
    }
}

fn sum(operands: &[Exact], sign: i128, result: ResultKind) -> Option<I256> {
    let scale = operands.iter().map(|operand| operand.scale).max()?;
    let (first, others) = operands.split_first()?;
    let mut sum = first.shifted(scale)?;
    for operand in others {
        let term = operand.shifted(scale)?.checked_mul(I256::from(sign))?;
        sum = sum.checked_add(term)?;
    }
    rescale(sum, scale, result.scale())
}

fn product(operands: &[Exact], result: ResultKind) -> Option<I256> {
    let (mut product, mut scale) = (I256::ONE, 0);
    for operand in operands {
        product = product.checked_mul(I256::from(operand.digits))?;
        scale += operand.scale;
    }
    rescale(product, scale, result.scale())
}

fn quotient(operands: &[Exact], result: ResultKind) -> Option<I256> {
    let [dividend, divisor] = operands else {
        return None;
    };
    // Digits that the dividend needs so that the quotient has those of the result.
    let more = i64::from(result.scale()) + i64::from(divisor.scale) - i64::from(dividend.scale);
    let shift = power(u32::try_from(more.unsigned_abs()).ok()?)?;
    let (above, below) = match more >= 0 {
        true => (shift, I256::ONE),
        false => (I256::ONE, shift),
    };
    let above = I256::from(dividend.digits).checked_mul(above)?;
    let below = I256::from(divisor.digits).checked_mul(below)?;
    rounded(above, below)
}

/// The same number with so many digits after the point.
fn rescale(digits: I256, from: u32, to: u32) -> Option<I256> {
    match to >= from {
        true => digits.checked_mul(power(to - from)?),
        false => rounded(digits, power(from - to)?),
    }
}

/// A quotient, rounded half away from zero.
fn rounded(above: I256, below: I256) -> Option<I256> {
    let quotient = above.checked_div(below)?;
    let rest = above.checked_rem(below)?.unsigned_abs();
    // Twice the rest without an overflow.
    let is_up = rest >= below.unsigned_abs() - rest;
    let away = match (above < 0) == (below < 0) {
        true => I256::ONE,
        false => I256::MINUS_ONE,
    };
    match is_up {
        true => quotient.checked_add(away),
        false => Some(quotient),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::number::push_decimal;

    const DECIMAL: fn(u8, u8) -> ResultKind =
        |precision, scale| ResultKind::Decimal { precision, scale };

    fn check(operator: Operator, operands: &[&str], result: ResultKind, expected: &str) {
        let form = Form::of("plain").expect("a locale");
        let read = |text: &&str| Exact::parse(&form, text).expect("a number");
        let numbers: Vec<Exact> = operands.iter().map(read).collect();
        let mut text = String::new();
        match operator.apply(&numbers, result) {
            Ok(digits) => push_decimal(&mut text, digits, result.scale() as u8),
            Err(Trouble::Overflow) => text.push_str("overflow"),
            Err(Trouble::ByZero) => text.push_str("by zero"),
            Err(Trouble::Unreadable) => text.push_str("unreadable"),
        }
        assert_eq!(text, expected, "{operator:?} {operands:?}");
    }

    #[test]
    fn nothing_is_lost_but_what_is_rounded() {
        use Operator::{Add, Divide, Multiply, Subtract};
        check(Add, &["0.1", "0.2"], DECIMAL(3, 2), "0.30");
        check(Add, &["1e3", "-0.005", "1"], DECIMAL(6, 2), "1001.00");
        check(Subtract, &["0.3", "0.1"], DECIMAL(2, 1), "0.2");
        check(Subtract, &["5", "7"], ResultKind::Integer, "-2");
        check(Multiply, &["19.99", "3"], DECIMAL(9, 2), "59.97");
        check(Multiply, &["19.99", "1.19"], DECIMAL(9, 2), "23.79");
        check(Multiply, &["0.5", "1", "1"], ResultKind::Integer, "1");
        check(Multiply, &["-0.5", "1"], ResultKind::Integer, "-1");
        check(Multiply, &["-0.49", "1"], ResultKind::Integer, "0");
        check(Divide, &["1", "3"], DECIMAL(5, 4), "0.3333");
        check(Divide, &["2", "-3"], DECIMAL(5, 4), "-0.6667");
        check(Divide, &["1", "8"], DECIMAL(5, 2), "0.13");
        check(Divide, &["0.001", "1000"], DECIMAL(9, 6), "0.000001");
        check(Divide, &["5", "0.00"], DECIMAL(9, 2), "by zero");
        check(Divide, &["0", "5"], DECIMAL(9, 2), "0.00");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        use Operator::{Add, Divide, Multiply};
        let most = "99999999999999999999999999999999999999";
        check(Add, &["9.99", "0.01"], DECIMAL(3, 2), "overflow");
        check(Add, &["9.99", "0.004"], DECIMAL(3, 2), "9.99");
        check(
            Add,
            &["9223372036854775807", "0"],
            ResultKind::Integer,
            "9223372036854775807",
        );
        check(
            Add,
            &["9223372036854775807", "1"],
            ResultKind::Integer,
            "overflow",
        );
        check(Multiply, &[most, most], DECIMAL(38, 0), "overflow");
        check(Multiply, &[most, most, most], DECIMAL(38, 0), "overflow");
        check(Multiply, &[most, "1.00000000"], DECIMAL(38, 0), most);
        check(
            Multiply,
            &["12345678901234567890.12", "1234567890123456.7890"],
            DECIMAL(38, 0),
            "15241578753238836750338668134316720",
        );
        check(
            Divide,
            &[most, "0.00000000000000000001"],
            DECIMAL(38, 38),
            "overflow",
        );
    }
}
