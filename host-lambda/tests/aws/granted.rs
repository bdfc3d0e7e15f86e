//! Whether a role declares what it asks of the control table: the emulated AWS lets everybody who may touch a table touch
//! every item of it, and AWS itself does not.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::Value;
use sluice_contract::access::{Access, Resource};

use super::faults::{Call, Service};

static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    let access = include_str!("../../../templates/access.json");
    serde_json::from_str(access).unwrap()
});

/// What the partition keys of items begin with, and which kind of items these are.
const KINDS: [(&str, Resource); 8] = [
    ("object#", Resource::LedgerItems),
    ("plugin#", Resource::PluginItems),
    ("key#", Resource::SeenItems),
    ("name#", Resource::VersionItems),
    ("folder#", Resource::FolderItems),
    ("request#", Resource::AnswerItems),
    ("told#", Resource::NotifiedItems),
    ("incident#", Resource::NotifiedItems),
];

/// What a call of a role asks for that the role does not declare, or of items that nobody knows.
pub(crate) fn undeclared(role: &str, call: &Call<'_>) -> Option<String> {
    let is_batch = call.action == "BatchGetItem";
    if call.service != Service::DynamoDb || !(is_batch || call.target.starts_with("control")) {
        return None;
    }
    let action = format!("dynamodb:{}", call.action);
    let keys = partition_keys(&call.parameters);
    if keys.is_empty() {
        return Some(format!("{role}: {action} without a partition key"));
    }
    let declared = |kind: Resource| {
        let mut calls = ACCESS[role].iter();
        calls.any(|call| call.action == action && call.resource == kind)
    };
    let unknown = keys.into_iter().find(|key| {
        let kind = KINDS.iter().find(|(start, _)| key.starts_with(start));
        kind.is_none_or(|(_, kind)| !declared(*kind))
    });
    unknown.map(|key| format!("{role} does not declare {action} on {key}"))
}

/// The partition keys that a call is about.
fn partition_keys(parameters: &Value) -> BTreeSet<&str> {
    let of_items = [&parameters["Key"], &parameters["Item"]];
    let batches = parameters["RequestItems"].as_object().into_iter().flatten();
    let of_batches =
        batches.flat_map(|(_, wanted)| wanted["Keys"].as_array().into_iter().flatten());
    let keys = of_items.into_iter().chain(of_batches);
    let keys = keys.filter_map(|item| item["pk"]["S"].as_str());
    // A query names its key among the values of its condition.
    let of_query = parameters["KeyConditionExpression"].is_string();
    let values = parameters["ExpressionAttributeValues"].as_object();
    let values = values.into_iter().flatten().filter(move |_| of_query);
    let values = values.filter_map(|(_, value)| value["S"].as_str());
    let is_key = |text: &&str| KINDS.iter().any(|(start, _)| text.starts_with(start));
    keys.chain(values.filter(is_key)).collect()
}
