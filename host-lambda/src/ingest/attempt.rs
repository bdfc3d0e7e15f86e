//! One attempt at one object: claim it, process it, record what became of it, and tell.
//!
//! Everything an attempt writes is either bound to its claim or the same for every attempt, so that one that dies
//! half-way leaves nothing that the next one has to undo.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use sluice_pipeline::{
    decode::ObjectKind,
    plugin::PluginVersion,
    ports::{Claim, Ledger, SourceObject, Table},
    process::{Job, process},
    report::{ObjectReport, Reason},
};

use super::{
    Ingest, Invocation,
    alert::{ARCHIVED, MISSING, OVERWRITTEN},
    metrics, now_micros, print_line,
};
use crate::{
    aws::{
        ControlTable, ItemShape, ItemTable, LakeBucket, ObjectAddress, ObjectReader, ReadFailure,
    },
    events::{Message, ObjectCreated},
};

impl Ingest {
    /// Tries an object. Errors are for people, and the object is tried again.
    pub(super) fn attempt(
        &self,
        created: &ObjectCreated,
        object: &SourceObject,
        message: &Message,
        invocation: &Invocation,
    ) -> Result<(), String> {
        let timeout_seconds = self.environment.settings.timeout_seconds;
        if Instant::now() >= invocation.deadline {
            return Err(ReadFailure::OutOfTime { timeout_seconds }.to_string());
        }
        let pipeline = &self.environment.settings.pipeline;
        let kind = self.kind_of(&created.key);
        let plugin = if kind.is_ok() { self.plugin()? } else { None };
        let sha256 = plugin.as_ref().map(PluginVersion::sha256);
        let mut ledger = ControlTable::new(
            self.runtime.clone(),
            self.clients.dynamodb().clone(),
            self.environment.control_table.clone(),
            format!(
                "{}/{}/{:016x}",
                invocation.request_id,
                message.message_id,
                fastrand::u64(..)
            ),
            timeout_seconds,
        );
        match ledger
            .claim(object, &pipeline.name, sha256)
            .map_err(|error| error.to_string())?
        {
            Claim::Done => {
                tracing::info!(
                    source = object.uri,
                    version = object.version,
                    "object was done before"
                );
                return Ok(());
            }
            Claim::Busy => {
                return Err("another attempt at this object has not ended yet".to_owned());
            }
            Claim::Granted {
                pinned_plugin: Some(pinned),
            } if sha256.is_some_and(|sha256| sha256 != pinned) => {
                tracing::warn!(
                    source = object.uri,
                    first = pinned,
                    now = sha256,
                    "the plugin changed between attempts"
                );
            }
            Claim::Granted { .. } => {}
        }
        let outcome = match kind {
            Ok(kind) => self.run(created, object, kind, plugin.as_ref(), invocation),
            Err(reason) => Ok(self.untouched(object, reason)),
        };
        match outcome {
            Ok(report) => {
                ledger
                    .close(object, &report)
                    .map_err(|error| error.to_string())?;
                self.tell(object, &report);
                if let Some(plugin) = &plugin {
                    self.judge(plugin.sha256(), report.read, report.rejected, false);
                }
                Ok(())
            }
            Err(reason) => {
                if let Err(error) = ledger.fail(object, &pipeline.name, &reason) {
                    tracing::warn!(
                        reason = error.to_string(),
                        "a claim could not be given up, and ends with its lease"
                    );
                }
                Err(reason)
            }
        }
    }

    /// What the object's name says of it, or why this pipeline does not take it.
    fn kind_of(&self, key: &str) -> Result<ObjectKind, Reason> {
        let pipeline = &self.environment.settings.pipeline;
        let refusal = |code: &str, message: String| Reason {
            row: 0,
            column: None,
            code: code.to_owned(),
            message,
        };
        if !key.starts_with(&pipeline.source.prefix) {
            let prefix = &pipeline.source.prefix;
            return Err(refusal(
                "wrong_prefix",
                format!("the object's name does not start with `{prefix}`"),
            ));
        }
        let formats: Vec<String> = pipeline
            .formats
            .iter()
            .map(|format| format!("{format:?}").to_lowercase())
            .collect();
        let formats = formats.join(", ");
        match ObjectKind::of(key) {
            None => Err(refusal(
                "unknown_format",
                format!("the object's name ends in no known format; this pipeline takes {formats}"),
            )),
            Some(kind) if !pipeline.formats.contains(&kind.format) => Err(refusal(
                "unsupported_format",
                format!("this pipeline takes {formats}; change the object's ending or `formats`"),
            )),
            Some(kind) => Ok(kind),
        }
    }

