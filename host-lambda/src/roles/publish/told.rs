//! Who is told of an upload, and what.

use sluice_contract::{
    Sha256,
    control::plugin::{self, POINTER},
};

use super::{
    Publish, PublishFailure, alert, metrics,
    outcome::{Outcome, Refused},
};
use crate::{
    events::ObjectCreated,
    plugins::{PublishedVersion, event},
    tell::{Untold, now_micros, print_line},
};

impl Publish {
    /// Tells the log and the metrics.
    pub(super) fn tell(&self, upload: &ObjectCreated, outcome: &Outcome, request_id: &str) {
        let settings = &self.environment.settings;
        let source = uri(upload);
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
            Outcome::Known { .. } => tracing::info!(
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
            Outcome::Refused { refused, first } => {
                tracing::error!(
                    request_id,
                    source,
                    plugin_sha256 = refused.sha256.map(display),
                    in_use = refused.in_use.map(display),
                    reason = refused.reason,
                    first,
                    "plugin refused"
                );
                if *first {
                    print_line(&metrics::refused(settings, &source, now / 1_000));
                }
            }
        }
    }

    /// Tells the event bus and people what waits at the entries that an upload may have changed, whoever changed them.
    pub(super) fn tell_left(
        &self,
        upload: &ObjectCreated,
        sha256: Option<Sha256>,
    ) -> Result<(), PublishFailure> {
        let of_upload = plugin::upload(&upload.sequencer);
        let keys = [POINTER.to_owned(), of_upload].into_iter();
        let mut keys = keys.chain(sha256.map(plugin::version));
        keys.try_for_each(|key| self.registry.tell_left(&key, &self.outbox))
            .map_err(PublishFailure::Untold)
    }

    /// What has to be told of a version that comes into use.
    pub(super) fn untold_version(
        &self,
        upload: &ObjectCreated,
        version: &PublishedVersion,
        previous: Option<Sha256>,
    ) -> String {
        let settings = &self.environment.settings;
        let sequencer = &upload.sequencer;
        let event = event::of_published(settings, &uri(upload), sequencer, version, previous);
        Untold::new(event, None).text()
    }

    /// What has to be told of an upload that is refused.
    pub(super) fn untold_refusal(&self, upload: &ObjectCreated, refused: &Refused) -> String {
        let settings = &self.environment.settings;
        let source = uri(upload);
        let event = event::of_refused(
            settings,
            &source,
            &upload.sequencer,
            refused.sha256,
            &refused.reason,
            refused.in_use,
        );
        let alert = alert::of_refused(settings, &source, refused);
        Untold::new(event, Some(alert)).text()
    }
}

fn uri(upload: &ObjectCreated) -> String {
    format!("s3://{}/{}", upload.bucket, upload.key)
}
