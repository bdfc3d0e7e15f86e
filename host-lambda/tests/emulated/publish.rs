//! The role `publish`, from an upload's event to files, entries and alerts.

use serde_json::{Value, json};
use sluice_contract::{Sha256, control::plugin::VersionStatus};
use sluice_pipeline::vet::Samples;

use super::{
    component::{describing_itself, evil},
    faults::Fault,
    press::{KEY, Press},
};

#[test]
fn an_upload_comes_into_use() {
    let press = Press::new(json!({}));
    let component = evil('1');
    let event = press.upload(&component);
    press.publish(&event).unwrap();

    let pointer = press.registry().pointer().unwrap().unwrap();
    let version = &pointer.version;
    assert_eq!(version.sha256, Sha256::of(&component));
    assert_eq!(version.name, "evil");
    assert_eq!(pointer.sequencer.trim_end_matches('0'), "0000000000000001");
    assert_eq!((&pointer.previous, &pointer.canary), (&None, &None));
    let (files, engine) = (press.files(), press.store().engine().unwrap());
    let compiled = files.compiled_key(&engine.fingerprint(), version.sha256);
    let whole = files.component_key(version.sha256);
    assert_eq!(
        press.aws.keys("artifacts"),
        [compiled.as_str(), &whole, KEY]
    );
    assert_eq!(press.aws.get_object("artifacts", &whole), component);
    let machine_code = press.aws.get_object("artifacts", &compiled);
    assert_eq!(Sha256::of(&machine_code), version.compiled_sha256);
    let record = press.registry().version(version.sha256).unwrap().unwrap();
    assert_eq!(record.status, VersionStatus::Good);
    assert_eq!(record.published.as_ref(), Some(version));

    let current = press.store().current().unwrap();
    assert_eq!(current.version.sha256(), version.sha256);
    assert!(current.unused.is_none());

    // Nothing happens where the event comes again.
    let before = press.aws.items("control");
    press.publish(&event).unwrap();
    assert_eq!(press.aws.items("control"), before);
    assert_eq!(press.alerts(), [] as [&str; 0]);
}

/// What an attempt could not tell, the next delivery of the event tells.
#[test]
fn what_becomes_of_an_upload_is_told() {
    let press = Press::new(json!({}));
    let (deaf, faults) = press.aws.session_faulty_at("PutEvents", Fault::Refuse);
    let good = press.upload(&evil('1'));
    let error = press.publish_with(deaf.clone(), &good).unwrap_err();
    assert!(
        error.to_string().contains("event bus `bus` takes no event"),
        "{error}"
    );
    assert_eq!(press.in_use(), Some(Sha256::of(evil('1'))), "it is in use");
    press.publish(&good).unwrap();
    assert_eq!(press.kinds(), ["Plugin Published"]);
    press.publish(&good).unwrap();
    assert_eq!(press.kinds(), [] as [&str; 0]);

    let large = press.event(KEY, 70_000_000, "d41d8cd98f00b204e9800998ecf8427e");
    for bad in [press.upload(&describing_itself("twice")), large] {
        press.publish_with(deaf.clone(), &bad).unwrap_err();
        assert_eq!(press.alerts(), [] as [&str; 0]);
        press.publish(&bad).unwrap();
        assert_eq!(press.kinds(), ["Plugin Refused"]);
        assert_eq!(press.alerts().len(), 1);
        press.publish(&bad).unwrap();
        assert_eq!(press.kinds(), [] as [&str; 0]);
        assert_eq!(press.alerts(), [] as [&str; 0]);
    }
    drop(faults);
}

#[test]
fn running_processes_follow() {
    let press = Press::new(json!({}));
    let first = press.put(&evil('1'));
    let store = press.store();
    assert_eq!(store.current().unwrap().version.sha256(), first);
    let second = press.put(&evil('2'));
    assert_eq!(store.current().unwrap().version.sha256(), second);
    let pointer = press.registry().pointer().unwrap().unwrap();
    assert_eq!(pointer.previous, Some(first));
    // An object that was begun with it is finished with it, by any process.
    assert_eq!(store.version(first).unwrap().sha256(), first);
    assert_eq!(press.store().version(first).unwrap().sha256(), first);
    let other = Sha256::of("another");
    let unknown = press.store().version(other).err().unwrap().to_string();
    assert!(
        unknown.starts_with(&format!(
            "version {other} of plugin `orders` was never published"
        )),
        "{unknown}"
    );
}

