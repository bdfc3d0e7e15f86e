//! The `config` table of a plugin in the manifest, and how an author makes a type of it once, not per row.

use std::str::FromStr;

use crate::contract::Failure;

/// The keys and values that the manifest gives a plugin.
#[derive(Debug, Clone, Default)]
pub struct Config {
    entries: Vec<(String, String)>,
}

/// A plugin's configuration, parsed.
pub trait FromConfig: Sized {
    /// A JSON Schema of the configuration, shown to users. Empty where there is none.
    const SCHEMA: &'static str = "";

    /// Parses and checks it. A failure's message is shown to whoever wrote the manifest.
    fn from_config(config: &Config) -> Result<Self, Failure>;
}

impl FromConfig for () {
    fn from_config(config: &Config) -> Result<(), Failure> {
        config.allow(&[])
    }
}

impl Config {
    /// Of entries, as `configure` receives them.
    pub fn new(entries: Vec<(String, String)>) -> Config {
        Config { entries }
    }

    /// The value of `key`, if it is set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The value of `key` parsed, or `default` where it is not set. Fails where it does not parse; `expected` says what
    /// would, such as `a number of days`.
    pub fn parse<T: FromStr>(&self, key: &str, default: T, expected: &str) -> Result<T, Failure> {
        match self.get(key).map(|value| value.trim().parse()) {
            None => Ok(default),
            Some(Ok(value)) => Ok(value),
            Some(Err(_)) => Err(self.wrong(key, expected)),
        }
    }

    /// A failure about the value of `key`; `expected` says what it should be.
    pub fn wrong(&self, key: &str, expected: &str) -> Failure {
        Failure {
            code: "bad_config".into(),
            message: format!(
                "`{key}` is `{}`, and should be {expected}",
                self.get(key).unwrap_or_default()
            ),
        }
    }

    /// Fails where a key is set that is not among `known`.
    pub fn allow(&self, known: &[&str]) -> Result<(), Failure> {
        match self
            .entries
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()))
        {
            None => Ok(()),
            Some((key, _)) if known.is_empty() => Err(Failure {
                code: "unknown_config".into(),
                message: format!("`{key}` is set, and this plugin has no configuration"),
            }),
            Some((key, _)) => Err(Failure {
                code: "unknown_config".into(),
                message: format!("`{key}` is not known; known are `{}`", known.join("`, `")),
            }),
        }
    }
}
