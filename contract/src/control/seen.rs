//! Which records other objects, or other parts of one, have brought already: an item a record.
//!
//! The space of a key is the pipeline's name, where duplicates are sought among all its objects, or that and the stem of
//! one object.

use super::path::{Number, Text, attributes};

attributes! {
    /// The stem of the object that brought the record first.
    OWNER: Text = "owner";
    /// Which of its records that was, from 0. It tells to which part of the object the record belongs.
    RECORD: Number = "record";
}

/// The sort key of all of them.
pub const SORT_KEY: &str = "seen";

/// What their partition keys begin with.
pub const PREFIX: &str = "key#";

/// The partition key of a record. `hash` is of its key and its `order_by`, in hexadecimal.
pub fn partition_key(space: &str, hash: &str) -> String {
    format!("{PREFIX}{space}#{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(partition_key("orders", "5c1a"), "key#orders#5c1a");
    }
}
