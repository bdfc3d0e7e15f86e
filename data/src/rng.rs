//! Where chance comes from: one stream of random numbers a row, so that any row can be drawn again without those before it,
//! and a shuffle of row numbers, so that keys differ without being remembered.
//!
//! Nothing here depends on the machine, on threads, or on how many rows are wanted.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// The random numbers of one row.
pub(crate) struct Draw(ChaCha8Rng);

/// What all streams of a run come from.
#[derive(Debug, Clone)]
pub(crate) struct Streams(ChaCha8Rng);

impl Streams {
    /// The streams of a seed; those of another purpose have nothing in common with them.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::MAX - purpose);
        Self(ChaCha8Rng::seed_from_u64(rng.next_u64()))
    }

    /// The stream of a row.
    pub(crate) fn of_row(&self, row: u64) -> Draw {
        let mut rng = self.0.clone();
        rng.set_stream(row);
        Draw(rng)
    }
}

impl Draw {
    /// 0 to `count` - 1, all alike. 0 where there is no choice.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        // The upper half of the product is off by less than one in 2^64 / count.
        ((u128::from(self.0.next_u64()) * u128::from(count)) >> 64) as u64
    }

    /// `least` to `most`.
    pub(crate) fn between(&mut self, least: i128, most: i128) -> i128 {
        let span = most.wrapping_sub(least) as u128;
        match u64::try_from(span) {
            Ok(span) if span < u64::MAX => least + i128::from(self.below(span + 1)),
            _ => {
                let wide = u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64());
                let offset = match span.checked_add(1) {
                    Some(count) => wide % count,
                    None => wide,
                };
                least.wrapping_add(offset as i128)
            }
        }
    }

    /// 0 to 1, without 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something happens that happens in this share of all cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    /// One of them. There is at least one.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// One of some texts. There is at least one.
    pub(crate) fn text<'a>(&mut self, of: &'a [String]) -> &'a str {
        self.pick::<String>(of)
    }

    /// The place of one of them, where each has as many lots as `weights` says.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let all: u64 = weights.clone().map(u64::from).sum();
        let mut lot = self.below(all);
        for (place, weight) in weights.enumerate() {
            match lot.checked_sub(u64::from(weight)) {
                Some(rest) => lot = rest,
                None => return place,
            }
        }
        0
    }
}

/// A shuffle of the numbers below `count` that needs no memory: a Feistel network over as many bits as `count` has, walked
/// until it leads back below `count`.
#[derive(Debug, Clone)]
pub(crate) struct Shuffle {
    count: u128,
    half_bits: u32,
    keys: [u64; 6],
}

impl Shuffle {
    /// Shuffles the numbers below `count`, which is at most 2^126.
    pub(crate) fn new(count: u128, seed: u64) -> Self {
        let bits = 128 - count.saturating_sub(1).leading_zeros();
        let half_bits = bits.div_ceil(2).max(1);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::MAX);
        Self {
            count,
            half_bits,
            keys: std::array::from_fn(|_| rng.next_u64()),
        }
    }

    /// Where a number below `count` goes.
    pub(crate) fn of(&self, number: u128) -> u128 {
        let mut number = number;
        loop {
            number = self.once(number);
            if number < self.count {
                return number;
            }
        }
    }

    fn once(&self, number: u128) -> u128 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (
            (number >> self.half_bits) as u64 & mask,
            number as u64 & mask,
        );
        for key in self.keys {
            (left, right) = (right, left ^ (mixed(right ^ key) & mask));
        }
        u128::from(left) << self.half_bits | u128::from(right)
    }
}

/// Sebastiano Vigna's finaliser of SplitMix64, in which each bit of the input changes half of those of the output.
fn mixed(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_shuffle_meets_every_number_once(count in 1_u128..2000, seed: u64) {
            let shuffle = Shuffle::new(count, seed);
            let mut seen: Vec<u128> = (0..count).map(|number| shuffle.of(number)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }

        #[test]
        fn numbers_stay_in_their_bounds(seed: u64, least: i128, most: i128) {
            let (least, most) = (least.min(most), least.max(most));
            let drawn = Streams::new(seed, 0).of_row(1).between(least, most);
            prop_assert!((least..=most).contains(&drawn));
        }
    }

    #[test]
    fn a_row_is_drawn_alike_whatever_was_drawn_before() {
        let streams = Streams::new(7, 0);
        let mut first = streams.of_row(3);
        let expected: Vec<u64> = (0..5).map(|_| first.below(1000)).collect();
        let mut other = streams.of_row(4);
        assert_ne!(
            expected,
            (0..5).map(|_| other.below(1000)).collect::<Vec<_>>()
        );
        let mut again = streams.of_row(3);
        assert_eq!(
            expected,
            (0..5).map(|_| again.below(1000)).collect::<Vec<_>>()
        );
    }

    /// The same bytes on every machine and with every version.
    #[test]
    fn the_numbers_of_a_seed_stay_what_they_are() {
        let mut draw = Streams::new(7, 0).of_row(0);
        let drawn: Vec<u64> = (0..4).map(|_| draw.below(1_000_000)).collect();
        assert_eq!(drawn, [867_549, 204_425, 602_569, 6_348]);
    }
}
