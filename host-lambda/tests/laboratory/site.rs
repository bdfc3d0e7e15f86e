//! The stack of one run in an emulated AWS: its resources, and everything that a run left in them.

use std::collections::{BTreeMap, HashMap};

use arrow_array::{Array, cast::AsArray};
use aws_sdk_dynamodb::types::AttributeValue;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sluice_host::aws::Clients;
use sluice_pipeline::{ports::SourceObject, report::ObjectReport};

use super::{objects::Object, receiver::Receiver};
use crate::aws::ministack::{Ministack, REGION};

/// The resources, which have the run's number in their names.
pub(crate) struct Site<'a> {
    pub(crate) aws: &'a Ministack,
    raw: String,
    artifacts: String,
    pub(crate) lake: String,
    pub(crate) table: String,
    pub(crate) control: String,
    topic: String,
    queue: String,
    /// The queue of folders to compact.
    compact_queue: String,
    /// The API that records are sent to.
    pub(crate) receiver: Receiver,
}

/// An object that is there.
pub(crate) struct Upload<'o> {
    pub(crate) object: &'o Object,
    /// The body of its event.
    pub(crate) event: String,
    /// The partition key of its entries in the ledger.
    pub(crate) ledger_key: String,
    /// Its version in the bucket, which every message about it has.
    pub(crate) version: String,
    /// What names of files made of it begin with.
    pub(crate) stem: String,
}

/// One entry of the ledger.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Whether it is that of the object, not of a later part.
    pub(crate) is_whole: bool,
    pub(crate) status: String,
    pub(crate) report: Option<ObjectReport>,
    /// Why the last attempt failed.
    pub(crate) reason: Option<String>,
    /// Whether it is known what follows it.
    has_next: bool,
    /// Whether something of it is still to be told.
    pub(crate) is_untold: bool,
}

/// How far the objects are: whatever gets any further changes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Records of closed parts.
    records: u64,
    /// Closed parts.
    closed: usize,
    /// Parts of which it is known where they end.
    handed_over: usize,
}

/// An item of a table.
pub(crate) type Item = HashMap<String, AttributeValue>;

impl<'a> Site<'a> {
    pub(crate) fn new(aws: &'a Ministack, run: &str) -> Self {
        let name = |what: &str| format!("{what}-{run}");
        let topic = aws
            .run(
                clients(aws)
                    .sns()
                    .create_topic()
                    .name(name("alerts"))
                    .send(),
            )
            .unwrap();
        let queue = aws.sqs("CreateQueue", json!({ "QueueName": name("queue") }));
        let compact = aws.sqs("CreateQueue", json!({ "QueueName": name("compact") }));
        let site = Self {
            aws,
            raw: name("raw"),
            artifacts: name("artifacts"),
            lake: name("lake"),
            table: name("items"),
            control: name("control"),
            topic: topic.topic_arn.unwrap(),
            queue: queue["QueueUrl"].as_str().unwrap().to_owned(),
            compact_queue: compact["QueueUrl"].as_str().unwrap().to_owned(),
            receiver: Receiver::start(),
        };
        for bucket in [&site.raw, &site.artifacts, &site.lake] {
            aws.create_bucket(bucket);
        }
        site.keep_versions();
        aws.create_table(&site.table, "id", None);
        aws.create_table(&site.control, "pk", Some("sk"));
        aws.create_catalog_table(&site.database(), "orders");
        site
    }

    /// The database of the lake's table in the catalog.
    pub(crate) fn database(&self) -> String {
        self.lake.replace('-', "_")
    }

