//! What PagerDuty and Slack have been told: an item for what was told to one of them, one for an incident that is open, and one
//! for when what an incident may be about was over last. All of them vanish after a while.

use super::path::{Text, attributes};

attributes! {
    /// When it was told, when what the incident is about happened, or when it was over.
    AT: Text = "at";
}

/// The sort key of an incident that is open.
pub const INCIDENT: &str = "incident";

/// The sort key of when it was over last, whether an incident was open or not: trouble is told late where somebody could not be
/// told, and may be over by then.
pub const OVER: &str = "over";

/// The partition key of what was told; the sort key is the channel's name. `id` is that of the event.
pub fn told(id: &str) -> String {
    format!("told#{id}")
}

/// The partition key of an incident.
pub fn incident(dedup_key: &str) -> String {
    format!("incident#{dedup_key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_as_they_are() {
        assert_eq!(told("5c1a"), "told#5c1a");
        assert_eq!(incident("sluice/shop"), "incident#sluice/shop");
    }
}
