//! Encodings of the time before Unicode.

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::{Convert, ILL_FORMED};

/// Any encoding of the Encoding Standard.
pub(super) struct Legacy(Decoder);

impl Legacy {
    pub(super) fn new(encoding: &'static Encoding) -> Self {
        Self(encoding.new_decoder_without_bom_handling())
    }
}

impl Convert for Legacy {
    fn convert(&mut self, bytes: &mut Vec<u8>, ended: bool, text: &mut Vec<u8>) {
        let mut rest = bytes.as_slice();
        loop {
            let start = text.len();
            // Where that cannot be told, a part at a time.
            let room = self
                .0
                .max_utf8_buffer_length_without_replacement(rest.len());
            text.resize(start + room.unwrap_or(1 << 10), 0);
            let (result, read, written) =
                self.0
                    .decode_to_utf8_without_replacement(rest, &mut text[start..], ended);
            text.truncate(start + written);
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => text.push(ILL_FORMED),
            }
        }
        // The decoder keeps what is no whole character yet.
        bytes.clear();
    }
}
