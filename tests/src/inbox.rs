//! A subscriber to a topic: a queue that keeps every message, as an on-call engineer's mailbox would.

use anyhow::Context;
use serde_json::{Value, json};

use crate::{
    aws::{Aws, REGION},
    cloud::Cloud,
};

/// The account of the emulated cloud.
const ACCOUNT: &str = "000000000000";

/// A queue, and what was taken from it.
#[derive(Debug)]
pub struct Inbox {
    aws: Aws,
    url: String,
    received: Vec<Value>,
}

impl Inbox {
    /// Makes a queue of this name and subscribes it to a topic.
    ///
    /// # Errors
    /// Where the cloud refuses.
    pub fn of_topic(cloud: &Cloud, queue: &str, topic: &str) -> anyhow::Result<Self> {
        let (inbox, arn) = Self::fed_by(cloud, queue, "sns.amazonaws.com", topic)?;
        let endpoint = ["--protocol", "sqs", "--notification-endpoint", &arn];
        inbox.aws.call(
            &[
                ["sns", "subscribe", "--topic-arn", topic].as_slice(),
                &endpoint,
            ]
            .concat(),
        )?;
        Ok(inbox)
    }

    /// Makes a queue of this name, and a rule that brings it what a bucket tells the event bus.
    ///
    /// # Errors
    /// Where the cloud refuses.
    pub fn of_bucket_on_the_bus(cloud: &Cloud, queue: &str, bucket: &str) -> anyhow::Result<Self> {
        let pattern = json!({ "source": ["aws.s3"], "detail": { "bucket": { "name": [bucket] } } });
        let put = [
            "events",
            "put-rule",
            "--name",
            queue,
            "--event-pattern",
            &pattern.to_string(),
        ];
        let made = cloud.aws().call(&put)?;
        let rule = made["RuleArn"].as_str().context("a rule has an ARN")?;
        let (inbox, arn) = Self::fed_by(cloud, queue, "events.amazonaws.com", rule)?;
        let targets = json!([{ "Id": "inbox", "Arn": arn }]).to_string();
        inbox.aws.call(&[
            "events",
            "put-targets",
            "--rule",
            queue,
            "--targets",
            &targets,
        ])?;
        Ok(inbox)
    }

    /// A queue that a service may write to on behalf of one source, and its ARN.
    fn fed_by(
        cloud: &Cloud,
        queue: &str,
        service: &str,
        source: &str,
    ) -> anyhow::Result<(Self, String)> {
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}");
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": service },
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": { "ArnEquals": { "aws:SourceArn": source } },
            }],
        });
        let attributes = json!({ "Policy": policy.to_string() }).to_string();
        let create = [
            "sqs",
            "create-queue",
            "--queue-name",
            queue,
            "--attributes",
            &attributes,
        ];
        let made = cloud.aws().call(&create)?;
        let url = made["QueueUrl"].as_str().context("a queue has a URL")?;
        Ok((Self::of_queue(cloud.aws(), url), arn))
    }

    /// Reads an existing queue.
    pub fn of_queue(aws: &Aws, url: &str) -> Self {
        Self {
            aws: aws.clone(),
            url: url.to_owned(),
            received: Vec::new(),
        }
    }

    /// Every message that ever arrived, in the order of arrival. Takes what is waiting.
    ///
    /// # Errors
    /// Where the cloud refuses.
    pub fn messages(&mut self) -> anyhow::Result<&[Value]> {
        loop {
            let answer = self.aws.call(&[
                "sqs",
                "receive-message",
                "--queue-url",
                &self.url,
                "--max-number-of-messages",
                "10",
                "--wait-time-seconds",
                "0",
                "--message-attribute-names",
                "All",
            ])?;
            let Some(messages) = answer["Messages"]
                .as_array()
                .filter(|messages| !messages.is_empty())
            else {
                return Ok(&self.received);
            };
            for message in messages {
                let receipt = message["ReceiptHandle"]
                    .as_str()
                    .context("a message has a receipt")?;
                self.aws.call(&[
                    "sqs",
                    "delete-message",
                    "--queue-url",
                    &self.url,
                    "--receipt-handle",
                    receipt,
                ])?;
                self.received.push(message.clone());
            }
        }
    }
}
