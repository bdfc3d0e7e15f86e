//! The source of a decoder: it counts what was taken, and remembers whether it failed itself.

use std::{
    io::{self, BufRead, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub(super) struct Metered {
    input: BufReader<Box<dyn Read + Send>>,
    /// Where what a decoder took is counted.
    taken: Option<Arc<AtomicU64>>,
    failure: Option<io::Error>,
}

impl Metered {
    pub(super) fn new(input: Box<dyn Read + Send>, taken: Option<Arc<AtomicU64>>) -> Self {
        Self {
            input: BufReader::with_capacity(128 << 10, input),
            taken,
            failure: None,
        }
    }

    /// Why the source failed, if the last thing that it was asked for failed.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let taken = available.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&available[..taken]);
        self.consume(taken);
        Ok(taken)
    }
}

impl BufRead for Metered {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.failure = None;
        if let Err(error) = self.input.fill_buf() {
            let kind = error.kind();
            self.failure = Some(error);
            return Err(kind.into());
        }
        Ok(self.input.buffer())
    }

    fn consume(&mut self, amount: usize) {
        if let Some(taken) = &self.taken {
            taken.fetch_add(amount as u64, Ordering::Relaxed);
        }
        self.input.consume(amount);
    }
}
