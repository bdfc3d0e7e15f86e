//! What became of the records of one request: the law that nothing disappears, as a value.

use serde::Serialize;

/// How many records came, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Accounts {
    /// Records of the body.
    pub read: u64,
    /// Those that were stored, or handed on to the lake where there is no table.
    pub stored: u64,
    /// Those that the plugin left out.
    pub dropped: u64,
    /// Those of which the same version or a newer one is stored.
    pub duplicate: u64,
    /// Those that were refused, with a reason each.
    pub rejected: u64,
}

impl Accounts {
    /// Whether every record is accounted for.
    pub fn add_up(&self) -> bool {
        self.read == self.stored + self.dropped + self.duplicate + self.rejected
    }

    /// Adds those of another request.
    pub fn add(&mut self, other: Accounts) {
        self.read += other.read;
        self.stored += other.stored;
        self.dropped += other.dropped;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
    }
}