#[test]
fn a_refusal_leaves_the_pointer_alone_and_is_told_once() {
    let press = Press::new(json!({}));
    let bad = describing_itself("twice");
    let event = press.upload(&bad);
    for _ in 0..3 {
        press.publish(&event).unwrap();
    }
    assert_eq!(press.in_use(), None);
    let mut alerts = press.alerts();
    assert_eq!(alerts.len(), 1);

    let good = press.put(&evil('1'));
    assert_eq!(press.alerts(), [] as [&str; 0]);
    // It was uploaded anew, so that people are told anew.
    press.put(&bad);
    assert_eq!(press.in_use(), Some(good));
    alerts.extend(press.alerts());
    let record = press.registry().version(Sha256::of(&bad)).unwrap().unwrap();
    assert_eq!(
        (record.status, record.published),
        (VersionStatus::Refused, None)
    );
    let stored = press.aws.keys("artifacts").join(" ");
    assert!(!stored.contains(&Sha256::of(&bad).to_string()), "{stored}");

    press.put(b"text");
    press.put(b"\0asm\x01\0\0\0");
    alerts.extend(press.alerts());
    let alerts = alerts.join("\n---\n");
    let hashes = [(Sha256::of(&bad), "BAD"), (good, "GOOD")];
    let alerts = hashes.iter().fold(alerts, |text, (hash, name)| {
        text.replace(&hash.to_string(), name)
    });
    insta::assert_snapshot!("alerts-of-refusals", alerts);
}

#[test]
fn what_is_refused_unread() {
    let press = Press::new(json!({}));
    let large = press.event(KEY, 70_000_000, "d41d8cd98f00b204e9800998ecf8427e");
    let elsewhere = press.event("plugins/order.wasm", 9, "d41d8cd98f00b204e9800998ecf8427e");
    for event in [&large, &large, &elsewhere, &elsewhere] {
        press.publish(event).unwrap();
    }
    insta::assert_snapshot!("alerts-of-unread-uploads", press.alerts().join("\n---\n"));

    let mut without = press;
    without.environment.settings.pipeline.plugin = None;
    let event = without.upload(b"text");
    without.publish(&event).unwrap();
    insta::assert_snapshot!("alert-without-a-plugin", without.alerts().join("\n---\n"));
}

#[test]
fn events_of_other_kinds() {
    let press = Press::new(json!({}));
    let deleted: Value =
        serde_json::from_str(include_str!("../events/eventbridge-deleted.json")).unwrap();
    press.publish(&deleted).unwrap();
    let error = press.publish(&json!({ "hello": 1 })).unwrap_err();
    assert!(error.to_string().contains("neither an S3 event"), "{error}");
    assert_eq!(press.aws.items("control"), [] as [&str; 0]);
}

#[test]
fn the_newest_upload_wins() {
    let press = Press::new(json!({}));
    let (one, two) = (evil('1'), evil('2'));
    let first = press.upload(&one);
    press.publish(&first).unwrap();
    let late = press.upload(&two);
    // It holds what is in use already; the one before it is not heeded any more.
    let third = press.upload(&one);
    press.publish(&third).unwrap();
    press.publish(&late).unwrap();
    press.publish(&first).unwrap();
    assert_eq!(press.in_use(), Some(Sha256::of(&one)));
    assert_eq!(press.alerts(), [] as [&str; 0]);

    // What was overwritten before it was read is left to its successor.
    let overwritten = press.upload(&two);
    let last = press.upload(&evil('3'));
    press.publish(&overwritten).unwrap();
    assert_eq!(press.in_use(), Some(Sha256::of(&one)));
    press.publish(&last).unwrap();
    assert_eq!(press.in_use(), Some(Sha256::of(evil('3'))));
}

#[test]
fn samples_decide() {
    let press = Press::new(json!({ "config": { "evil": "trap" } }));
    let samples = Samples::parse("{\"value\":\"evil\"}\n".repeat(8).as_bytes()).unwrap();
    press.samples().keep("a-stem", &samples).unwrap();
    assert_eq!(press.aws.keys("artifacts"), ["samples/orders/1.ndjson"]);
    press.put(&evil('1'));
    assert_eq!(press.in_use(), None);
    let alerts = press.alerts().join("\n---\n");
    let alerts = alerts.replace(&Sha256::of(evil('1')).to_string(), "SHA256");
    insta::assert_snapshot!("alert-of-a-bad-trial", alerts);

    // Records that are not looked at speak against nothing.
    let mut press = press;
    let plugin = press.environment.settings.pipeline.plugin.as_mut().unwrap();
    plugin.samples = 0;
    press.put(&evil('1'));
    assert_eq!(press.in_use(), Some(Sha256::of(evil('1'))));
}

#[test]
fn trouble_with_aws_is_no_refusal() {
    let press = Press::new(json!({}));
    let event = press.upload(&evil('1'));
    let (throttled, _faults) = press.aws.faulty_session(Fault::Throttle, 50);
    let error = press.publish_with(throttled, &event).unwrap_err();
    assert!(error.to_string().contains("ThrottlingException"), "{error}");
    assert_eq!(press.aws.items("control"), [] as [&str; 0]);
    assert_eq!(press.alerts(), [] as [&str; 0]);
    press.publish(&event).unwrap();
    assert_eq!(press.in_use(), Some(Sha256::of(evil('1'))));
}
