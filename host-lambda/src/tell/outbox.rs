//! What has to be told, and is told at least once: it is written together with what happened, and taken away when the event
//! bus and the topic have it. Whoever comes to it later finds what an attempt that died in between has left.
//!
//! Where it waits is known to the ledger and the plugin's registry.

use serde::{Deserialize, Serialize};
use sluice_contract::event::Event;

use super::{Alert, AlertsTopic};
use crate::aws::{EventBus, Session};

/// What has to be told of something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Untold {
    /// To the event bus.
    #[serde(default)]
    pub events: Vec<Event>,
    /// To people, by the topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
}

impl Untold {
    /// One event, and perhaps an alert.
    pub fn new(event: Event, alert: Option<Alert>) -> Self {
        Self {
            events: vec![event],
            alerts: alert.into_iter().collect(),
        }
    }

    /// What waits under this text. What another version has left and cannot be read is said in the log, and not again.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| {
            tracing::error!(
                reason = error.to_string(),
                "what was left to be told cannot be read, and is not told"
            );
            Self::default()
        })
    }

    /// As it waits.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("it is plain data")
    }

    /// Adds what is to be told besides.
    pub fn append(&mut self, mut other: Untold) {
        self.events.append(&mut other.events);
        self.alerts.append(&mut other.alerts);
    }
}

/// Tells the event bus and people.
#[derive(Debug)]
pub struct Outbox {
    bus: EventBus,
    topic: AlertsTopic,
}

impl Outbox {
    /// Tells the bus of that name and the topic of that ARN.
    pub fn new(session: &Session, bus: String, topic: String) -> Self {
        Self {
            bus: EventBus::new(session, bus),
            topic: AlertsTopic::new(session, topic),
        }
    }

    /// The topic, for what only people are told, once.
    pub fn topic(&self) -> &AlertsTopic {
        &self.topic
    }

    /// Tells everything. The error is for people; then some of it may have been told.
    pub fn tell(&self, untold: &Untold) -> Result<(), String> {
        self.bus.put(&untold.events)?;
        for event in &untold.events {
            tracing::info!(
                event = event.kind().detail_type(),
                event_id = event.head.event_id,
                "event sent"
            );
        }
        (untold.alerts.iter()).try_for_each(|alert| self.topic.publish(alert))
    }
}
