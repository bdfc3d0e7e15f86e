//! What a function finds in its environment: its settings, and the names of this stack's resources.
//!
//! Everything is read once, at the start, and all that is wrong is said at once. Names of variables are those of
//! [`sluice_contract::settings`].

use std::{collections::HashMap, path::PathBuf};

use sluice_contract::{
    access::Resource,
    settings::{
        ALERTS_TOPIC, ARTIFACTS_BUCKET, CONTROL_TABLE, LAKE_BUCKET, ROLE, SETTINGS,
        SETTINGS_PARAMETERS, SOURCE_QUEUE, Settings, TABLE,
    },
};

use crate::aws::{Session, reason};

pub(crate) const CALLS: &[(&str, Resource)] =
    &[("ssm:GetParameters", Resource::SettingsParameters)];

/// Parameters that SSM hands out at once.
const PARAMETERS_AT_ONCE: usize = 10;

/// What one function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Objects to outcomes.
    Ingest,
    /// Uploads of plugins to versions in use.
    Publish,
}

impl Role {
    /// Variables that it cannot do without, whatever its pipeline is like.
    fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Ingest => &[LAKE_BUCKET, CONTROL_TABLE, ALERTS_TOPIC],
            Self::Publish => &[ARTIFACTS_BUCKET, CONTROL_TABLE, ALERTS_TOPIC],
        }
    }
}

/// What a function knows of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// What the generator wrote.
    pub settings: Settings,
    /// The bucket of the plugins.
    pub artifacts_bucket: String,
    /// The bucket of the lake and the rejects, which only `ingest` knows.
    pub lake_bucket: String,
    /// The pipeline's table. `ingest` has one wherever the settings have one.
    pub table: String,
    /// The table of the ledger.
    pub control_table: String,
    /// The URL of the pipeline's own queue.
    pub source_queue: String,
    /// The ARN of the alerts topic.
    pub alerts_topic: String,
    /// An empty folder of this execution environment's own, on the scratch disk. It need not exist.
    pub scratch: PathBuf,
}

/// What is wrong with the environment. The program stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the function's environment is not usable: {}; deploy the template that `gen stack` renders", .problems.join("; "))]
pub struct BadEnvironment {
    /// All of it.
    pub problems: Vec<String>,
}

/// The environment before the settings are known.
#[derive(Debug)]
pub struct Variables {
    /// What the function does.
    pub role: Role,
    values: HashMap<&'static str, String>,
    scratch: PathBuf,
    /// The region that the function runs in.
    pub region: String,
    /// Where AWS is, if not at its usual addresses.
    pub endpoint: Option<String>,
}

impl Variables {
    /// Reads variables. `lookup` is usually [`std::env::var`].
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadEnvironment> {
        let mut problems = Vec::new();
        let mut values = HashMap::new();
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        for name in [
            SETTINGS,
            SETTINGS_PARAMETERS,
            ARTIFACTS_BUCKET,
            LAKE_BUCKET,
            TABLE,
            CONTROL_TABLE,
            SOURCE_QUEUE,
            ALERTS_TOPIC,
        ] {
            values.extend(lookup(name).map(|value| (name, value)));
        }
        let role = match lookup(ROLE).as_deref() {
            Some("ingest") => Some(Role::Ingest),
            Some("publish") => Some(Role::Publish),
            Some(other) => {
                problems.push(format!(
                    "`{ROLE}` is `{other}`, but this program knows the roles `ingest` and `publish`"
                ));
                None
            }
            None => {
                problems.push(format!("`{ROLE}` is not set"));
                None
            }
        };
        let needed = role.map_or(&[][..], Role::needs).iter();
        problems.extend(
            needed
                .filter(|name| !values.contains_key(*name))
                .map(|name| format!("`{name}` is not set")),
        );
        if !values.contains_key(SETTINGS) && !values.contains_key(SETTINGS_PARAMETERS) {
            problems.push(format!(
                "neither `{SETTINGS}` nor `{SETTINGS_PARAMETERS}` is set"
            ));
        }
        let region = lookup("AWS_REGION")
            .or_else(|| lookup("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| {
                problems.push("`AWS_REGION` is not set".to_owned());
                String::new()
            });
        let Some(role) = role.filter(|_| problems.is_empty()) else {
            return Err(BadEnvironment { problems });
        };
        let stream =
            lookup("AWS_LAMBDA_LOG_STREAM_NAME").unwrap_or_else(|| std::process::id().to_string());
        Ok(Self {
            role,
            values,
            scratch: scratch(&stream),
            region,
            endpoint: lookup("AWS_ENDPOINT_URL"),
        })
    }

