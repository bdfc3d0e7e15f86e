//! Who is told of an upload, and what.

use super::{Publish, alert, metrics, outcome::Outcome};
use crate::{
    events::ObjectCreated,
    tell::{now_micros, print_line},
};

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
