//! How long SQS keeps a message, and how often it can be tried in that time.

use serde_json::{Value, json};

use super::template::attribute_of;
use super::{Finding, Look, Rule, Severity, Template};

pub(super) const RECEIVES_WITHIN_RETENTION: Rule = Rule {
    name: "receives-within-retention",
    source: "SQS Developer Guide, Message retention period; Using dead-letter queues",
    otherwise: "SQS deletes a message that fails before it was received often enough for the dead-letter queue, and \
                nobody is told",
    severity: Severity::Error,
    look: Look::Template {
        find: receives_within_retention,
        breaks: |template| source_queue(template)["MessageRetentionPeriod"] = json!(60),
    },
};

pub(super) const VISIBILITY: Rule = Rule {
    name: "visibility-of-six-timeouts",
    source: "Lambda Developer Guide, Using Lambda with Amazon SQS: Configuring a queue to use with Lambda",
    otherwise: "a message is delivered again while the function still works on it; below one timeout, the mapping is \
                refused",
    severity: Severity::Error,
    look: Look::Template {
        find: visibility,
        breaks: |template| source_queue(template)["VisibilityTimeout"] = json!(1),
    },
};

pub(super) const DEAD_LETTERS_STAY: Rule = Rule {
    name: "dead-letters-stay",
    source: "SQS Developer Guide, Using dead-letter queues: message retention periods for dead-letter queues",
    otherwise: "the dead-letter queue counts from the first sending, and drops at once what waited longer in the queue",
    severity: Severity::Error,
    look: Look::Template {
        find: dead_letters_stay,
        breaks: |template| {
            let dead = dead_letter_queue(source_queue(template)).map(str::to_owned);
            let dead = dead.expect("a source queue has a dead-letter queue");
            template["Resources"][dead]["Properties"]["MessageRetentionPeriod"] = json!(60);
        },
    },
};

/// The queue's retention where the template names none: four days.
const DEFAULT_RETENTION_SECONDS: u64 = 345_600;

/// The queue's visibility where the template names none.
const DEFAULT_VISIBILITY_SECONDS: u64 = 30;

fn receives_within_retention(template: &Template) -> Vec<Finding> {
    let queues = template.of_type("AWS::SQS::Queue");
    let too_slow = queues.filter_map(|(id, queue)| {
        let receives = queue["RedrivePolicy"]["maxReceiveCount"].as_u64()?;
        let needed = receives.saturating_mul(visibility_of(queue));
        let kept = retention_of(queue);
        (needed > kept).then(|| Finding {
            place: id.to_owned(),
            fact: format!(
                "{receives} receives may take {needed} s, and a message is kept for {kept} s"
            ),
            remedy: "lower `max_receive_count` of the source, or `timeout_seconds` of `[host]`"
                .to_owned(),
        })
    });
    too_slow.collect()
}

fn visibility(template: &Template) -> Vec<Finding> {
    let mappings = template.of_type("AWS::Lambda::EventSourceMapping");
    let too_short = mappings.filter_map(|(_, mapping)| {
        let queue = attribute_of(&mapping["EventSourceArn"])?;
        let function = mapping["FunctionName"]["Ref"].as_str()?;
        let timeout = template.properties(function)["Timeout"]
            .as_u64()
            .unwrap_or(3);
        let got = visibility_of(template.properties(queue));
        (got < 6 * timeout).then(|| Finding {
            place: queue.to_owned(),
            fact: format!("a message is hidden for {got} s, and `{function}` may take {timeout} s"),
            remedy: format!("hide it for {} s or longer", 6 * timeout),
        })
    });
    too_short.collect()
}

fn dead_letters_stay(template: &Template) -> Vec<Finding> {
    let queues = template.of_type("AWS::SQS::Queue");
    let too_short = queues.filter_map(|(_, queue)| {
        let dead = dead_letter_queue(queue)?;
        let (kept, waits) = (retention_of(template.properties(dead)), retention_of(queue));
        (kept < waits).then(|| Finding {
            place: dead.to_owned(),
            fact: format!(
                "dead letters are kept for {kept} s, and a message may have waited {waits} s before"
            ),
            remedy: "keep dead letters as long as SQS can: 1209600 s".to_owned(),
        })
    });
    too_short.collect()
}

fn dead_letter_queue(queue: &Value) -> Option<&str> {
    attribute_of(&queue["RedrivePolicy"]["deadLetterTargetArn"])
}

fn retention_of(queue: &Value) -> u64 {
    let given = queue["MessageRetentionPeriod"].as_u64();
    given.unwrap_or(DEFAULT_RETENTION_SECONDS)
}

fn visibility_of(queue: &Value) -> u64 {
    let given = queue["VisibilityTimeout"].as_u64();
    given.unwrap_or(DEFAULT_VISIBILITY_SECONDS)
}

/// The first queue that has a dead-letter queue, to be changed by an example.
fn source_queue(template: &mut Value) -> &mut Value {
    let resources = template["Resources"].as_object_mut();
    let found = resources
        .into_iter()
        .flat_map(|resources| resources.values_mut())
        .find(|resource| dead_letter_queue(&resource["Properties"]).is_some());
    &mut found.expect("an example has a source queue")["Properties"]
}
