//! What CloudFormation does to a table when a template takes another's place.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::template::first_of_type;
use super::{Finding, Look, Rule, Severity, Template};

const TABLE: &str = "AWS::DynamoDB::Table";

pub(super) const ONE_INDEX: Rule = Rule {
    name: "one-index-an-update",
    source: "CloudFormation Template Reference, AWS::DynamoDB::Table: GlobalSecondaryIndexes",
    otherwise: "the update fails and is rolled back",
    severity: Severity::Error,
    look: Look::Change {
        find: one_index,
        breaks: |newer| {
            let index = |name: &str| json!({ "IndexName": name });
            first_of_type(newer, TABLE)["GlobalSecondaryIndexes"] =
                json!([index("one-more"), index("another-one")]);
        },
    },
};

pub(super) const TABLE_KEPT: Rule = Rule {
    name: "table-kept",
    source: "CloudFormation Template Reference, AWS::DynamoDB::Table: KeySchema, update requires replacement",
    otherwise: "an empty table takes the place of the one with the records",
    severity: Severity::Error,
    look: Look::Change {
        find: table_kept,
        breaks: |newer| {
            first_of_type(newer, TABLE)["KeySchema"][0]["AttributeName"] = json!("another");
        },
    },
};

/// The tables that both templates have: logical id, and properties before and after.
fn tables<'a>(
    older: &'a Template,
    newer: &'a Template,
) -> impl Iterator<Item = (&'a str, &'a Value, &'a Value)> {
    let both = newer
        .of_type(TABLE)
        .map(|(id, after)| (id, older.properties(id), after));
    both.filter(|(_, before, _)| !before.is_null())
}

fn one_index(older: &Template, newer: &Template) -> Vec<Finding> {
    let changed = tables(older, newer).filter_map(|(id, before, after)| {
        let (before, after) = (indexes(before), indexes(after));
        let number = before.symmetric_difference(&after).count();
        (number > 1).then(|| Finding {
            place: id.to_owned(),
            fact: format!(
                "{number} indexes are created or deleted, and one update of a stack takes one"
            ),
            remedy: "deploy the change in steps, with one index each".to_owned(),
        })
    });
    changed.collect()
}

fn indexes(table: &Value) -> BTreeSet<&str> {
    let all = table["GlobalSecondaryIndexes"]
        .as_array()
        .into_iter()
        .flatten();
    all.filter_map(|index| index["IndexName"].as_str())
        .collect()
}

fn table_kept(older: &Template, newer: &Template) -> Vec<Finding> {
    let replaced = tables(older, newer).filter(|(_, before, after)| keys(before) != keys(after));
    replaced
        .map(|(id, ..)| Finding {
            place: id.to_owned(),
            fact: "the key of the table changes, and CloudFormation replaces it".to_owned(),
            remedy: "keep `key`, `partition_key` and the types of their fields, or deploy a pipeline of another name \
                     beside it"
                .to_owned(),
        })
        .collect()
}

/// The attributes of the primary key, with their types.
fn keys(table: &Value) -> Vec<(&Value, &Value)> {
    let definitions = table["AttributeDefinitions"].as_array();
    let kind = |name: &Value| {
        let mut all = definitions.into_iter().flatten();
        let definition = all.find(|definition| definition["AttributeName"] == *name);
        definition.map_or(&Value::Null, |definition| &definition["AttributeType"])
    };
    let schema = table["KeySchema"].as_array().into_iter().flatten();
    schema
        .map(|key| (&key["AttributeName"], kind(&key["AttributeName"])))
        .collect()
}
