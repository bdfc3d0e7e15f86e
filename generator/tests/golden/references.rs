//! Every reference of a template leads somewhere, and none leads round in a circle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What is wrong with the references of a template.
pub(crate) fn check(template: &Value) -> Vec<String> {
    let names = |part: &str| -> BTreeSet<&str> {
        template[part]
            .as_object()
            .into_iter()
            .flat_map(|part| part.keys())
            .map(String::as_str)
            .collect()
    };
    let resources = names("Resources");
    let parameters = names("Parameters");
    let conditions = names("Conditions");
    let mut complaints = Vec::new();
    let mut depends: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();

    for part in ["Resources", "Outputs", "Conditions"] {
        for (name, definition) in template[part].as_object().into_iter().flatten() {
            let mut found = Vec::new();
            collect(definition, &mut found);
            let waits = definition["DependsOn"].as_array().into_iter().flatten();
            found.extend(waits.map(|other| other.as_str().expect("a name").to_owned()));
            for reference in &found {
                let known = resources.contains(reference.as_str())
                    || parameters.contains(reference.as_str())
                    || reference.starts_with("AWS::");
                if !known {
                    complaints.push(format!(
                        "{part}.{name} refers to `{reference}`, which does not exist"
                    ));
                }
            }
            if let Some(condition) = definition["Condition"].as_str()
                && !conditions.contains(condition)
            {
                complaints.push(format!(
                    "{part}.{name} has the condition `{condition}`, which does not exist"
                ));
            }
            if part == "Resources" {
                depends.insert(
                    name,
                    found
                        .into_iter()
                        .filter(|other| resources.contains(other.as_str()))
                        .collect(),
                );
            }
        }
    }
    let used: BTreeSet<String> = {
        let mut found = Vec::new();
        collect(template, &mut found);
        found.into_iter().collect()
    };
    for parameter in parameters
        .iter()
        .filter(|parameter| !used.contains(**parameter))
    {
        complaints.push(format!("parameter `{parameter}` is used by nothing"));
    }

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
    if !depends.is_empty() {
        complaints.push(format!("these wait for each other: {:?}", depends.keys()));
    }
    complaints
}

/// The names that a value refers to.
fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("Ref", Value::String(name)) => found.push(name.clone()),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.push(parts[0].as_str().expect("a name").to_owned())
                    }
                    ("Fn::Sub", Value::String(text)) => in_text(text, &Value::Null, found),
                    ("Fn::Sub", Value::Array(parts)) => {
                        in_text(parts[0].as_str().expect("a text"), &parts[1], found);
                        collect(&parts[1], found);
                    }
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// The names in `${…}`, but those that are given with the text.
fn in_text(text: &str, given: &Value, found: &mut Vec<String>) {
    for part in text
        .split("${")
        .skip(1)
        .filter(|part| !part.starts_with('!'))
    {
        let name = part.split('}').next().expect("a closing bracket");
        if given.get(name).is_none() {
            found.push(name.split('.').next().expect("a name").to_owned());
        }
    }
}
