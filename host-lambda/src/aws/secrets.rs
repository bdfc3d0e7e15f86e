//! Entries of Secrets Manager, by the one call of it that is made.

use serde::Deserialize;
use serde_json::json;
use sluice_contract::access::Resource;

use super::json_call::JsonCall;

pub(crate) const CALLS: &[(&str, Resource)] =
    &[("secretsmanager:GetSecretValue", Resource::HttpSecret)];

/// An entry, as Secrets Manager answers (AWS Secrets Manager API Reference, *GetSecretValue*).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    secret_string: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

/// The text of an entry. The error is for people.
pub(super) async fn get(call: &JsonCall, name: &str) -> Result<String, String> {
    let arguments = json!({ "SecretId": name });
    let Answer { secret_string } = call
        .call("secretsmanager.GetSecretValue", arguments)
        .await?;
    secret_string.ok_or_else(|| "it holds bytes; store the value as text".to_owned())
}
