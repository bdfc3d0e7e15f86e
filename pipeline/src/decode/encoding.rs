//! Text encodings: a byte-order mark says UTF-8 or UTF-16, and what has none is in the encoding that the source says. Where
//! that says nothing, it is UTF-8, or UTF-16 if its zero bytes give it away.
//!
//! Bytes that are not UTF-8 are left for the record decoders, which know whose they are. What is ill-formed in another
//! encoding is handed on to them in the same way, as bytes that are not UTF-8, so that it costs its record and is never
//! guessed at.

mod legacy;
mod utf16;

use std::io::{self, Read};

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};
use sluice_contract::stack::Encoding;

use self::{legacy::Legacy, utf16::Utf16};
use super::{form::Form, peeked::Peeked};

const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// Bytes in which zeros are looked for, where nothing says what the text is in.
const GUESSED_BYTES: usize = 256;

/// Bytes of another encoding that are converted at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Stands for bytes that no character of the encoding has. No UTF-8 has it.
const ILL_FORMED: u8 = 0xff;

/// Reads text as UTF-8, without its byte-order mark.
pub(super) fn to_utf8(
    input: impl Read + Send + 'static,
    said: Encoding,
    form: Form,
) -> Box<dyn Read + Send> {
    Box::new(Utf8(State::Start(Some(input), said, form)))
}

struct Utf8<R>(State<R>);

enum State<R> {
    /// Nothing was read. The source is taken by the first who reads.
    Start(Option<R>, Encoding, Form),
    Utf8(Peeked<R>),
    Other(Peeked<R>, Conversion),
}

/// What becomes of an encoding's bytes.
struct Conversion {
    from: Box<dyn Convert>,
    /// Bytes that were read and are no whole character yet.
    pending: Vec<u8>,
    /// Text that was converted.
    text: Vec<u8>,
    /// How much of it was handed on.
    handed_on: usize,
    ended: bool,
}

trait Convert: Send {
    /// Adds the text of `bytes`, and leaves there what needs more bytes to be a character. `ended` where there are no more.
    fn convert(&mut self, bytes: &mut Vec<u8>, ended: bool, text: &mut Vec<u8>);
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::Start(input, said, form) = &mut self.0
            && let Some(input) = input.take()
        {
            self.0 = start(Peeked::new(input, GUESSED_BYTES), *said, form);
        }
        match &mut self.0 {
            State::Start(..) => Ok(0),
            State::Utf8(input) => input.read(buffer),
            State::Other(input, conversion) => conversion.read(input, buffer),
        }
    }
}

/// Chooses the encoding, and passes the byte-order mark.
fn start<R: Read>(mut input: Peeked<R>, said: Encoding, form: &Form) -> State<R> {
    let (encoding, mark) = match (input.head(), said) {
        ([0xff, 0xfe, ..], _) => (UTF_16LE, 2),
        ([0xfe, 0xff, ..], _) => (UTF_16BE, 2),
        ([0xef, 0xbb, 0xbf, ..], _) => {
            form.set_marked();
            (UTF_8, UTF8_BOM.len())
        }
        (head, Encoding::Auto) => (guessed(head), 0),
        (_, Encoding::Known(encoding)) => (encoding, 0),
    };
    input.skip(mark);
    let from: Box<dyn Convert> = if encoding == UTF_8 {
        return State::Utf8(input);
    } else if encoding == UTF_16LE {
        Box::new(Utf16::little_endian())
    } else if encoding == UTF_16BE {
        Box::new(Utf16::big_endian())
    } else {
        Box::new(Legacy::new(encoding))
    };
    form.set_encoding(encoding.name());
    let conversion = Conversion {
        from,
        pending: Vec::new(),
        text: Vec::new(),
        handed_on: 0,
        ended: false,
    };
    State::Other(input, conversion)
}

/// UTF-16 where only one byte of the pairs is ever zero, and that of a quarter of them at the least: no text in UTF-8 has
/// zeros, and delimiters, digits and line breaks are that frequent in any language.
fn guessed(head: &[u8]) -> &'static encoding_rs::Encoding {
    let (pairs, _) = head.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let is_frequent = |zeros: usize| zeros > 0 && zeros * 4 >= pairs.len();
    match (zeros(0), zeros(1)) {
        (0, high) if is_frequent(high) => UTF_16LE,
        (high, 0) if is_frequent(high) => UTF_16BE,
        _ => UTF_8,
    }
}

