//! What a folder's files are to become, as far as their names and sizes tell.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sluice_contract::{catalog, stack::Pipeline};

use crate::aws::StoredFile;

/// A file below so many bytes is small: a query pays for opening it rather than for reading it.
const SMALL_BYTES: u64 = 64 << 20;

/// Fewer small files than this in a folder stay as they are.
const FEWEST: u64 = 4;

/// The files of a folder, one after the other in the order of their names.
pub(super) struct Generation {
    digest: Sha256,
    small: u64,
    /// How many there are.
    pub(super) files: u64,
    /// All their bytes.
    pub(super) bytes: u64,
    /// When the newest was stored: seconds since 1970-01-01T00:00:00Z.
    pub(super) newest: i64,
}

impl Generation {
    /// Of no files yet. Another manifest makes another generation of the same files.
    pub(super) fn new(pipeline: &Pipeline) -> Self {
        let mut digest = Sha256::new();
        let mut part = |text: &str| digest.update(format!("{}\0{text}", text.len()));
        part("1");
        for field in catalog::columns(pipeline, super::lake(pipeline)) {
            part(&field.name);
            part(&field.kind.hive());
        }
        pipeline.key.iter().for_each(|name| part(name));
        pipeline.order_by.iter().for_each(|name| part(name));
        Self {
            digest,
            small: 0,
            files: 0,
            bytes: 0,
            newest: 0,
        }
    }

    pub(super) fn add(&mut self, file: &StoredFile) {
        for text in [&file.name, &file.etag] {
            self.digest.update(format!("{}\0{text}", text.len()));
        }
        self.small += u64::from(file.bytes < SMALL_BYTES);
        self.files += 1;
        self.bytes += file.bytes;
        self.newest = self.newest.max(file.stored_at);
    }

    /// Whether it is worth it: most of the files are small, and there are several.
    pub(super) fn is_worth_it(&self) -> bool {
        self.small >= FEWEST && self.small > self.files / 2
    }

    /// What every name of it begins with: the same for the same files.
    pub(super) fn fingerprint(self) -> String {
        let mut name = String::new();
        for byte in &self.digest.finalize()[..16] {
            let _ = write!(name, "{byte:02x}");
        }
        name
    }
}

/// A name that no other attempt at these files has: what one left behind that died is never among what another made.
pub(super) fn new_name(fingerprint: &str) -> String {
    format!("{fingerprint}-{:08x}", fastrand::u32(..))
}

/// Whether a generation was made of files with this fingerprint.
pub(super) fn is_of(name: &str, fingerprint: &str) -> bool {
    name.split('-').next() == Some(fingerprint)
}
