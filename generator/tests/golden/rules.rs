//! What holds for every template by our own decision: what is encrypted, what is kept, and what is never written down.
//! What AWS asks for is in the list of its rules.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_contract::Stack;

/// Types whose deletion loses something.
const HOLD_DATA: [&str; 5] = [
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
];

type Resources<'a> = BTreeMap<&'a str, &'a Value>;

/// What is wrong with a template.
pub(crate) fn check(stack: &Stack, template: &Value, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let resources: Resources = template["Resources"]
        .as_object()
        .expect("resources")
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    nothing_hard_coded(text, &mut complaints);
    for parameter in template["Parameters"]
        .as_object()
        .expect("parameters")
        .keys()
    {
        let used = [
            format!("\"Ref\": \"{parameter}\""),
            format!("${{{parameter}}}"),
        ];
        if !used.iter().any(|reference| text.contains(reference)) {
            complaints.push(format!("parameter `{parameter}` is used by nothing"));
        }
    }
    // Where people are told of alarms, the rule knows them by their names.
    let tells_of_alarms = resources.contains_key("NotifyAlarmsRule");
    for (name, resource) in &resources {
        let mut complain = |what: &str| complaints.push(format!("{name} {what}"));
        let kind = resource["Type"].as_str().expect("a type");
        let properties = &resource["Properties"];
        let has_policy = |kind: &str| tls_only(&resources, kind, name);
        match kind {
            "AWS::CloudWatch::Alarm" => {
                let named = &properties["AlarmName"]["Fn::Sub"];
                let expected = tells_of_alarms.then(|| format!("${{AWS::StackName}}/{name}"));
                if named.as_str() != expected.as_deref() {
                    complain(&format!("is called {named}, not {expected:?}"));
                }
                if properties["AlarmActions"].is_null() || properties["OKActions"].is_null() {
                    complain("tells nobody");
                }
            }
            "AWS::S3::Bucket" => {
                if !has_policy("AWS::S3::BucketPolicy") {
                    complain("can be read without TLS");
                }
                if properties["PublicAccessBlockConfiguration"]
                    .as_object()
                    .is_none_or(|block| block.len() != 4)
                {
                    complain("can be made public");
                }
                if properties["BucketEncryption"].is_null()
                    || properties["VersioningConfiguration"].is_null()
                {
                    complain("is not encrypted or not versioned");
                }
            }
            "AWS::SQS::Queue" => {
                if !has_policy("AWS::SQS::QueuePolicy")
                    || properties["KmsMasterKeyId"]["Ref"] != "Key"
                {
                    complain("can be read without TLS or is not encrypted");
                }
                if properties["RedriveAllowPolicy"].is_null() {
                    complain("takes redriven messages from everywhere");
                }
            }
            "AWS::SNS::Topic"
                if (!has_policy("AWS::SNS::TopicPolicy")
                    || properties["KmsMasterKeyId"]["Ref"] != "Key") =>
            {
                complain("can be published to without TLS or is not encrypted");
            }
            "AWS::DynamoDB::Table"
                if (properties["SSESpecification"]["KMSMasterKeyId"].is_null()
                    || properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
                        != true
                    || properties["DeletionProtectionEnabled"] != stack.protect_data) =>
            {
                complain("is not encrypted, restorable and protected as it should be");
            }
            "AWS::Logs::LogGroup"
                if (properties["RetentionInDays"].is_null()
                    || properties["KmsKeyId"].is_null()) =>
            {
                complain("keeps its lines for ever or is not encrypted");
            }
            _ => {}
        }
        let expected = match kind {
            "AWS::S3::Bucket" | "AWS::DynamoDB::Table" | "AWS::KMS::Key" if stack.protect_data => {
                Some(("RetainExceptOnCreate", "Retain"))
            }
            kind if HOLD_DATA.contains(&kind) => Some(("Delete", "Delete")),
            _ => None,
        };
        let policies = resource["DeletionPolicy"]
            .as_str()
            .zip(resource["UpdateReplacePolicy"].as_str());
        if policies != expected {
            complain("has no deletion policy that fits its stage");
        }
    }
    wide_resources(template, "", &mut complaints);
    complaints
}

/// Account, region and partition are those of the deployment.
fn nothing_hard_coded(text: &str, complaints: &mut Vec<String>) {
    for part in ["arn:aws:", "us-east-1", "eu-west-1", "000000000000"] {
        if text.contains(part) {
            complaints.push(format!("`{part}` is hard-coded"));
        }
    }
}

/// Whether a policy of this kind refuses calls to a resource that come without TLS.
fn tls_only(resources: &Resources, kind: &str, name: &str) -> bool {
    let targets = |policy: &Value| {
        let properties = &policy["Properties"];
        let many = properties["Queues"]
            .as_array()
            .or(properties["Topics"].as_array());
        many.into_iter()
            .flatten()
            .chain([&properties["Bucket"]])
            .any(|target| target["Ref"] == name)
    };
    let refuses = |policy: &Value| {
        let statements = policy["Properties"]["PolicyDocument"]["Statement"].as_array();
        statements.into_iter().flatten().any(|statement| {
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
        })
    };
    resources
        .values()
        .any(|policy| policy["Type"] == kind && targets(policy) && refuses(policy))
}

/// `*` as a resource is allowed in a key policy, where it means the key, and for X-Ray, which has no resources. `*` in an
/// action is allowed to refuse, and to the account that owns the key.
fn wide_resources(value: &Value, path: &str, complaints: &mut Vec<String>) {
    if let Value::Object(members) = value {
        if members.contains_key("Effect") && members["Effect"] == "Allow" {
            let sid = members
                .get("Sid")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let in_key_policy = path.contains("/KeyPolicy/");
            let wide = |key: &str, fits: fn(&str) -> bool| {
                let value = members.get(key);
                let many = value
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .chain(value);
                many.filter_map(Value::as_str).any(fits)
            };
            if wide("Resource", |resource| resource == "*")
                && !in_key_policy
                && sid != "TracingHasNoResources"
            {
                complaints.push(format!("{path} allows something on every resource"));
            }
            if wide("Action", |action| action.contains('*')) && sid != "AccountDecides" {
                complaints.push(format!("{path} allows a group of actions"));
            }
        }
        for (key, value) in members {
            wide_resources(value, &format!("{path}/{key}"), complaints);
        }
    }
    if let Value::Array(values) = value {
        for value in values {
            wide_resources(value, path, complaints);
        }
    }
}
