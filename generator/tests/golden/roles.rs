//! What holds for the functions of every template and for what they may do: each pipeline has those that it needs, with
//! its own settings, and they may make the calls that the host declares for their role, on their own pipeline's things.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_contract::Stack;
use sluice_contract::access::{Access, Resource};
use sluice_contract::roles::Role;
use sluice_contract::served::Served;
use sluice_contract::settings::{
    ROLE, SETTINGS, SETTINGS_ENDPOINT, SETTINGS_PARAMETERS, Settings, StackSettings,
};

/// What is wrong with the functions of a template.
pub(crate) fn check(stack: &Stack, template: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let resources = &template["Resources"];
    let of_type = |kind: &str| -> Vec<(&String, &Value)> {
        let all = resources.as_object().expect("resources").iter();
        all.filter(|(_, resource)| resource["Type"] == kind)
            .collect()
    };
    let mut found = Vec::new();
    for (name, function) in of_type("AWS::Lambda::Function") {
        let mut complain = |what: String| complaints.push(format!("{name} {what}"));
        let variables = &function["Properties"]["Environment"]["Variables"];
        let role = variables[ROLE].as_str().and_then(Role::named);
        let role = role.expect("a role of the list");
        let settings = settings_of(variables, resources);
        let units = role.workload().units(stack);
        let own = units
            .into_iter()
            .find(|unit| settings == expected(stack, *unit));
        let Some(served) = own else {
            complain("has other settings than the stack".to_owned());
            continue;
        };
        found.push((role, owner(served)));
        let inline = !variables[SETTINGS].is_null();
        let got: BTreeSet<&str> = keys(variables);
        let given = role.workload().variables_for(served);
        let own: &[&str] = if inline {
            &[SETTINGS]
        } else {
            &[SETTINGS_PARAMETERS, SETTINGS_ENDPOINT]
        };
        let expected: BTreeSet<&str> = given
            .map(|variable| variable.name())
            .chain([ROLE])
            .chain(own.iter().copied())
            .collect();
        if got != expected {
            complain(format!("has the variables {got:?}, not {expected:?}"));
        }
        let policy = function["Properties"]["Role"]["Fn::GetAtt"][0]
            .as_str()
            .map(|id| &resources[id]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]);
        grants(role, served, inline, policy.expect("a role"), &mut complain);
    }
    let mut expected = Vec::new();
    for role in Role::ALL {
        let units = role.workload().units(stack).into_iter();
        expected.extend(units.map(|served| (*role, owner(served))));
    }
    found.sort();
    expected.sort();
    if found != expected {
        complaints.push(format!(
            "there are the functions {found:?}, not {expected:?}"
        ));
    }
    let of_functions = of_type("AWS::IAM::Role").into_iter().filter(|(_, role)| {
        let statement = &role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0];
        statement["Principal"]["Service"] == "lambda.amazonaws.com"
    });
    if of_functions.count() != expected.len() {
        complaints.push("there are not as many roles as functions".to_owned());
    }
    complaints
}

/// The name of the pipeline that a function works for, if it is for one.
fn owner(served: Served<'_>) -> Option<String> {
    match served {
        Served::Pipeline(pipeline) => Some(pipeline.name.clone()),
        Served::Stack(_) => None,
    }
}

/// The settings that a function ought to have.
fn expected(stack: &Stack, served: Served<'_>) -> Value {
    let Stack { project, stage, .. } = stack.clone();
    let settings = match served {
        Served::Pipeline(pipeline) => serde_json::to_value(Settings {
            project,
            stage,
            timeout_seconds: stack.host.timeout_seconds,
            pipeline: pipeline.clone(),
        }),
        Served::Stack(_) => serde_json::to_value(StackSettings {
            project,
            stage,
            pipelines: stack.pipelines.clone(),
            notify: stack.alerts.notify.clone(),
        }),
    };
    settings.expect("settings are JSON")
}

/// The settings that a function finds, wherever they are.
fn settings_of(variables: &Value, resources: &Value) -> Value {
    let text = match variables[SETTINGS].as_str() {
        Some(inline) => inline.to_owned(),
        None => {
            let names = &variables[SETTINGS_PARAMETERS]["Fn::Join"][1];
            let parameters = names.as_array().expect("names").iter();
            let values = parameters.map(|name| {
                let id = name["Ref"].as_str().expect("a name");
                resources[id]["Properties"]["Value"].as_str().expect("text")
            });
            values.collect()
        }
    };
    serde_json::from_str(&text).expect("settings")
}

/// A role may do what is declared for it, all of it that whom it works for has something for, and nothing else.
fn grants(
    role: Role,
    served: Served<'_>,
    inline: bool,
    statements: &Value,
    complain: &mut impl FnMut(String),
) {
    let declared: Access = serde_json::from_str(include_str!("../../../templates/access.json"))
        .expect("a file of this repository");
    let mut expected: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for call in &declared[role.name()] {
        let there = match call.resource {
            Resource::SettingsParameters => !inline,
            resource => served
                .pipelines()
                .iter()
                .any(|pipeline| resource.is_of(pipeline)),
        };
        if there {
            let actions = expected.entry(call.resource.statement()).or_default();
            actions.insert(&call.action);
        }
    }
    let mut got = BTreeMap::new();
    for statement in statements.as_array().expect("statements") {
        let sid = statement["Sid"].as_str().expect("a name");
        let actions = statement["Action"].as_array().expect("actions").iter();
        let actions: BTreeSet<&str> = actions.filter_map(Value::as_str).collect();
        if got.insert(sid, actions).is_some() {
            complain(format!("has two statements `{sid}`"));
        }
        for arn in statement["Resource"].as_array().into_iter().flatten() {
            let arn = arn["Fn::Sub"].as_str().expect("an ARN");
            // What ends on everything has the pipeline's own folder before it.
            let mut own = served.pipelines().iter().flat_map(|pipeline| {
                [
                    format!("/{}/*", pipeline.name),
                    format!("/{}*", pipeline.source.prefix),
                ]
            });
            if arn.contains('*') && !own.any(|end| arn.ends_with(&end)) {
                complain(format!("may do something on `{arn}`"));
            }
        }
    }
    if got != expected {
        complain(format!(
            "may do {got:?}, and the host declares {expected:?}"
        ));
    }
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys())
        .map(String::as_str)
        .collect()
}
