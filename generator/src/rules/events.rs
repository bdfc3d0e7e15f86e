//! What EventBridge drops, and whom it cannot reach.

use serde_json::{Value, json};
use sluice_contract::event::{EventKind, SOURCE};

use super::template::{attribute_of, first_of_type};
use super::{Finding, Look, Rule, Severity, Template};

const RULE: &str = "AWS::Events::Rule";

/// EventBridge, as policies name it.
const EVENTS: &str = "events.amazonaws.com";

/// What the key has to allow it, so that it can write to a queue or a topic that is encrypted with it.
const KEY_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

pub(super) const NOTHING_IS_DROPPED: Rule = Rule {
    name: "event-targets-drop-nothing",
    source: "EventBridge User Guide, Using dead-letter queues to process undelivered events",
    otherwise: "an event that cannot be delivered is dropped after 24 hours, or at once, and nobody is told",
    severity: Severity::Error,
    look: Look::Template {
        find: nothing_is_dropped,
        breaks: |template| {
            first_of_type(template, RULE)["Targets"][0]["DeadLetterConfig"] = Value::Null;
        },
    },
};

pub(super) const QUEUES_ADMIT_RULES: Rule = Rule {
    name: "event-queues-admit-rules",
    source: "EventBridge User Guide, Using resource-based policies: Amazon SQS permissions; dead-letter queues",
    otherwise: "every delivery of the rule is refused, and no log says so",
    severity: Severity::Error,
    look: Look::Template {
        find: queues_admit_rules,
        breaks: |template| {
            for policy in all_of_type(template, "AWS::SQS::QueuePolicy") {
                for statement in statements_mut(&mut policy["PolicyDocument"]) {
                    statement["Principal"] = json!({ "Service": "s3.amazonaws.com" });
                }
            }
        },
    },
};

pub(super) const KEY_ADMITS_RULES: Rule = Rule {
    name: "event-key-admits-rules",
    source: "SQS Developer Guide, Key management: configuring KMS permissions for AWS services",
    otherwise: "no event reaches a queue that is encrypted with the key, and no log says so",
    severity: Severity::Error,
    look: Look::Template {
        find: key_admits_rules,
        breaks: |template| {
            let key = first_of_type(template, "AWS::KMS::Key");
            let statements = key["KeyPolicy"]["Statement"].as_array_mut();
            let statements = statements.expect("a key has a policy");
            statements.retain(|statement| statement["Principal"]["Service"] != EVENTS);
        },
    },
};

pub(super) const PATTERNS_MATCH: Rule = Rule {
    name: "event-patterns-match",
    source: "EventBridge User Guide, Creating event patterns: an event without a value in the pattern does not match",
    otherwise: "the rule never matches, and nobody is told",
    severity: Severity::Error,
    look: Look::Template {
        find: patterns_match,
        breaks: |template| {
            for rule in all_of_type(template, RULE) {
                if rule["EventPattern"]["source"] == json!([SOURCE]) {
                    rule["EventPattern"]["detail-type"] = json!(["Object Lost"]);
                }
            }
        },
    },
};

fn nothing_is_dropped(template: &Template) -> Vec<Finding> {
    let dropped = targets(template)
        .filter(|(_, target)| attribute_of(&target["DeadLetterConfig"]["Arn"]).is_none());
    dropped
        .map(|(id, target)| Finding {
            place: id.to_owned(),
            fact: format!("its target {} has no dead-letter queue", target["Id"]),
            remedy: "name a queue as `DeadLetterConfig`".to_owned(),
        })
        .collect()
}

fn queues_admit_rules(template: &Template) -> Vec<Finding> {
    let queues = targets(template).flat_map(|(id, target)| {
        let both = [&target["Arn"], &target["DeadLetterConfig"]["Arn"]];
        let queues = both.into_iter().filter_map(attribute_of);
        queues.map(move |queue| (id, queue)).collect::<Vec<_>>()
    });
    let is_queue = |queue: &str| template.document["Resources"][queue]["Type"] == "AWS::SQS::Queue";
    let refused = queues.filter(|(id, queue)| is_queue(queue) && !admits(template, queue, id));
    refused
        .map(|(id, queue)| Finding {
            place: queue.to_owned(),
            fact: format!("its policy does not let the rule `{id}` send to it"),
            remedy: format!(
                "allow `{EVENTS}` to `sqs:SendMessage`, with the rule as `aws:SourceArn`"
            ),
        })
        .collect()
}

