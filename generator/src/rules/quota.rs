//! How much CloudFormation takes: resources, outputs, parameters, and the text itself.

use serde_json::{Value, json};

use super::{Finding, Look, Rule, Severity, Template};

const SOURCE: &str =
    "CloudFormation User Guide, Understand CloudFormation quotas; API Reference, CreateStack";

/// The most resources of a stack.
const MOST_RESOURCES: usize = 500;
/// The most outputs of a stack.
const MOST_OUTPUTS: usize = 200;
/// The most parameters of a stack.
const MOST_PARAMETERS: usize = 200;
/// The longest template that CloudFormation takes from a bucket. It says 1 MB.
const MOST_BYTES: usize = 1_000_000;
/// The longest template that CloudFormation takes as the body of a call. A longer one goes through a bucket, which the AWS CLI
/// asks for itself.
const MOST_BYTES_IN_A_CALL: usize = 51_200;

pub(super) const RESOURCES: Rule = Rule {
    name: "stack-resources",
    source: SOURCE,
    otherwise: "the deployment is refused",
    severity: Severity::Error,
    look: Look::Template {
        find: |template| section(template, "Resources", MOST_RESOURCES),
        breaks: |template| fill(template, "Resources", MOST_RESOURCES),
    },
};

pub(super) const OUTPUTS: Rule = Rule {
    name: "stack-outputs",
    source: SOURCE,
    otherwise: "the deployment is refused",
    severity: Severity::Error,
    look: Look::Template {
        find: |template| section(template, "Outputs", MOST_OUTPUTS),
        breaks: |template| fill(template, "Outputs", MOST_OUTPUTS),
    },
};

pub(super) const PARAMETERS: Rule = Rule {
    name: "stack-parameters",
    source: SOURCE,
    otherwise: "the deployment is refused",
    severity: Severity::Error,
    look: Look::Template {
        find: |template| section(template, "Parameters", MOST_PARAMETERS),
        breaks: |template| fill(template, "Parameters", MOST_PARAMETERS),
    },
};

pub(super) const BYTES: Rule = Rule {
    name: "template-size",
    source: SOURCE,
    otherwise: "the deployment is refused, also with `--s3-bucket`",
    severity: Severity::Error,
    look: Look::Template {
        find: |template| {
            let remedy = "render it with `--minify`, or share the pipelines out among several \
                          manifests";
            bytes(template, MOST_BYTES, "from a bucket", remedy)
        },
        breaks: |template| lengthen(template, MOST_BYTES),
    },
};

/// How much of something a template has, and how much it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What is counted, such as `resources`.
    pub what: &'static str,
    /// How many there are.
    pub got: usize,
    /// How many there may be.
    pub limit: usize,
}

impl Template {
    /// How much of each thing that CloudFormation counts is in the template.
    pub fn room(&self) -> [Room; 4] {
        let count = |what, name, limit| Room {
            what,
            got: self.section(name).count(),
            limit,
        };
        [
            count("resources", "Resources", MOST_RESOURCES),
            count("outputs", "Outputs", MOST_OUTPUTS),
            count("parameters", "Parameters", MOST_PARAMETERS),
            Room {
                what: "bytes without `--s3-bucket`",
                got: self.bytes,
                limit: MOST_BYTES_IN_A_CALL,
            },
        ]
    }
}

fn section(template: &Template, name: &str, limit: usize) -> Vec<Finding> {
    let got = template.section(name).count();
    let finding = Finding {
        place: String::new(),
        fact: format!(
            "the template has too many {}: got {got}, limit {limit}",
            name.to_lowercase()
        ),
        remedy: "share the pipelines out among several manifests".to_owned(),
    };
    (got > limit).then_some(finding).into_iter().collect()
}

fn bytes(template: &Template, limit: usize, way: &str, remedy: &str) -> Vec<Finding> {
    let got = template.bytes;
    let finding = Finding {
        place: String::new(),
        fact: format!("the template is long: got {got} bytes, limit {limit} bytes {way}"),
        remedy: remedy.to_owned(),
    };
    (got > limit).then_some(finding).into_iter().collect()
}

/// One definition more than there may be.
fn fill(template: &mut Value, section: &str, limit: usize) {
    for number in 0..=limit {
        template[section][format!("One{number}")] = json!({ "Type": "AWS::SNS::Topic" });
    }
}

/// One byte more than there may be.
fn lengthen(template: &mut Value, limit: usize) {
    template["Metadata"] = json!({ "Padding": "x".repeat(limit) });
}
