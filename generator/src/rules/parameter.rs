//! What SSM takes as the value of a parameter.

use serde_json::json;

use super::template::first_of_type;
use super::{Finding, Look, Rule, Severity, Template};

/// The longest value of a standard parameter, in bytes.
const MOST_BYTES: usize = 4096;

pub(super) const TAKEN: Rule = Rule {
    name: "settings-parameter",
    source: "Systems Manager API Reference, PutParameter: Value",
    otherwise: "the parameter is not created, and the deployment is rolled back",
    severity: Severity::Error,
    look: Look::Template {
        find,
        breaks: |template| {
            template["Resources"]["More"] = json!({ "Type": "AWS::SSM::Parameter" });
            let parameter = first_of_type(template, "AWS::SSM::Parameter");
            *parameter = json!({ "Value": "{{another}}" });
        },
    },
};

fn find(template: &Template) -> Vec<Finding> {
    let refused = template
        .of_type("AWS::SSM::Parameter")
        .filter_map(|(id, parameter)| {
            let value = parameter["Value"].as_str()?;
            let fact = if value.len() > MOST_BYTES {
                let got = value.len();
                format!("the value is too long: got {got} bytes, limit {MOST_BYTES} bytes")
            } else if value.contains("{{") {
                "the value holds `{{`, by which SSM means another parameter".to_owned()
            } else {
                return None;
            };
            Some(Finding {
                place: id.to_owned(),
                fact,
                remedy: "cut the value, or write the bracket as `\\u007b`".to_owned(),
            })
        });
    refused.collect()
}
