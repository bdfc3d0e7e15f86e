//! What PagerDuty and Slack are sent.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use sluice_contract::{
    event::{EventKind, SOURCE, What, sample},
    stack::Occasion,
};

use super::{
    group::{Group, groups},
    item::{Item, Site},
    links::Places,
    pagerduty, slack,
};

const SITE: Site<'_> = Site {
    project: "shop",
    stage: "dev",
    stack: "shop-dev",
};

const PLACES: Places<'_> = Places {
    dashboard: "shop-dev-Dashboard",
    runbook: Some("https://wiki.example.com/sluice"),
};

fn envelope(source: &str, detail_type: &str, detail: &Value) -> String {
    json!({
        "version": "0", "id": "6a7e8feb", "source": source, "detail-type": detail_type,
        "region": "eu-central-1", "account": "123456789012", "time": "2026-11-22T10:00:00Z", "resources": [],
        "detail": detail,
    })
    .to_string()
}

fn item(kind: EventKind, change: impl FnOnce(&mut What)) -> Item {
    let mut event = sample(kind, "shop", "dev", "orders", "incoming/");
    change(&mut event.what);
    let body = envelope(SOURCE, kind.detail_type(), &event.detail());
    Item::read(&body, SITE).unwrap()
}

fn alarm(state: &str) -> Item {
    let detail = json!({
        "alarmName": "shop-dev/OrdersDeadLettersAlarm",
        "state": { "value": state, "reason": "1 is greater than 0", "timestamp": "2026-11-22T10:00:00.000+0000" },
        "previousState": { "value": "OK" },
        "configuration": { "description": "orders: objects failed for good", "metrics": [] },
    });
    Item::read(
        &envelope("aws.cloudwatch", "CloudWatch Alarm State Change", &detail),
        SITE,
    )
    .unwrap()
}

fn failed(key: &str, reason: &str) -> Item {
    item(EventKind::ObjectFailed, |what| {
        let What::ObjectFailed(failed) = what else {
            panic!()
        };
        failed.object.key = key.to_owned();
        failed.reason.message = reason.to_owned();
    })
}

fn group<'a>(items: &'a [Item]) -> Group<'a> {
    let told = items.iter().map(|item| (item.occasions[0], item));
    let mut groups = groups(told);
    assert_eq!(groups.len(), 1);
    groups.remove(0)
}

fn shown(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn what_is_sent() {
    for (name, item) in [
        ("failed", failed("incoming/a.csv", "table `orders` refused")),
        ("refused", item(EventKind::ObjectRefused, |_| {})),
        ("rejected", item(EventKind::RecordsRejected, |_| {})),
        ("rolled-back", item(EventKind::PluginRolledBack, |_| {})),
        ("alarm", alarm("ALARM")),
    ] {
        let items = [item];
        let group = group(&items);
        let sent = pagerduty::trigger(&group, "KEY", SITE, PLACES);
        insta::assert_snapshot!(format!("pagerduty-{name}"), shown(&sent));
        let sent = slack::message(&group, SITE, PLACES);
        insta::assert_snapshot!(format!("slack-{name}"), shown(&sent));
    }
}

#[test]
fn a_hundred_are_one() {
    let items: Vec<Item> = (0..100)
        .map(|number| failed(&format!("incoming/{number:03}.csv"), "killed"))
        .collect();
    let group = group(&items);
    assert_eq!(group.title(SITE), "[shop dev] orders: 100 objects failed");
    insta::assert_snapshot!("slack-many", shown(&slack::message(&group, SITE, PLACES)));
    let sent = pagerduty::trigger(&group, "KEY", SITE, PLACES);
    assert_eq!(sent["dedup_key"], "sluice/shop/dev/orders/many/failed");
    assert_eq!(sent["payload"]["custom_details"]["count"], 100);
    assert_eq!(
        sent["payload"]["custom_details"]["first"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
}

/// What PagerDuty and Slack would refuse, or take for something else.
#[test]
fn texts_of_others_are_texts() {
    let hostile = "a\n*What to do*\n<!channel> <https://evil|click> `x` ".repeat(60);
    let items = [failed(&hostile, &hostile)];
    let group = group(&items);
    let sent = pagerduty::trigger(&group, "KEY", SITE, PLACES);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(text(&sent["payload"]["summary"]).chars().count() <= 1024);
    assert!(!text(&sent["payload"]["summary"]).contains('\n'));
    assert!(text(&sent["dedup_key"]).chars().count() <= 255);
    let sent = slack::message(&group, SITE, PLACES);
    let blocks = sent["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50);
    for block in blocks {
        let Some(written) = block["text"]["text"].as_str() else {
            continue;
        };
        assert!(written.chars().count() <= 3000);
        assert!(
            !written.contains("<!") && !written.contains("<https"),
            "{written}"
        );
    }
    // The command for a key that people would not see as it is, is none.
    let refused = item(EventKind::ObjectRefused, |what| {
        let What::ObjectRefused(refused) = what else {
            panic!()
        };
        refused.object.key = "incoming/a\n$(reboot).csv".to_owned();
    });
    assert_eq!(refused.command, None);
    let refused = item(EventKind::ObjectRefused, |what| {
        let What::ObjectRefused(refused) = what else {
            panic!()
        };
        refused.object.key = "incoming/it's.csv".to_owned();
    });
    let command = refused.command.unwrap();
    assert!(
        command.ends_with(r"'s3://shop-dev-raw/incoming/it'\''s.csv'"),
        "{command}"
    );
}

#[test]
fn one_incident_an_object_whatever_its_version() {
    let (one, other) = (
        failed("incoming/a.csv", "x"),
        item(EventKind::ObjectDone, |what| {
            let What::ObjectDone(done) = what else {
                panic!()
            };
            done.object.key = "incoming/a.csv".to_owned();
            done.object.version = "another".to_owned();
        }),
    );
    assert_eq!(one.key, other.key);
    assert_eq!(
        one.key,
        "sluice/shop/dev/orders/s3://shop-dev-raw/incoming/a.csv"
    );
    let long = failed(&"k".repeat(1000), "x").key;
    assert!(
        long.starts_with("sluice/shop/dev/orders/") && long.len() <= 255,
        "{long}"
    );
    assert_ne!(long, failed(&"k".repeat(999), "x").key);
    assert_eq!(alarm("ALARM").key, alarm("OK").key);
    assert!(alarm("OK").is_over && !alarm("ALARM").is_over);
}

#[test]
fn what_was_written_over_is_not_damaged() {
    let done = |code: &str| {
        let damaged = item(EventKind::ObjectDone, |what| {
            let What::ObjectDone(done) = what else {
                panic!()
            };
            done.damage = Some(sluice_contract::event::Cause {
                code: Some(code.to_owned()),
                message: "gone".to_owned(),
            });
        });
        damaged.occasions
    };
    assert_eq!(done("truncated"), [Occasion::Damaged, Occasion::Done]);
    assert_eq!(done("overwritten"), [Occasion::Done]);
}

#[test]
fn what_is_none_of_ours() {
    fn check(body: &str, expected: &str) {
        let error = Item::read(body, SITE).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    check("hello", "it is no event of EventBridge");
    check(
        &envelope("aws.s3", "Object Created", &json!({})),
        "it is an event of `aws.s3`",
    );
    check(
        &envelope(SOURCE, "Object Lost", &json!({})),
        "there is no event `Object Lost`",
    );
}