    /// The settings as JSON, from the environment or from SSM.
    pub fn settings(&self, session: &Session) -> Result<String, BadEnvironment> {
        let Some(names) = self.values.get(SETTINGS_PARAMETERS) else {
            return Ok(self.values.get(SETTINGS).cloned().unwrap_or_default());
        };
        let names: Vec<&str> = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let mut parts = HashMap::new();
        for some in names.chunks(PARAMETERS_AT_ONCE) {
            let request = session
                .ssm()
                .get_parameters()
                .set_names(Some(some.iter().map(|name| (*name).to_owned()).collect()));
            let answer = session
                .wait_for(request.with_decryption(true).send())
                .map_err(|error| BadEnvironment {
                    problems: vec![format!(
                        "the SSM parameters of `{SETTINGS_PARAMETERS}` cannot be read: {}",
                        reason(&error)
                    )],
                })?;
            for parameter in answer.parameters.unwrap_or_default() {
                if let (Some(name), Some(value)) = (parameter.name, parameter.value) {
                    parts.insert(name, value);
                }
            }
        }
        join(&names, &parts)
    }

    /// The whole environment, with the settings' JSON.
    pub fn resolve(mut self, settings: &str) -> Result<Environment, BadEnvironment> {
        let settings: Settings =
            serde_json::from_str(settings).map_err(|error| BadEnvironment {
                problems: vec![format!(
                    "the settings are of another version of Sluice: {error}"
                )],
            })?;
        let mut problems = Vec::new();
        let needed = [
            (
                TABLE,
                self.role == Role::Ingest && settings.pipeline.table.is_some(),
                "a table",
            ),
            (
                ARTIFACTS_BUCKET,
                settings.pipeline.plugin.is_some(),
                "a plugin",
            ),
        ];
        for (name, needed, what) in needed {
            if needed && !self.values.contains_key(name) {
                problems.push(format!(
                    "`{name}` is not set, and pipeline `{}` has {what}",
                    settings.pipeline.name
                ));
            }
        }
        if !problems.is_empty() {
            return Err(BadEnvironment { problems });
        }
        let mut value = |name: &str| self.values.remove(name).unwrap_or_default();
        Ok(Environment {
            settings,
            artifacts_bucket: value(ARTIFACTS_BUCKET),
            lake_bucket: value(LAKE_BUCKET),
            table: value(TABLE),
            control_table: value(CONTROL_TABLE),
            source_queue: value(SOURCE_QUEUE),
            alerts_topic: value(ALERTS_TOPIC),
            scratch: self.scratch,
        })
    }
}

/// The values of parameters, in the order of their names.
fn join(names: &[&str], values: &HashMap<String, String>) -> Result<String, BadEnvironment> {
    let missing = names.iter().filter(|name| !values.contains_key(**name));
    let problems: Vec<_> = missing
        .map(|name| format!("there is no SSM parameter `{name}`"))
        .collect();
    if problems.is_empty() {
        Ok(names.iter().map(|name| values[*name].as_str()).collect())
    } else {
        Err(BadEnvironment { problems })
    }
}

