//! The environment of a unit of work, and its size as Lambda measures it.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_contract::settings::ROLE;
use sluice_contract::variable::Variable;

use super::http::HttpView;
use super::unit::{Unit, owner_id};

/// One variable. One of `text`, `substituted`, `reference` and `joined` is its value.
#[derive(Debug, Clone, Serialize)]
pub(super) struct VariableView {
    name: &'static str,
    /// The value.
    text: Option<String>,
    /// The value in the notation of `Fn::Sub`.
    substituted: Option<String>,
    /// The logical id of what it names.
    reference: Option<String>,
    /// Logical ids of what it names, with a comma between two.
    joined: Option<Vec<String>>,
    /// The longest value that it may get when the stack is deployed.
    #[serde(skip)]
    most_bytes: usize,
}

impl VariableView {
    /// A variable with this value.
    pub(super) fn text(name: &'static str, text: String) -> VariableView {
        VariableView {
            name,
            most_bytes: text.len(),
            text: Some(text),
            substituted: None,
            reference: None,
            joined: None,
        }
    }

    /// A variable with the names of all of these, `most_bytes` at the most.
    pub(super) fn joined(name: &'static str, ids: Vec<String>, most_bytes: usize) -> VariableView {
        VariableView {
            name,
            text: None,
            substituted: None,
            reference: None,
            joined: Some(ids),
            most_bytes,
        }
    }

    /// A variable with this value in the notation of `Fn::Sub`, `most_bytes` long at the most.
    pub(super) fn substituted(name: &'static str, text: String, most_bytes: usize) -> VariableView {
        VariableView {
            name,
            text: None,
            substituted: Some(text),
            reference: None,
            joined: None,
            most_bytes,
        }
    }

    fn reference(name: &'static str, id: String, most_bytes: usize) -> VariableView {
        VariableView {
            name,
            text: None,
            substituted: None,
            reference: Some(id),
            joined: None,
            most_bytes,
        }
    }
}

/// Every variable of a unit. `settings` are those that hold its settings or lead to them.
pub(super) fn environment(unit: Unit<'_>, settings: Vec<VariableView>) -> Vec<VariableView> {
    let role = VariableView::text(ROLE, unit.workload.name.to_owned());
    let own = |ending: &str| owner_id(unit.served) + ending;
    let named = unit.workload.variables_for(unit.served).map(|variable| {
        let (id, most_bytes) = resource(variable, own);
        VariableView::reference(variable.name(), id, most_bytes)
    });
    [role].into_iter().chain(settings).chain(named).collect()
}

/// The logical id of what a variable names, and the longest value of its that AWS allows: a bucket's name has 63 characters
/// at the most, and a table's 255. A topic's has 256, and its ARN adds partition, region and account; a queue's has 80, and
/// its URL adds region and account.
fn resource(variable: Variable, own: impl Fn(&str) -> String) -> (String, usize) {
    const BUCKET: usize = 63;
    const TABLE: usize = 255;
    const TOPIC: usize = 256 + "arn:aws-us-gov:sns:us-gov-west-1:123456789012:".len();
    const QUEUE: usize = 80 + "https://sqs.ap-northeast-1.amazonaws.com.cn/123456789012/".len();
    const STREAM: usize = 64;
    const DATABASE: usize = 255;
    const BUS: usize = 256;
    const STACK: usize = 128;
    const DASHBOARD: usize = 255;
    match variable {
        Variable::ArtifactsBucket => ("ArtifactsBucket".to_owned(), BUCKET),
        Variable::LakeBucket => ("LakeBucket".to_owned(), BUCKET),
        Variable::ControlTable => ("ControlTable".to_owned(), TABLE),
        Variable::AlertsTopic => ("AlertsTopic".to_owned(), TOPIC),
        Variable::CatalogDatabase => ("CatalogDatabase".to_owned(), DATABASE),
        Variable::Crawler => (own("Crawler"), DATABASE),
        Variable::CompactQueue => (own("CompactQueue"), QUEUE),
        Variable::EventBus => ("EventBus".to_owned(), BUS),
        Variable::StackName => ("AWS::StackName".to_owned(), STACK),
        Variable::Dashboard => ("Dashboard".to_owned(), DASHBOARD),
        Variable::Table => (own("RecordsTable"), TABLE),
        Variable::SourceQueue => (own("SourceQueue"), QUEUE),
        Variable::HttpUrl => (own(HttpView::URL), HttpView::MOST_URL_BYTES),
        Variable::DeliveryStream => (own("ApiDelivery"), STREAM),
    }
}

/// The size of an environment as Lambda measures it, which is as a JSON object, with the longest names in it.
pub(super) fn environment_bytes(variables: &[VariableView]) -> usize {
    let longest = |variable: &VariableView| match &variable.text {
        Some(text) => text.clone(),
        None => "x".repeat(variable.most_bytes),
    };
    let environment: BTreeMap<&str, String> = variables
        .iter()
        .map(|variable| (variable.name, longest(variable)))
        .collect();
    serde_json::to_string(&environment)
        .expect("text is JSON")
        .len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_measures_json() {
        fn check(variable: VariableView, expected: usize) {
            assert_eq!(environment_bytes(&[variable]), expected);
        }
        check(VariableView::text("A", String::new()), r#"{"A":""}"#.len());
        check(
            VariableView::text("A", "\"".to_owned()),
            r#"{"A":"\""}"#.len(),
        );
        check(
            VariableView::reference("A", "Key".to_owned(), 5),
            r#"{"A":"xxxxx"}"#.len(),
        );
    }
}
