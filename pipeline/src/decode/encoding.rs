//! Text encodings: a byte-order mark says UTF-8 or UTF-16; without one, text is UTF-8.
//!
//! Bytes that are not UTF-8 are left for the record decoders, which know whose they are. What is ill-formed in UTF-16 is
//! handed on to them in the same way, as bytes that are not UTF-8, so that it costs its record and is never guessed at.

use std::io::{self, Read};

use encoding_rs::mem::{convert_utf16_to_utf8, utf16_valid_up_to};

use super::form::Form;

const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// Bytes of UTF-16 that are converted at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Stands for a last byte that is no code unit. No UTF-8 has it.
const HALF_A_UNIT: u8 = 0xff;

/// Reads text as UTF-8, without its byte-order mark.
pub(super) fn to_utf8(input: impl Read + Send + 'static, form: Form) -> Box<dyn Read + Send> {
    Box::new(Utf8 {
        input,
        started: false,
        pending: Vec::new(),
        utf16: None,
        form,
    })
}

struct Utf8<R> {
    input: R,
    started: bool,
    /// Bytes that were read and not handed on, or not converted.
    pending: Vec<u8>,
    utf16: Option<Utf16>,
    form: Form,
}

/// What becomes of UTF-16.
struct Utf16 {
    order: ByteOrder,
    units: Vec<u16>,
    /// Text that was converted.
    text: Vec<u8>,
    /// How much of it was handed on.
    handed_on: usize,
    ended: bool,
}

#[derive(Debug, Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            let wanted = UTF8_BOM.len().saturating_sub(self.pending.len());
            self.input
                .by_ref()
                .take(wanted as u64)
                .read_to_end(&mut self.pending)?;
            self.started = true;
            self.take_mark();
        }
        match &mut self.utf16 {
            None => self.read_utf8(buffer),
            Some(utf16) => utf16.read(&mut self.input, &mut self.pending, buffer),
        }
    }
}

impl<R: Read> Utf8<R> {
    fn take_mark(&mut self) {
        let order = match self.pending.as_slice() {
            [0xff, 0xfe, ..] => ByteOrder::Little,
            [0xfe, 0xff, ..] => ByteOrder::Big,
            start => {
                if start == UTF8_BOM {
                    self.pending.clear();
                    self.form.set_marked();
                }
                return;
            }
        };
        self.pending.drain(..2);
        self.form.set_converted();
        self.utf16 = Some(Utf16 {
            order,
            units: Vec::new(),
            text: Vec::new(),
            handed_on: 0,
            ended: false,
        });
    }

    fn read_utf8(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() {
            return self.input.read(buffer);
        }
        let taken = self.pending.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.pending[..taken]);
        self.pending.drain(..taken);
        Ok(taken)
    }
}

