//! The whole role, from a batch of messages to items, files, the ledger and alerts.

mod compact;
mod lake;
mod refused;
mod told;

use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sluice_host::{
    events::QueueBatch,
    roles::{
        Handler,
        ingest::{Ingest, IngestEnvironment},
    },
};

use super::{inbox::Inbox, ministack::Ministack};

/// An emulated AWS with the resources of one pipeline, and a queue that hears its alerts.
struct Site {
    aws: Ministack,
    ingest: Ingest,
    inbox: Inbox,
    queue: String,
    scratch: tempfile::TempDir,
}

/// What a process of the role finds, with a pipeline that is changed.
fn environment(change: Value, inbox: &Inbox, queue: &str, scratch: &Path) -> IngestEnvironment {
    let mut settings: Value = serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
    let pipeline = settings["pipeline"].as_object_mut().unwrap();
    pipeline.insert("plugin".to_owned(), Value::Null);
    pipeline.insert(
        "table".to_owned(),
        json!({ "partition_key": "id", "sort_key": [], "indexes": [], "ttl": null }),
    );
    pipeline.extend(change.as_object().unwrap().clone());
    IngestEnvironment {
        settings: serde_json::from_value(settings).unwrap(),
        artifacts_bucket: Some("artifacts".to_owned()),
        lake_bucket: "lake".to_owned(),
        catalog_database: Some("feedback".to_owned()),
        table: Some("items".to_owned()),
        http_url: None,
        control_table: "control".to_owned(),
        source_queue: queue.to_owned(),
        alerts_topic: inbox.topic.clone(),
        event_bus: inbox.bus.clone(),
        scratch: scratch.join("own"),
    }
}

impl Site {
    fn new(change: Value) -> Self {
        let aws = Ministack::start();
        for bucket in ["raw", "artifacts", "lake"] {
            aws.create_bucket(bucket);
        }
        aws.create_table("items", "id", None);
        aws.create_table("control", "pk", Some("sk"));
        aws.create_catalog_table("feedback", "orders");
        let inbox = Inbox::new(&aws);
        let queue = aws.sqs("CreateQueue", json!({ "QueueName": "source" }))["QueueUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let scratch = tempfile::tempdir().unwrap();
        let environment = environment(change, &inbox, &queue, scratch.path());
        let ingest = Ingest::new(environment, aws.session());
        Self {
            aws,
            ingest,
            inbox,
            queue,
            scratch,
        }
    }

    /// Another process of the role, with settings of its own.
    fn process_of(&self, change: Value) -> Ingest {
        let scratch = self.scratch.path();
        let environment = environment(change, &self.inbox, &self.queue, scratch);
        Ingest::new(environment, self.aws.session())
    }

    /// Processes messages, each with a body and how often it was received; gives the numbers of those that failed.
    fn handle(&self, messages: &[(String, u32)]) -> Vec<usize> {
        let records: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(number, (body, receives))| {
                json!({
                    "messageId": number.to_string(), "body": body,
                    "attributes": { "ApproximateReceiveCount": receives.to_string() },
                })
            })
            .collect();
        let batch: QueueBatch = serde_json::from_value(json!({ "Records": records })).unwrap();
        let Ok(answer) = self.ingest.handle(batch, "request");
        answer
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.parse().unwrap())
            .collect()
    }

    /// Uploads an object, and gives the body of its event.
    fn upload(&self, key: &str, body: &str) -> String {
        let etag = self.aws.put_object("raw", key, body.as_bytes().to_vec());
        event(key, body.len(), &etag, "0055AED6DCD90281E5")
    }

    /// Subjects and messages of the alerts since the last time.
    fn alerts(&self) -> Vec<String> {
        self.inbox.alerts(&self.aws)
    }

    /// What the role has left in its own queue since the last time; it is deleted.
    fn rest(&self) -> Vec<String> {
        let answer = self.aws.sqs(
            "ReceiveMessage",
            json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10 }),
        );
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        let take = |message: &Value| {
            let receipt = &message["ReceiptHandle"];
            self.aws.sqs(
                "DeleteMessage",
                json!({ "QueueUrl": self.queue, "ReceiptHandle": receipt }),
            );
            message["Body"].as_str().unwrap().to_owned()
        };
        messages.iter().map(take).collect()
    }

    /// Processes an object and whatever is left of it, every message twice, until nothing is left; says how many parts
    /// there were.
    fn to_the_end(&self, event: String) -> usize {
        let (mut parts, mut next) = (0, vec![event]);
        while let Some(body) = next.pop() {
            parts += 1;
            let twice = [(body.clone(), 1), (body, 1)];
            assert_eq!(self.handle(&twice), [] as [usize; 0]);
            next.extend(self.rest());
        }
        parts
    }

    /// Keys of the lake bucket under a folder.
    fn files(&self, folder: &str) -> Vec<String> {
        self.aws
            .keys("lake")
            .into_iter()
            .filter(|key| key.starts_with(folder))
            .collect()
    }
}

