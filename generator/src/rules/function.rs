//! What Lambda does to a function that feeds itself, and to its log.

use serde_json::{Value, json};

use super::template::{attribute_of, first_of_type};
use super::{Finding, Look, Rule, Severity, Template};

pub(super) const RECURSIVE_LOOP: Rule = Rule {
    name: "recursive-loop",
    source: "Lambda Developer Guide, Use Lambda recursive loop detection to prevent infinite loops",
    otherwise: "Lambda ends a chain of about 16 invocations that feed each other through a queue, and the message goes \
                to the dead-letter queue without the function being called",
    severity: Severity::Error,
    look: Look::Template {
        find: recursive_loop,
        breaks: |template| {
            let resources = template["Resources"].as_object_mut();
            for resource in resources.into_iter().flat_map(|all| all.values_mut()) {
                if let Some(properties) = resource["Properties"].as_object_mut() {
                    properties.remove("RecursiveLoop");
                }
            }
        },
    },
};

pub(super) const LOG_FORMAT: Rule = Rule {
    name: "log-level-needs-json",
    source: "Lambda Developer Guide, Configuring advanced logging controls: log-level filtering",
    otherwise: "the level of the function's log cannot be set, and time-outs are lines of plain text that no filter \
                for JSON finds",
    severity: Severity::Error,
    look: Look::Template {
        find: log_format,
        breaks: |template| {
            first_of_type(template, "AWS::Lambda::Function")["LoggingConfig"]["LogFormat"] =
                json!("Text");
        },
    },
};

pub(super) const METRIC_LINES_PASS: Rule = Rule {
    name: "metric-lines-pass",
    source: "Lambda Developer Guide, Configuring advanced logging controls: log-level filtering (a line without a level \
             counts as INFO)",
    otherwise: "lines in CloudWatch's embedded metric format have no level, so that a level above INFO drops all metrics",
    severity: Severity::Error,
    look: Look::Template {
        find: metric_lines_pass,
        breaks: |template| {
            first_of_type(template, "AWS::Lambda::Function")["LoggingConfig"]["ApplicationLogLevel"] =
                json!("WARN");
        },
    },
};

/// Functions that may send to the queue that feeds them.
fn recursive_loop(template: &Template) -> Vec<Finding> {
    let mappings = template.of_type("AWS::Lambda::EventSourceMapping");
    let stopped = mappings.filter_map(|(_, mapping)| {
        let queue = attribute_of(&mapping["EventSourceArn"])?;
        let id = mapping["FunctionName"]["Ref"].as_str()?;
        let function = template.properties(id);
        let role = attribute_of(&function["Role"])?;
        let feeds_itself = may_send(template.properties(role), queue);
        (feeds_itself && function["RecursiveLoop"] != "Allow").then(|| Finding {
            place: id.to_owned(),
            fact: format!("it sends to `{queue}`, which feeds it, and Lambda ends such a chain"),
            remedy: "set `RecursiveLoop` to `Allow`, and bound the chain in the program".to_owned(),
        })
    });
    stopped.collect()
}

/// Whether a role may send messages to a queue.
fn may_send(role: &Value, queue: &str) -> bool {
    let policies = role["Policies"].as_array().into_iter().flatten();
    let mut statements = policies.flat_map(|policy| {
        policy["PolicyDocument"]["Statement"]
            .as_array()
            .into_iter()
            .flatten()
    });
    let arn = format!("${{{queue}.Arn}}");
    statements.any(|statement| {
        let mut actions = statement["Action"].as_array().into_iter().flatten();
        let mut resources = statement["Resource"].as_array().into_iter().flatten();
        actions.any(|action| action == "sqs:SendMessage")
            && resources.any(|resource| {
                resource["Fn::Sub"] == arn.as_str() || attribute_of(resource) == Some(queue)
            })
    })
}

fn log_format(template: &Template) -> Vec<Finding> {
    let functions = template.of_type("AWS::Lambda::Function");
    let text = functions.filter(|(_, function)| function["LoggingConfig"]["LogFormat"] != "JSON");
    let found = text.map(|(id, _)| Finding {
        place: id.to_owned(),
        fact: "the log is not in JSON, so that its level has no effect".to_owned(),
        remedy: "set `LogFormat` of `LoggingConfig` to `JSON`".to_owned(),
    });
    found.collect()
}

fn metric_lines_pass(template: &Template) -> Vec<Finding> {
    let functions = template.of_type("AWS::Lambda::Function");
    let found = functions.filter_map(|(id, function)| {
        let level = function["LoggingConfig"]["ApplicationLogLevel"].as_str()?;
        (!["TRACE", "DEBUG", "INFO"].contains(&level)).then(|| Finding {
            place: id.to_owned(),
            fact: format!("the level {level} drops the lines that metrics are made of"),
            remedy: "set `ApplicationLogLevel` to `INFO` or finer".to_owned(),
        })
    });
    found.collect()
}
