//! A source that hands out few bytes at a time, as networks do: what is read through it must not differ.

use std::io::{self, Read};

/// Hands out bytes, `step` at a time at the most, and says before each that it was interrupted.
pub(super) struct Trickle {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
    interrupted: bool,
}

impl Trickle {
    pub(super) fn new(bytes: &[u8], step: usize) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            step,
            interrupted: false,
        }
    }
}

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let taken = self.step.min(buffer.len()).min(self.bytes.len() - self.at);
        buffer[..taken].copy_from_slice(&self.bytes[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}