impl Conversion {
    /// Hands on text, of whatever length fits. Each round reads something or finds the end, so that there are no more rounds
    /// than bytes.
    fn read(&mut self, input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        while self.handed_on == self.text.len() && !self.ended {
            let before = self.pending.len();
            self.pending.resize(before + CHUNK_BYTES, 0);
            let read = input.read(&mut self.pending[before..]);
            self.pending.truncate(before + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
            self.text.clear();
            self.handed_on = 0;
            self.from
                .convert(&mut self.pending, self.ended, &mut self.text);
        }
        let rest = &self.text[self.handed_on..];
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.handed_on += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{super::trickle::Trickle, utf16::surrogate_bytes, *};

    /// Reads `bytes`, of which the source hands out `step` at a time, `buffer` bytes at a time.
    fn decoded(bytes: &[u8], step: usize, buffer: usize) -> Vec<u8> {
        decoded_as("auto", bytes, step, buffer)
    }

    fn decoded_as(label: &str, bytes: &[u8], step: usize, buffer: usize) -> Vec<u8> {
        let said = Encoding::try_from(label.to_owned()).unwrap();
        let mut reader = to_utf8(Trickle::new(bytes, step), said, Form::default());
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
        fn other_bytes_stay(bytes in proptest::collection::vec(1_u8.., 0..60), step in 1..9_usize, buffer in 1..9_usize) {
            prop_assume!(!bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]));
            let expected = bytes.strip_prefix(UTF8_BOM).unwrap_or(&bytes);
            prop_assert_eq!(decoded(&bytes, step, buffer), expected);
        }

        #[test]
        fn what_is_said_is_read(text in "[a-zA-Z0-9,;\n äöüß€“”é]{0,60}", label in prop::sample::select(vec!["windows-1252", "iso-8859-1", "utf-16le", "utf-16be", "gb18030", "utf-8"]), step in 1..9_usize, buffer in 1..9_usize) {
            let bytes: Vec<u8> = match label {
                "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                label => {
                    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
                    encoding.encode(&text).0.into_owned()
                }
            };
            prop_assert_eq!(decoded_as(label, &bytes, step, buffer), text.as_bytes());
        }

        #[test]
        fn any_bytes_of_any_encoding_end(bytes in proptest::collection::vec(any::<u8>(), 0..60), label in prop::sample::select(Encoding::LABELS), step in 1..9_usize, buffer in 1..9_usize) {
            let at_once = decoded_as(label, &bytes, 100, 1000);
            prop_assert_eq!(decoded_as(label, &bytes, step, buffer), at_once);
        }

        #[test]
        fn utf16_needs_no_mark(text in "[a-z]{1,9}(,[a-zäöü日本語]{0,9}){0,5}\n([0-9]{1,5}(,[a-zäöü日本語]{0,9}){0,5}\n){0,5}", big: bool, step in 1..9_usize) {
            let bytes = utf16(text.encode_utf16(), big);
            prop_assert_eq!(decoded(&bytes[2..], step, 5), text.as_bytes());
        }
    }

    #[test]
    fn a_mark_outweighs_what_is_said() {
        let text = "a,é\n";
        let marked = [UTF8_BOM, text.as_bytes()].concat();
        for label in ["utf-16le", "windows-1252", "shift_jis"] {
            assert_eq!(decoded_as(label, &marked, 1, 1), text.as_bytes());
            let marked = utf16(text.encode_utf16(), true);
            assert_eq!(decoded_as(label, &marked, 1, 1), text.as_bytes());
        }
    }

    #[test]
    fn a_zero_byte_makes_no_utf16() {
        for bytes in [
            &b"id,name\n1,a\0b\n2,c\n"[..],
            b"\0",
            b"id\0\0\0\0",
            b"a\n\0\0\n",
        ] {
            assert_eq!(decoded(bytes, 1, 1), bytes);
        }
    }

    #[test]
    fn what_no_character_has_is_no_utf8() {
        assert_eq!(
            decoded_as("shift_jis", b"a,\x80\xa0\n", 1, 1),
            b"a,\xc2\x80\xff\n"
        );
        assert_eq!(decoded_as("euc-kr", b"a\xff\n", 1, 1), b"a\xff\n");
        assert_eq!(decoded_as("gbk", b"a\x81", 1, 1), b"a\xff");
    }
}
