//! What holds for every template, whatever is in it: who may do what, what is encrypted, and what is never written down.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_manifest::Stack;
use sluice_manifest::access::Access;
use sluice_manifest::settings::{self, Settings};

/// Variables that a function may have.
const VARIABLES: [&str; 8] = [
    settings::ROLE,
    settings::SETTINGS,
    settings::SETTINGS_PARAMETERS,
    settings::ARTIFACTS_BUCKET,
    settings::LAKE_BUCKET,
    settings::TABLE,
    settings::CONTROL_TABLE,
    settings::ALERTS_TOPIC,
];

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
    for (name, resource) in &resources {
        let mut complain = |what: &str| complaints.push(format!("{name} {what}"));
        let kind = resource["Type"].as_str().expect("a type");
        let properties = &resource["Properties"];
        let has_policy = |kind: &str| tls_only(&resources, kind, name);
        match kind {
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
                let visibility = properties["VisibilityTimeout"].as_u64();
                let expected = u64::from(6 * stack.host.timeout_seconds);
                if !properties["RedrivePolicy"].is_null() && visibility != Some(expected) {
                    complain("does not hide a message for six timeouts");
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
            "AWS::CloudWatch::Alarm"
                if (properties["AlarmActions"].is_null() || properties["OKActions"].is_null()) =>
            {
                complain("tells nobody");
            }
            "AWS::Lambda::Function" => function(stack, &resources, resource, &mut complain),
            "AWS::IAM::Role" => role(resource, &mut complain),
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

/// A function's variables are those that the host reads, they fit, and its settings are those of the stack.
fn function(
    stack: &Stack,
    resources: &Resources,
    function: &Value,
    complain: &mut impl FnMut(&str),
) {
    let variables = function["Properties"]["Environment"]["Variables"]
        .as_object()
        .expect("variables");
    for name in variables
        .keys()
        .filter(|name| !VARIABLES.contains(&name.as_str()))
    {
        complain(&format!(
            "has the variable `{name}`, which the host does not know"
        ));
    }
    let text = match variables.get(settings::SETTINGS) {
        Some(inline) => inline.as_str().expect("text").to_owned(),
        None => {
            let names = &variables[settings::SETTINGS_PARAMETERS]["Fn::Join"][1];
            let parameters = names.as_array().expect("names").iter();
            let values = parameters.map(|name| {
                &resources[name["Ref"].as_str().expect("a name")]["Properties"]["Value"]
            });
            let values: Vec<&str> = values.map(|value| value.as_str().expect("text")).collect();
            if values
                .iter()
                .any(|value| value.len() > 4096 || value.contains("{{"))
            {
                complain("has a settings parameter that SSM refuses");
            }
            values.concat()
        }
    };
    let settings: Settings = serde_json::from_str(&text).expect("settings");
    if !stack.pipelines.contains(&settings.pipeline)
        || settings.timeout_seconds != stack.host.timeout_seconds
    {
        complain("has other settings than the stack");
    }
}

/// A role may do what the host declares, all of it that the pipeline has something for, and nothing else.
fn role(role: &Value, complain: &mut impl FnMut(&str)) {
    let declared: Access = serde_json::from_str(include_str!("../../../templates/access.json"))
        .expect("a file of this repository");
    let declared: BTreeSet<&str> = declared["ingest"]
        .iter()
        .map(|call| call.action.as_str())
        .collect();
    let statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        .as_array()
        .expect("statements");
    for statement in statements {
        for action in statement["Action"].as_array().expect("actions") {
            if !declared.contains(action.as_str().expect("text")) {
                complain(&format!("may {action}, which the host does not declare"));
            }
        }
    }
    for sid in [
        "RawObjects",
        "RejectObjects",
        "ControlTable",
        "AlertsTopic",
        "Queue",
        "Key",
        "LogGroup",
    ] {
        if !statements.iter().any(|statement| statement["Sid"] == sid) {
            complain(&format!("lacks the statement `{sid}`"));
        }
    }
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