/// The event of an object, as S3 sends it.
fn event(key: &str, size: usize, etag: &str, sequencer: &str) -> String {
    json!({ "Records": [{
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-11-22T10:00:00.000Z",
        "s3": {
            "bucket": { "name": "raw" },
            "object": { "key": key, "size": size, "eTag": etag, "sequencer": sequencer },
        },
    }]})
    .to_string()
}

const GOOD: &str = "id,ordered_at,quantity\na,2026-11-22T10:00:00Z,1\nb,2026-11-23T10:00:00Z,2\na,2026-11-22T11:00:00Z,3\n";

#[test]
fn an_object_is_processed_once() {
    let site = Site::new(json!({}));
    let event = site.upload("incoming/a.csv", GOOD);
    assert_eq!(
        site.handle(&[(event.clone(), 1), (event.clone(), 1)]),
        [] as [usize; 0]
    );
    insta::assert_snapshot!("stored-items", site.aws.items("items").join("\n"));
    let files = site.files("lake/orders/");
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(site.files("rejects/"), [] as [&str; 0]);

    site.aws.put_object("lake", &files[0], b"touched".to_vec());
    assert_eq!(site.handle(&[(event, 2)]), [] as [usize; 0]);
    assert_eq!(
        site.aws.get_object("lake", &files[0]),
        b"touched",
        "it was not processed again"
    );
    assert_eq!(site.alerts(), [] as [&str; 0]);
}

