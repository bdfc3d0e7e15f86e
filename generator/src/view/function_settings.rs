//! How a function gets its settings: in its environment while that is small enough, else through SSM parameters.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::Sha256;
use sluice_contract::settings::{self, Settings};
use sluice_contract::stack::{Pipeline, Stack};

use super::pipeline::id;

/// What Lambda allows for all variables together. It measures them as a JSON object.
const MOST_ENVIRONMENT_BYTES: usize = 4096;

/// The longest value of a standard SSM parameter.
const MOST_PARAMETER_BYTES: usize = 4096;

/// The longest names that the other variables may get when the stack is deployed: a bucket's has 63 characters at the
/// most, and a table's 255. A topic's has 256, and its ARN adds partition, region and account; a queue's has 80, and its
/// URL adds region and account. `ingest` has more variables than any other role.
const LONGEST: [(&str, usize); 7] = [
    (settings::ROLE, "ingest".len()),
    (settings::ARTIFACTS_BUCKET, 63),
    (settings::LAKE_BUCKET, 63),
    (settings::TABLE, 255),
    (settings::CONTROL_TABLE, 255),
    (
        settings::ALERTS_TOPIC,
        256 + "arn:aws-us-gov:sns:us-gov-west-1:123456789012:".len(),
    ),
    (
        settings::SOURCE_QUEUE,
        80 + "https://sqs.ap-northeast-1.amazonaws.com.cn/123456789012/".len(),
    ),
];

/// The settings of the functions of one pipeline.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FunctionSettings {
    /// As JSON text, where they fit the environment.
    inline: Option<String>,
    /// Where they do not.
    parameters: Vec<Parameter>,
}

/// One piece of the JSON text.
#[derive(Debug, Clone, Serialize)]
struct Parameter {
    /// Its logical id.
    id: String,
    /// Its name, below the stack's own.
    name: String,
    /// Its ARN, in the notation of `Fn::Sub`.
    arn: String,
    value: String,
}

impl FunctionSettings {
    pub(super) fn new(stack: &Stack, pipeline: &Pipeline) -> FunctionSettings {
        let settings = Settings {
            project: stack.project.clone(),
            stage: stack.stage.clone(),
            timeout_seconds: stack.host.timeout_seconds,
            pipeline: pipeline.clone(),
        };
        let text = serde_json::to_string(&settings).expect("settings are JSON");
        if environment_bytes(&text) <= MOST_ENVIRONMENT_BYTES {
            return FunctionSettings {
                inline: Some(text),
                parameters: Vec::new(),
            };
        }
        let text = without_references(&text);
        let version = Sha256::of(&text).prefix(12);
        let pieces = pieces(&text, MOST_PARAMETER_BYTES);
        let parameters = pieces.into_iter().enumerate().map(|(number, value)| {
            let number = number + 1;
            let name = format!("{}/settings/{version}/{number}", pipeline.name);
            Parameter {
                id: format!("{}Settings{number}", id(&pipeline.name)),
                arn: format!(
                    "arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter/sluice/\
                     ${{AWS::StackName}}/{name}"
                ),
                name,
                value: value.to_owned(),
            }
        });
        FunctionSettings {
            inline: None,
            parameters: parameters.collect(),
        }
    }

    /// The ARNs of the parameters that the function reads them from, where they are not in its environment.
    pub(super) fn parameter_arns(&self) -> Option<Vec<String>> {
        let arns = self
            .parameters
            .iter()
            .map(|parameter| parameter.arn.clone());
        self.inline.is_none().then(|| arns.collect())
    }
}

/// The size of an environment with these settings, as Lambda measures it, with the longest names in it.
fn environment_bytes(text: &str) -> usize {
    let mut environment: BTreeMap<&str, String> = LONGEST
        .iter()
        .map(|(name, length)| (*name, "x".repeat(*length)))
        .collect();
    environment.insert(settings::SETTINGS, text.to_owned());
    serde_json::to_string(&environment)
        .expect("text is JSON")
        .len()
}

/// The same JSON without `{{`, by which SSM means another parameter and which it refuses. JSON has that only inside of
/// strings.
fn without_references(text: &str) -> String {
    text.replace("{{", "{\\u007b")
}

/// Cuts a text into pieces of at most `most` bytes, between characters.
fn pieces(mut text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while text.len() > most {
        let (piece, rest) = text.split_at(text.floor_char_boundary(most));
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lambda_measures_json() {
        let empty = environment_bytes("");
        assert_eq!(environment_bytes("a"), empty + 1);
        assert_eq!(environment_bytes("\""), empty + 2);
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in "\\PC{0,200}", most in 4usize..50) {
            let pieces = pieces(&text, most);
            prop_assert!(pieces.iter().all(|piece| piece.len() <= most));
            prop_assert_eq!(pieces.concat(), text);
        }

        #[test]
        fn references_are_gone(value in "[{}a\"\\\\]{0,30}") {
            let text = serde_json::to_string(&[&value]).unwrap();
            let safe = without_references(&text);
            prop_assert!(!safe.contains("{{"));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), vec![value]);
        }
    }
}
