//! A source whose first bytes are looked at before they are read.

use std::io::{self, Read};

/// Hands out the bytes of a source, of which the first were read ahead.
pub(super) struct Peeked<R> {
    head: Vec<u8>,
    /// How much of the head was handed out.
    at: usize,
    /// What went wrong behind the head.
    error: Option<io::Error>,
    rest: R,
}

impl<R: Read> Peeked<R> {
    /// Reads up to `most` bytes ahead. Where that fails, whoever reads gets the bytes before, and then the error.
    pub(super) fn new(mut rest: R, most: usize) -> Self {
        let mut head = Vec::new();
        let read = rest.by_ref().take(most as u64).read_to_end(&mut head);
        Self {
            head,
            at: 0,
            error: read.err(),
            rest,
        }
    }

    /// What was read ahead and not handed out.
    pub(super) fn head(&self) -> &[u8] {
        &self.head[self.at..]
    }

    /// Leaves out the first bytes of the head.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.head.len());
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.head();
        if !head.is_empty() {
            let taken = head.len().min(buffer.len());
            buffer[..taken].copy_from_slice(&head[..taken]);
            self.at += taken;
            return Ok(taken);
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.rest.read(buffer),
        }
    }
}
