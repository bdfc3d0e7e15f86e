//! Text that grows value by value. Most values are a few bytes long, and a call to copy each would cost more than the
//! copy, above all inside a sandbox: so they are copied in blocks of fixed size, which compile to plain loads and stores.

/// Values joined, with room behind them.
#[derive(Debug, Default)]
pub(crate) struct TextBuffer {
    bytes: Vec<u8>,
    len: usize,
}

impl TextBuffer {
    /// With room for `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> TextBuffer {
        TextBuffer {
            bytes: vec![0; capacity],
            len: 0,
        }
    }

    /// Bytes so far.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds bytes.
    #[inline]
    pub(crate) fn push(&mut self, value: &[u8]) {
        let end = self.len + value.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        copy(&mut self.bytes[self.len..end], value);
        self.len = end;
    }

    /// Takes back all bytes but the first `len`.
    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    /// The bytes from `start`.
    #[inline]
    pub(crate) fn since(&self, start: usize) -> &[u8] {
        &self.bytes[start..self.len]
    }

    /// Adds bytes, each changed on the way.
    #[inline]
    pub(crate) fn push_mapped(&mut self, value: &[u8], map: impl Fn(u8) -> u8) {
        let end = self.len + value.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        for (to, from) in self.bytes[self.len..end].iter_mut().zip(value) {
            *to = map(*from);
        }
        self.len = end;
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize((end + 64).max(self.bytes.len() * 2), 0);
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.truncate(self.len);
        self.bytes
    }
}

/// Copies `from` to `to`, which are equally long. Up to 64 bytes, the last block overlaps the one before it.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    let length = from.len();
    assert_eq!(to.len(), length);
    match length {
        0 => {}
        1..4 => {
            to[0] = from[0];
            to[length / 2] = from[length / 2];
            to[length - 1] = from[length - 1];
        }
        4..8 => blocks::<4>(to, from),
        8..16 => blocks::<8>(to, from),
        16..=64 => blocks::<16>(to, from),
        _ => to.copy_from_slice(from),
    }
}

#[inline(always)]
fn blocks<const N: usize>(to: &mut [u8], from: &[u8]) {
    let last = from.len() - N;
    let mut at = 0;
    while at < last {
        to[at..at + N].copy_from_slice(&from[at..at + N]);
        at += N;
    }
    to[last..].copy_from_slice(&from[last..last + N]);
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
            assert_eq!(buffer.since(6), &from[..length]);
            buffer.truncate(6);
            buffer.push(b"after");
            assert_eq!(buffer.finish(), b"beforeafter");
        }
    }
}
