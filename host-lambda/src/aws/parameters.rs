//! SSM parameters, by the one call of SSM that is made.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::json_call::JsonCall;

/// Parameters that SSM hands out at once.
const AT_ONCE: usize = 10;

/// Parameters, as SSM answers (AWS Systems Manager API Reference, *GetParameters*).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

/// The values of parameters by their names. Names that SSM does not know are left out. The error is for people.
pub(super) async fn get(
    call: &JsonCall,
    names: &[&str],
) -> Result<HashMap<String, String>, String> {
    let mut found = HashMap::new();
    for some in names.chunks(AT_ONCE) {
        let arguments = json!({ "Names": some, "WithDecryption": true });
        let Answer { parameters } = call.call("AmazonSSM.GetParameters", arguments).await?;
        found.extend(parameters.into_iter().map(|it| (it.name, it.value)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn answers() {
        let body = r#"{"Parameters": [{"Name": "/a", "Value": "1", "Type": "String"}], "InvalidParameters": ["/b"]}"#;
        let answer: Answer = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&*answer.parameters[0].name, &*answer.parameters[0].value),
            ("/a", "1")
        );
    }
}
