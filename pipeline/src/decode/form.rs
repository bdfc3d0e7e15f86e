//! How the bytes of an object stand for its text, as its first bytes tell once they are read.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU8, Ordering},
};

/// Written by the layers that read the first bytes, and read by who wants to enter the object in the middle, or to know
/// what its text was.
#[derive(Debug, Clone, Default)]
pub struct Form(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    flags: AtomicU8,
    encoding: OnceLock<&'static str>,
}

const MARKED: u8 = 1;
const CONVERTED: u8 = 2;
const NOT_COMPRESSED: u8 = 4;
const OTHER_SHEETS: u8 = 8;

impl Form {
    /// The text is what becomes of the bytes by decompression.
    pub(super) fn set_compressed(&self) {
        self.set(CONVERTED);
    }

    /// The text is what becomes of the bytes by this encoding, which is not UTF-8.
    pub(super) fn set_encoding(&self, name: &'static str) {
        self.set(CONVERTED);
        // It is told once, by the one layer that converts.
        let _ = self.0.encoding.set(name);
    }

    /// The object is named as if it were compressed, and is not.
    pub(super) fn set_not_compressed(&self) {
        self.set(NOT_COMPRESSED);
    }

    /// A workbook has other sheets that are shown, and they are not read.
    pub(super) fn set_other_sheets(&self) {
        self.set(OTHER_SHEETS);
    }

    /// A UTF-8 byte-order mark comes before the text.
    pub(super) fn set_marked(&self) {
        self.set(MARKED);
    }

    fn set(&self, flag: u8) {
        self.0.flags.fetch_or(flag, Ordering::Relaxed);
    }

    fn has(&self, flag: u8) -> bool {
        self.0.flags.load(Ordering::Relaxed) & flag != 0
    }

    /// Where in the object byte `at` of its text is, if it is in there as it is.
    pub(super) fn byte(&self, at: u64) -> Option<u64> {
        let mark = if self.has(MARKED) { 3 } else { 0 };
        (!self.has(CONVERTED)).then_some(mark + at)
    }

    /// The name of the encoding that the object's text is in, where that is not UTF-8.
    pub fn encoding(&self) -> Option<&'static str> {
        self.0.encoding.get().copied()
    }

    /// What was noticed about the object, each by a short stable name.
    pub(super) fn remarks(&self) -> impl Iterator<Item = &'static str> {
        let remarks = [
            (NOT_COMPRESSED, "not_compressed"),
            (OTHER_SHEETS, "other_sheets"),
        ];
        let noticed = remarks.map(|(flag, code)| self.has(flag).then_some(code));
        noticed.into_iter().flatten()
    }
}
