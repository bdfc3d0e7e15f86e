//! Plugins that change while objects are processed: `publish` and `ingest` on the same AWS.

use serde_json::{Value, json};
use sluice_contract::Sha256;
use sluice_host::{
    events::QueueBatch,
    roles::{
        Handler,
        ingest::{Ingest, IngestEnvironment},
    },
};

use super::{component::evil, press::Press};

/// A press, and a process of the role `ingest` that uses what it publishes.
struct Swap {
    press: Press,
    ingest: Ingest,
    _scratch: tempfile::TempDir,
}

impl Swap {
    fn new(plugin: Value) -> Self {
        let press = Press::new(plugin);
        press.aws.create_bucket("raw");
        let scratch = tempfile::tempdir().unwrap();
        let of_press = press.environment.clone();
        let environment = IngestEnvironment {
            settings: of_press.settings,
            artifacts_bucket: Some(of_press.artifacts_bucket),
            lake_bucket: "lake".to_owned(),
            catalog_database: None,
            table: None,
            http_url: None,
            control_table: of_press.control_table,
            source_queue: String::new(),
            alerts_topic: of_press.alerts_topic,
            event_bus: of_press.event_bus,
            scratch: scratch.path().join("own"),
        };
        let ingest = Ingest::new(environment, press.aws.session());
        Self {
            press,
            ingest,
            _scratch: scratch,
        }
    }

    /// Uploads an object, and gives the body of its event.
    fn upload(&self, name: &str, body: &str) -> String {
        let key = format!("incoming/{name}");
        let etag = self
            .press
            .aws
            .put_object("raw", &key, body.as_bytes().to_vec());
        json!({ "Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-11-22T10:00:00.000Z",
            "s3": {
                "bucket": { "name": "raw" },
                "object": { "key": key, "size": body.len(), "eTag": etag, "sequencer": "1" },
            },
        }]})
        .to_string()
    }

    /// Whether the object of an event is done.
    fn handle(&self, body: &str) -> bool {
        let record = json!({
            "messageId": "1", "body": body, "attributes": { "ApproximateReceiveCount": "1" },
        });
        let batch: QueueBatch = serde_json::from_value(json!({ "Records": [record] })).unwrap();
        let Ok(answer) = self.ingest.handle(batch, "request");
        answer.batch_item_failures.is_empty()
    }

    /// The plugin version that processed an object, by its ledger entry.
    fn plugin_of(&self, name: &str) -> Sha256 {
        let entries = self.press.aws.items("control");
        let of_object = |entry: &&String| entry.contains(&format!("incoming/{name}#"));
        let entry = entries.iter().find(of_object).unwrap();
        let (_, after) = entry.split_once("plugin_sha256:\"").unwrap();
        after.split_once('"').unwrap().0.parse().unwrap()
    }
}

#[test]
fn an_object_ends_with_the_version_that_it_began_with() {
    let swap = Swap::new(json!({}));
    let first = swap.press.put(&evil('1'));
    let begun = swap.upload("begun.csv", "value\none\ntwo\n");
    assert!(!swap.handle(&begun), "there is no lake yet");
    let second = swap.press.put(&evil('2'));
    swap.press.aws.create_bucket("lake");
    assert!(swap.handle(&begun));
    assert!(swap.handle(&swap.upload("next.csv", "value\nthree\n")));
    assert_eq!(swap.plugin_of("begun.csv"), first);
    assert_eq!(swap.plugin_of("next.csv"), second);
}

#[test]
fn records_are_kept_for_the_next_version() {
    let swap = Swap::new(json!({ "samples": 2 }));
    swap.press.aws.create_bucket("lake");
    swap.press.put(&evil('1'));
    assert!(swap.handle(&swap.upload("a.csv", "value,other\none,1\ntwo,\nthree,3\n")));
    let samples = swap.press.samples().read();
    assert_eq!(samples.len(), 1);
    assert_eq!(samples[0].columns(), ["value", "other"]);
    let kept = String::from_utf8(samples[0].to_ndjson()).unwrap();
    assert_eq!(
        kept,
        "{\"value\":\"one\",\"other\":\"1\"}\n{\"value\":\"two\",\"other\":null}\n"
    );
    let without = Swap::new(json!({ "samples": 0 }));
    without.press.aws.create_bucket("lake");
    without.press.put(&evil('1'));
    assert!(without.handle(&without.upload("a.csv", "value\none\n")));
    assert_eq!(without.press.samples().read().len(), 0);
}

#[test]
fn a_version_that_rejects_too_much_takes_itself_back() {
    let swap = Swap::new(json!({
        "canary": { "objects": 1, "max_rejected": 0.5 }, "config": { "evil": "failure" },
    }));
    swap.press.aws.create_bucket("lake");
    let good = swap.press.put(&evil('1'));
    assert!(swap.handle(&swap.upload("good.csv", "value\none\n")));
    let bad = swap.press.put(&evil('2'));
    assert!(swap.handle(&swap.upload("bad.csv", "value\nevil\nevil\none\n")));
    assert_eq!(swap.plugin_of("bad.csv"), bad);
    assert_eq!(swap.press.in_use(), Some(good));
    let alerts = swap.press.alerts();
    let told = |alert: &&String| {
        alert.contains("new plugin rolled back") && alert.contains(&bad.to_string())
    };
    assert_eq!(alerts.iter().filter(told).count(), 1, "{alerts:?}");
    assert!(swap.handle(&swap.upload("next.csv", "value\none\n")));
    assert_eq!(swap.plugin_of("next.csv"), good);
    assert_eq!(Sha256::of(evil('1')), good);
}
