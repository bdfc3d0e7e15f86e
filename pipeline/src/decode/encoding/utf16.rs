//! UTF-16, of which lone surrogates are kept as what they are, and told from text.

use encoding_rs::mem::{convert_utf16_to_utf8, utf16_valid_up_to};

use super::{Convert, ILL_FORMED};

/// UTF-16 in either byte order.
pub(super) struct Utf16 {
    order: ByteOrder,
    units: Vec<u16>,
}

#[derive(Debug, Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl Utf16 {
    pub(super) fn little_endian() -> Self {
        Self::new(ByteOrder::Little)
    }

    pub(super) fn big_endian() -> Self {
        Self::new(ByteOrder::Big)
    }

    fn new(order: ByteOrder) -> Self {
        let units = Vec::new();
        Self { order, units }
    }
}

impl Convert for Utf16 {
    fn convert(&mut self, bytes: &mut Vec<u8>, ended: bool, text: &mut Vec<u8>) {
        let (pairs, _) = bytes.as_chunks::<2>();
        self.units.clear();
        match self.order {
            ByteOrder::Little => self
                .units
                .extend(pairs.iter().map(|pair| u16::from_le_bytes(*pair))),
            ByteOrder::Big => self
                .units
                .extend(pairs.iter().map(|pair| u16::from_be_bytes(*pair))),
        }
        if !ended && matches!(self.units.last(), Some(0xd800..=0xdbff)) {
            self.units.pop();
        }
        let mut rest = self.units.as_slice();
        while !rest.is_empty() {
            let (valid, ill_formed) = rest.split_at(utf16_valid_up_to(rest));
            let start = text.len();
            // One code unit is at most three bytes of UTF-8.
            text.resize(start + valid.len() * 3, 0);
            let written = convert_utf16_to_utf8(valid, &mut text[start..]);
            text.truncate(start + written);
            let Some((surrogate, after)) = ill_formed.split_first() else {
                break;
            };
            text.extend(surrogate_bytes(*surrogate));
            rest = after;
        }
        bytes.drain(..self.units.len() * 2);
        if ended && !bytes.is_empty() {
            bytes.clear();
            text.push(ILL_FORMED);
        }
    }
}

/// A lone surrogate in the form that UTF-8 would have for it, if it had one. The record keeps it, and is refused.
pub(super) fn surrogate_bytes(unit: u16) -> [u8; 3] {
    let [high, low] = unit.to_be_bytes();
    [
        0xe0 | high >> 4,
        0x80 | (high & 0x0f) << 2 | low >> 6,
        0x80 | low & 0x3f,
    ]
}
