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
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}");
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
            }],
        });
        let attributes = json!({ "Policy": policy.to_string() }).to_string();
        let aws = cloud.aws().clone();
        let made = aws.call(&[
            "sqs",
            "create-queue",
            "--queue-name",
            queue,
            "--attributes",
            &attributes,
        ])?;
        let subscribe = [
            "sns",
            "subscribe",
            "--topic-arn",
            topic,
            "--protocol",
            "sqs",
            "--notification-endpoint",
            &arn,
        ];
        aws.call(&subscribe)?;
        Ok(Self::of_queue(
            &aws,
            made["QueueUrl"].as_str().context("a queue has a URL")?,
        ))
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
