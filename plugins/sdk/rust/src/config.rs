//! The `config` table of a plugin in the manifest, and how an author makes a type of it once, not per row.

use std::str::FromStr;

use crate::blank::trim;
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

    /// All keys and values, in the order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
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
        match self.get(key).map(|value| trim(value).parse()) {
            None => Ok(default),
            Some(Ok(value)) => Ok(value),
            Some(Err(_)) => Err(self.wrong(key, expected)),
        }
    }

    /// The values of `key`: text in which commas separate them, or a list of texts without commas, which the manifest may
    /// have as well. Without blanks around them and without empty ones.
    pub fn list(&self, key: &str) -> impl Iterator<Item = &str> {
        let text = trim(self.get(key).unwrap_or_default());
        // A list arrives as JSON.
        let items = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let values = items.unwrap_or(text).split(',').map(move |value| {
            let value = trim(value);
            let quoted = value
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            trim(quoted.filter(|_| items.is_some()).unwrap_or(value))
        });
        values.filter(|value| !value.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_two_forms() {
        let check = |text: &str, expected: &[&str]| {
            let config = Config::new(vec![("names".into(), text.into())]);
            assert_eq!(config.list("names").collect::<Vec<_>>(), expected, "{text}");
        };
        check(" a, ,b b,", &["a", "b b"]);
        check(r#"["a", " b b ",""]"#, &["a", "b b"]);
        check("[]", &[]);
        check("", &[]);
        check(r#""a""#, &[r#""a""#]);
    }
}
