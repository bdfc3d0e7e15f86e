//! Text encodings: a byte-order mark says UTF-8 or UTF-16; without one, text is UTF-8. Bytes that are not UTF-8 are left
//! for the record decoders, which know whose they are; ill-formed UTF-16 becomes U+FFFD.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

use super::form::Form;

const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

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
    /// Bytes that were read and not handed on.
    pending: Vec<u8>,
    utf16: Option<Utf16>,
    form: Form,
}

struct Utf16 {
    decoder: Decoder,
    ended: bool,
    done: bool,
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.input.by_ref().take(3).read_to_end(&mut self.pending)?;
            self.started = true;
            let utf16 = match self.pending.as_slice() {
                [0xff, 0xfe, ..] => Some(UTF_16LE),
                [0xfe, 0xff, ..] => Some(UTF_16BE),
                _ => None,
            };
            if let Some(encoding) = utf16 {
                self.pending.drain(..2);
                self.form.set_converted();
                self.utf16 = Some(Utf16 {
                    decoder: encoding.new_decoder_without_bom_handling(),
                    ended: false,
                    done: false,
                });
            } else if self.pending == UTF8_BOM {
                self.pending.clear();
                self.form.set_marked();
            }
        }
        if self.utf16.is_some() {
            self.read_utf16(buffer)
        } else {
            self.read_utf8(buffer)
        }
    }
}

impl<R: Read> Utf8<R> {
    fn read_utf8(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() {
            return self.input.read(buffer);
        }
        let taken = self.pending.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.pending[..taken]);
        self.pending.drain(..taken);
        Ok(taken)
    }

    fn read_utf16(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(utf16) = &mut self.utf16 else {
            return Ok(0);
        };
        while !utf16.done {
            if self.pending.is_empty() && !utf16.ended {
                self.pending.resize(64 << 10, 0);
                let read = self.input.read(&mut self.pending)?;
                self.pending.truncate(read);
                utf16.ended = read == 0;
            }
            let (result, read, written, _) =
                utf16
                    .decoder
                    .decode_to_utf8(&self.pending, buffer, utf16.ended);
            self.pending.drain(..read);
            utf16.done = utf16.ended && matches!(result, CoderResult::InputEmpty);
            if written > 0 || utf16.done {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
