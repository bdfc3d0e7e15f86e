//! `[alerts]`.

use std::collections::BTreeSet;

use super::secret::secret_name;
use crate::manifest::{Alerts, Told, WrittenRoute};
use crate::problem::ProblemSink;
use crate::reader::{Given, Short, Written, in_backticks};
use sluice_contract::stack::{self, Channel, Notify, Occasion, Route};

/// Who hears of trouble.
pub(super) fn alerts(given: &Given<Alerts>, sink: &mut ProblemSink) -> stack::Alerts {
    let Some(alerts) = given.value() else {
        return stack::Alerts::default();
    };
    stack::Alerts {
        email: addresses(&alerts.email, email_refusal, sink),
        https: addresses(&alerts.https, https_refusal, sink),
        notify: notify(alerts, sink),
    }
}

/// Who is told besides, if anybody is.
fn notify(alerts: &Alerts, sink: &mut ProblemSink) -> Option<Notify> {
    let runbook = alerts.runbook.written().filter(|url| is_url(url, sink));
    let told = [
        (Channel::Pagerduty, &alerts.pagerduty),
        (Channel::Slack, &alerts.slack),
    ];
    let channels: Vec<Channel> = told
        .iter()
        .filter(|(_, told)| !told.is_absent())
        .map(|(channel, _)| *channel)
        .collect();
    let [pagerduty, slack] = told.map(|(_, told)| secret(told, sink));
    let routes = match alerts.routes.written() {
        None => channels.iter().map(|channel| usual(*channel)).collect(),
        Some(written) => routes(written, &channels, sink),
    };
    if channels.is_empty() {
        if let (true, Some(written)) = (alerts.routes.is_absent(), alerts.runbook.written()) {
            sink.report(
                written.key,
                "`runbook` is linked to by nobody",
                "say who is told: `pagerduty = \"NAME\"` or `slack = \"NAME\"`",
            );
        }
        return None;
    }
    Some(Notify {
        pagerduty,
        slack,
        runbook: runbook.map(|url| url.value.clone()),
        routes,
    })
}

/// What a channel hears of where nobody says.
fn usual(channel: Channel) -> Route {
    let events = match channel {
        Channel::Pagerduty => Occasion::PAGED,
        Channel::Slack => Occasion::POSTED,
    };
    Route {
        events: events.to_vec(),
        to: vec![channel],
    }
}

fn secret(told: &Given<Short<Told>>, sink: &mut ProblemSink) -> Option<String> {
    let written = told.written()?;
    let Short(told) = &written.value;
    match told.secret.written() {
        Some(name) => secret_name(name, sink),
        None => {
            if told.secret.is_absent() {
                sink.report(
                    written.span,
                    "it does not say which entry of Secrets Manager says how",
                    "write `{ secret = \"NAME\" }`",
                );
            }
            None
        }
    }
}

fn routes(
    written: &Written<Vec<Written<WrittenRoute>>>,
    channels: &[Channel],
    sink: &mut ProblemSink,
) -> Vec<Route> {
    let routes: Vec<Route> = written
        .value
        .iter()
        .map(|written| route(written, channels, sink))
        .collect();
    if !sink.is_clean_at(written.span) {
        return routes;
    }
    for channel in channels {
        if !routes.iter().any(|route| route.to.contains(channel)) {
            let name = channel.name();
            sink.report(
                written.key,
                format!("no route leads to `{name}`"),
                format!(
                    "add `{{ events = [\"failed\"], to = [\"{name}\"] }}`, or leave out `{name}`"
                ),
            );
        }
    }
    routes
}

fn route(written: &Written<WrittenRoute>, channels: &[Channel], sink: &mut ProblemSink) -> Route {
    let WrittenRoute { events, to } = &written.value;
    let mut route = Route {
        events: Vec::new(),
        to: Vec::new(),
    };
    for event in events.value().iter().flat_map(|events| &events.0) {
        route.events.push(event.value.0);
    }
    for channel in to.value().iter().flat_map(|to| &to.0) {
        let name = channel.value.0.name();
        if !channels.contains(&channel.value.0) {
            sink.report(
                channel.span,
                format!("nothing says how `{name}` is told"),
                format!("add `{name} = \"NAME\"` with the name of an entry of Secrets Manager"),
            );
        }
        route.to.push(channel.value.0);
    }
    for (key, is_empty, is_wrong) in [
        (
            "events",
            route.events.is_empty(),
            events.written().is_none() && !events.is_absent(),
        ),
        (
            "to",
            route.to.is_empty(),
            to.written().is_none() && !to.is_absent(),
        ),
    ] {
        if is_empty && !is_wrong && sink.is_clean_at(written.span) {
            sink.report(
                written.span,
                format!("the route has no `{key}`"),
                "write `{ events = [\"failed\"], to = [\"slack\"] }`",
            );
        }
    }
    route
}

/// Whether a text is a URL that an anchor can be put behind.
fn is_url(written: &Written<String>, sink: &mut ProblemSink) -> bool {
    let url = &written.value;
    let fits = url
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty())
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && !url.contains(['#', '<', '>', '|', '"', '@']);
    if !fits {
        sink.report(
            written.span,
            format!("{} is no address of a page", in_backticks(url)),
            "write it as `https://wiki.example.com/sluice`, without what follows `#`",
        );
    }
    fits
}

/// Addresses that `refusal` has nothing against, each once.
fn addresses(
    given: &Given<Vec<Written<String>>>,
    refusal: fn(&str) -> Option<(&'static str, &'static str)>,
    sink: &mut ProblemSink,
) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut addresses = Vec::new();
    for address in given.value().into_iter().flatten() {
        let shown = in_backticks(&address.value);
        if let Some((fact, remedy)) = refusal(&address.value) {
            sink.report(address.span, format!("{shown} {fact}"), remedy);
        } else if !seen.insert(&address.value) {
            sink.report(
                address.span,
                format!("{shown} is listed twice"),
                "leave one out",
            );
        }
        addresses.push(address.value.clone());
    }
    addresses
}

fn email_refusal(address: &str) -> Option<(&'static str, &'static str)> {
    let valid = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.split('.').count() > 1
            && domain.split('.').all(|label| !label.is_empty())
            && !domain.contains('@')
            && !address.chars().any(|c| c.is_whitespace() || c.is_control())
    });
    (!valid).then_some(("is not an e-mail address", "write it as `name@example.com`"))
}

fn https_refusal(address: &str) -> Option<(&'static str, &'static str)> {
    const REMEDY: &str = "write it as `https://alerts.example.com/path`";
    let Some(rest) = address.strip_prefix("https://") else {
        return Some(("is not an HTTPS address", REMEDY));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some((
            "holds credentials, which have no place in a manifest",
            "leave out what is before the `@`: the endpoint can verify the signature of SNS instead",
        ));
    }
    let valid =
        !authority.is_empty() && !address.chars().any(|c| c.is_whitespace() || c.is_control());
    (!valid).then_some(("is not an HTTPS address", REMEDY))
}
