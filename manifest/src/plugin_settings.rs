//! What is written about a plugin wherever one is run: its configuration, and the limits of one instance. The manifest's
//! `plugin = { … }` has them, and so have the golden cases of a plugin.

use serde_json::Value;
use toml::de::DeValue;

use crate::problem::ProblemSink;
use crate::reader::{Decode, Entries, Entry, Node, Written};
use crate::resolve::number;
use crate::table;
use sluice_contract::stack::PluginLimits;

/// One setting of a plugin, as the text that the plugin gets: a list or a table as JSON.
pub struct ConfigValue(
    /// The text.
    pub String,
);

impl Decode for ConfigValue {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        match node.value {
            // The digits as they were written, which JSON might shorten.
            DeValue::Float(float) => Some(ConfigValue(float.as_str().to_owned())),
            _ => ConfigJson::decode(node, sink).map(|ConfigJson(value)| match value {
                Value::String(text) => ConfigValue(text),
                other => ConfigValue(other.to_string()),
            }),
        }
    }
}

/// A value of any depth as JSON.
struct ConfigJson(Value);

impl Decode for ConfigJson {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        let value = match node.value {
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Integer(_) => i64::decode(node, sink)?.into(),
            DeValue::Float(_) => f64::decode(node, sink)?.into(),
            DeValue::Boolean(boolean) => (*boolean).into(),
            DeValue::Array(_) => {
                let items: Vec<Written<ConfigJson>> = Vec::decode(node, sink)?;
                items.into_iter().map(|item| item.value.0).collect()
            }
            DeValue::Table(_) => {
                let Entries(entries) = Entries::<ConfigJson>::decode(node, sink)?;
                let entry = |entry: Entry<ConfigJson>| Some((entry.name.value, entry.value?.0));
                entries.into_iter().filter_map(entry).collect()
            }
            DeValue::Datetime(_) => {
                let expected = "a string, number, boolean, list or table";
                node.mismatch(expected, "write it in quotes", sink);
                return None;
            }
        };
        Some(ConfigJson(value))
    }
}

table! {
    /// What one instance may cost, as far as it is written.
    pub struct WrittenLimits {
        /// Its memory, in MB.
        memory_mb: i64,
        /// Time for one batch, in ms.
        batch_timeout_ms: i64,
        /// Output rows of one input row.
        max_rows_per_row: i64,
        /// Output bytes for each input byte.
        max_growth: i64,
    }
}

impl WrittenLimits {
    /// The limits, with `defaults` for those that are not written.
    pub fn resolve(&self, defaults: &PluginLimits, sink: &mut ProblemSink) -> PluginLimits {
        PluginLimits {
            memory_mb: number(
                &self.memory_mb,
                "`memory_mb` of the plugin",
                1..=4096,
                defaults.memory_mb,
                sink,
            ),
            batch_timeout_ms: number(
                &self.batch_timeout_ms,
                "`batch_timeout_ms`",
                10..=300_000,
                defaults.batch_timeout_ms,
                sink,
            ),
            max_rows_per_row: number(
                &self.max_rows_per_row,
                "`max_rows_per_row`",
                1..=10_000,
                defaults.max_rows_per_row,
                sink,
            ),
            max_growth: number(
                &self.max_growth,
                "`max_growth`",
                1..=1000,
                defaults.max_growth,
                sink,
            ),
        }
    }
}