    /// The environment of the function.
    pub(crate) fn variables(&self, settings: &Value) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_REGION", REGION.to_owned()),
            ("SLUICE_ROLE", "ingest".to_owned()),
            ("SLUICE_SETTINGS", settings.to_string()),
            ("SLUICE_ARTIFACTS_BUCKET", self.artifacts.clone()),
            ("SLUICE_LAKE_BUCKET", self.lake.clone()),
            ("SLUICE_CATALOG_DATABASE", self.database()),
            ("SLUICE_TABLE", self.table.clone()),
            ("SLUICE_CONTROL_TABLE", self.control.clone()),
            ("SLUICE_ALERTS_TOPIC", self.topic.clone()),
            ("SLUICE_EVENT_BUS", "default".to_owned()),
            ("SLUICE_SOURCE_QUEUE", self.queue.clone()),
            ("SLUICE_COMPACT_QUEUE", self.compact_queue.clone()),
        ]
    }

    /// As the stack's template does.
    fn keep_versions(&self) {
        let enabled = aws_sdk_s3::types::VersioningConfiguration::builder()
            .status(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
            .build();
        let request = clients(self.aws).s3().put_bucket_versioning();
        let request = request.bucket(&self.raw).versioning_configuration(enabled);
        self.aws.run(request.send()).unwrap();
    }

    /// Uploads an object.
    pub(crate) fn upload<'o>(&self, object: &'o Object) -> Upload<'o> {
        let Object { key, sequencer, .. } = object;
        let body = object.body();
        let size = body.len();
        let request = clients(self.aws).s3().put_object();
        let request = request.bucket(&self.raw).key(key).body(body.into());
        let answer = self.aws.run(request.send()).unwrap();
        let version = answer.version_id.unwrap();
        let etag = answer.e_tag.unwrap();
        let event = json!({ "Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-11-27T10:00:00.000Z",
            "s3": {
                "bucket": { "name": self.raw },
                "object": {
                    "key": key, "size": size, "eTag": etag.trim_matches('"'), "versionId": version, "sequencer": sequencer,
                },
            },
        }]});
        let uri = format!("s3://{}/{key}", self.raw);
        Upload {
            object,
            event: event.to_string(),
            ledger_key: format!("object#{uri}#{version}"),
            stem: SourceObject::stem_of(&uri, &version),
            version,
        }
    }

    /// Takes the messages that the function itself has sent.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent_to(&self.queue)
    }

    /// Takes the messages of folders that are to be compacted.
    pub(crate) fn folders(&self) -> Vec<String> {
        self.sent_to(&self.compact_queue)
    }

    fn sent_to(&self, queue: &str) -> Vec<String> {
        let request = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 });
        let answer = self.aws.sqs("ReceiveMessage", request);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        for message in &messages {
            let receipt = &message["ReceiptHandle"];
            let request = json!({ "QueueUrl": queue, "ReceiptHandle": receipt });
            self.aws.sqs("DeleteMessage", request);
        }
        let bodies = messages
            .iter()
            .filter_map(|message| message["Body"].as_str());
        bodies.map(str::to_owned).collect()
    }

    /// Lets so much time pass that the claims of these invocations have ended.
    pub(crate) fn age_leases(&self, request_ids: &[String]) {
        for item in self.scan(&self.control) {
            let owner = text(&item, "owner").unwrap_or_default();
            let is_dead = request_ids.iter().any(|id| owner.contains(id.as_str()));
            if text(&item, "status") != Some("running") || !is_dead {
                continue;
            }
            let request = clients(self.aws)
                .dynamodb()
                .update_item()
                .table_name(&self.control)
                .key("pk", item["pk"].clone())
                .key("sk", item["sk"].clone())
                .condition_expression("#owner = :owner")
                .update_expression("SET lease_until = :past")
                .expression_attribute_names("#owner", "owner")
                .expression_attribute_values(":owner", item["owner"].clone())
                .expression_attribute_values(":past", AttributeValue::N("1000".to_owned()));
            // Where another attempt has it by now, it is not the dead one's any more.
            let _ = self.aws.run(request.send());
        }
    }

    /// Lets so much time pass that nobody waits any more for whoever led queries to few files.
    pub(crate) fn age_leading(&self) {
        for item in self.scan(&self.control) {
            let Some(leading) = item.get("leading") else {
                continue;
            };
            let request = clients(self.aws)
                .dynamodb()
                .update_item()
                .table_name(&self.control)
                .key("pk", item["pk"].clone())
                .key("sk", item["sk"].clone())
                .condition_expression("leading = :before")
                .update_expression("SET leading = :past")
                .expression_attribute_values(":before", leading.clone())
                .expression_attribute_values(":past", AttributeValue::S("000".to_owned()));
            // Where somebody else leads them by now, it is not the dead one's any more.
            let _ = self.aws.run(request.send());
        }
    }

    /// The ledger: entries of the parts of each object, by their partition key.
    pub(crate) fn ledger(&self) -> BTreeMap<String, Vec<Entry>> {
        let mut ledger: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for item in self.scan(&self.control) {
            let Some(sort_key) = text(&item, "sk").and_then(|key| key.strip_prefix("ledger#"))
            else {
                continue;
            };
            let report = item.get("report").map(json_of);
            let entry = Entry {
                is_whole: !sort_key.contains('#'),
                status: text(&item, "status").unwrap_or_default().to_owned(),
                report: report.and_then(|report| serde_json::from_value(report).ok()),
                reason: text(&item, "reason").map(str::to_owned),
                has_next: item.contains_key("next"),
                is_untold: item.contains_key("untold"),
            };
            let key = text(&item, "pk").unwrap_or_default().to_owned();
            ledger.entry(key).or_default().push(entry);
        }
        ledger
    }

    /// How far the objects are.
    pub(crate) fn progress(&self) -> Progress {
        let ledger = self.ledger();
        let entries: Vec<&Entry> = ledger.values().flatten().collect();
        let reports = || entries.iter().filter_map(|entry| entry.report.as_ref());
        Progress {
            records: reports().map(|report| report.read).sum(),
            closed: reports().count(),
            handed_over: entries.iter().filter(|entry| entry.has_next).count(),
        }
    }

    /// Key and mark of every item.
    pub(crate) fn items(&self) -> Vec<(String, String)> {
        let items = self.scan(&self.table);
        let value = |item: &Item, name| text(item, name).unwrap_or_default().to_owned();
        items
            .iter()
            .map(|item| (value(item, "id"), value(item, "mark")))
            .collect()
    }

    /// Names of the files in the lake bucket.
    pub(crate) fn files(&self) -> Vec<String> {
        self.aws.keys(&self.lake)
    }

    /// What the partitions of the catalog begin their files' names with.
    pub(crate) fn partitions(&self) -> Vec<String> {
        let answer = self.aws.glue(
            "GetPartitions",
            json!({ "DatabaseName": self.database(), "TableName": "orders" }),
        );
        let partitions = answer["Partitions"].as_array().into_iter().flatten();
        let bucket = format!("s3://{}/", self.lake);
        let place = |partition: &Value| {
            let location = partition["StorageDescriptor"]["Location"].as_str()?;
            location.strip_prefix(&bucket).map(str::to_owned)
        };
        partitions.filter_map(place).collect()
    }

    /// The marks in a file.
    pub(crate) fn marks(&self, file: &str) -> Vec<String> {
        let bytes = bytes::Bytes::from(self.aws.get_object(&self.lake, file));
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        let mut marks = Vec::new();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let column = batch.column_by_name("mark").unwrap();
            let column = column.as_string::<i32>();
            marks.extend((0..column.len()).map(|row| column.value(row).to_owned()));
        }
        marks
    }

    /// Mark and row number, counted from 1, of every reject in a file.
    pub(crate) fn rejects(&self, file: &str) -> Vec<(String, u64)> {
        let lines = String::from_utf8(self.aws.get_object(&self.lake, file)).unwrap();
        let lines = lines.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let raw = line["raw"].as_str().unwrap_or_default();
            // Whatever the format: a mark is a word like no other.
            let mut words = raw.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let mark = words.rfind(|word| is_mark(word)).unwrap_or(raw).to_owned();
            (mark, line["row"].as_u64().unwrap())
        });
        lines.collect()
    }

    /// All items of a table.
    pub(crate) fn scan(&self, table: &str) -> Vec<Item> {
        let request = clients(self.aws).dynamodb().scan().table_name(table);
        let items = request.into_paginator().items().send();
        self.aws.run(items.collect::<Result<Vec<_>, _>>()).unwrap()
    }
}

/// The clients of the emulated AWS.
pub(crate) fn clients(aws: &Ministack) -> &Clients {
    aws.clients()
}

/// A text of an item.
pub(crate) fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn is_mark(word: &str) -> bool {
    let numbers = word.strip_prefix('o').and_then(|rest| rest.split_once('r'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(object, row)| is_number(object) && is_number(row))
}

/// A document as the JSON that it was made of.
fn json_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => serde_json::from_str(number).unwrap(),
        AttributeValue::Bool(value) => json!(value),
        AttributeValue::L(values) => values.iter().map(json_of).collect(),
        AttributeValue::M(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), json_of(value)))
            .collect(),
        _ => Value::Null,
    }
}