/// Whether the policy of a queue lets a rule send to it.
fn admits(template: &Template, queue: &str, rule: &str) -> bool {
    let policies = template.of_type("AWS::SQS::QueuePolicy");
    let own = policies.filter(|(_, policy)| {
        let queues = policy["Queues"].as_array().into_iter().flatten();
        queues.into_iter().any(|one| one["Ref"] == queue)
    });
    let statements = own.flat_map(|(_, policy)| {
        let statements = policy["PolicyDocument"]["Statement"].as_array();
        statements.into_iter().flatten()
    });
    let mut allowed = statements.filter(|statement| {
        statement["Effect"] == "Allow"
            && statement["Principal"]["Service"] == EVENTS
            && statement["Action"] == "sqs:SendMessage"
    });
    allowed.any(|statement| {
        let sources = &statement["Condition"]["ArnEquals"]["aws:SourceArn"];
        let many = sources.as_array().into_iter().flatten().chain([sources]);
        many.filter_map(attribute_of).any(|source| source == rule)
    })
}

fn key_admits_rules(template: &Template) -> Vec<Finding> {
    let queues = targets(template).flat_map(|(_, target)| {
        let both = [&target["Arn"], &target["DeadLetterConfig"]["Arn"]];
        both.into_iter()
            .filter_map(attribute_of)
            .collect::<Vec<_>>()
    });
    let key_of = |queue: &str| {
        let key = &template.properties(queue)["KmsMasterKeyId"]["Ref"];
        key.as_str().map(str::to_owned)
    };
    let mut keys: Vec<String> = queues.filter_map(key_of).collect();
    keys.sort();
    keys.dedup();
    let refused = keys.into_iter().filter(|key| {
        let statements = template.properties(key)["KeyPolicy"]["Statement"].as_array();
        let mut statements = statements.into_iter().flatten();
        !statements.any(|statement| {
            statement["Effect"] == "Allow"
                && statement["Principal"]["Service"] == EVENTS
                && statement["Action"] == json!(KEY_ACTIONS)
        })
    });
    refused
        .map(|key| Finding {
            place: key,
            fact: format!("its policy does not let `{EVENTS}` use it, and a rule sends to a queue that it encrypts"),
            remedy: format!("allow it {}", KEY_ACTIONS.map(|action| format!("`{action}`")).join(" and ")),
        })
        .collect()
}

/// Rules on a bus of the stack are about what the host tells there.
fn patterns_match(template: &Template) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, rule) in template.of_type(RULE) {
        let pattern = &rule["EventPattern"];
        let is_ours = pattern["source"] == json!([SOURCE]);
        if is_ours == rule["EventBusName"].is_null() {
            findings.push(Finding {
                place: id.to_owned(),
                fact: format!(
                    "it waits for {} on another bus than it is told on",
                    pattern["source"]
                ),
                remedy: format!(
                    "wait for `{SOURCE}` on the stack's bus, and for AWS on the default one"
                ),
            });
        }
        let kinds = pattern["detail-type"].as_array().into_iter().flatten();
        for kind in kinds.filter(|_| is_ours) {
            if kind.as_str().and_then(EventKind::of).is_none() {
                findings.push(Finding {
                    place: id.to_owned(),
                    fact: format!("it waits for {kind}, which the host never tells"),
                    remedy: "`gen events` prints what it tells".to_owned(),
                });
            }
        }
    }
    findings
}

/// Every target, with the rule that it is of.
fn targets(template: &Template) -> impl Iterator<Item = (&str, &Value)> {
    template.of_type(RULE).flat_map(|(id, rule)| {
        let targets = rule["Targets"].as_array().into_iter().flatten();
        targets.map(move |target| (id, target))
    })
}

fn all_of_type<'a>(template: &'a mut Value, kind: &'a str) -> impl Iterator<Item = &'a mut Value> {
    let resources = template["Resources"].as_object_mut().into_iter();
    resources
        .flat_map(|resources| resources.values_mut())
        .filter(move |resource| resource["Type"] == kind)
        .map(|resource| &mut resource["Properties"])
}

fn statements_mut(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    document["Statement"].as_array_mut().into_iter().flatten()
}
