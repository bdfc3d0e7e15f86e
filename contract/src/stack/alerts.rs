//! Who hears of what, besides those who are subscribed to the alerts topic.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event::{EventKind, SOURCE};

/// Who hears of trouble.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Alerts {
    /// Addresses that are subscribed to the alerts topic.
    pub email: Vec<String>,
    /// HTTPS endpoints that are subscribed to the alerts topic.
    pub https: Vec<String>,
    /// Who is told by the role `notify`, if anybody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

/// Who is told by the role `notify`: at least one channel, and at least one route to each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Notify {
    /// The entry of Secrets Manager with PagerDuty's integration key, where PagerDuty is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagerduty: Option<String>,
    /// The entry of Secrets Manager with Slack's webhook, where Slack is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack: Option<String>,
    /// Where the runbook is, for links: a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// What goes to whom. Channels that are not told are in none.
    pub routes: Vec<Route>,
}

/// What goes to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// What.
    pub events: Vec<Occasion>,
    /// To whom.
    pub to: Vec<Channel>,
}

/// Somebody who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// PagerDuty, by its Events API v2.
    Pagerduty,
    /// Slack, by an incoming webhook.
    Slack,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 2] = [Channel::Pagerduty, Channel::Slack];

    /// How a manifest and the control table name it.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Pagerduty => "pagerduty",
            Channel::Slack => "slack",
        }
    }
}

/// What people may want to hear of. States of a job of AWS Glue are one more, once a stack has a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The last attempt at an object failed.
    Failed,
    /// An object is none of its pipeline's.
    Refused,
    /// An object could not be read to its end, or not at all.
    Damaged,
    /// Too many of an object's records were rejected.
    Rejected,
    /// An object is done.
    Done,
    /// A plugin is in use.
    PluginPublished,
    /// A plugin did not pass.
    PluginRefused,
    /// A plugin did not prove itself.
    PluginRolledBack,
    /// An alarm of the stack rings, or has stopped.
    Alarm,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: [Occasion; 9] = [
        Occasion::Failed,
        Occasion::Refused,
        Occasion::Damaged,
        Occasion::Rejected,
        Occasion::Done,
        Occasion::PluginPublished,
        Occasion::PluginRefused,
        Occasion::PluginRolledBack,
        Occasion::Alarm,
    ];

    /// How a manifest names it.
    pub const fn name(self) -> &'static str {
        match self {
            Occasion::Failed => "failed",
            Occasion::Refused => "refused",
            Occasion::Damaged => "damaged",
            Occasion::Rejected => "rejected",
            Occasion::Done => "done",
            Occasion::PluginPublished => "plugin_published",
            Occasion::PluginRefused => "plugin_refused",
            Occasion::PluginRolledBack => "plugin_rolled_back",
            Occasion::Alarm => "alarm",
        }
    }

    /// The event that it is told by, unless CloudWatch tells it.
    pub const fn event(self) -> Option<EventKind> {
        match self {
            Occasion::Failed => Some(EventKind::ObjectFailed),
            Occasion::Refused => Some(EventKind::ObjectRefused),
            Occasion::Damaged | Occasion::Done => Some(EventKind::ObjectDone),
            Occasion::Rejected => Some(EventKind::RecordsRejected),
            Occasion::PluginPublished => Some(EventKind::PluginPublished),
            Occasion::PluginRefused => Some(EventKind::PluginRefused),
            Occasion::PluginRolledBack => Some(EventKind::PluginRolledBack),
            Occasion::Alarm => None,
        }
    }

    /// The event after which it is no trouble any more.
    pub const fn healed_by(self) -> Option<EventKind> {
        match self {
            Occasion::Failed | Occasion::Refused | Occasion::Damaged | Occasion::Rejected => {
                Some(EventKind::ObjectDone)
            }
            Occasion::PluginRefused | Occasion::PluginRolledBack => {
                Some(EventKind::PluginPublished)
            }
            Occasion::Done | Occasion::PluginPublished | Occasion::Alarm => None,
        }
    }

    /// What PagerDuty hears of where a manifest says nothing: what does not heal by itself.
    pub const PAGED: &[Occasion] = &[
        Occasion::Failed,
        Occasion::Refused,
        Occasion::PluginRolledBack,
        Occasion::Alarm,
    ];

    /// What Slack hears of where a manifest says nothing: all trouble.
    pub const POSTED: &[Occasion] = &[
        Occasion::Failed,
        Occasion::Refused,
        Occasion::Damaged,
        Occasion::Rejected,
        Occasion::PluginRefused,
        Occasion::PluginRolledBack,
        Occasion::Alarm,
    ];
}

