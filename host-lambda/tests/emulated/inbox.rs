//! A topic and an event bus, and queues that hear what is said on them.

use serde_json::{Value, json};
use sluice_contract::event::{Event, SOURCE};

use super::ministack::{Ministack, REGION};

pub(super) struct Inbox {
    /// The topic's ARN.
    pub(super) topic: String,
    /// The bus's name.
    pub(super) bus: String,
    alerts: String,
    events: String,
}

impl Inbox {
    pub(super) fn new(aws: &Ministack) -> Self {
        let queue = |name: &str| {
            let made = aws.sqs("CreateQueue", json!({ "QueueName": name }));
            made["QueueUrl"].as_str().unwrap().to_owned()
        };
        let (alerts, events) = (queue("alerts-inbox"), queue("events-inbox"));
        let arn = |queue| format!("arn:aws:sqs:{REGION}:000000000000:{queue}");
        let bus = "bus".to_owned();
        aws.events("CreateEventBus", json!({ "Name": bus }));
        let pattern = json!({ "source": [SOURCE] }).to_string();
        let rule = json!({ "Name": "all", "EventBusName": bus, "EventPattern": pattern });
        aws.events("PutRule", rule);
        let targets = json!([{ "Id": "inbox", "Arn": arn("events-inbox") }]);
        let put = json!({ "Rule": "all", "EventBusName": bus, "Targets": targets });
        aws.events("PutTargets", put);
        Self {
            topic: subscribed(aws, &arn("alerts-inbox")),
            bus,
            alerts,
            events,
        }
    }

    /// Subjects and messages of the alerts since the last time.
    pub(super) fn alerts(&self, aws: &Ministack) -> Vec<String> {
        let told = messages(aws, &self.alerts).into_iter().map(|envelope| {
            let text = |name: &str| envelope[name].as_str().unwrap().to_owned();
            format!("{}\n\n{}", text("Subject"), text("Message"))
        });
        told.collect()
    }

    /// The events since the last time.
    pub(super) fn events(&self, aws: &Ministack) -> Vec<Event> {
        let told = messages(aws, &self.events).into_iter().map(|envelope| {
            let kind = envelope["detail-type"].as_str().unwrap();
            Event::read(kind, &envelope["detail"]).unwrap()
        });
        told.collect()
    }

    /// Their kinds, in the order of the alphabet.
    pub(super) fn kinds(&self, aws: &Ministack) -> Vec<&'static str> {
        let events = self.events(aws).into_iter();
        let mut kinds: Vec<_> = events.map(|event| event.kind().detail_type()).collect();
        kinds.sort_unstable();
        kinds
    }
}

/// A topic that a queue hears.
pub(super) fn subscribed(aws: &Ministack, queue: &str) -> String {
    let made = aws.run(aws.clients().sns().create_topic().name("alerts").send());
    let topic = made.unwrap().topic_arn.unwrap();
    let subscription = aws.clients().sns().subscribe().topic_arn(&topic);
    let subscription = subscription.protocol("sqs").endpoint(queue);
    aws.run(subscription.send()).unwrap();
    topic
}

/// What waits in a queue, as JSON; it is deleted.
fn messages(aws: &Ministack, queue: &str) -> Vec<Value> {
    let mut taken = Vec::new();
    loop {
        let request = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 });
        let answer = aws.sqs("ReceiveMessage", request);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            return taken;
        }
        for message in messages {
            let receipt = &message["ReceiptHandle"];
            let delete = json!({ "QueueUrl": queue, "ReceiptHandle": receipt });
            aws.sqs("DeleteMessage", delete);
            taken.push(serde_json::from_str(message["Body"].as_str().unwrap()).unwrap());
        }
    }
}
