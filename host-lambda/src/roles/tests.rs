//! What the roles find in their environments, and what they say of one that is not usable.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use sluice_contract::{
    roles::Role,
    settings::{ROLE, SETTINGS},
    variable::Variable,
};

use super::{ingest::IngestEnvironment, publish::PublishEnvironment};
use crate::environment::{BadEnvironment, Variables};

const SETTINGS_JSON: &str = include_str!("../../tests/settings/lake.json");

const COMPLETE: &[(&str, &str)] = &[
    (ROLE, "ingest"),
    (SETTINGS, SETTINGS_JSON),
    (Variable::ArtifactsBucket.name(), "artifacts"),
    (Variable::LakeBucket.name(), "lake"),
    (Variable::CatalogDatabase.name(), "catalog"),
    (Variable::Table.name(), "table"),
    (Variable::ControlTable.name(), "control"),
    (Variable::SourceQueue.name(), "https://sqs/queue"),
    (Variable::EventBus.name(), "bus"),
    (
        Variable::AlertsTopic.name(),
        "arn:aws:sns:eu-central-1:123456789012:alerts",
    ),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]abc"),
];

fn variables(change: &[(&str, &str)]) -> Result<Variables, BadEnvironment> {
    let values: HashMap<&str, &str> = COMPLETE.iter().chain(change).copied().collect();
    Variables::read(|name| values.get(name).map(|value| (*value).to_owned()))
}

#[test]
fn a_complete_environment() {
    let variables = variables(&[]).unwrap();
    let environment: IngestEnvironment = variables.resolve(SETTINGS_JSON).unwrap();
    assert_eq!(environment.settings.pipeline.name, "orders");
    assert_eq!(environment.lake_bucket, "lake");
    assert_eq!(environment.artifacts_bucket.as_deref(), Some("artifacts"));
    assert_eq!(environment.table, None, "the pipeline has none");
    assert!(
        environment
            .scratch
            .ends_with("sluice-2026-11-22---LATEST-abc")
    );
}

#[test]
fn everything_that_is_wrong_is_said() {
    fn check(change: &[(&str, &str)], expected: &str) {
        let error = variables(change)
            .and_then(|variables| variables.resolve::<IngestEnvironment>(SETTINGS_JSON))
            .unwrap_err()
            .to_string();
        let expected = format!(
            "the function's environment is not usable: {expected}; deploy the template that `gen stack` renders"
        );
        assert_eq!(error, expected);
    }
    check(
        &[
            (Variable::LakeBucket.name(), ""),
            (Variable::ControlTable.name(), ""),
        ],
        "`SLUICE_LAKE_BUCKET` is not set; `SLUICE_CONTROL_TABLE` is not set",
    );
    let known: Vec<String> = Role::ALL.iter().map(|role| format!("`{role}`")).collect();
    check(
        &[(ROLE, "egress")],
        &format!(
            "`SLUICE_ROLE` is `egress`, but this program knows the roles {}",
            known.join(" and ")
        ),
    );
    check(
        &[(SETTINGS, ""), ("AWS_REGION", "")],
        "neither `SLUICE_SETTINGS` nor `SLUICE_SETTINGS_PARAMETERS` is set; `AWS_REGION` is not set",
    );
    check(&[("AWS_REGION", "")], "`AWS_REGION` is not set");
    check(
        &[(Variable::ArtifactsBucket.name(), "")],
        "`SLUICE_ARTIFACTS_BUCKET` is not set, and pipeline `orders` has a plugin",
    );
}

#[test]
fn roles() {
    let publish = |missing: Variable| {
        let variables = variables(&[(ROLE, "publish"), (missing.name(), "")]).unwrap();
        let found = variables.resolve::<PublishEnvironment>(SETTINGS_JSON);
        found.map(drop).map_err(|error| error.problems.join("; "))
    };
    let role = |name: &str| {
        let read = variables(&[(ROLE, name)]);
        read.map(|variables| variables.role)
            .map_err(|error| error.problems.join("; "))
    };
    assert_eq!(role("ingest"), Ok(Role::Ingest));
    assert_eq!(role("publish"), Ok(Role::Publish));
    assert_eq!(role(""), Err("`SLUICE_ROLE` is not set".to_owned()));
    // It stores no records.
    assert_eq!(publish(Variable::LakeBucket), Ok(()));
    assert_eq!(
        publish(Variable::ArtifactsBucket),
        Err("`SLUICE_ARTIFACTS_BUCKET` is not set".to_owned())
    );
}

#[test]
fn settings_of_another_version() {
    let variables = variables(&[]).unwrap();
    let error = variables.resolve::<IngestEnvironment>("{}").unwrap_err();
    assert_eq!(
        error.problems,
        [
            "the settings are of another version of Sluice: missing field `project` at line 1 column 2"
        ]
    );
}
