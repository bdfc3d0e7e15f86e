//! Requests to PagerDuty's Events API v2.
//! <https://developer.pagerduty.com/docs/send-alert-event>

use serde_json::{Value, json};

use super::{group::Group, item::Site, links::Places, words::Severity};
use crate::tell::{Foreign, cut};

/// Incidents of one kind that are opened at once, at the most; of more, one is.
pub(super) const MOST_INCIDENTS: usize = 10;

/// The longest summary, in characters.
const MOST_SUMMARY: usize = 1024;

/// The longest text of others in it.
const MOST_TEXT: usize = 400;

/// Things that one incident names.
const NAMED: usize = 10;

/// The key of the incident of a group.
pub(super) fn key(group: &Group<'_>, site: Site<'_>) -> String {
    if let [one] = &group.items[..] {
        return one.key.clone();
    }
    let Site { project, stage, .. } = site;
    let whose = group.first().pipeline.as_deref().unwrap_or("alarm");
    format!(
        "sluice/{project}/{stage}/{whose}/many/{}",
        group.occasion.name()
    )
}

/// Opens an incident.
pub(super) fn trigger(
    group: &Group<'_>,
    routing_key: &str,
    site: Site<'_>,
    places: Places<'_>,
) -> Value {
    let first = group.first();
    let severity = match first.is_test {
        true => Severity::Info,
        false => group.words().severity,
    };
    let place = Foreign::ending(&first.place, MOST_TEXT);
    let why = Foreign::new(&first.why, MOST_TEXT);
    let summary = match group.items.len() {
        1 => format!("{}: {}: {}", group.title(site), place.plain(), why.plain()),
        _ => format!("{}, the first {}", group.title(site), place.plain()),
    };
    let named = group.items.iter().take(NAMED);
    let named: Vec<Value> = named
        .map(|item| {
            json!({
                "place": Foreign::ending(&item.place, MOST_TEXT).plain(),
                "why": Foreign::new(&item.why, MOST_TEXT).plain(),
                "at": item.at,
            })
        })
        .collect();
    let links = places.links(group).into_iter();
    let links: Vec<Value> = links
        .map(|link| json!({ "href": link.href, "text": link.text }))
        .collect();
    json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": key(group, site),
        "client": "Sluice",
        "payload": {
            "summary": cut(&summary, MOST_SUMMARY),
            "source": cut(&format!("{}-{}", site.project, site.stage), MOST_SUMMARY),
            "severity": severity.name(),
            "timestamp": first.at,
            "component": first.pipeline,
            "group": format!("{} {}", site.project, site.stage),
            "class": group.occasion.name(),
            "custom_details": {
                "count": group.items.len(),
                "first": named,
                "counts": group.counts(),
                "next": first.command,
                "test": first.is_test,
            },
        },
        "links": links,
    })
}

/// Closes an incident.
pub(super) fn resolve(key: &str, routing_key: &str) -> Value {
    json!({ "routing_key": routing_key, "event_action": "resolve", "dedup_key": key })
}
