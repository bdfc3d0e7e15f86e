//! Every reference of a template leads somewhere, and none leads round in a circle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Finding, Look, Rule, Severity, Template};

const SOURCE: &str =
    "CloudFormation User Guide, Troubleshooting: validation errors, dependency errors";

pub(super) const KNOWN: Rule = Rule {
    name: "references-lead-somewhere",
    source: SOURCE,
    otherwise: "the deployment is refused",
    severity: Severity::Error,
    look: Look::Template {
        find: known,
        breaks: |template| template["Outputs"]["One"] = json!({ "Value": { "Ref": "Nothing" } }),
    },
};

pub(super) const NO_CIRCLE: Rule = Rule {
    name: "references-in-no-circle",
    source: SOURCE,
    otherwise: "the deployment is refused",
    severity: Severity::Error,
    look: Look::Template {
        find: no_circle,
        breaks: |template| {
            template["Resources"]["One"] = json!({ "DependsOn": ["Two"] });
            template["Resources"]["Two"] =
                json!({ "Properties": { "Name": { "Fn::Sub": "${One.Arn}" } } });
        },
    },
};

fn known(template: &Template) -> Vec<Finding> {
    let names = |section| template.section(section).map(|(name, _)| name);
    let resources: BTreeSet<&str> = names("Resources").collect();
    let parameters: BTreeSet<&str> = names("Parameters").collect();
    let conditions: BTreeSet<&str> = names("Conditions").collect();
    let mut findings = Vec::new();
    let mut report = |place: String, what: String| {
        findings.push(Finding {
            place,
            fact: format!("it refers to {what}, which does not exist"),
            remedy: "compare the template that makes it with the built-in one".to_owned(),
        });
    };
    for section in ["Resources", "Outputs", "Conditions"] {
        for (name, definition) in template.section(section) {
            for reference in references(definition) {
                let exists = resources.contains(reference.as_str())
                    || parameters.contains(reference.as_str())
                    || reference.starts_with("AWS::");
                if !exists {
                    report(format!("{section}.{name}"), format!("`{reference}`"));
                }
            }
            if let Some(condition) = definition["Condition"].as_str()
                && !conditions.contains(condition)
            {
                report(
                    format!("{section}.{name}"),
                    format!("the condition `{condition}`"),
                );
            }
        }
    }
    findings
}

fn no_circle(template: &Template) -> Vec<Finding> {
    let mut depends: BTreeMap<&str, BTreeSet<String>> = template
        .section("Resources")
        .map(|(name, definition)| (name, references(definition).into_iter().collect()))
        .collect();
    let resources: BTreeSet<String> = depends.keys().map(|name| (*name).to_owned()).collect();
    depends
        .values_mut()
        .for_each(|others| others.retain(|other| resources.contains(other)));
    // Take away what depends on nothing that is left, until nothing more can be taken.
    while let Some(free) = depends
        .iter()
        .find(|(_, others)| others.is_empty())
        .map(|(name, _)| *name)
    {
        depends.remove(free);
        depends.values_mut().for_each(|others| {
            others.remove(free);
        });
    }
    let names: Vec<&str> = depends.into_keys().collect();
    let finding = Finding {
        place: names.join(", "),
        fact: "these wait for each other".to_owned(),
        remedy: "let one of them name the other without a reference to it".to_owned(),
    };
    (!names.is_empty()).then_some(finding).into_iter().collect()
}

/// The names that a definition refers to.
fn references(definition: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(definition, &mut found);
    let waits = &definition["DependsOn"];
    let waits = waits.as_array().into_iter().flatten().chain([waits]);
    found.extend(waits.filter_map(Value::as_str).map(str::to_owned));
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("Ref", Value::String(name)) => found.push(name.clone()),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => in_text(text, &Value::Null, found),
                    ("Fn::Sub", Value::Array(parts)) => {
                        if let [Value::String(text), given] = parts.as_slice() {
                            in_text(text, given, found);
                            collect(given, found);
                        }
                    }
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names in `${…}`, but those that are given with the text.
fn in_text(text: &str, given: &Value, found: &mut Vec<String>) {
    let parts = text
        .split("${")
        .skip(1)
        .filter(|part| !part.starts_with('!'));
    for name in parts.filter_map(|part| part.split('}').next()) {
        if given.get(name).is_none() {
            found.extend(name.split('.').next().map(str::to_owned));
        }
    }
}
