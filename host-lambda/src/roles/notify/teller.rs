//! One channel in one invocation: what was told before is left out, what belongs together is told together, and what could
//! not be told is named.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::Value;
use sluice_contract::{
    Sha256,
    stack::{Channel, Occasion},
};
use sluice_courier::{
    Authorization, Backoff, Clock as _, Courier, HttpCarrier, Limits, Request, SystemClock, Until,
};
use sluice_pipeline::sink::http::authorities;

use super::{
    channel::Reached,
    group::{Group, groups},
    item::{Item, Site},
    links::Places,
    pagerduty, slack,
};
use crate::aws::notified::{NotifiedTable, is_later};

/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The time between two messages to Slack, which takes about one a second.
/// <https://docs.slack.dev/apis/web-api/rate-limits>
const BETWEEN: Duration = Duration::from_secs(1);

/// Attempts of one request wait up to these.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(500),
    most: Duration::from_secs(20),
};

/// Bytes of an answer that are read.
const ANSWER_BYTES: u64 = 64 * 1024;

/// One channel.
pub(super) struct Teller<'a> {
    pub(super) channel: Channel,
    pub(super) reached: Reached,
    pub(super) table: &'a NotifiedTable,
    pub(super) site: Site<'a>,
    pub(super) places: Places<'a>,
    courier: Courier<HttpCarrier, SystemClock>,
    deadline: Instant,
}

impl<'a> Teller<'a> {
    /// Tells until the deadline. The error is for people.
    pub(super) fn new(
        channel: Channel,
        reached: Reached,
        table: &'a NotifiedTable,
        site: Site<'a>,
        places: Places<'a>,
        deadline: Instant,
    ) -> Result<Self, String> {
        let limits = Limits {
            connect: TIMEOUT,
            in_flight: 1,
            answer_bytes: ANSWER_BYTES,
        };
        let carrier = HttpCarrier::new(limits, authorities()?.as_deref());
        let courier = Courier::new(carrier, SystemClock, Authorization::None, TIMEOUT, BACKOFF);
        Ok(Self {
            channel,
            reached,
            table,
            site,
            places,
            courier,
            deadline,
        })
    }

    /// Tells groups; returns the ids of what could not be told.
    pub(super) fn tell(&self, wanted: Vec<Group<'_>>) -> BTreeSet<String> {
        let mut failed = BTreeSet::new();
        for (number, group) in self.messages(wanted).into_iter().enumerate() {
            if self.channel == Channel::Slack && number > 0 {
                self.courier.clock().sleep(BETWEEN);
            }
            let told = self.tell_group(&group);
            for item in &group.items {
                let told = told
                    .clone()
                    .and_then(|()| self.table.told(&item.id, self.channel));
                if let Err(reason) = told {
                    let channel = self.channel.name();
                    tracing::error!(channel, id = item.id, reason, "somebody could not be told");
                    failed.insert(item.id.clone());
                }
            }
        }
        failed
    }

    /// Closes the incidents that are open about what has healed; returns the ids of what could not be told.
    pub(super) fn heal(&self, healed: &[&Item]) -> BTreeSet<String> {
        let mut failed = BTreeSet::new();
        for item in healed {
            if let Err(reason) = self.is_over(&item.key, &item.at) {
                tracing::error!(id = item.id, reason, "an incident could not be closed");
                failed.insert(item.id.clone());
            }
        }
        failed
    }

    /// What one message tells: Slack hears of a group, PagerDuty of each by itself, unless they are too many.
    fn messages<'b>(&self, wanted: Vec<Group<'b>>) -> Vec<Group<'b>> {
        let one_by_one = |group: Group<'b>| {
            // An alarm that has stopped closes its own.
            let is_split = self.channel == Channel::Pagerduty
                && (group.items.len() <= pagerduty::MOST_INCIDENTS
                    || group.occasion == Occasion::Alarm);
            match is_split {
                true => group
                    .items
                    .iter()
                    .flat_map(|item| groups([(group.occasion, *item)]))
                    .collect(),
                false => vec![group],
            }
        };
        wanted.into_iter().flat_map(one_by_one).collect()
    }

    fn tell_group(&self, group: &Group<'_>) -> Result<(), String> {
        let first = group.first();
        match self.channel {
            Channel::Slack => self.send(&slack::message(group, self.site, self.places)),
            Channel::Pagerduty if group.items.len() == 1 && first.is_over => {
                self.is_over(&first.key, &first.at)
            }
            Channel::Pagerduty => self.open(group),
        }
    }

    /// Opens the incident of a group. What is told of trouble and of its end comes in any order, and some of it again: so each
    /// leaves a note of when it was before it looks for the other's, and whoever comes second closes the incident.
    fn open(&self, group: &Group<'_>) -> Result<(), String> {
        let key = pagerduty::key(group, self.site);
        let opened_at = self.table.open(&key, &group.first().at)?;
        let routing_key = &self.reached.routing_key;
        self.send(&pagerduty::trigger(
            group,
            routing_key,
            self.site,
            self.places,
        ))?;
        match self.table.over_at(&key)? {
            Some(over_at) if !is_later(&opened_at, &over_at) => self.close(&key, &opened_at),
            _ => Ok(()),
        }
    }

    /// Closes the incident that is open about something, if it is about what happened before.
    fn is_over(&self, key: &str, at: &str) -> Result<(), String> {
        self.table.over(key, at)?;
        match self.table.opened_at(key)? {
            Some(opened_at) if !is_later(&opened_at, at) => self.close(key, &opened_at),
            // What came late does not close what happened since.
            _ => Ok(()),
        }
    }

    fn close(&self, key: &str, opened_at: &str) -> Result<(), String> {
        self.send(&pagerduty::resolve(key, &self.reached.routing_key))?;
        self.table.close(key, opened_at)
    }

    /// The error is for people.
    fn send(&self, body: &Value) -> Result<(), String> {
        let body = body.to_string().into_bytes();
        let request = Request {
            url: self.reached.url.clone(),
            content_type: "application/json",
            idempotency_key: Sha256::of(&body).to_string(),
            body,
        };
        let until = Until {
            retry: self.deadline,
            deadline: self.deadline,
        };
        let delivery = self.courier.deliver(&request, until);
        match delivery.outcome {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("HTTP status {}", answer.status)),
            Err(gave_up) => Err(gave_up.to_string()),
        }
    }
}
