//! What holds for the functions of every template and for what they may do: each pipeline has those that it needs, with
//! its own settings, and they may make the calls that the host declares for their role, on their own pipeline's things.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_contract::Stack;
use sluice_contract::access::{Access, Resource};
use sluice_contract::settings::{self, Settings};
use sluice_contract::stack::Pipeline;

/// Variables that every function has, but for where its settings are.
const COMMON: [&str; 4] = [
    settings::ROLE,
    settings::ARTIFACTS_BUCKET,
    settings::CONTROL_TABLE,
    settings::ALERTS_TOPIC,
];

/// Every kind of resource, and what its statement is called.
const KINDS: [(Resource, &str); 15] = [
    (Resource::RawObjects, "RawObjects"),
    (Resource::PluginObject, "PluginObject"),
    (Resource::ComponentObjects, "ComponentObjects"),
    (Resource::CompiledObjects, "CompiledObjects"),
    (Resource::SampleObjects, "SampleObjects"),
    (Resource::LakeObjects, "LakeObjects"),
    (Resource::RejectObjects, "RejectObjects"),
    (Resource::Table, "Table"),
    (Resource::ControlTable, "ControlTable"),
    (Resource::AlertsTopic, "AlertsTopic"),
    (Resource::Queue, "Queue"),
    (Resource::SettingsParameters, "SettingsParameters"),
    (Resource::Key, "Key"),
    (Resource::LogGroup, "LogGroup"),
    (Resource::Tracing, "TracingHasNoResources"),
];

/// What is wrong with the functions of a template.
pub(crate) fn check(stack: &Stack, template: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let resources = &template["Resources"];
    let of_type = |kind: &str| -> Vec<(&String, &Value)> {
        let all = resources.as_object().expect("resources").iter();
        all.filter(|(_, resource)| resource["Type"] == kind)
            .collect()
    };
    let mut found = BTreeSet::new();
    for (name, function) in of_type("AWS::Lambda::Function") {
        let mut complain = |what: String| complaints.push(format!("{name} {what}"));
        let variables = &function["Properties"]["Environment"]["Variables"];
        let role = variables[settings::ROLE].as_str().expect("a role");
        let settings = settings_of(variables, resources, &mut complain);
        let Some(pipeline) = stack
            .pipelines
            .iter()
            .find(|pipeline| **pipeline == settings.pipeline)
            .filter(|_| settings.timeout_seconds == stack.host.timeout_seconds)
        else {
            complain("has other settings than the stack".to_owned());
            continue;
        };
        found.insert((pipeline.name.clone(), role.to_owned()));
        let inline = !variables[settings::SETTINGS].is_null();
        let got: BTreeSet<&str> = keys(variables);
        let expected = variables_of(role, pipeline, inline);
        if got != expected {
            complain(format!("has the variables {got:?}, not {expected:?}"));
        }
        let policy = function["Properties"]["Role"]["Fn::GetAtt"][0]
            .as_str()
            .map(|id| &resources[id]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]);
        grants(
            role,
            pipeline,
            inline,
            policy.expect("a role"),
            &mut complain,
        );
    }
    let expected: BTreeSet<(String, String)> = stack
        .pipelines
        .iter()
        .flat_map(|pipeline| {
            let publish = pipeline.plugin.as_ref().map(|_| "publish");
            ["ingest"]
                .into_iter()
                .chain(publish)
                .map(|role| (pipeline.name.clone(), role.to_owned()))
        })
        .collect();
    if found != expected {
        complaints.push(format!(
            "there are the functions {found:?}, not {expected:?}"
        ));
    }
    if of_type("AWS::IAM::Role").len() != expected.len() {
        complaints.push("there are not as many roles as functions".to_owned());
    }
    complaints
}

/// The variables that the host wants in a role.
fn variables_of(role: &str, pipeline: &Pipeline, inline: bool) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from(COMMON);
    names.insert(if inline {
        settings::SETTINGS
    } else {
        settings::SETTINGS_PARAMETERS
    });
    if role == "ingest" {
        names.extend([settings::LAKE_BUCKET, settings::SOURCE_QUEUE]);
        names.extend(pipeline.table.as_ref().map(|_| settings::TABLE));
    }
    names
}

/// The settings that a function finds, wherever they are.
fn settings_of(
    variables: &Value,
    resources: &Value,
    complain: &mut impl FnMut(String),
) -> Settings {
    let text = match variables[settings::SETTINGS].as_str() {
        Some(inline) => inline.to_owned(),
        None => {
            let names = &variables[settings::SETTINGS_PARAMETERS]["Fn::Join"][1];
            let parameters = names.as_array().expect("names").iter();
            let values = parameters.map(|name| {
                let id = name["Ref"].as_str().expect("a name");
                resources[id]["Properties"]["Value"].as_str().expect("text")
            });
            let values: Vec<&str> = values.collect();
            if values
                .iter()
                .any(|value| value.len() > 4096 || value.contains("{{"))
            {
                complain("has a settings parameter that SSM refuses".to_owned());
            }
            values.concat()
        }
    };
    serde_json::from_str(&text).expect("settings")
}

/// A role may do what the host declares, all of it that the pipeline has something for, and nothing else.
fn grants(
    role: &str,
    pipeline: &Pipeline,
    inline: bool,
    statements: &Value,
    complain: &mut impl FnMut(String),
) {
    let declared: Access = serde_json::from_str(include_str!("../../../templates/access.json"))
        .expect("a file of this repository");
    let mut expected: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for call in &declared[role] {
        let there = match call.resource {
            Resource::PluginObject | Resource::ComponentObjects | Resource::CompiledObjects => {
                pipeline.plugin.is_some()
            }
            Resource::SampleObjects => pipeline.plugin.as_ref().is_some_and(|p| p.samples > 0),
            Resource::LakeObjects => pipeline.lake.is_some(),
            Resource::Table => pipeline.table.is_some(),
            Resource::SettingsParameters => !inline,
            _ => true,
        };
        let sid = KINDS.iter().find(|(kind, _)| *kind == call.resource);
        let (_, sid) = sid.expect("every kind is listed");
        if there {
            expected.entry(sid).or_default().insert(&call.action);
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
            let own = [
                format!("/{}/*", pipeline.name),
                format!("/{}*", pipeline.source.prefix),
            ];
            if arn.contains('*') && !own.iter().any(|end| arn.ends_with(end)) {
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
