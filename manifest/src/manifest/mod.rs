//! The manifest as it was written: which keys there are, of which TOML types, and where. Nothing is checked beyond that,
//! and no default is known here; what it all means is for [`crate::resolve`].

mod field;
mod pipeline;
mod sinks;

pub(crate) use field::{Field, Scalar, TypeName};
pub(crate) use pipeline::{Canary, Limits, Pipeline, Plugin, Rejects, Source};
pub(crate) use sinks::{Index, Lake, Table, Ttl};

use crate::problem::ProblemSink;
use crate::reader::{
    Choice, Decode, DecodeTable, Entries, Given, Node, TableReader, Word, Written,
};
use sluice_contract::stack::Architecture;

/// The whole file.
pub(crate) struct Manifest {
    pub(crate) project: Given<Project>,
    pub(crate) alerts: Given<Alerts>,
    pub(crate) host: Given<Host>,
    pub(crate) pipelines: Given<Entries<Pipeline>>,
}

impl DecodeTable for Manifest {
    const KEYS: &'static [&'static str] = &["project", "alerts", "host", "pipeline"];

    fn read(table: &mut TableReader) -> Self {
        Manifest {
            project: table.get("project"),
            alerts: table.get("alerts"),
            host: table.get("host"),
            pipelines: table.get("pipeline"),
        }
    }
}

/// `[project]`
pub(crate) struct Project {
    pub(crate) name: Given<String>,
    pub(crate) stage: Given<String>,
    pub(crate) protect_data: Given<bool>,
}

impl DecodeTable for Project {
    const KEYS: &'static [&'static str] = &["name", "stage", "protect_data"];

    fn read(table: &mut TableReader) -> Self {
        Project {
            name: table.get("name"),
            stage: table.get("stage"),
            protect_data: table.get("protect_data"),
        }
    }
}

/// `[alerts]`
pub(crate) struct Alerts {
    pub(crate) email: Given<Vec<Written<String>>>,
    pub(crate) https: Given<Vec<Written<String>>>,
    pub(crate) pagerduty: Given<SecretSwitch>,
    pub(crate) slack: Given<SecretSwitch>,
}

impl DecodeTable for Alerts {
    const KEYS: &'static [&'static str] = &["email", "https", "pagerduty", "slack"];

    fn read(table: &mut TableReader) -> Self {
        Alerts {
            email: table.get("email"),
            https: table.get("https"),
            pagerduty: table.get("pagerduty"),
            slack: table.get("slack"),
        }
    }
}

/// Whether something is used whose secret is a parameter of the template, and never in the manifest.
#[derive(Clone, Copy)]
pub(crate) struct SecretSwitch(pub(crate) bool);

impl Decode for SecretSwitch {
    fn decode(node: &Node, sink: &mut ProblemSink) -> Option<Self> {
        if node.value.is_str() {
            let message = format!(
                "`{}` is a secret, which has no place in a manifest",
                node.path
            );
            let help = "write `true`; the template then asks for the secret as a parameter when the stack is deployed";
            sink.report(node.span, message, help);
            return None;
        }
        bool::decode(node, sink).map(SecretSwitch)
    }
}

/// `[host]`
pub(crate) struct Host {
    pub(crate) architecture: Given<Word<Architecture>>,
    pub(crate) memory_mb: Given<i64>,
    pub(crate) timeout_seconds: Given<i64>,
    pub(crate) scratch_mb: Given<i64>,
    pub(crate) max_concurrency: Given<i64>,
    pub(crate) log_retention_days: Given<i64>,
}

impl DecodeTable for Host {
    const KEYS: &'static [&'static str] = &[
        "architecture",
        "memory_mb",
        "timeout_seconds",
        "scratch_mb",
        "max_concurrency",
        "log_retention_days",
    ];

    fn read(table: &mut TableReader) -> Self {
        Host {
            architecture: table.get("architecture"),
            memory_mb: table.get("memory_mb"),
            timeout_seconds: table.get("timeout_seconds"),
            scratch_mb: table.get("scratch_mb"),
            max_concurrency: table.get("max_concurrency"),
            log_retention_days: table.get("log_retention_days"),
        }
    }
}

impl Choice for Architecture {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("arm64", Architecture::Arm64),
        ("x86_64", Architecture::X86_64),
    ];
    const FOREIGN: &'static [(&'static str, &'static str)] = &[
        ("aarch64", "arm64"),
        ("graviton", "arm64"),
        ("arm", "arm64"),
        ("amd64", "x86_64"),
        ("x64", "x86_64"),
        ("x86", "x86_64"),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key is in the reference, in a row of its own or of a table of its parent.
    #[test]
    fn the_reference_has_every_key() {
        let reference = include_str!("../../../docs/manifest.md");
        let rows: Vec<&str> = reference
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .collect();
        let has_row = |key: &str| {
            rows.iter().any(|row| {
                row.split_once('`')
                    .is_some_and(|(name, _)| name.rsplit('.').next() == Some(key))
            })
        };
        for keys in [
            Project::KEYS,
            Alerts::KEYS,
            Host::KEYS,
            Pipeline::KEYS,
            Source::KEYS,
            Plugin::KEYS,
            Canary::KEYS,
            Field::KEYS,
            Table::KEYS,
            Lake::KEYS,
            Limits::KEYS,
            Rejects::KEYS,
        ] {
            for key in keys {
                assert!(has_row(key), "`{key}` is not in the reference");
            }
        }
        for key in Manifest::KEYS {
            assert!(
                reference.contains(&format!("\n## `[{key}")),
                "`[{key}]` is not in the reference"
            );
        }
        for key in Index::KEYS.iter().chain(Ttl::KEYS) {
            assert!(
                reference.contains(&key.to_string()),
                "`{key}` is not in the reference"
            );
        }
    }
}
