//! The deployed feedback stack, in the hands of those who bring files and those who read what comes out.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path};

use anyhow::{Context, ensure};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use sluice_tests::{
    Aws, Cloud, Deployment, FEEDBACK_PLUGIN, Inbox, Lake, Measurements, eventually, found,
};

use crate::expected::Packing;

/// The last part of a gzip file, after the data and its checksum.
const GZIP_LENGTH_BYTES: usize = 4;

/// The stack, and its readers.
pub(crate) struct Feedback<'a> {
    pub(crate) stack: Deployment<'a>,
    pub(crate) alerts: Inbox,
    pub(crate) lake: Lake<'a>,
    /// What the bus announces, where this stack listens to it.
    bus: Option<Inbox>,
}

impl<'a> Feedback<'a> {
    /// Deploys a template of the feedback example, publishes its plugin and subscribes to its alerts.
    pub(crate) fn deploy(cloud: &'a Cloud, template: &str) -> anyhow::Result<Self> {
        let stack = Deployment::new(cloud, "feedback", template)?;
        stack.publish_plugin(FEEDBACK_PLUGIN, "FeedbackPluginTo")?;
        let alerts = Inbox::of_topic(cloud, "alerts", stack.output("AlertsTopic")?)?;
        let lake = Lake::new(cloud, stack.output("LakeBucket")?, "feedback");
        let listens = template.contains("FeedbackSourceRule");
        let overhear = || Inbox::of_bucket_on_the_bus(cloud, "bus", stack.output("RawBucket")?);
        let bus = listens.then(overhear).transpose()?;
        Ok(Self {
            stack,
            alerts,
            lake,
            bus,
        })
    }

    pub(crate) fn aws(&self) -> &'a Aws {
        self.stack.cloud().aws()
    }

    /// Uploads one of the files in `data`.
    pub(crate) fn drop_file(&self, file: &str, packing: Packing, key: &str) -> anyhow::Result<()> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/delivery/data")
            .join(file);
        if packing == Packing::Plain {
            return self.stack.drop_file(&file, "FeedbackUploadTo", key);
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&fs::read(&file)?)?;
        let mut packed = encoder.finish()?;
        if packing == Packing::TornGzip {
            packed.truncate(packed.len() - GZIP_LENGTH_BYTES);
        }
        let file = self.stack.cloud().folder().join("packed.gz");
        fs::write(&file, packed)?;
        self.stack.drop_file(&file, "FeedbackUploadTo", key)
    }

    /// Announces the present version of an object once more, as a queue may do at any time.
    pub(crate) fn announce_again(&mut self, key: &str) -> anyhow::Result<()> {
        let bucket = self.stack.output("RawBucket")?;
        let key = format!("incoming/{key}");
        if let Some(bus) = &mut self.bus {
            let bodies = bus
                .messages()?
                .iter()
                .filter_map(|message| message["Body"].as_str());
            let events = bodies
                .map(serde_json::from_str)
                .collect::<Result<Vec<Value>, _>>()?;
            let of_object =
                |event: &&Value| event.pointer("/detail/object/key") == Some(&json!(key));
            let event = events.iter().find(of_object);
            return self.send(
                event.with_context(|| format!("the bus did not announce `{key}`: {events:?}"))?,
            );
        }
        let head = self
            .aws()
            .call(&["s3api", "head-object", "--bucket", bucket, "--key", &key])?;
        let object = json!({
            "key": key,
            "size": head["ContentLength"],
            "eTag": head["ETag"].as_str().map(|tag| tag.trim_matches('"')),
            "versionId": head["VersionId"],
            "sequencer": "0055AED6DCD90281E5",
        });
        self.send(&json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventTime": "2026-03-08T09:00:00Z",
            "eventName": "ObjectCreated:Put",
            "s3": { "s3SchemaVersion": "1.0", "bucket": { "name": bucket }, "object": object },
        }] }))
    }

    /// Puts a message into the pipeline's queue.
    pub(crate) fn send(&self, message: &Value) -> anyhow::Result<()> {
        let queue = self.stack.output("FeedbackSourceQueueUrl")?;
        let body = message.to_string();
        self.aws()
            .call(&[
                "sqs",
                "send-message",
                "--queue-url",
                queue,
                "--message-body",
                &body,
            ])
            .map(drop)
    }

    /// Waits until no event is waiting or in work, and sees that none has failed.
    pub(crate) fn is_idle(&self) -> anyhow::Result<()> {
        eventually("the queue is empty", || {
            let waiting = self.waiting("FeedbackSourceQueueUrl")?;
            ensure!(waiting == 0, "{waiting} messages wait or are in work");
            Ok(())
        })?;
        let failed = self.waiting("FeedbackDeadLetterQueueUrl")?;
        ensure!(
            failed == 0,
            "{failed} messages are in the dead-letter queue"
        );
        Ok(())
    }

    /// Every item by its id.
    pub(crate) fn items(&self) -> anyhow::Result<BTreeMap<String, Value>> {
        let table = self.stack.output("FeedbackRecordsTable")?;
        let answer = self.aws().call(&[
            "dynamodb",
            "scan",
            "--table-name",
            table,
            "--consistent-read",
        ])?;
        let items = answer["Items"].as_array().context("a scan has items")?;
        let mut by_id = BTreeMap::new();
        for item in items {
            let id = found(item, "/id/S")?.as_str().context("an id is text")?;
            let other = by_id.insert(id.to_owned(), item.clone());
            ensure!(
                other.is_none(),
                "two items of one record: {item} and {other:?}"
            );
        }
        Ok(by_id)
    }

    /// Looks at what the function wrote into its log until `look` succeeds.
    pub(crate) fn eventually_measured<T>(
        &self,
        awaited: &str,
        look: impl FnMut(&Measurements) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        Measurements::eventually(&self.stack, "Feedback", awaited, look)
    }

    /// Drops an object of one good record and says by which plugin it was processed.
    pub(crate) fn plugin_of_next(&self, key: &str) -> anyhow::Result<String> {
        self.drop_file("late.csv", Packing::Plain, key)?;
        self.eventually_measured(&format!("`{key}` is processed"), |measurements| {
            let sha256 = &measurements.of_object(key)?["PluginSha256"];
            Ok(sha256
                .as_str()
                .with_context(|| format!("the plugin is {sha256}"))?
                .to_owned())
        })
    }

    fn waiting(&self, output: &str) -> anyhow::Result<u64> {
        let queue = self.stack.output(output)?;
        let get = [
            "sqs",
            "get-queue-attributes",
            "--queue-url",
            queue,
            "--attribute-names",
            "All",
        ];
        let answer = self.aws().call(&get)?;
        let count = |name: &str| {
            let number = answer["Attributes"][name]
                .as_str()
                .and_then(|number| number.parse::<u64>().ok());
            number.with_context(|| format!("the queue has no `{name}`: {answer}"))
        };
        Ok(count("ApproximateNumberOfMessages")? + count("ApproximateNumberOfMessagesNotVisible")?)
    }
}
