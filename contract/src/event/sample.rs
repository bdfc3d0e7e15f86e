//! A sample of each kind of event, for documents, for who writes a rule, and for tests.

use std::collections::BTreeMap;

use super::{
    Cause, Counts, Event, EventKind, Head, Object, ObjectDone, ObjectFailed, ObjectRefused,
    PluginPublished, PluginRefused, PluginRolledBack, PluginVersion, RecordsRejected, What,
};
use crate::{Sha256, control::ledger, objects::Prefix};

/// An event of this kind, of a pipeline whose objects begin with `prefix`.
pub fn sample(kind: EventKind, project: &str, stage: &str, pipeline: &str, prefix: &str) -> Event {
    let object = object(project, stage, prefix);
    let plugin_sha256 = Some(Sha256::of("the plugin in use"));
    let upload = format!("s3://{project}-{stage}-artifacts/plugins/{pipeline}.wasm");
    let what = match kind {
        EventKind::ObjectDone => What::ObjectDone(ObjectDone {
            object,
            counts: counts(0),
            codes: BTreeMap::new(),
            damage: None,
            plugin_sha256,
        }),
        EventKind::ObjectFailed => What::ObjectFailed(ObjectFailed {
            object,
            attempts: 5,
            reason: cause(
                None,
                "table `orders` refused to store 25 items: AccessDenied",
            ),
        }),
        EventKind::ObjectRefused => What::ObjectRefused(ObjectRefused {
            object,
            reason: cause(
                Some("no_matching_column"),
                "none of its 3 columns is a field of the manifest: its first line may be no header",
            ),
            counts: Counts {
                read: 0,
                stored: 0,
                ..counts(0)
            },
            plugin_sha256: None,
        }),
        EventKind::RecordsRejected => What::RecordsRejected(RecordsRejected {
            object,
            counts: counts(120),
            codes: BTreeMap::from([
                ("not_an_integer".to_owned(), 100),
                ("ragged_row".to_owned(), 20),
            ]),
            rejects: vec![format!(
                "s3://{project}-{stage}-lake/{}0d4f7c3a9b1e5f60718293a4b5c6d7e8.ndjson",
                Prefix::Rejects.of(pipeline)
            )],
            plugin_sha256,
        }),
        EventKind::PluginPublished => What::PluginPublished(PluginPublished {
            upload,
            plugin: plugin("1.1.0"),
            previous_sha256: plugin_sha256,
        }),
        EventKind::PluginRefused => What::PluginRefused(PluginRefused {
            upload,
            sha256: Some(plugin("1.1.0").sha256),
            reason: cause(None, "a core WebAssembly module, not a component"),
            in_use_sha256: plugin_sha256,
        }),
        EventKind::PluginRolledBack => What::PluginRolledBack(PluginRolledBack {
            plugin: plugin("1.1.0"),
            reason: cause(
                None,
                "12 of 100 records of its first objects were rejected, and 5.0 % are tolerated",
            ),
            restored: Some(plugin("1.0.0")),
        }),
    };
    Event {
        head: Head {
            event_id: kind.event_id(&[project, stage, pipeline, "sample"]),
            at: "2026-11-22T10:00:00Z".to_owned(),
            project: project.to_owned(),
            stage: stage.to_owned(),
            pipeline: pipeline.to_owned(),
            test: None,
        },
        what,
    }
}

fn object(project: &str, stage: &str, prefix: &str) -> Object {
    let (bucket, key) = (
        format!("{project}-{stage}-raw"),
        format!("{prefix}2026-11-22.csv"),
    );
    let version = "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY";
    Object {
        ledger_id: ledger::partition_key(&format!("s3://{bucket}/{key}"), version),
        bucket,
        key,
        version: version.to_owned(),
        bytes: Some(81_920),
    }
}

fn counts(rejected: u64) -> Counts {
    Counts {
        read: 1_000,
        stored: 1_000 - rejected,
        dropped: 0,
        duplicate: 0,
        rejected,
    }
}

fn cause(code: Option<&str>, message: &str) -> Cause {
    Cause {
        code: code.map(str::to_owned),
        message: message.to_owned(),
    }
}

fn plugin(version: &str) -> PluginVersion {
    PluginVersion {
        name: "clean-orders".to_owned(),
        version: version.to_owned(),
        sha256: Sha256::of(version),
    }
}
