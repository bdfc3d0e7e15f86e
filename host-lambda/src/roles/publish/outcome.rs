//! What became of an upload, and who is told of it.

use sluice_contract::Sha256;
use sluice_pipeline::vet::TrialReport;

use super::{Publish, alert, metrics};
use crate::{
    events::ObjectCreated,
    plugins::{PublishedVersion, shortened},
    tell::{now_micros, print_line},
};

/// What became of an upload.
pub(super) enum Outcome {
    /// It is in use.
    Published {
        version: PublishedVersion,
        bytes: u64,
        previous: Option<Sha256>,
        trial: TrialReport,
    },
    /// It was in use before it was uploaded.
    InUse { sha256: Sha256 },
    /// This upload, or a newer one, was dealt with before.
    Known,
    /// Another upload took its place before it was read.
    Replaced,
    /// It must not be used.
    Refused(Refused),
}

/// Why an upload must not be used.
pub(super) struct Refused {
    /// Where it was read.
    pub(super) sha256: Option<Sha256>,
    /// A whole sentence, on one line.
    pub(super) reason: String,
    /// The version that goes on processing.
    pub(super) in_use: Option<Sha256>,
    /// Whether this attempt was the one that refused it, so that people are to be told.
    pub(super) first: bool,
}

impl Outcome {
    pub(super) fn refused(
        sha256: Option<Sha256>,
        reason: String,
        in_use: Option<Sha256>,
        first: bool,
    ) -> Self {
        Self::Refused(Refused {
            sha256,
            reason: shortened(&reason),
            in_use,
            first,
        })
    }
}

impl Publish {
    /// Tells the log, the metrics and, of a refusal, people.
    pub(super) fn tell(&self, upload: &ObjectCreated, outcome: &Outcome, request_id: &str) {
        let settings = &self.environment.settings;
        let source = format!("s3://{}/{}", upload.bucket, upload.key);
        let now = now_micros();
        let latency_ms =
            now.saturating_sub(u64::try_from(upload.written_at).unwrap_or_default()) / 1_000;
        match outcome {
            Outcome::Published {
                version,
                bytes,
                previous,
                trial,
            } => {
                tracing::info!(
                    request_id,
                    source,
                    plugin = version.name,
                    version = version.version,
                    plugin_sha256 = %version.sha256,
                    previous = previous.map(display),
                    bytes,
                    compile_seconds = trial.compile_seconds,
                    samples = trial.records,
                    samples_rejected = trial.rejected,
                    samples_rejected_by_previous = trial.rejected_by_current,
                    warnings = ?trial.warnings,
                    latency_ms,
                    "plugin published"
                );
                let mut line = metrics::published(settings, &source, latency_ms, now / 1_000);
                line["PluginSha256"] = version.sha256.to_string().into();
                print_line(&line);
            }
            Outcome::InUse { sha256 } => {
                tracing::info!(request_id, source, plugin_sha256 = %sha256, "in use already");
            }
            Outcome::Known => tracing::info!(
                request_id,
                source,
                sequencer = upload.sequencer,
                "this upload, or a newer one, was dealt with before"
            ),
            Outcome::Replaced => tracing::info!(
                request_id,
                source,
                "another upload took its place before it was read"
            ),
            Outcome::Refused(refused) => {
                tracing::error!(
                    request_id,
                    source,
                    plugin_sha256 = refused.sha256.map(display),
                    in_use = refused.in_use.map(display),
                    reason = refused.reason,
                    first = refused.first,
                    "plugin refused"
                );
                if refused.first {
                    print_line(&metrics::refused(settings, &source, now / 1_000));
                    self.alerts
                        .send(&alert::of_refused(settings, &source, refused));
                }
            }
        }
    }
}
