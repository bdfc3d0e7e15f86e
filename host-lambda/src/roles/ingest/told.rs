//! Whom an object is told to: its report in the log and the metrics and, where it is worth it, people.

use sluice_pipeline::{
    ports::{SinkError, SourceObject},
    report::{ObjectReport, Reason},
};

use super::{
    Ingest,
    alert::{ARCHIVED, MISSING, OVERWRITTEN},
    metrics,
};
use crate::{
    aws::ReadFailure,
    tell::{Untold, now_micros, print_line},
};

impl Ingest {
    /// The report of an object of which nothing was read.
    pub(super) fn untouched(&self, object: &SourceObject, reason: Reason) -> ObjectReport {
        ObjectReport {
            source: object.uri.clone(),
            pipeline: self.environment.settings.pipeline.name.clone(),
            bytes: object.size.unwrap_or_default(),
            damage: Some(reason),
            ..ObjectReport::default()
        }
    }

    /// Tells the log and the metrics of a part.
    pub(super) fn tell(&self, object: &SourceObject, report: &ObjectReport) {
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
            plugin_sha256 = report.plugin_sha256.map(display),
            missing_columns = report.missing_columns.len(),
            ignored_columns = report.ignored_columns.len(),
            damage = report.damage.as_ref().map(|damage| damage.code.as_str()),
            refused = report.refused.as_ref().map(|refused| refused.code.as_str()),
            "object done"
        );
        print_line(&metrics::done(
            &self.environment.settings,
            report,
            latency_ms,
            now / 1_000,
        ));
    }

    /// Tells the log and the metrics of an object.
    pub(super) fn tell_whole(&self, report: &ObjectReport) {
        if let Some(refused) = &report.refused {
            tracing::error!(
                source = report.source,
                code = refused.code,
                reason = refused.message,
                "object refused"
            );
            print_line(&metrics::refused(
                &self.environment.settings,
                report,
                now_micros() / 1_000,
            ));
        }
    }

    /// Tells the event bus and people, and has it struck out by `told` where that waits in the ledger. The error is for
    /// people: then it still waits.
    pub(super) fn announce(
        &self,
        untold: &Untold,
        told: impl FnOnce() -> Result<(), SinkError>,
    ) -> Result<(), String> {
        self.outbox.tell(untold)?;
        if let Err(error) = told() {
            tracing::warn!(
                reason = error.to_string(),
                "what was told may be told once more"
            );
        }
        Ok(())
    }
}

/// Why there is nothing to read any more.
pub(super) fn gone(failure: &ReadFailure) -> Reason {
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
