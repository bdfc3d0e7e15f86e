//! The names that a plugin's settings mention, any of which may be that of a column: what a plugin that is told what to do
//! cannot say of itself.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::wanted::plain;

/// Names in the settings of a plugin, without what people write differently.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// Those of the settings themselves.
    pub(crate) keys: HashSet<String>,
    /// Texts inside of them, among which are values, too.
    pub(crate) texts: HashSet<String>,
}

impl Mentions {
    pub(super) fn new(config: &BTreeMap<String, String>) -> Self {
        let mut mentions = Self::default();
        for (key, value) in config {
            mentions.keys.extend(names(key));
            match serde_json::from_str(value) {
                Ok(value) => mentions.add(&value),
                Err(_) => mentions.texts.extend(names(value)),
            }
        }
        mentions
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.texts.extend(names(text)),
            // A list of lists is rows of a table, and not of names.
            Value::Array(values) => (values.iter())
                .filter(|value| !value.is_array())
                .for_each(|value| self.add(value)),
            Value::Object(members) => {
                for (name, value) in members {
                    self.texts.extend(names(name));
                    self.add(value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// What column a text may be the name of: one that is called so, or one that holds what it is the path of.
fn names(text: &str) -> impl Iterator<Item = String> {
    let column = text.find(['.', '[']).map(|end| plain(&text[..end]));
    std::iter::once(plain(text)).chain(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_at_any_depth() {
        let config = [
            ("Full Name", r#"[{"join": ["first", "last"]}, "trim"]"#),
            ("items[0].id", "integer"),
            (
                "vat",
                r#"{"when": {"country": ["DE"]}, "rows": [["AT", "Wien"]], "n": 1}"#,
            ),
            ("zip", r#"{"from": "home.zip"}"#),
            ("zone", "Europe/Berlin"),
        ];
        let config = config.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mentions = Mentions::new(&config.into());
        let sorted = |names: &HashSet<String>| {
            let mut names: Vec<String> = names.iter().cloned().collect();
            names.sort();
            names
        };
        let keys = ["fullname", "items", "items0id", "vat", "zip", "zone"];
        assert_eq!(sorted(&mentions.keys), keys);
        let texts = [
            "country",
            "de",
            "europeberlin",
            "first",
            "from",
            "home",
            "homezip",
            "integer",
            "join",
            "last",
            "n",
            "rows",
            "trim",
            "when",
        ];
        assert_eq!(sorted(&mentions.texts), texts);
    }
}
