//! What was answered to a request with an `Idempotency-Key`: an item a key, kept for a day.

use super::path::{Number, Text, attributes};

attributes! {
    /// A hash of what was asked.
    FINGERPRINT: Text = "fingerprint";
    /// Which request has the key.
    OWNER: Text = "owner";
    /// Until when nobody else may take it over, in seconds since 1970-01-01T00:00:00Z.
    LEASE_UNTIL: Number = "lease_until";
    /// What was answered, compressed and in Base64; absent while nothing was.
    ANSWER: Text = "answer";
}

/// The sort key of all of them.
pub const SORT_KEY: &str = "answer";

/// The partition key of an entry, which is a hash of pipeline, caller and key.
pub fn partition_key(entry: &str) -> String {
    format!("request#{entry}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(partition_key("5c1a"), "request#5c1a");
    }
}
