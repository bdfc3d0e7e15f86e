//! Looks at text sixteen bytes at a time: whether it needs tidying, how many digits and letters it has, and whether it
//! may be an e-mail address.
//!
//! Windows of a fixed size, flags and sums that wrap compile to vector instructions; a loop that could leave early, or
//! had to check a sum for overflow, would not. The last window of a text overlaps the one before it.

/// What a scan finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Whether there may be something to tidy: a blank beside a blank, a control character, or the first byte of a
    /// blank or invisible character beyond ASCII.
    pub(crate) untidy: bool,
    /// Digits of ASCII.
    pub(crate) digits: u32,
    /// Capital letters of ASCII.
    pub(crate) capitals: u32,
    /// Small letters of ASCII.
    pub(crate) small: u32,
}

/// Scans a text.
pub(crate) fn scan(text: &[u8]) -> Scan {
    let mut scan = Scan {
        untidy: is_untidy(text),
        ..Scan::default()
    };
    let mut sums = Sums::default();
    let (mut blocks, last) = (0, text.len() / 16);
    for block in text.as_chunks::<16>().0 {
        sums.add(block, 0);
        blocks += 1;
        // Sums of at most 255 ones fit a byte.
        if blocks % 255 == 0 || blocks == last {
            sums.take(&mut scan);
        }
    }
    let rest = text.len() % 16;
    match text.last_chunk::<16>() {
        _ if rest == 0 => {}
        Some(block) => {
            sums.add(block, 16 - rest as u8);
            sums.take(&mut scan);
        }
        None => {
            for byte in text {
                scan.digits += u32::from(byte.is_ascii_digit());
                scan.capitals += u32::from(byte.is_ascii_uppercase());
                scan.small += u32::from(byte.is_ascii_lowercase());
            }
        }
    }
    scan
}

#[derive(Default)]
struct Sums {
    digits: [u8; 16],
    capitals: [u8; 16],
    small: [u8; 16],
}

impl Sums {
    /// Counts the bytes of a block but the first `skip`.
    #[inline(always)]
    fn add(&mut self, block: &[u8; 16], skip: u8) {
        for i in 0..16 {
            let counts = i as u8 >= skip;
            let is = |is: bool| u8::from(is & counts);
            self.digits[i] = self.digits[i].wrapping_add(is(block[i].wrapping_sub(b'0') < 10));
            self.capitals[i] = self.capitals[i].wrapping_add(is(block[i].wrapping_sub(b'A') < 26));
            self.small[i] = self.small[i].wrapping_add(is(block[i].wrapping_sub(b'a') < 26));
        }
    }

    #[inline(always)]
    fn take(&mut self, scan: &mut Scan) {
        let total = |sums: &[u8; 16]| {
            sums.iter()
                .fold(0u32, |total, sum| total.wrapping_add(u32::from(*sum)))
        };
        scan.digits += total(&self.digits);
        scan.capitals += total(&self.capitals);
        scan.small += total(&self.small);
        *self = Sums::default();
    }
}

/// Whether text may need tidying, except at its ends.
#[inline]
pub(crate) fn is_untidy(text: &[u8]) -> bool {
    let Some(last) = text.last() else {
        return false;
    };
    is_suspect(*last)
        || any_pair(text, |byte, next| {
            ((byte <= b' ') & (next <= b' ')) | is_suspect(byte)
        })
}

/// Control characters, and the first bytes of U+0080 to U+00BF, U+2000 to U+3FFF and U+F000 to U+FFFF.
#[inline(always)]
pub(crate) fn is_suspect(byte: u8) -> bool {
    (byte < b' ')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xe2)
        | (byte == 0xe3)
        | (byte == 0xef)
}

/// Whether any byte and its successor pass a test, which must be free of branches.
#[inline(always)]
pub(crate) fn any_pair(text: &[u8], test: impl Fn(u8, u8) -> bool) -> bool {
    match text.len() {
        17.. => any_in_windows::<16>(text, test),
        9.. => any_in_windows::<8>(text, test),
        _ => text.windows(2).any(|pair| test(pair[0], pair[1])),
    }
}

/// The same for texts that are longer than `N` bytes.
#[inline(always)]
fn any_in_windows<const N: usize>(text: &[u8], test: impl Fn(u8, u8) -> bool) -> bool {
    let mut flags = [0u8; N];
    let mut look = |window: &[u8]| {
        for i in 0..N {
            flags[i] |= u8::from(test(window[i], window[i + 1]));
        }
    };
    let mut rest = text;
    while rest.len() > N {
        look(&rest[..=N]);
        rest = &rest[N..];
    }
    look(&text[text.len() - N - 1..]);
    flags.iter().fold(0, |any, flag| any | flag) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let bytes = text.as_bytes();
        let count = |test: fn(&u8) -> bool| bytes.iter().filter(|byte| test(byte)).count() as u32;
        let expected = Scan {
            untidy: bytes
                .windows(2)
                .any(|pair| pair[0] <= b' ' && pair[1] <= b' ')
                || bytes.iter().any(|byte| is_suspect(*byte)),
            digits: count(u8::is_ascii_digit),
            capitals: count(u8::is_ascii_uppercase),
            small: count(u8::is_ascii_lowercase),
        };
        assert_eq!(scan(bytes), expected, "{text:?}");
    }

    #[test]
    fn every_length_and_position() {
        for length in 0..70 {
            let plain = "aB3. ".repeat(20)[..length].to_string();
            check(&plain);
            for at in 0..=length {
                for odd in ["  ", "\n", "\u{a0}", "…"] {
                    check(&format!("{}{odd}{}", &plain[..at], &plain[at..]));
                }
            }
        }
        check(&"x1Y".repeat(5_000));
    }
}
