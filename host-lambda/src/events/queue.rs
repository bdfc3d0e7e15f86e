//! The batch of queue messages that one invocation gets, and the answer that says which of them failed.
//!
//! Shapes are those of Lambda's event source mapping for SQS with `ReportBatchItemFailures`. What a message's body
//! means is not known here.

use serde::{Deserialize, Deserializer, Serialize};
use sluice_contract::access::Resource;

/// Lambda's poller makes these with the function's role.
pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("sqs:ReceiveMessage", Resource::Queue),
    ("sqs:DeleteMessage", Resource::Queue),
    ("sqs:GetQueueAttributes", Resource::Queue),
];

/// Messages of one invocation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QueueBatch {
    /// In the order of delivery, which is not the order of sending.
    #[serde(rename = "Records")]
    pub messages: Vec<Message>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Names the message in the answer.
    pub message_id: String,
    /// Names this receive of it, for whoever changes how long it is hidden.
    #[serde(default)]
    pub receipt_handle: Option<String>,
    /// What was sent.
    pub body: String,
    /// What SQS says of it.
    pub attributes: Attributes,
}

/// What SQS says of a message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// How often it was received, this time included.
    #[serde(deserialize_with = "number_in_text")]
    pub approximate_receive_count: u32,
}

impl Message {
    /// Whether the queue gives it to the dead-letter queue if this attempt fails too.
    pub fn is_last_receive(&self, max_receive_count: u32) -> bool {
        self.attributes.approximate_receive_count >= max_receive_count
    }
}

/// The messages to be delivered again; those that are not named are deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// Empty where all is done.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// One message that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// The message's id.
    pub item_identifier: String,
}

impl BatchAnswer {
    /// Asks for a message to be delivered again.
    pub fn fail(&mut self, message: &Message) {
        self.batch_item_failures.push(ItemFailure {
            item_identifier: message.message_id.clone(),
        });
    }
}

/// SQS writes its numbers as text.
fn number_in_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| serde::de::Error::custom(format!("`{text}` is not a number of receives")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_batch_as_lambda_sends_it() {
        let batch: QueueBatch =
            serde_json::from_str(include_str!("../../tests/events/queue-batch.json")).unwrap();
        let ids: Vec<_> = batch
            .messages
            .iter()
            .map(|message| message.message_id.as_str())
            .collect();
        assert_eq!(
            ids,
            [
                "059f36b4-87a3-44ab-83d2-661975830a7d",
                "2e1424d4-f796-459a-8184-9c92662be6da"
            ]
        );
        assert_eq!(batch.messages[0].body, "first body");
        assert!(!batch.messages[0].is_last_receive(3));
        assert!(batch.messages[1].is_last_receive(3));
    }

    #[test]
    fn an_answer_as_lambda_reads_it() {
        let batch: QueueBatch =
            serde_json::from_str(include_str!("../../tests/events/queue-batch.json")).unwrap();
        let mut answer = BatchAnswer::default();
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"batchItemFailures":[]}"#
        );
        answer.fail(&batch.messages[1]);
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"}]}"#
        );
    }

    #[test]
    fn what_is_not_a_batch_is_refused() {
        fn check(text: &str, expected: &str) {
            let error = serde_json::from_str::<QueueBatch>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
        check("{}", "missing field `Records`");
        check(
            r#"{"Records":[{"messageId":"a","body":"b"}]}"#,
            "missing field `attributes`",
        );
        check(
            r#"{"Records":[{"messageId":"a","body":"b","attributes":{"ApproximateReceiveCount":"x"}}]}"#,
            "`x` is not a number of receives",
        );
    }
}