#[test]
fn messages_that_are_no_objects() {
    let site = Site::new(json!({}));
    let test_event = include_str!("../events/s3-test-event.json").to_owned();
    let removed = include_str!("../events/s3-removed.json").to_owned();
    let folder = event("incoming/", 0, "d41d8cd98f00b204e9800998ecf8427e", "1");
    let marker = event(
        "incoming/2026/_SUCCESS",
        0,
        "d41d8cd98f00b204e9800998ecf8427e",
        "2",
    );
    assert_eq!(
        site.handle(&[(test_event, 1), (removed, 1), (folder, 1), (marker, 1)]),
        [] as [usize; 0]
    );
    assert_eq!(site.alerts(), [] as [&str; 0]);
    assert_eq!(
        site.handle(&[("hello".to_owned(), 1), (r#"{"a":1}"#.to_owned(), 3)]),
        [0, 1]
    );
    insta::assert_snapshot!("alert-of-an-unknown-message", site.alerts().join("\n---\n"));
}

#[test]
fn objects_that_nobody_can_process_are_said_to_be() {
    let site = Site::new(json!({}));
    let messages = [
        (site.upload("incoming/a.xlsx", "x"), 1),
        (site.upload("incoming/a.json", "[]"), 1),
        (site.upload("elsewhere/a.csv", GOOD), 1),
        (site.upload("incoming/empty.csv", ""), 1),
        (
            event(
                "incoming/deleted.csv",
                10,
                "d41d8cd98f00b204e9800998ecf8427e",
                "1",
            ),
            1,
        ),
    ];
    assert_eq!(site.handle(&messages), [] as [usize; 0]);
    let mut alerts = site.alerts();
    alerts.sort();
    insta::assert_snapshot!("alerts-of-unusable-objects", alerts.join("\n---\n"));
    assert_eq!(site.handle(&messages), [] as [usize; 0]);
    assert_eq!(site.alerts(), [] as [&str; 0], "nobody is told twice");
}

#[test]
fn rejects_above_the_ratio_are_told() {
    let site = Site::new(json!({}));
    let body = format!("{GOOD}c,yesterday,1\nd,2026-11-22T11:00:00Z,0\n");
    assert_eq!(
        site.handle(&[(site.upload("incoming/a.csv", &body), 1)]),
        [] as [usize; 0]
    );
    let rejects = site.files("rejects/");
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    let lines = String::from_utf8(site.aws.get_object("lake", &rejects[0])).unwrap();
    assert_eq!(lines.lines().count(), 2);
    let alerts = site
        .alerts()
        .join("\n---\n")
        .replace(&rejects[0], "rejects/orders/STEM.ndjson");
    insta::assert_snapshot!("alert-of-rejects", alerts);
}

#[test]
fn an_object_that_was_overwritten_waits_for_its_successor() {
    let site = Site::new(json!({}));
    let old = site.upload(
        "incoming/a.csv",
        "id,ordered_at\nold,2026-11-22T10:00:00Z\n",
    );
    let new = site
        .upload("incoming/a.csv", GOOD)
        .replace("0055AED6DCD90281E5", "0055AED6DCD90281E6");
    assert_eq!(site.handle(&[(old, 1)]), [] as [usize; 0]);
    assert_eq!(site.aws.items("items"), [] as [&str; 0]);
    assert_eq!(site.handle(&[(new, 1)]), [] as [usize; 0]);
    assert_eq!(site.aws.items("items").len(), 2);
    assert_eq!(site.alerts(), [] as [&str; 0]);
}

#[test]
fn a_failure_is_told_once_it_is_final() {
    let site = Site::new(json!({}));
    let event = site.upload("incoming/a.csv", GOOD);
    site.aws
        .run(
            site.aws
                .clients()
                .dynamodb()
                .delete_table()
                .table_name("items")
                .send(),
        )
        .unwrap();
    assert_eq!(site.handle(&[(event.clone(), 1)]), [0]);
    assert_eq!(
        site.files(""),
        [] as [&str; 0],
        "nothing is published of an object that failed"
    );
    assert_eq!(site.alerts(), [] as [&str; 0]);
    assert_eq!(site.handle(&[(event.clone(), 3)]), [0]);
    insta::assert_snapshot!("alert-of-a-failure", site.alerts().join("\n---\n"));

    // The cause is removed, and the message redriven.
    site.aws.create_table("items", "id", None);
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    assert_eq!(site.aws.items("items").len(), 2);
}

#[test]
fn a_missing_plugin_is_told() {
    let settings: Value = serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
    let site = Site::new(json!({ "plugin": settings["pipeline"]["plugin"] }));
    assert_eq!(
        site.handle(&[(site.upload("incoming/a.csv", GOOD), 3)]),
        [0]
    );
    insta::assert_snapshot!("alert-of-a-missing-plugin", site.alerts().join("\n---\n"));
}

/// Rows of a lake without a key, and one that is rejected.
fn many_rows(rows: u64) -> String {
    let row = |row| match row {
        77_777 => "x,yesterday,1\n".to_owned(),
        row => format!("\"{row}\n\",2026-11-22T10:00:00Z,{}\n", row + 1),
    };
    "id,ordered_at,quantity\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

/// The report of the one object that there is.
fn closed(site: &Site) -> Value {
    let request = site.aws.clients().dynamodb().scan().table_name("control");
    let items = site.aws.run(request.send()).unwrap().items.unwrap();
    let object = items
        .iter()
        .find(|item| item["sk"].as_s().unwrap() == "ledger#orders")
        .unwrap();
    assert_eq!(object["status"].as_s().unwrap(), "done");
    let report = object["report"].as_m().unwrap();
    let number = |name: &str| report[name].as_n().unwrap().parse::<u64>().unwrap();
    json!({
        "read": number("read"), "stored": number("stored"), "rejected": number("rejected"),
        "duplicate": number("duplicate"), "outputs": report["outputs"].as_l().unwrap().len(),
    })
}

#[test]
fn a_large_object_is_shared_out() {
    let site = Site::new(cut_at(1));
    let parts = site.to_the_end(site.upload("incoming/a.csv", &many_rows(100_000)));
    assert_eq!(parts, 4, "of 3.4 MB");
    assert_eq!(
        closed(&site),
        json!({ "read": 100_000, "stored": 99_999, "rejected": 1, "duplicate": 0, "outputs": 5 })
    );
    let rejects = site.files("rejects/");
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    let reject = String::from_utf8(site.aws.get_object("lake", &rejects[0])).unwrap();
    assert!(reject.contains("\"row\":77778,"), "{reject}");
    assert_eq!(site.alerts(), [] as [&str; 0]);
}

#[test]
fn duplicates_are_found_in_other_parts() {
    let source = json!({ "prefix": "incoming/", "via": "s3", "batch_size": 1, "max_receive_count": 3,
        "delimiter": ",", "split_mb": 1 });
    let site = Site::new(json!({ "table": null, "source": source }));
    // Records of 100 KB, so that few of them make several parts.
    let row = |id: u64| {
        let padding = "x".repeat(100_000);
        format!("{id},2026-11-22T10:00:00Z,1,{padding}\n")
    };
    let rows: String = (0..40).map(|index| row(index % 30)).collect();
    let body = format!("id,ordered_at,quantity,padding\n{rows}");
    // Another object with the same records has nothing to do with it.
    let rows_of = |file: &String| {
        let bytes = bytes::Bytes::from(site.aws.get_object("lake", file));
        ParquetRecordBatchReaderBuilder::try_new(bytes)
            .unwrap()
            .metadata()
            .file_metadata()
            .num_rows()
    };
    for name in ["incoming/b.csv", "incoming/a.csv"] {
        assert_eq!(site.to_the_end(site.upload(name, &body)), 4);
    }
    let rows: i64 = site.files("lake/orders/").iter().map(rows_of).sum();
    assert_eq!(rows, 60);
    let report = closed(&site);
    assert_eq!(
        (&report["stored"], &report["duplicate"]),
        (&json!(30), &json!(10))
    );
}

/// A lake without a key, of objects that are cut at so many MB.
fn cut_at(split_mb: u64) -> Value {
    let source = json!({ "prefix": "incoming/", "via": "s3", "batch_size": 1, "max_receive_count": 3,
        "delimiter": ",", "split_mb": split_mb });
    json!({ "table": null, "key": [], "order_by": null, "source": source })
}

#[test]
fn what_may_have_files_is_not_cut_any_more() {
    let mut site = Site::new(cut_at(0));
    let event = site.upload("incoming/a.csv", &many_rows(100_000));
    let bucket = site.aws.clients().s3().delete_bucket().bucket("lake");
    site.aws.run(bucket.send()).unwrap();
    assert_eq!(
        site.handle(&[(event.clone(), 1)]),
        [0],
        "it gets as far as its files"
    );
    site.aws.create_bucket("lake");
    // Another deployment would cut it.
    site.ingest = site.process_of(cut_at(1));
    assert_eq!(site.to_the_end(event), 1);
    assert_eq!(closed(&site)["read"], 100_000);
}

#[test]
fn a_part_of_an_object_that_is_gone_ends_the_object() {
    let site = Site::new(cut_at(1));
    let event = site.upload("incoming/a.csv", &many_rows(100_000));
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let rest = site.rest();
    assert_eq!(rest.len(), 1);
    let object = site.aws.clients().s3().delete_object().bucket("raw");
    site.aws.run(object.key("incoming/a.csv").send()).unwrap();
    assert_eq!(site.to_the_end(rest[0].clone()), 1);
    let read = closed(&site)["read"].as_u64().unwrap();
    assert!(
        0 < read && read < 100_000,
        "{read} records of the first part"
    );
    let alerts = site.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
}

#[test]
fn a_chain_that_is_too_long_fails_loudly() {
    let site = Site::new(cut_at(1));
    let event = site.upload("incoming/a.csv", &many_rows(100_000));
    assert_eq!(site.handle(&[(event, 1)]), [] as [usize; 0]);
    let mut rest: Value = serde_json::from_str(&site.rest()[0]).unwrap();
    assert_eq!(rest["sluice-rest"]["links"], 1);
    rest["sluice-rest"]["links"] = json!(1_000);
    assert_eq!(site.handle(&[(rest.to_string(), 3)]), [0]);
    let reason = "too often: got 1000, limit 271 for its size";
    let alerts = site.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].contains(reason), "{alerts:?}");
    let ledger = site.aws.items("control").join("\n");
    assert!(ledger.contains(reason), "{ledger}");
    assert_eq!(site.rest(), [] as [&str; 0], "nothing is handed on");
}

#[test]
fn a_message_that_fails_is_given_back_later() {
    let site = Site::new(json!({}));
    let receive = |wait_seconds: u32| {
        let request = json!({ "QueueUrl": site.queue, "VisibilityTimeout": 1, "WaitTimeSeconds": wait_seconds });
        site.aws.sqs("ReceiveMessage", request)["Messages"].clone()
    };
    let request = json!({ "QueueUrl": site.queue, "MessageBody": "no event" });
    site.aws.sqs("SendMessage", request);
    let message = &receive(0)[0];
    let batch = json!({ "Records": [{
        "messageId": "a", "body": message["Body"], "receiptHandle": message["ReceiptHandle"],
        "attributes": { "ApproximateReceiveCount": "1" },
    }] });
    let batch: QueueBatch = serde_json::from_value(batch).unwrap();
    let Ok(answer) = site.ingest.handle(batch, "request");
    assert_eq!(answer.batch_item_failures.len(), 1);
    // By itself it would be there after a second.
    assert!(
        receive(3).as_array().is_none_or(Vec::is_empty),
        "it is hidden for half a minute"
    );
}
