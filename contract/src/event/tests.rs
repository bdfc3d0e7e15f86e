//! Events, their samples, their schemas and the page that lists them say the same.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use super::*;

fn samples() -> impl Iterator<Item = Event> {
    let kinds = EventKind::ALL.iter();
    kinds.map(|kind| sample(*kind, "shop", "dev", "orders", "incoming/"))
}

#[test]
fn an_event_is_read_as_it_was_written() {
    for event in samples() {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        let mut newer = event.detail();
        newer["a_member_of_tomorrow"] = json!({ "a": [1] });
        let read = Event::read(event.kind().detail_type(), &newer).unwrap();
        assert_eq!(read, event);
    }
}

#[test]
fn what_is_none_is_refused() {
    let error = Event::read("Object Lost", &json!({})).unwrap_err();
    assert_eq!(error.to_string(), "there is no event `Object Lost`");
    let error = Event::read("Object Done", &json!({})).unwrap_err();
    assert!(error.to_string().contains("`event_id`"), "{error}");
}

#[test]
fn ids_tell_one_event_from_another() {
    let id = |told: &[&str]| EventKind::ObjectDone.event_id(told);
    assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
    assert_ne!(id(&["a", "b"]), id(&["ab"]));
    assert_ne!(id(&["a"]), EventKind::ObjectFailed.event_id(&["a"]));
    assert_eq!(id(&["a"]).len(), 32);
}

/// A schema that a sample does not fit, or that knows less than the sample says, is wrong.
#[test]
fn every_sample_fits_its_schema() {
    for event in samples() {
        let schema = event.kind().schema();
        let schema = &schema["components"]["schemas"][event.kind().id()];
        fits(schema, &event.detail(), event.kind().detail_type());
    }
}

/// The part of JSON Schema that the schemas use, and nothing beside it.
fn fits(schema: &Value, value: &Value, place: &str) {
    let is_known = |key: &str| {
        let keys = [
            "type",
            "description",
            "required",
            "properties",
            "items",
            "minimum",
            "pattern",
            "additionalProperties",
        ];
        keys.contains(&key)
    };
    assert!(
        schema.as_object().unwrap().keys().all(|key| is_known(key)),
        "{schema}"
    );
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert_eq!(schema["type"], kind, "{place}");
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap();
        assert!(!value[name].is_null(), "{place}.{name}");
    }
    for one in value.as_array().into_iter().flatten() {
        fits(&schema["items"], one, place);
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let own = match &schema["properties"][name] {
            Value::Null => &schema["additionalProperties"],
            own => own,
        };
        fits(own, member, &format!("{place}.{name}"));
    }
}

/// A bound on what an event says keeps it far below the megabyte that EventBridge takes.
#[test]
fn the_greatest_counts_stay() {
    let counts = (0..100_u64).map(|count| (format!("code_{count:02}"), count));
    let kept = greatest(&counts.collect());
    assert_eq!(kept.len(), 20);
    assert_eq!(kept.first_key_value().unwrap().0, "code_80");
}

/// `docs/events.md` is made of the list, from its first heading of an event on. `BLESS` rewrites it.
#[test]
fn the_page_is_the_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let (by_hand, _) = written.split_once(FIRST).unwrap();
    let expected = format!("{by_hand}{FIRST}{}", lists());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert_eq!(
        written, expected,
        "run this test with BLESS=1 to rewrite `docs/events.md`"
    );
}

/// Where the part of the page begins that is made.
const FIRST: &str = "## What every event says\n";

fn lists() -> String {
    let mut page = String::new();
    table(&mut page, &Head::members());
    for event in samples() {
        let kind = event.kind();
        write!(page, "\n## {}\n\n{}\n", kind.detail_type(), kind.means()).unwrap();
        table(&mut page, &kind.members());
        let sample = serde_json::to_string_pretty(&json!({
            "source": SOURCE,
            "detail-type": kind.detail_type(),
            "detail": event.detail(),
        }));
        write!(page, "\n```json\n{}\n```\n", sample.unwrap()).unwrap();
    }
    page
}

fn table(page: &mut String, members: &[Member]) {
    page.push_str("\n| member | | what it says |\n| --- | --- | --- |\n");
    for member in members {
        row(
            page,
            member.name,
            &member.schema,
            &member.means,
            member.required,
        );
    }
}

fn row(page: &mut String, name: &str, schema: &Value, means: &str, required: bool) {
    let kind = schema["type"].as_str().unwrap();
    let may_lack = if required { "" } else { ", may be absent" };
    let means = means.replace('|', "&#124;");
    writeln!(page, "| `{name}` | {kind}{may_lack} | {means} |").unwrap();
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (inner, schema) in schema["properties"].as_object().into_iter().flatten() {
        let means = schema["description"].as_str().unwrap().to_owned();
        let is_required = required.contains(inner.as_str());
        row(
            page,
            &format!("{name}.{inner}"),
            schema,
            &means,
            is_required,
        );
    }
}
