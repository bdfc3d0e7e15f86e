//! What the Glue Data Catalog and Athena make of the lake's tables.

use serde_json::{Value, json};

use super::template::first_of_type;
use super::{Finding, Look, Rule, Severity, Template};

const TABLE: &str = "AWS::Glue::Table";
const CRAWLER: &str = "AWS::Glue::Crawler";
const WORKGROUP: &str = "AWS::Athena::WorkGroup";
const ROLE: &str = "AWS::IAM::Role";

/// The least that a query may be ended at, in bytes.
const LEAST_CUTOFF: u64 = 10_000_000;

pub(super) const PARTITIONS_ARE_TEXT: Rule = Rule {
    name: "partitions-are-text",
    source: "AWS Glue Web API Reference, GetPartitions: Supported Partition Key Types; Athena User Guide, Partition projection",
    otherwise: "engines that filter partitions are refused, or read no row of some of them and say nothing",
    severity: Severity::Error,
    look: Look::Template {
        find: partitions_are_text,
        breaks: |template| {
            let table = first_of_type(template, TABLE);
            table["TableInput"]["PartitionKeys"] = json!([{ "Name": "known", "Type": "boolean" }]);
        },
    },
};

pub(super) const CALLS_ARE_WHOLE: Rule = Rule {
    name: "catalog-calls-name-all",
    source: "AWS Glue Developer Guide, Specifying AWS Glue resource ARNs: Data Catalog ARNs",
    otherwise: "the call is denied, although the table is granted",
    severity: Severity::Error,
    look: Look::Template {
        find: calls_are_whole,
        breaks: |template| {
            let resources = template["Resources"].as_object_mut();
            for resource in resources.into_iter().flat_map(|all| all.values_mut()) {
                for statement in statements_mut(&mut resource["Properties"]) {
                    if is_of_a_table(statement) {
                        let last = statement["Resource"].as_array().and_then(|all| all.last());
                        statement["Resource"] = json!([last]);
                    }
                }
            }
        },
    },
};

pub(super) const CRAWLER_KEEPS_SCHEMA: Rule = Rule {
    name: "crawler-keeps-schema",
    source: "AWS Glue API Reference, SchemaChangePolicy; Glue Developer Guide, Crawler configuration: partitions that inherit from the table",
    otherwise: "a crawl rewrites the columns of the table, or gives partitions columns of their own",
    severity: Severity::Error,
    look: Look::Template {
        find: crawler_keeps_schema,
        breaks: |template| {
            let crawler = first_of_type(template, CRAWLER);
            crawler["SchemaChangePolicy"]["UpdateBehavior"] = json!("UPDATE_IN_DATABASE");
        },
    },
};

pub(super) const WORKGROUP_IS_DELETABLE: Rule = Rule {
    name: "workgroup-is-deletable",
    source: "CloudFormation Template Reference, AWS::Athena::WorkGroup: RecursiveDeleteOption; Athena API Reference, WorkGroupConfiguration: BytesScannedCutoffPerQuery",
    otherwise: "the stack cannot be deleted once somebody has asked a query, or the workgroup is not created",
    severity: Severity::Error,
    look: Look::Template {
        find: workgroup_is_deletable,
        breaks: |template| {
            first_of_type(template, WORKGROUP)["RecursiveDeleteOption"] = json!(false);
        },
    },
};

fn partitions_are_text(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, table) in template.of_type(TABLE) {
        let input = &table["TableInput"];
        let keys = input["PartitionKeys"].as_array().into_iter().flatten();
        for key in keys.filter(|key| key["Type"] != "string") {
            found.push(Finding {
                place: id.to_owned(),
                fact: format!("partition column {} is {}", key["Name"], key["Type"]),
                remedy: "make it `string`".to_owned(),
            });
        }
        if input["Parameters"]["projection.enabled"] == "true" {
            found.push(Finding {
                place: id.to_owned(),
                fact:
                    "Athena computes its partitions, and never asks for those that are registered"
                        .to_owned(),
                remedy: "leave out `projection.enabled`".to_owned(),
            });
        }
    }
    found
}

fn calls_are_whole(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, role) in template.of_type(ROLE) {
        for statement in statements(role).filter(|statement| is_of_a_table(statement)) {
            let missing: Vec<&str> = ["catalog", "database/"]
                .into_iter()
                .filter(|kind| !names(statement).any(|name| is_kind(name, kind)))
                .collect();
            if !missing.is_empty() {
                found.push(Finding {
                    place: id.to_owned(),
                    fact: format!(
                        "it may act on a table of the catalog, but not on its {}",
                        missing.join(" and ")
                    ),
                    remedy: "name the catalog, the database and the table".to_owned(),
                });
            }
        }
    }
    found
}

fn crawler_keeps_schema(template: &Template) -> Vec<Finding> {
    let crawlers = template.of_type(CRAWLER);
    let found = crawlers.filter_map(|(id, crawler)| {
        let policy = &crawler["SchemaChangePolicy"];
        let only_told = policy["UpdateBehavior"] == "LOG" && policy["DeleteBehavior"] == "LOG";
        let configuration = crawler["Configuration"].as_str().unwrap_or_default();
        let inherits = configuration.contains("InheritFromTable");
        (!only_told || !inherits).then(|| Finding {
            place: id.to_owned(),
            fact: "it may change what the table and its partitions say of their files".to_owned(),
            remedy: "set both behaviours to `LOG`, and let partitions inherit from the table"
                .to_owned(),
        })
    });
    found.collect()
}

fn workgroup_is_deletable(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, workgroup) in template.of_type(WORKGROUP) {
        if workgroup["RecursiveDeleteOption"] != true {
            found.push(Finding {
                place: id.to_owned(),
                fact: "it cannot be deleted while it knows of a query".to_owned(),
                remedy: "set `RecursiveDeleteOption`".to_owned(),
            });
        }
        let cutoff = &workgroup["WorkGroupConfiguration"]["BytesScannedCutoffPerQuery"];
        if cutoff.as_u64().is_some_and(|bytes| bytes < LEAST_CUTOFF) {
            found.push(Finding {
                place: id.to_owned(),
                fact: format!("queries end after {cutoff} bytes, and the least is {LEAST_CUTOFF}"),
                remedy: "raise it".to_owned(),
            });
        }
    }
    found
}

/// Whether a statement grants something on a table of the catalog.
fn is_of_a_table(statement: &Value) -> bool {
    names(statement).any(|name| is_kind(name, "table/"))
}

/// Whether an ARN is of this kind of thing in the catalog.
fn is_kind(arn: &str, kind: &str) -> bool {
    let name = arn.split_once(":glue:${AWS::Region}:${AWS::AccountId}:");
    name.is_some_and(|(_, name)| name.starts_with(kind))
}

fn names(statement: &Value) -> impl Iterator<Item = &str> {
    let resources = statement["Resource"].as_array().into_iter().flatten();
    resources.filter_map(|resource| resource["Fn::Sub"].as_str())
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    policies.flat_map(|policy| {
        let statements = policy["PolicyDocument"]["Statement"].as_array();
        statements.into_iter().flatten()
    })
}

fn statements_mut(role: &mut Value) -> impl Iterator<Item = &mut Value> {
    let policies = role["Policies"].as_array_mut().into_iter().flatten();
    policies.flat_map(|policy| {
        let statements = policy["PolicyDocument"]["Statement"].as_array_mut();
        statements.into_iter().flatten()
    })
}
