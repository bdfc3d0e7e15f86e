//! How units of work get their settings: in their environment while that is small enough, else through SSM parameters.

use serde::Serialize;
use sluice_contract::Sha256;
use sluice_contract::settings::{
    SETTINGS, SETTINGS_ENDPOINT, SETTINGS_PARAMETERS, Settings, StackSettings,
};
use sluice_contract::stack::{Pipeline, Stack};

use super::unit::Unit;
use super::variables::{VariableView, environment, environment_bytes};
use sluice_contract::outputs::logical_id as id;

/// What Lambda allows for all variables together.
const MOST_ENVIRONMENT_BYTES: usize = 4096;

/// The longest value of a standard SSM parameter.
const MOST_PARAMETER_BYTES: usize = 4096;

/// The longest name of an SSM parameter.
const MOST_PARAMETER_NAME_BYTES: usize = 1011;

/// Where SSM is, in the notation of `Fn::Sub`, and the longest that becomes of it.
const SSM: &str = "https://ssm.${AWS::Region}.${AWS::URLSuffix}";
const LONGEST_SSM: &str = "https://ssm.ap-northeast-1.amazonaws.com.cn";

/// The settings of the units that work for one pipeline, or for the whole stack.
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
    /// The settings of a pipeline's units.
    pub(super) fn of_pipeline(
        stack: &Stack,
        pipeline: &Pipeline,
        units: &[Unit<'_>],
    ) -> FunctionSettings {
        let settings = Settings {
            project: stack.project.clone(),
            stage: stack.stage.clone(),
            timeout_seconds: stack.host.timeout_seconds,
            pipeline: pipeline.clone(),
        };
        let folder = format!("{}/settings", pipeline.name);
        FunctionSettings::new(&settings, &folder, &id(&pipeline.name), units)
    }

    /// The settings of the units that work for the whole stack.
    pub(super) fn of_stack(stack: &Stack, units: &[Unit<'_>]) -> FunctionSettings {
        let settings = StackSettings {
            project: stack.project.clone(),
            stage: stack.stage.clone(),
            pipelines: stack.pipelines.clone(),
            notify: stack.alerts.notify.clone(),
        };
        FunctionSettings::new(&settings, "settings", "", units)
    }

    /// In the environment, where that of every unit has room; else in parameters under `folder`, whose logical ids start
    /// with `owner`.
    fn new(
        settings: &impl Serialize,
        folder: &str,
        owner: &str,
        units: &[Unit<'_>],
    ) -> FunctionSettings {
        let text = serde_json::to_string(settings).expect("settings are JSON");
        let inline = FunctionSettings {
            inline: Some(text.clone()),
            parameters: Vec::new(),
        };
        let fits = |unit: &Unit<'_>| {
            environment_bytes(&environment(*unit, inline.variables())) <= MOST_ENVIRONMENT_BYTES
        };
        if units.iter().all(fits) {
            return inline;
        }
        let text = without_references(&text);
        let version = Sha256::of(&text).prefix(12);
        let pieces = pieces(&text, MOST_PARAMETER_BYTES);
        let parameters = pieces.into_iter().enumerate().map(|(number, value)| {
            let number = number + 1;
            let name = format!("{folder}/{version}/{number}");
            Parameter {
                id: format!("{owner}Settings{number}"),
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

    /// The variables that a unit finds them by.
    pub(super) fn variables(&self) -> Vec<VariableView> {
        match &self.inline {
            Some(text) => vec![VariableView::text(SETTINGS, text.clone())],
            None => {
                let ids = self.parameters.iter().map(|parameter| parameter.id.clone());
                let most_bytes = self.parameters.len() * (MOST_PARAMETER_NAME_BYTES + 1);
                vec![
                    VariableView::joined(SETTINGS_PARAMETERS, ids.collect(), most_bytes),
                    VariableView::substituted(SETTINGS_ENDPOINT, SSM.to_owned(), LONGEST_SSM.len()),
                ]
            }
        }
    }

    /// The ARNs of the parameters that a unit reads them from, where they are not in its environment.
    pub(super) fn parameter_arns(&self) -> Option<Vec<String>> {
        let arns = self
            .parameters
            .iter()
            .map(|parameter| parameter.arn.clone());
        self.inline.is_none().then(|| arns.collect())
    }
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
