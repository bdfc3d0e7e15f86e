//! A topic, and a queue that hears what is said on it.

use serde_json::{Value, json};

use super::ministack::{Ministack, REGION};

pub(super) struct Inbox {
    /// The topic's ARN.
    pub(super) topic: String,
    queue: String,
}

impl Inbox {
    pub(super) fn new(aws: &Ministack) -> Self {
        let topic = aws
            .run(aws.clients().sns().create_topic().name("alerts").send())
            .unwrap()
            .topic_arn
            .unwrap();
        let queue = aws.sqs("CreateQueue", json!({ "QueueName": "inbox" }))["QueueUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let subscription = aws
            .clients()
            .sns()
            .subscribe()
            .topic_arn(&topic)
            .protocol("sqs")
            .endpoint(format!("arn:aws:sqs:{REGION}:000000000000:inbox"));
        aws.run(subscription.send()).unwrap();
        Self { topic, queue }
    }

    /// Subjects and messages of the alerts since the last time.
    pub(super) fn alerts(&self, aws: &Ministack) -> Vec<String> {
        let request = json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10 });
        let answer = aws.sqs("ReceiveMessage", request);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        messages
            .iter()
            .map(|message| {
                let receipt = &message["ReceiptHandle"];
                aws.sqs(
                    "DeleteMessage",
                    json!({ "QueueUrl": self.queue, "ReceiptHandle": receipt }),
                );
                let envelope: Value =
                    serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
                format!(
                    "{}\n\n{}",
                    envelope["Subject"].as_str().unwrap(),
                    envelope["Message"].as_str().unwrap()
                )
            })
            .collect()
    }
}
