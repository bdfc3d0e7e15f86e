//! `[alerts]` as it was written.

use crate::reader::{Choice, OneOrMany, Short, Shorten, Word, Written};
use crate::table;
use sluice_contract::stack::{Channel, Occasion};

table! {
    /// `[alerts]`
    pub(crate) struct Alerts {
        email: Vec<Written<String>>,
        https: Vec<Written<String>>,
        pagerduty: Short<Told>,
        slack: Short<Told>,
        runbook: String,
        routes: Vec<Written<WrittenRoute>>,
    }
}

table! {
    /// `pagerduty = "NAME"` or `pagerduty = { secret = "NAME" }`
    pub(crate) struct Told {
        secret: String,
    }
}

impl Shorten for Told {
    const KEY: &'static str = "secret";
    const HELP: &'static str =
        "name the entry of Secrets Manager that says how: `\"NAME\"`, or `{ secret = \"NAME\" }`";
}

table! {
    /// An item of `routes = [ … ]`
    pub(crate) struct WrittenRoute {
        events: OneOrMany<Word<Occasion>>,
        to: OneOrMany<Word<Channel>>,
    }
}

impl Choice for Occasion {
    const CHOICES: &'static [(&'static str, Self)] = &[
        (Occasion::Failed.name(), Occasion::Failed),
        (Occasion::Refused.name(), Occasion::Refused),
        (Occasion::Damaged.name(), Occasion::Damaged),
        (Occasion::Rejected.name(), Occasion::Rejected),
        (Occasion::Done.name(), Occasion::Done),
        (Occasion::PluginPublished.name(), Occasion::PluginPublished),
        (Occasion::PluginRefused.name(), Occasion::PluginRefused),
        (
            Occasion::PluginRolledBack.name(),
            Occasion::PluginRolledBack,
        ),
        (Occasion::Alarm.name(), Occasion::Alarm),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("failure", "failed"),
        ("success", "done"),
        ("succeeded", "done"),
        ("alarms", "alarm"),
        ("rejects", "rejected"),
        ("published", "plugin_published"),
        ("rolled_back", "plugin_rolled_back"),
    ];
}

impl Choice for Channel {
    const CHOICES: &'static [(&'static str, Self)] = &[
        (Channel::Pagerduty.name(), Channel::Pagerduty),
        (Channel::Slack.name(), Channel::Slack),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] =
        &[("pager", "pagerduty"), ("pd", "pagerduty")];
}