    /// The plugin to process with, if the pipeline has one.
    fn plugin(&self) -> Result<Option<PluginVersion>, String> {
        let Some(plugin) = &self.environment.settings.pipeline.plugin else {
            return Ok(None);
        };
        let store = self.plugin_store(plugin);
        let current = store
            .current()
            .map_err(|unavailable| unavailable.to_string())?;
        if let Some(unused) = &current.unused {
            let in_use = current.version.sha256();
            let reason = unused.reason.to_string();
            tracing::error!(reason, in_use, "the published plugin is not used");
            if unused.tell {
                self.alerts()
                    .send(&self.alerter().of_unused_version(&reason, in_use));
            }
        }
        Ok(Some(current.version))
    }

    /// Processes a claimed object.
    fn run(
        &self,
        created: &ObjectCreated,
        object: &SourceObject,
        kind: ObjectKind,
        plugin: Option<&PluginVersion>,
        invocation: &Invocation,
    ) -> Result<ObjectReport, String> {
        let environment = &self.environment;
        let pipeline = &environment.settings.pipeline;
        // What an attempt left here that was stopped in this execution environment.
        let _ = std::fs::remove_dir_all(&environment.scratch);
        std::fs::create_dir_all(&environment.scratch).map_err(|error| {
            format!(
                "scratch folder `{}`: {error}",
                environment.scratch.display()
            )
        })?;
        let address = ObjectAddress {
            bucket: created.bucket.clone(),
            key: created.key.clone(),
            version_id: created.version_id.clone(),
            etag: created.etag.clone(),
        };
        let reader = ObjectReader::open(
            self.runtime.clone(),
            self.clients.s3().clone(),
            address,
            object.size,
            invocation.deadline,
            environment.settings.timeout_seconds,
        );
        let trouble = reader.trouble();
        let mut table = pipeline.table.as_ref().map(|table| {
            let shape = ItemShape::new(pipeline, table, object);
            ItemTable::new(
                self.runtime.clone(),
                self.clients.dynamodb().clone(),
                environment.table.clone(),
                shape,
            )
        });
        let mut lake = LakeBucket::new(
            self.runtime.clone(),
            self.clients.s3().clone(),
            environment.lake_bucket.clone(),
        );
        let job = Job {
            pipeline,
            object,
            kind,
            plugin,
            threads: self.threads,
            scratch: &environment.scratch,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let table = table.as_mut().map(|table| table as &mut dyn Table);
            process(&job, Box::new(reader), table, &mut lake)
        }));
        let _ = std::fs::remove_dir_all(&environment.scratch);
        match (trouble.failure(), outcome) {
            // Another attempt would find the same: there is nothing left to lose by ending here.
            (
                Some(
                    failure @ (ReadFailure::Missing
                    | ReadFailure::Overwritten
                    | ReadFailure::Archived),
                ),
                _,
            ) => Ok(self.untouched(object, gone(failure))),
            (Some(failure), _) => Err(failure.to_string()),
            (None, Ok(report)) => report.map_err(|error| error.to_string()),
            (None, Err(_)) => Err("a defect of the host stopped it; the log says where".to_owned()),
        }
    }

    /// The report of an object of which nothing was read.
    fn untouched(&self, object: &SourceObject, reason: Reason) -> ObjectReport {
        ObjectReport {
            source: object.uri.clone(),
            pipeline: self.environment.settings.pipeline.name.clone(),
            bytes: object.size.unwrap_or_default(),
            damage: Some(reason),
            ..ObjectReport::default()
        }
    }

    /// Tells the log, the metrics and, where it is worth it, people.
    fn tell(&self, object: &SourceObject, report: &ObjectReport) {
        let now = now_micros();
        let latency_ms =
            now.saturating_sub(u64::try_from(object.received_at).unwrap_or_default()) / 1_000;
        tracing::info!(
            source = report.source,
            pipeline = report.pipeline,
            read = report.read,
            stored = report.stored,
            dropped = report.dropped,
            duplicate = report.duplicate,
            rejected = report.rejected,
            bytes = report.bytes,
            seconds = report.seconds,
            plugin_seconds = report.plugin_seconds,
            latency_ms,
            plugin_sha256 = report.plugin_sha256,
            damage = report.damage.as_ref().map(|damage| damage.code.as_str()),
            "object done"
        );
        print_line(&metrics::done(
            &self.environment.settings,
            report,
            latency_ms,
            now / 1_000,
        ));
        if let Some(alert) = self.alerter().of_report(report) {
            self.alerts().send(&alert);
        }
    }
}

/// Why there is nothing to read any more.
fn gone(failure: &ReadFailure) -> Reason {
    let code = match failure {
        ReadFailure::Overwritten => OVERWRITTEN,
        ReadFailure::Archived => ARCHIVED,
        _ => MISSING,
    };
    Reason {
        row: 0,
        column: None,
        code: code.to_owned(),
        message: failure.to_string(),
    }
}
