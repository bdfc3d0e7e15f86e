//! Messages to Slack, as blocks.
//! <https://docs.slack.dev/reference/block-kit/blocks>

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    group::Group,
    item::{Item, Site},
    links::Places,
};
use crate::tell::{Foreign, cut};

/// The longest header.
const MOST_HEADER: usize = 150;

/// The longest text of a section, in characters.
const MOST_SECTION: usize = 3000;

/// Things that one message names.
const NAMED: usize = 5;

/// Codes that one message names.
const CODES: usize = 5;

/// The longest text of others.
const MOST_TEXT: usize = 200;

/// A message that tells of a group.
pub(super) fn message(group: &Group<'_>, site: Site<'_>, places: Places<'_>) -> Value {
    let title = group.title(site);
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": cut(&title, MOST_HEADER), "emoji": false },
    })];
    blocks.push(section(&what(group)));
    let figures = figures(group);
    if !figures.is_empty() {
        blocks.push(section(&figures));
    }
    if let Some(command) = &group.first().command {
        // The one place where people copy, so that nothing is put between its characters.
        let command = command
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        if !command.contains('`') && command.len() < MOST_SECTION - 100 {
            blocks.push(section(&format!("Next:\n```{command}```")));
        }
    }
    let links = places.links(group).into_iter();
    let links: Vec<String> = links
        .map(|link| format!("<{}|{}>", link.href, link.text))
        .collect();
    blocks.push(json!({
        "type": "context",
        "elements": [{ "type": "mrkdwn", "text": links.join("  ·  ") }],
    }));
    json!({ "text": Foreign::new(&title, MOST_SECTION).mrkdwn(), "blocks": blocks })
}

/// The first of them, and how many more there are.
fn what(group: &Group<'_>) -> String {
    let mut lines: Vec<String> = group
        .items
        .iter()
        .take(NAMED)
        .map(|item| line(item))
        .collect();
    let more = group.items.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines.join("\n")
}

fn line(item: &Item) -> String {
    let place = Foreign::ending(&item.place, MOST_TEXT).code();
    let over = if item.is_over { "OK " } else { "" };
    match item.why.is_empty() {
        true => format!("{over}{place}"),
        false => format!(
            "{over}{place} {}",
            Foreign::new(&item.why, MOST_TEXT).mrkdwn()
        ),
    }
}

/// Counts, and the most frequent codes.
fn figures(group: &Group<'_>) -> String {
    let mut text = String::new();
    if let Some(counts) = group.counts() {
        let (read, stored, rejected) = (counts.read, counts.stored, counts.rejected);
        let _ = write!(
            text,
            "read {read}, stored {stored}, dropped {}, duplicate {}, rejected {rejected}",
            counts.dropped, counts.duplicate
        );
    }
    let codes = group.codes();
    for (code, count) in codes.iter().take(CODES) {
        let code = Foreign::new(code, MOST_TEXT).code();
        let _ = write!(text, "\n{code} {count}");
    }
    if codes.len() > CODES {
        let _ = write!(text, "\n… and {} more codes", codes.len() - CODES);
    }
    text
}

fn section(text: &str) -> Value {
    // Without `verbatim`, Slack makes links of what looks like one.
    let text = json!({ "type": "mrkdwn", "text": cut(text, MOST_SECTION), "verbatim": true });
    json!({ "type": "section", "text": text })
}
