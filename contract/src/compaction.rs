//! What role `compact` is told: its queue's messages, which a rule of the stack, the role itself and operators send.

use serde::{Deserialize, Serialize};

/// Minutes for which nothing was written to a folder before it is compacted, unless a message says otherwise.
pub const QUIET_MINUTES: u32 = 60;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Order {
    /// Look at all folders, and send a message for each that is to be compacted.
    Walk(Walk),
    /// Compact a folder.
    Folder(Folder),
}

/// A look at all folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// The last file that was looked at, with its folder, where an earlier look had no time for the rest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Minutes for which nothing was written to a folder that is compacted.
    #[serde(default = "quiet_minutes")]
    pub quiet_minutes: u32,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Such as `submitted_at_day=2026-11-22/`.
    pub name: String,
    /// Minutes for which nothing was written to it.
    #[serde(default = "quiet_minutes")]
    pub quiet_minutes: u32,
}

fn quiet_minutes() -> u32 {
    QUIET_MINUTES
}

impl Order {
    /// The message that a day begins with.
    pub fn all() -> Order {
        Order::Walk(Walk {
            after: String::new(),
            quiet_minutes: QUIET_MINUTES,
        })
    }

    /// As it is sent.
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("an order is plain data")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn messages_stay_as_they_are() {
        let day = r#"{"walk":{"quiet_minutes":60}}"#;
        assert_eq!(Order::all().written(), day);
        for (text, after, quiet_minutes) in [
            (r#"{"walk":{}}"#, "", 60),
            (
                r#"{"walk":{"after":"day=1/","quiet_minutes":0}}"#,
                "day=1/",
                0,
            ),
        ] {
            let Ok(Order::Walk(walk)) = serde_json::from_str(text) else {
                panic!("{text}");
            };
            assert_eq!(
                (walk.after.as_str(), walk.quiet_minutes),
                (after, quiet_minutes)
            );
        }
        let folder: Order = serde_json::from_str(r#"{"folder":{"name":"day=1/"}}"#).unwrap();
        assert_eq!(
            folder,
            Order::Folder(Folder {
                name: "day=1/".to_owned(),
                quiet_minutes: 60
            })
        );
    }
}
