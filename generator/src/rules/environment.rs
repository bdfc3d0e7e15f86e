//! How much fits the environment of a function.

use serde_json::{Map, Value, json};

use super::template::{attribute_of, first_of_type};
use super::{Finding, Look, Rule, Severity, Template};

/// What Lambda allows for all variables together. It measures them as a JSON object.
const MOST_BYTES: usize = 4096;

pub(super) const FITS: Rule = Rule {
    name: "function-environment",
    source: "Lambda Developer Guide, Lambda quotas: environment variables, 4 KB in all",
    otherwise: "the function is not created, and the deployment is rolled back",
    severity: Severity::Error,
    look: Look::Template {
        find,
        breaks: |template| {
            let function = first_of_type(template, "AWS::Lambda::Function");
            function["Environment"]["Variables"]["MORE"] = json!("x".repeat(MOST_BYTES));
        },
    },
};

fn find(template: &Template) -> Vec<Finding> {
    let functions = template.of_type("AWS::Lambda::Function");
    let too_large = functions.filter_map(|(id, function)| {
        let variables = function["Environment"]["Variables"].as_object()?;
        let got = bytes(template, variables);
        (got > MOST_BYTES).then(|| Finding {
            place: id.to_owned(),
            fact: format!(
                "the environment may get too large: got up to {got} bytes, limit {MOST_BYTES} bytes"
            ),
            remedy: "put what is long into a parameter of SSM".to_owned(),
        })
    });
    too_large.collect()
}

/// The size of an environment as Lambda measures it, with the longest names that the deployment may give.
fn bytes(template: &Template, variables: &Map<String, Value>) -> usize {
    let longest = variables.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => "x".repeat(longest(template, other)),
        };
        (name.clone(), Value::String(value))
    });
    Value::Object(longest.collect()).to_string().len()
}

/// How long the value of a reference may get.
fn longest(template: &Template, value: &Value) -> usize {
    /// The longest ARN or URL of a named thing is this much longer than its name.
    const AROUND_A_NAME: usize = "https://sqs.ap-northeast-1.amazonaws.com.cn/123456789012/".len();
    /// The longest name of a stack.
    const STACK_NAME: usize = 128;
    if let Some(parts) = value["Fn::Join"][1].as_array() {
        let separator = value["Fn::Join"][0].as_str().unwrap_or_default().len();
        let parts: Vec<usize> = parts.iter().map(|part| longest(template, part)).collect();
        return parts.iter().sum::<usize>() + separator * parts.len().saturating_sub(1);
    }
    if let Some(text) = value["Fn::Sub"].as_str().or(value["Fn::Sub"][0].as_str()) {
        let given = value["Fn::Sub"][1].as_object();
        let given = given
            .into_iter()
            .flatten()
            .map(|(_, value)| longest(template, value));
        return text.len() + given.sum::<usize>() + STACK_NAME;
    }
    if let Some(text) = value.as_str() {
        return text.len();
    }
    let id = value["Ref"]
        .as_str()
        .or(attribute_of(value))
        .unwrap_or_default();
    let kind = template.document["Resources"][id]["Type"].as_str();
    match kind.unwrap_or_default() {
        "AWS::S3::Bucket" => 63,
        "AWS::SQS::Queue" => 80 + AROUND_A_NAME,
        "AWS::SSM::Parameter" => longest(template, &template.properties(id)["Name"]),
        "AWS::SNS::Topic" => 256 + AROUND_A_NAME,
        // No name of a service that Sluice uses is longer than a table's.
        _ => 255,
    }
}
