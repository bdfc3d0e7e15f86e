//! Text that grows value by value. Most values are a few bytes long, and a call to copy each would cost more than the
//! copy, above all inside a sandbox: so they are copied in blocks of fixed size, which compile to plain loads and stores.

use std::ops::Range;

/// Values joined.
#[derive(Debug, Default)]
pub(crate) struct TextBuffer {
    bytes: Vec<u8>,
}

impl TextBuffer {
    /// With room for `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> TextBuffer {
        TextBuffer {
            bytes: Vec::with_capacity(capacity),
        }
    }

    /// Bytes so far.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds bytes.
    #[inline]
    pub(crate) fn push(&mut self, value: &[u8]) {
        match value.len() {
            0..4 => value.iter().for_each(|byte| self.bytes.push(*byte)),
            4..8 => self.push_blocks::<4>(value),
            8..16 => self.push_blocks::<8>(value),
            16..=64 => self.push_blocks::<16>(value),
            _ => self.bytes.extend_from_slice(value),
        }
    }

    /// Adds `N` bytes or more. The last block overlaps the one before it.
    #[inline(always)]
    fn push_blocks<const N: usize>(&mut self, value: &[u8]) {
        let (blocks, rest) = value.as_chunks::<N>();
        for block in blocks {
            self.bytes.extend_from_slice(block);
        }
        if let (false, Some(last)) = (rest.is_empty(), value.last_chunk::<N>()) {
            self.bytes.truncate(self.bytes.len() - (N - rest.len()));
            self.bytes.extend_from_slice(last);
        }
    }

    /// Adds bytes, each changed on the way.
    #[inline]
    pub(crate) fn push_mapped(&mut self, value: &[u8], map: impl Fn(u8) -> u8) {
        self.bytes.extend(value.iter().map(|byte| map(*byte)));
    }

    /// Moves bytes to the front, where they overwrite what was there.
    pub(crate) fn copy_within(&mut self, from: Range<usize>, to: usize) {
        self.bytes.copy_within(from, to);
    }

    /// Takes back all bytes but the first `len`.
    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// The bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_copied() {
        let from: Vec<u8> = (0..200).map(|i| i as u8).collect();
        for length in 0..from.len() {
            let mut buffer = TextBuffer::default();
            buffer.push(b"before");
            buffer.push(&from[..length]);
            buffer.push(b"after");
            assert_eq!(
                buffer.bytes,
                [b"before", &from[..length], b"after"].concat()
            );
            buffer.truncate(6);
            buffer.push_mapped(b"after", |byte| byte.to_ascii_uppercase());
            assert_eq!(buffer.finish(), b"beforeAFTER");
        }
    }
}