impl Notify {
    /// The entry of Secrets Manager that a channel needs, where it is told.
    pub fn secret(&self, channel: Channel) -> Option<&str> {
        match channel {
            Channel::Pagerduty => self.pagerduty.as_deref(),
            Channel::Slack => self.slack.as_deref(),
        }
    }

    /// Every entry of Secrets Manager that is needed, each once.
    pub fn secrets(&self) -> Vec<&str> {
        let mut secrets: Vec<&str> = Channel::ALL
            .into_iter()
            .filter_map(|channel| self.secret(channel))
            .collect();
        secrets.dedup();
        secrets
    }

    /// Whether somebody is told of something.
    pub fn tells(&self, channel: Channel, occasion: Occasion) -> bool {
        let mut routes = self.routes.iter();
        routes.any(|route| route.to.contains(&channel) && route.events.contains(&occasion))
    }

    /// Whether anybody is told of something.
    pub fn hears(&self, occasion: Occasion) -> bool {
        Channel::ALL
            .into_iter()
            .any(|channel| self.tells(channel, occasion))
    }

    /// The kinds of events that have to come to the role: those that somebody is told of, and those by which an incident is
    /// over.
    pub fn kinds(&self) -> Vec<EventKind> {
        let is_needed = |kind: EventKind| {
            Occasion::ALL.into_iter().any(|occasion| {
                occasion.event() == Some(kind) && self.hears(occasion)
                    || occasion.healed_by() == Some(kind)
                        && self.tells(Channel::Pagerduty, occasion)
            })
        };
        let all = EventKind::ALL.iter().copied();
        all.filter(|kind| is_needed(*kind)).collect()
    }

    /// The pattern of the events that have to come to the role. `None` where there are none.
    pub fn pattern(&self) -> Option<Value> {
        let kinds: Vec<&str> = self
            .kinds()
            .into_iter()
            .map(EventKind::detail_type)
            .collect();
        (!kinds.is_empty()).then(|| json!({ "source": [SOURCE], "detail-type": kinds }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notify(routes: &[(&[Occasion], &[Channel])]) -> Notify {
        let route = |(events, to): &(&[Occasion], &[Channel])| Route {
            events: events.to_vec(),
            to: to.to_vec(),
        };
        Notify {
            routes: routes.iter().map(route).collect(),
            ..Notify::default()
        }
    }

    #[test]
    fn what_heals_comes_where_somebody_has_an_incident() {
        fn kinds(routes: &[(&[Occasion], &[Channel])]) -> Vec<EventKind> {
            notify(routes).kinds()
        }
        let failed: &[_] = &[Occasion::Failed];
        assert_eq!(
            kinds(&[(failed, &[Channel::Slack])]),
            [EventKind::ObjectFailed]
        );
        assert_eq!(
            kinds(&[(failed, &[Channel::Slack, Channel::Pagerduty])]),
            [EventKind::ObjectDone, EventKind::ObjectFailed]
        );
        assert_eq!(kinds(&[(&[Occasion::Alarm], &Channel::ALL)]), []);
        assert_eq!(
            kinds(&[(&[Occasion::Damaged], &[Channel::Slack])]),
            [EventKind::ObjectDone]
        );
    }

    #[test]
    fn a_word_is_how_it_is_stored() {
        for occasion in Occasion::ALL {
            assert_eq!(json!(occasion), occasion.name());
        }
        for channel in Channel::ALL {
            assert_eq!(json!(channel), channel.name());
        }
    }
}
