//! Who is subscribed to the alerts topic, and what the role `notify` hears of.

use serde::Serialize;
use serde_json::Value;
use sluice_contract::Sha256;
use sluice_contract::roles::Role;
use sluice_contract::stack::{Notify, Occasion, QUEUE_RETENTION_SECONDS, Stack};

use super::unit::Unit;

#[derive(Debug, Serialize)]
pub(super) struct AlertsView {
    subscriptions: Vec<Subscription>,
    notify: Option<NotifyView>,
}

/// How long what people are told waits for more of it, in seconds.
const WINDOW_SECONDS: u32 = 30;

/// How often it is tried to tell somebody: for two hours or so.
const RECEIVES: u32 = 10;

/// What the role `notify` hears of.
#[derive(Debug, Serialize)]
struct NotifyView {
    /// The pattern of the events that come to it, if any do.
    pattern: Option<Value>,
    /// Whether alarms do.
    alarms: bool,
    /// The rules that bring them.
    rules: Vec<String>,
    window_seconds: u32,
    visibility_seconds: u32,
    retention_seconds: u32,
    max_receive_count: u32,
}

#[derive(Debug, Serialize)]
struct Subscription {
    id: String,
    protocol: &'static str,
    endpoint: String,
}

impl AlertsView {
    pub(super) fn new(stack: &Stack) -> AlertsView {
        let alerts = &stack.alerts;
        let email = alerts
            .email
            .iter()
            .map(|address| subscription("AlertsEmail", "email", address));
        let https = alerts
            .https
            .iter()
            .map(|url| subscription("AlertsHttps", "https", url));
        AlertsView {
            subscriptions: email.chain(https).collect(),
            notify: alerts
                .notify
                .as_ref()
                .map(|notify| NotifyView::new(stack, notify)),
        }
    }
}

impl NotifyView {
    fn new(stack: &Stack, notify: &Notify) -> NotifyView {
        let timeout_seconds = Unit::of_stack(stack)
            .into_iter()
            .filter(|unit| unit.workload.name == Role::Notify.name())
            .filter_map(|unit| unit.timeout_seconds(&stack.host))
            .max();
        NotifyView {
            pattern: notify.pattern(),
            alarms: notify.hears(Occasion::Alarm),
            rules: notify_rules(stack),
            window_seconds: WINDOW_SECONDS,
            // As AWS recommends for Lambda with SQS: six timeouts, and what a batch waits for.
            visibility_seconds: 6 * timeout_seconds.unwrap_or_default() + WINDOW_SECONDS,
            retention_seconds: QUEUE_RETENTION_SECONDS,
            max_receive_count: RECEIVES,
        }
    }
}

/// The rules that bring the role `notify` what it hears of.
pub(super) fn notify_rules(stack: &Stack) -> Vec<String> {
    let Some(notify) = &stack.alerts.notify else {
        return Vec::new();
    };
    let id = Role::Notify.workload().id;
    let events = notify.pattern().map(|_| format!("{id}EventsRule"));
    let alarms = notify
        .hears(Occasion::Alarm)
        .then(|| format!("{id}AlarmsRule"));
    events.into_iter().chain(alarms).collect()
}

/// Its logical id follows from the endpoint, so that removing one does not make the others confirm again.
fn subscription(kind: &str, protocol: &'static str, endpoint: &str) -> Subscription {
    Subscription {
        id: format!("{kind}{}", Sha256::of(endpoint).prefix(8)),
        protocol,
        endpoint: endpoint.to_owned(),
    }
}
