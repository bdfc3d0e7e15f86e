//! `[project]` and `[alerts]`.

use std::collections::BTreeSet;

use super::name;
use crate::manifest::{Alerts, Project};
use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, Written, in_backticks};
use sluice_contract::stack;

/// The stage of a manifest that names none.
const DEFAULT_STAGE: &str = "dev";

/// The stages whose data outlives the stack.
const PRODUCTION: [&str; 2] = ["prod", "production"];

/// Name, stage and whether data is protected.
pub(super) fn project(
    given: &Given<Project>,
    stage: Option<&str>,
    sink: &mut ProblemSink,
) -> (String, String, bool) {
    if let Some(stage) = stage {
        name::stage_option(stage, sink);
    }
    let Some(written) = given.written() else {
        if given.is_absent() {
            sink.report(
                Span { start: 0, end: 0 },
                "the manifest has no `[project]`",
                "add `[project]` with `name = \"…\"`",
            );
        }
        return (
            String::new(),
            stage.unwrap_or(DEFAULT_STAGE).to_owned(),
            false,
        );
    };
    let project = &written.value;
    match &project.name {
        Given::Value(written) => name::project(written, sink),
        Given::Absent => sink.report(
            written.key,
            "the project has no name",
            "add `name = \"…\"` under `[project]`",
        ),
        Given::Wrong => {}
    }
    if let Some(written) = project.stage.written() {
        name::stage(written, sink);
    }
    let stage = stage
        .or(project.stage.value().map(String::as_str))
        .unwrap_or(DEFAULT_STAGE)
        .to_owned();
    let protect_data = project
        .protect_data
        .value()
        .copied()
        .unwrap_or(PRODUCTION.contains(&stage.as_str()));
    (
        project.name.value().cloned().unwrap_or_default(),
        stage,
        protect_data,
    )
}

/// Who hears of trouble.
pub(super) fn alerts(given: &Given<Alerts>, sink: &mut ProblemSink) -> stack::Alerts {
    let Some(alerts) = given.value() else {
        return stack::Alerts::default();
    };
    stack::Alerts {
        email: addresses(&alerts.email, email_refusal, sink),
        https: addresses(&alerts.https, https_refusal, sink),
        pagerduty: alerts.pagerduty.value().is_some_and(|switch| switch.0),
        slack: alerts.slack.value().is_some_and(|switch| switch.0),
    }
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
