//! Which codes of findings may be named where a plugin's words must not come: in the log, the ledger, events and alerts.
//!
//! A code that a plugin makes up while it sees records may be one of their values. So only those are named that were known
//! before it saw any.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Mentions;
use crate::wanted::plain;

/// Codes that a plugin declares, at the most.
const MOST_DECLARED: usize = 256;

/// Those of `tidy`, which comes with `gen`.
const OF_TIDY: [&str; 17] = [
    "bad_boolean",
    "bad_date",
    "bad_email",
    "bad_json",
    "bad_number",
    "bad_timestamp",
    "cut_text",
    "division_by_zero",
    "missing_value",
    "no_mark",
    "no_members",
    "no_match",
    "odd_value",
    "overflow",
    "redacted",
    "refused_value",
    "unknown_value",
];

/// What a code is counted under that was not known before.
pub(crate) const UNDECLARED: &str = "undeclared_code";

/// Codes that may be named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownCodes {
    declared: BTreeSet<String>,
    /// Texts of the settings, as [`plain`] has them: whoever writes the manifest may have rules with codes of their own.
    mentioned: BTreeSet<String>,
}

/// The member of a plugin's `config-schema` that lists its codes.
#[derive(Deserialize)]
struct Schema {
    #[serde(default)]
    codes: Vec<String>,
}

impl KnownCodes {
    /// Of a plugin that describes itself so, with these settings.
    pub(super) fn new(config_schema: &str, mentions: &Mentions) -> Self {
        let schema = serde_json::from_str::<Schema>(config_schema);
        let codes = schema.map(|schema| schema.codes).unwrap_or_default();
        Self {
            declared: codes.into_iter().take(MOST_DECLARED).collect(),
            mentioned: mentions.texts.iter().cloned().collect(),
        }
    }

    /// The code, if it may be named, and else what it is counted under.
    pub(crate) fn named<'a>(&self, code: &'a str) -> &'a str {
        let is_known = self.declared.contains(code)
            || OF_TIDY.contains(&code)
            || self.mentioned.contains(&plain(code));
        match is_known {
            true => code,
            false => UNDECLARED,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn only_what_was_known_before_is_named() {
        let config = BTreeMap::from([(
            "vat".to_owned(),
            r#"{"reject_if": "empty", "code": "no_vat"}"#.to_owned(),
        )]);
        let mentions = Mentions::new(&config);
        let codes = KnownCodes::new(r#"{"type": "object", "codes": ["bad_rating"]}"#, &mentions);
        for (code, named) in [
            ("bad_rating", "bad_rating"),
            ("bad_number", "bad_number"),
            ("no_vat", "no_vat"),
            ("ann-example.com", UNDECLARED),
        ] {
            assert_eq!(codes.named(code), named);
        }
        assert_eq!(
            KnownCodes::new("no JSON", &mentions).named("bad_rating"),
            UNDECLARED
        );
    }

    /// The page of `tidy` has them all.
    #[test]
    fn codes_of_tidy_are_those_of_its_page() {
        let page = include_str!("../../../plugins/tidy/README.md");
        let own = ["missing_id", "long", "no_vat", "no_amount"];
        for said in ["error `", "warning `"] {
            for (at, _) in page.match_indices(said) {
                let code = page[at + said.len()..]
                    .split('`')
                    .next()
                    .unwrap_or_default();
                assert!(OF_TIDY.contains(&code) || own.contains(&code), "`{code}`");
            }
        }
    }
}
