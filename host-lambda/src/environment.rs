//! What a function finds in its environment: its settings, and the names of this stack's resources.
//!
//! Everything is read once, at the start, and all that is wrong is said at once. What a role needs of it is known to the
//! role.

use std::{collections::HashMap, path::PathBuf};

use serde::de::DeserializeOwned;
use sluice_contract::{
    access::Resource,
    roles::Role,
    settings::{ROLE, SETTINGS, SETTINGS_ENDPOINT, SETTINGS_PARAMETERS},
    variable::Variable,
};

use crate::aws::Session;

pub(crate) const CALLS: &[(&str, Resource)] =
    &[("ssm:GetParameters", Resource::SettingsParameters)];

/// What one role finds in its environment: a field for everything that applies to it, and nothing else.
pub trait Environment: Sized {
    /// What the generator wrote for it.
    type Settings: DeserializeOwned;

    /// Takes what it needs. What is missing is noted by the finder, and the result is thrown away.
    fn find(settings: Self::Settings, finder: &mut Finder) -> Self;
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

/// Finds what a role needs, and notes what is missing.
#[derive(Debug)]
pub struct Finder {
    values: HashMap<&'static str, String>,
    scratch: PathBuf,
    problems: Vec<String>,
}

impl Finder {
    /// The value of a variable that the role cannot do without.
    pub fn needed(&mut self, variable: Variable) -> String {
        self.take(variable, String::new)
    }

    /// The value of a variable that it cannot do without because a pipeline has something, such as `a table`.
    pub fn needed_for(&mut self, variable: Variable, pipeline: &str, what: &str) -> String {
        self.take(variable, || {
            format!(", and pipeline `{pipeline}` has {what}")
        })
    }

    /// Notes what else is wrong.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// An empty folder of this execution environment's own, on the scratch disk. It need not exist.
    pub fn scratch(&self) -> PathBuf {
        self.scratch.clone()
    }

    fn take(&mut self, variable: Variable, why: impl FnOnce() -> String) -> String {
        self.values.remove(variable.name()).unwrap_or_else(|| {
            self.problems
                .push(format!("`{}` is not set{}", variable.name(), why()));
            String::new()
        })
    }
}

impl Variables {
    /// Reads variables. `lookup` is usually [`std::env::var`].
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadEnvironment> {
        let mut problems = Vec::new();
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let role = role(lookup(ROLE).as_deref()).map_err(|problem| problems.push(problem));
        let role = role.ok();
        let own = role
            .map_or(&[][..], |role| role.workload().variables)
            .iter();
        let names = own.map(|variable| variable.name());
        let values: HashMap<&str, String> = names
            .chain([SETTINGS, SETTINGS_PARAMETERS, SETTINGS_ENDPOINT])
            .filter_map(|name| Some((name, lookup(name)?)))
            .collect();
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
        let ssm = self
            .values
            .get(SETTINGS_ENDPOINT)
            .map_or("", String::as_str);
        let parts = session
            .parameters(ssm, &names)
            .map_err(|reason| BadEnvironment {
                problems: vec![format!(
                    "the SSM parameters of `{SETTINGS_PARAMETERS}` cannot be read: {reason}"
                )],
            })?;
        join(&names, &parts)
    }

    /// The environment of the role, with the settings' JSON.
    pub fn resolve<E: Environment>(self, settings: &str) -> Result<E, BadEnvironment> {
        let settings = serde_json::from_str(settings).map_err(|error| BadEnvironment {
            problems: vec![format!(
                "the settings are of another version of Sluice: {error}"
            )],
        })?;
        let mut finder = Finder {
            values: self.values,
            scratch: self.scratch,
            problems: Vec::new(),
        };
        let environment = E::find(settings, &mut finder);
        match finder.problems {
            problems if problems.is_empty() => Ok(environment),
            problems => Err(BadEnvironment { problems }),
        }
    }
}

/// The role of that name, or why there is none.
fn role(name: Option<&str>) -> Result<Role, String> {
    let Some(name) = name else {
        return Err(format!("`{ROLE}` is not set"));
    };
    Role::named(name).ok_or_else(|| {
        let known: Vec<String> = Role::ALL.iter().map(|role| format!("`{role}`")).collect();
        let known = known.join(" and ");
        format!("`{ROLE}` is `{name}`, but this program knows the roles {known}")
    })
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
