//! What a number that was read means, exactly: its digits, and where the point is.

/// A number: `digits` and how many of them come after the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::steps) struct Parsed {
    pub(super) negative: bool,
    pub(super) digits: u128,
    pub(in crate::steps) scale: u32,
    pub(super) exponent: i32,
}

/// Digits of a number, at the most: what 128 bits hold.
pub(super) const MOST_DIGITS: u32 = 38;

impl Parsed {
    /// Its digits with their sign, and how many of them come after the point, at most 38.
    pub(in crate::steps) fn exact(self) -> Option<(i128, u32)> {
        let scale = i64::from(self.scale) - i64::from(self.exponent);
        let (scale, shift) = match u32::try_from(scale) {
            Ok(scale) => (scale, 0),
            Err(_) => (0, u32::try_from(-scale).ok()?),
        };
        let power = 10u128.checked_pow(shift);
        let digits = match self.digits {
            0 => 0,
            digits => i128::try_from(digits.checked_mul(power?)?).ok()?,
        };
        let digits = if self.negative { -digits } else { digits };
        (scale <= MOST_DIGITS).then_some((digits, scale))
    }

    /// The value times ten to the `scale`, as far as it is a whole number of no more than 38 digits.
    pub(in crate::steps) fn scaled(self, scale: u32, round: bool) -> Option<i128> {
        // The exponent as a shift of the point.
        let have = i64::from(self.scale) - i64::from(self.exponent);
        let want = i64::from(scale);
        let mut digits = self.digits;
        if digits == 0 {
            return Some(0);
        }
        // 64 bits where they do: arithmetic with 128 is slow where a sandbox does it in pieces.
        if let (Ok(small), 0..=18) = (u64::try_from(digits), want - have)
            && let Some(scaled) = small.checked_mul(SMALL_POWERS[(want - have) as usize])
        {
            let scaled = i128::from(scaled);
            return Some(if self.negative { -scaled } else { scaled });
        }
        if have <= want {
            let more = u32::try_from(want - have)
                .ok()
                .filter(|more| *more <= MOST_DIGITS)?;
            digits = digits.checked_mul(10u128.pow(more))?;
        } else {
            let less = u32::try_from(have - want).ok()?;
            let Some(unit) = 10u128.checked_pow(less) else {
                return round.then_some(0);
            };
            let rest = digits % unit;
            digits /= unit;
            if rest != 0 {
                if !round {
                    return None;
                }
                digits += u128::from(rest >= unit / 2);
            }
        }
        let digits = i128::try_from(digits).ok()?;
        Some(if self.negative { -digits } else { digits })
    }

    pub(in crate::steps) fn float(self) -> Option<f64> {
        let shift = i64::from(self.exponent) - i64::from(self.scale);
        let value = match (u64::try_from(self.digits), u32::try_from(-shift)) {
            // Both are exact, and so the quotient is the nearest there is.
            (Ok(digits), Ok(shift)) if digits < 1 << 53 && shift <= 22 => {
                digits as f64 / POWERS[shift as usize]
            }
            _ => format!("{}e{shift}", self.digits).parse().ok()?,
        };
        value
            .is_finite()
            .then_some(if self.negative { -value } else { value })
    }
}

/// The powers of ten up to the most digits that there are.
pub(in crate::steps) static POWERS_OF_TEN: [u128; 39] = {
    let mut powers = [1; 39];
    let mut at = 1;
    while at < 39 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The powers of ten that 64 bits hold with ease.
pub(in crate::steps) static SMALL_POWERS: [u64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < 19 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The powers of ten that a float holds exactly.
pub(in crate::steps) static POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
