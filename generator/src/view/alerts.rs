//! Who is subscribed to the alerts topic.

use serde::Serialize;
use sluice_contract::Sha256;
use sluice_contract::stack::Alerts;

#[derive(Debug, Serialize)]
pub(super) struct AlertsView {
    subscriptions: Vec<Subscription>,
    pagerduty: bool,
}

#[derive(Debug, Serialize)]
struct Subscription {
    id: String,
    protocol: &'static str,
    endpoint: String,
}

impl AlertsView {
    pub(super) fn new(alerts: &Alerts) -> AlertsView {
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
            pagerduty: alerts.pagerduty,
        }
    }
}

/// Its logical id follows from the endpoint, so that removing one does not make the others confirm again.
fn subscription(kind: &str, protocol: &'static str, endpoint: &str) -> Subscription {
    Subscription {
        id: format!("{kind}{}", Sha256::of(endpoint).prefix(8)),
        protocol,
        endpoint: endpoint.to_owned(),
    }
}
