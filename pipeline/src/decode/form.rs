//! How the bytes of an object stand for its text, as its first bytes tell once they are read.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// Written by the layers that read the first bytes, and read by who wants to enter the object in the middle.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Arc<AtomicU8>);

const MARKED: u8 = 1;
const CONVERTED: u8 = 2;

impl Form {
    /// The text is what becomes of the bytes by decompression, or by another encoding.
    pub(super) fn set_converted(&self) {
        self.0.fetch_or(CONVERTED, Ordering::Relaxed);
    }

    /// A UTF-8 byte-order mark comes before the text.
    pub(super) fn set_marked(&self) {
        self.0.fetch_or(MARKED, Ordering::Relaxed);
    }

    /// Where in the object byte `at` of its text is, if it is in there as it is.
    pub(super) fn byte(&self, at: u64) -> Option<u64> {
        let form = self.0.load(Ordering::Relaxed);
        let mark = u64::from(form & MARKED) * 3;
        (form & CONVERTED == 0).then_some(mark + at)
    }
}