impl Utf16 {
    /// Hands on text, of whatever length fits. `pending` are bytes that were read and are no whole character yet. Each
    /// round reads something or finds the end, so that there are no more rounds than bytes.
    fn read(
        &mut self,
        input: &mut impl Read,
        pending: &mut Vec<u8>,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        while self.handed_on == self.text.len() && !self.ended {
            let before = pending.len();
            pending.resize(before + CHUNK_BYTES, 0);
            let read = input.read(&mut pending[before..]);
            pending.truncate(before + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            self.convert(pending);
        }
        let rest = &self.text[self.handed_on..];
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.handed_on += taken;
        Ok(taken)
    }

    /// Replaces the text by that of `bytes`, and leaves there what needs more bytes to be a character.
    fn convert(&mut self, bytes: &mut Vec<u8>) {
        self.text.clear();
        self.handed_on = 0;
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
        if !self.ended && matches!(self.units.last(), Some(0xd800..=0xdbff)) {
            self.units.pop();
        }
        let mut rest = self.units.as_slice();
        while !rest.is_empty() {
            let (valid, ill_formed) = rest.split_at(utf16_valid_up_to(rest));
            let start = self.text.len();
            // One code unit is at most three bytes of UTF-8.
            self.text.resize(start + valid.len() * 3, 0);
            let written = convert_utf16_to_utf8(valid, &mut self.text[start..]);
            self.text.truncate(start + written);
            let Some((surrogate, after)) = ill_formed.split_first() else {
                break;
            };
            self.text.extend(surrogate_bytes(*surrogate));
            rest = after;
        }
        bytes.drain(..self.units.len() * 2);
        if self.ended && !bytes.is_empty() {
            bytes.clear();
            self.text.push(HALF_A_UNIT);
        }
    }
}

/// A lone surrogate in the form that UTF-8 would have for it, if it had one. The record keeps it, and is refused.
fn surrogate_bytes(unit: u16) -> [u8; 3] {
    let [high, low] = unit.to_be_bytes();
    [
        0xe0 | high >> 4,
        0x80 | (high & 0x0f) << 2 | low >> 6,
        0x80 | low & 0x3f,
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{super::trickle::Trickle, *};

    /// Reads `bytes`, of which the source hands out `step` at a time, `buffer` bytes at a time.
    fn decoded(bytes: &[u8], step: usize, buffer: usize) -> Vec<u8> {
        let mut reader = to_utf8(Trickle::new(bytes, step), Form::default());
        let (mut text, mut buffer) = (Vec::new(), vec![0; buffer]);
        // Every other call but the last ones must bring something, and no text is longer than this.
        for _ in 0..=bytes.len() * 5 + 3 {
            match reader.read(&mut buffer) {
                Ok(0) => return text,
                Ok(read) => text.extend_from_slice(&buffer[..read]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::Interrupted),
            }
        }
        panic!("no end after {} bytes", text.len());
    }

    fn utf16(units: impl Iterator<Item = u16>, big: bool) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(units);
        if big {
            units.flat_map(u16::to_be_bytes).collect()
        } else {
            units.flat_map(u16::to_le_bytes).collect()
        }
    }

    #[track_caller]
    fn check_ill_formed(units: &[u16], half: &[u8], expected: &[u8]) {
        let bytes = [utf16(units.iter().copied(), false), half.to_vec()].concat();
        for step in 1..=bytes.len() {
            assert_eq!(decoded(&bytes, step, 3), expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn ill_formed_utf16_is_no_utf8() {
        check_ill_formed(&[0x61, 0xd800, 0x62], b"", b"a\xed\xa0\x80b");
        check_ill_formed(&[0xdc00, 0xd800], b"", b"\xed\xb0\x80\xed\xa0\x80");
        check_ill_formed(
            &[0xd83d, 0xd83d, 0xde00],
            b"",
            b"\xed\xa0\xbd\xf0\x9f\x98\x80",
        );
        check_ill_formed(&[0x61], b"b", b"a\xff");
        check_ill_formed(&[0xd800], b"b", b"\xed\xa0\x80\xff");
        check_ill_formed(&[], b"b", b"\xff");
    }

    proptest! {
        #[test]
        fn utf16_is_read_through_any_buffer(text in ".{0,40}", big: bool, step in 1..9_usize, buffer in 1..9_usize) {
            let bytes = utf16(text.encode_utf16(), big);
            prop_assert_eq!(decoded(&bytes, step, buffer), text.as_bytes());
        }

        #[test]
        fn any_utf16_ends(units in proptest::collection::vec(prop_oneof![any::<u16>(), 0xd800_u16..0xe000], 0..40), big: bool, step in 1..9_usize, buffer in 1..9_usize) {
            let mut expected = Vec::new();
            for unit in char::decode_utf16(units.iter().copied()) {
                match unit {
                    Ok(unit) => expected.extend(unit.to_string().bytes()),
                    Err(lone) => expected.extend(surrogate_bytes(lone.unpaired_surrogate())),
                }
            }
            prop_assert_eq!(decoded(&utf16(units.into_iter(), big), step, buffer), expected);
        }

        #[test]
        fn other_bytes_stay(bytes in proptest::collection::vec(any::<u8>(), 0..60), step in 1..9_usize, buffer in 1..9_usize) {
            prop_assume!(!bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]));
            let expected = bytes.strip_prefix(UTF8_BOM).unwrap_or(&bytes);
            prop_assert_eq!(decoded(&bytes, step, buffer), expected);
        }
    }
}
