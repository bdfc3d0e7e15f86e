//! Role `notify`: a batch of events and alarms in, PagerDuty and Slack told, and the messages out that could not be.
//!
//! The queue gives what is told time to come together, so that a hundred objects that fail in a minute are one message. What
//! one of the two could not be told comes again; the other does not hear it twice. In the end it waits in the dead-letter
//! queue, whose alarm tells the topic without this function.

mod channel;
mod environment;
mod group;
mod item;
mod links;
mod pagerduty;
mod slack;
mod teller;
#[cfg(test)]
mod tests;
mod words;

use std::{
    collections::BTreeSet,
    convert::Infallible,
    time::{Duration, Instant},
};

use sluice_contract::{
    access::Resource,
    stack::{Channel, Occasion},
};

pub use self::environment::NotifyEnvironment;
use self::{
    channel::Reached,
    group::groups,
    item::{Item, Site},
    links::Places,
    teller::Teller,
};
use super::{Calls, Handler};
use crate::{
    aws::{Session, notified, notified::NotifiedTable},
    events::{BatchAnswer, Message, QueueBatch},
};

/// Lambda's poller makes these with the function's role.
const QUEUE_CALLS: &[(&str, Resource)] = &[
    ("sqs:ReceiveMessage", Resource::NotifyQueue),
    ("sqs:DeleteMessage", Resource::NotifyQueue),
    ("sqs:GetQueueAttributes", Resource::NotifyQueue),
];

const SECRET_CALLS: &[(&str, Resource)] =
    &[("secretsmanager:GetSecretValue", Resource::NotifySecrets)];

/// How long people are told. The rest of the function's time is for one attempt that takes its time.
const TELLING: Duration = Duration::from_secs(100);

/// The role, ready for invocations.
pub struct Notify {
    environment: NotifyEnvironment,
    session: Session,
    table: NotifiedTable,
}

impl Handler for Notify {
    const CALLS: &'static [Calls] = &[QUEUE_CALLS, SECRET_CALLS, notified::CALLS];

    type Environment = NotifyEnvironment;
    type Event = QueueBatch;
    type Answer = BatchAnswer;
    type Failure = Infallible;

    fn new(environment: NotifyEnvironment, session: Session) -> Self {
        Self {
            table: NotifiedTable::new(&session, environment.control_table.clone()),
            environment,
            session,
        }
    }

    /// Tells a batch.
    fn handle(&self, batch: QueueBatch, _: &str) -> Result<BatchAnswer, Infallible> {
        let deadline = Instant::now() + TELLING;
        let mut answer = BatchAnswer::default();
        let mut read: Vec<(&Message, Item)> = Vec::new();
        for message in &batch.messages {
            match Item::read(&message.body, self.site()) {
                Ok(item) => read.push((message, item)),
                Err(unknown) => {
                    let (reason, message_id) = (unknown.to_string(), &message.message_id);
                    tracing::error!(message_id, reason, "a message is not understood");
                    answer.fail(message);
                }
            }
        }
        let mut failed = BTreeSet::new();
        for channel in Channel::ALL {
            if let Some(secret) = self.environment.notify.secret(channel) {
                let items = read.iter().map(|(_, item)| item);
                failed.append(&mut self.tell(channel, secret, items, deadline));
            }
        }
        for (message, item) in &read {
            if failed.contains(&item.id) {
                answer.fail(message);
            }
        }
        tracing::info!(
            messages = batch.messages.len(),
            failed = answer.batch_item_failures.len(),
            "told"
        );
        Ok(answer)
    }
}

impl Notify {
    /// Tells a channel what it wants to hear; returns the ids of what it could not be told.
    fn tell<'a>(
        &self,
        channel: Channel,
        secret: &str,
        items: impl Iterator<Item = &'a Item>,
        deadline: Instant,
    ) -> BTreeSet<String> {
        let mut failed = BTreeSet::new();
        let (mut wanted, mut healed, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for item in items {
            // The same event may be in a batch twice.
            if !seen.insert(&item.id) {
                continue;
            }
            if channel == Channel::Pagerduty && self.may_heal(item) {
                healed.push(item);
            }
            let Some(occasion) = self.occasion(channel, item) else {
                continue;
            };
            match self.table.was_told(&item.id, channel) {
                Ok(true) => {}
                Ok(false) => wanted.push((occasion, item)),
                Err(reason) => {
                    tracing::error!(reason, "nobody knows what was told");
                    failed.insert(item.id.clone());
                }
            }
        }
        if wanted.is_empty() && healed.is_empty() {
            return failed;
        }
        let ids =
            |items: &[&Item]| -> Vec<String> { items.iter().map(|item| item.id.clone()).collect() };
        match self.teller(channel, secret, deadline) {
            Ok(teller) => {
                failed.append(&mut teller.tell(groups(wanted)));
                failed.append(&mut teller.heal(&healed));
            }
            Err(reason) => {
                tracing::error!(channel = channel.name(), reason, "nobody can be told");
                let wanted: Vec<&Item> = wanted.into_iter().map(|(_, item)| item).collect();
                failed.extend(ids(&wanted));
                failed.extend(ids(&healed));
            }
        }
        failed
    }

    /// How a channel is reached. The error is for people.
    fn teller(
        &self,
        channel: Channel,
        secret: &str,
        deadline: Instant,
    ) -> Result<Teller<'_>, String> {
        let in_secret = |reason| format!("secret `{secret}`: {reason}");
        let text = self.session.secret(secret).map_err(in_secret)?;
        let reached = Reached::read(channel, &text).map_err(in_secret)?;
        let places = Places {
            dashboard: &self.environment.dashboard,
            runbook: self.environment.notify.runbook.as_deref(),
        };
        Teller::new(channel, reached, &self.table, self.site(), places, deadline)
    }

    /// As what a channel hears of something, if it does.
    fn occasion(&self, channel: Channel, item: &Item) -> Option<Occasion> {
        let mut occasions = item.occasions.iter().copied();
        occasions.find(|occasion| self.environment.notify.tells(channel, *occasion))
    }

    /// Whether something may be the end of an incident of PagerDuty's.
    fn may_heal(&self, item: &Item) -> bool {
        let kinds: Vec<_> = item
            .occasions
            .iter()
            .filter_map(|own| own.event())
            .collect();
        // What is damaged is done, and no better for it.
        !item.occasions.contains(&Occasion::Damaged)
            && Occasion::ALL.into_iter().any(|occasion| {
                let heals = occasion
                    .healed_by()
                    .is_some_and(|kind| kinds.contains(&kind));
                heals && self.environment.notify.tells(Channel::Pagerduty, occasion)
            })
    }

    fn site(&self) -> Site<'_> {
        Site {
            project: &self.environment.settings.project,
            stage: &self.environment.settings.stage,
            stack: &self.environment.stack,
        }
    }
}

/// What it must not take longer than.
const _: () = assert!(TELLING.as_secs() < 120);
