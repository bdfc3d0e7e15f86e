//! Who is subscribed to the alerts topic.

use serde::Serialize;
use sha2::{Digest, Sha256};
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
    let digest = hex::encode(Sha256::digest(endpoint));
    Subscription {
        id: format!("{kind}{}", &digest[..8]),
        protocol,
        endpoint: endpoint.to_owned(),
    }
}
