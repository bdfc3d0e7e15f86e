//! The plugin's configuration.

use sluice_sdk::{Config, Failure, FromConfig};

use crate::date::Order;

/// What the manifest may set.
pub struct Settings {
    /// Names of channels in use; others are passed on for the manifest to refuse.
    pub(crate) channels: Vec<String>,
    /// How `01/03/2026` is read.
    pub(crate) order: Order,
    /// Comments are cut after so many characters.
    pub(crate) max_comment_characters: usize,
    /// Whether records of people who try things out go on.
    pub(crate) keep_tests: bool,
}

impl FromConfig for Settings {
    const SCHEMA: &'static str = r#"{
  "type": "object",
  "additionalProperties": false,
  "codes": ["ancient_date", "bad_date", "bad_email", "bad_rating", "comment_cut", "disposable_email", "future_date",
    "masked_card", "masked_phone", "missing_date", "missing_id", "rating_contradicts_comment", "shouting", "unknown_channel",
    "unknown_country"],
  "properties": {
    "channels": { "type": "string", "default": "web,email,app,store,phone", "description": "names of channels, separated by commas" },
    "dates": { "enum": ["day-first", "month-first"], "default": "day-first", "description": "how 01/03/2026 is read" },
    "max_comment": { "type": "string", "pattern": "^[0-9]+$", "default": "4000", "description": "comments are cut after so many characters" },
    "keep_tests": { "enum": ["true", "false"], "default": "false", "description": "whether test records go on" }
  }
}"#;

    fn from_config(config: &Config) -> Result<Settings, Failure> {
        config.allow(&["channels", "dates", "max_comment", "keep_tests"])?;
        let channels = config
            .get("channels")
            .unwrap_or("web,email,app,store,phone")
            .split(',');
        let channels: Vec<String> = channels.map(|name| name.trim().to_lowercase()).collect();
        if channels.iter().any(String::is_empty) {
            return Err(config.wrong("channels", "names separated by commas"));
        }
        let order = match config.get("dates").unwrap_or("day-first") {
            "day-first" => Order::DayFirst,
            "month-first" => Order::MonthFirst,
            _ => return Err(config.wrong("dates", "`day-first` or `month-first`")),
        };
        Ok(Settings {
            channels,
            order,
            max_comment_characters: config.parse("max_comment", 4000, "a number of characters")?,
            keep_tests: config.parse("keep_tests", false, "`true` or `false`")?,
        })
    }
}