/// A folder that this execution environment finds again after its process was stopped, so that it can clear away what
/// was left; and that no other one shares where several run on one machine.
fn scratch(log_stream: &str) -> PathBuf {
    let name: String = log_stream
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    std::env::temp_dir().join(format!("sluice-{name}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SETTINGS_JSON: &str = include_str!("../tests/settings/lake.json");

    const COMPLETE: &[(&str, &str)] = &[
        (ROLE, "ingest"),
        (SETTINGS, SETTINGS_JSON),
        (ARTIFACTS_BUCKET, "artifacts"),
        (LAKE_BUCKET, "lake"),
        (TABLE, "table"),
        (CONTROL_TABLE, "control"),
        (SOURCE_QUEUE, "https://sqs/queue"),
        (ALERTS_TOPIC, "arn:aws:sns:eu-central-1:123456789012:alerts"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]abc"),
    ];

    fn variables(change: &[(&str, &str)]) -> Result<Variables, BadEnvironment> {
        let values: HashMap<&str, &str> = COMPLETE.iter().chain(change).copied().collect();
        Variables::read(|name| values.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn a_complete_environment() {
        let environment = variables(&[]).unwrap().resolve(SETTINGS_JSON).unwrap();
        assert_eq!(environment.settings.pipeline.name, "orders");
        assert_eq!(environment.lake_bucket, "lake");
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
                .and_then(|variables| variables.resolve(SETTINGS_JSON))
                .unwrap_err()
                .to_string();
            let expected = format!(
                "the function's environment is not usable: {expected}; deploy the template that `gen stack` renders"
            );
            assert_eq!(error, expected);
        }
        check(
            &[(LAKE_BUCKET, ""), (CONTROL_TABLE, "")],
            "`SLUICE_LAKE_BUCKET` is not set; `SLUICE_CONTROL_TABLE` is not set",
        );
        check(
            &[(ROLE, "egress")],
            "`SLUICE_ROLE` is `egress`, but this program knows the roles `ingest` and `publish`",
        );
        check(
            &[(SETTINGS, "")],
            "neither `SLUICE_SETTINGS` nor `SLUICE_SETTINGS_PARAMETERS` is set",
        );
        check(&[("AWS_REGION", "")], "`AWS_REGION` is not set");
        check(
            &[(ARTIFACTS_BUCKET, "")],
            "`SLUICE_ARTIFACTS_BUCKET` is not set, and pipeline `orders` has a plugin",
        );
    }

    #[test]
    fn roles() {
        let role = |name: &str, missing: &str| {
            let read = variables(&[(ROLE, name), (missing, "")]);
            read.map(|variables| variables.role)
                .map_err(|error| error.problems.join("; "))
        };
        assert_eq!(role("ingest", SETTINGS_PARAMETERS), Ok(Role::Ingest));
        // It stores no records.
        assert_eq!(role("publish", LAKE_BUCKET), Ok(Role::Publish));
        assert_eq!(
            role("publish", ARTIFACTS_BUCKET),
            Err("`SLUICE_ARTIFACTS_BUCKET` is not set".to_owned())
        );
        assert_eq!(
            role("", LAKE_BUCKET),
            Err("`SLUICE_ROLE` is not set".to_owned())
        );
    }

    #[test]
    fn settings_of_another_version() {
        let error = variables(&[]).unwrap().resolve("{}").unwrap_err();
        assert_eq!(
            error.problems,
            [
                "the settings are of another version of Sluice: missing field `project` at line 1 column 2"
            ]
        );
    }

    #[test]
    fn parameters_are_joined_in_order() {
        let values = HashMap::from([
            ("/a/2".to_owned(), "}".to_owned()),
            ("/a/1".to_owned(), "{".to_owned()),
        ]);
        assert_eq!(join(&["/a/1", "/a/2"], &values).unwrap(), "{}");
        assert_eq!(
            join(&["/a/1", "/a/3"], &values).unwrap_err().problems,
            ["there is no SSM parameter `/a/3`"]
        );
    }
}
