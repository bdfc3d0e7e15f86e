//! The manifest as it was written: which keys there are, as what each may be written (a TOML type, or one of a few words),
//! and where. Nothing is checked beyond that, and no default is known here; what it all means is for [`crate::resolve`].

mod alerts;
mod api;
mod field;
mod pipeline;
mod sinks;

pub(crate) use alerts::{Alerts, Told, WrittenRoute};
pub(crate) use api::{Api, Throttle, WrittenAuth};
pub(crate) use field::{Field, Scalar, WrittenType};
pub(crate) use pipeline::{Canary, Limits, Pipeline, Plugin, Rejects, Source, WrittenHeader};
pub(crate) use sinks::{Http, HttpAuth, Index, Lake, Table, Ttl};

use crate::reader::{Choice, Entries, Word};
use crate::table;
use sluice_contract::stack::Architecture;

table! {
    /// The whole file.
    pub(crate) struct Manifest {
        project: Project,
        alerts: Alerts,
        host: Host,
        query: Query,
        pipelines as "pipeline": Entries<Pipeline>,
    }
}

table! {
    /// `[project]`
    pub(crate) struct Project {
        name: String,
        stage: String,
        protect_data: bool,
    }
}

table! {
    /// `[host]`
    pub(crate) struct Host {
        architecture: Word<Architecture>,
        memory_mb: i64,
        timeout_seconds: i64,
        scratch_mb: i64,
        max_concurrency: i64,
        log_retention_days: i64,
    }
}

table! {
    /// `[query]`
    pub(crate) struct Query {
        scan_limit_gb: i64,
        results_days: i64,
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
    use std::collections::BTreeSet;

    use super::*;
    use crate::reader::paths;

    /// The reference has every key, and no other: each in a row of a table of keys, which says what is below it in braces
    /// or by a heading of its own.
    #[test]
    fn the_reference_has_every_key() {
        let reference = include_str!("../../../docs/manifest.md");
        let declared: BTreeSet<String> = paths::<Manifest>().into_iter().collect();
        let mut documented = BTreeSet::new();
        let (mut heading, mut in_keys) = (String::new(), false);
        for line in reference.lines() {
            if let Some(title) = line.strip_prefix("## `[") {
                heading = title.trim_end_matches("]`").to_owned();
                documented.insert(heading.trim_end_matches(".NAME").to_owned());
            } else if let Some(title) = line.strip_prefix("### ") {
                heading = below(title);
            } else if line.starts_with("| key |") {
                in_keys = true;
            } else if !line.starts_with('|') {
                in_keys = false;
            } else if let Some(row) = line.strip_prefix("| `").filter(|_| in_keys) {
                let (key, rest) = row.split_once('`').expect("a key ends with a backtick");
                let path = format!("{heading}.{key}");
                let kind = rest.split('|').nth(1).expect("a key has a type");
                let inside = kind
                    .split_once("{ ")
                    .and_then(|(_, rest)| rest.split_once(" }"));
                for inner in inside.iter().flat_map(|(keys, _)| keys.split(", ")) {
                    documented.insert(format!("{path}.{inner}"));
                }
                documented.insert(path);
            }
        }
        let missing: Vec<&String> = declared.difference(&documented).collect();
        assert!(missing.is_empty(), "not in the reference: {missing:?}");
        let unknown: Vec<&String> = documented.difference(&declared).collect();
        assert!(
            unknown.is_empty(),
            "in the reference, but not in the manifest: {unknown:?}"
        );
    }

    /// The path of what a section of `[pipeline.NAME]` is about.
    fn below(title: &str) -> String {
        match title.trim_matches('`') {
            "fields" => "pipeline.NAME.fields.NAME".to_owned(),
            // One section for both, whose rows say which they are of.
            "limits` and `rejects" => "pipeline.NAME".to_owned(),
            part => format!("pipeline.NAME.{part}"),
        }
    }
}
