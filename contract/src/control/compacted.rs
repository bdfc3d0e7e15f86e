//! Which folders of a lake queries do not read themselves, because their records are somewhere else in fewer files.
//!
//! An item is there while that is so, or while it is being changed. Whoever changes a folder's own files looks for the item
//! afterwards, and lets queries read the folder itself again.

use super::path::{Text, attributes};

attributes! {
    /// Differs after every change: whoever finds it as it was knows that nobody came in between.
    STAMP: Text = "stamp";
    /// The generation that queries read. Where there is none, they read the folder itself.
    GENERATION: Text = "generation";
    /// The second until which somebody may be leading queries to a generation, padded with zeros, and something that no
    /// other has; absent where nobody is. Whoever wants queries to read the folder itself waits for it.
    LEADING: Text = "leading";
}

/// The sort key.
pub const COMPACTED: &str = "compacted";

/// The partition key of a folder, which ends in `/`.
pub fn partition_key(pipeline: &str, folder: &str) -> String {
    format!("folder#{pipeline}#{folder}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(partition_key("orders", "day=1/"), "folder#orders#day=1/");
    }
}
