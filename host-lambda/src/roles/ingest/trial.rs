//! New versions of the plugin that prove themselves: what an object says of the one that processed it, and the records
//! that the next one is tried on.

use sluice_contract::Sha256;
use sluice_pipeline::vet::Samples;

use super::Ingest;
use crate::{
    plugins::{FailedTrial, Trial, event},
    tell::Untold,
};

impl Ingest {
    /// Keeps records to try new versions on. Trouble with that is no trouble of the object's.
    pub(super) fn keep_samples(&self, stem: &str, samples: &Samples) {
        let Some(plugin) = &self.plugin else {
            return;
        };
        if let Err(error) = plugin.samples.keep(stem, samples) {
            tracing::warn!(reason = error.to_string(), "samples are not kept");
        }
    }

    /// Counts an object for the trial of the version that processed it, if that is on trial, and tells people where the
    /// trial ends badly. Trouble with counting is no trouble of the object's.
    pub(super) fn judge(&self, plugin_sha256: Sha256, read: u64, rejected: u64, failed: bool) {
        let Some(plugin) = &self.plugin else {
            return;
        };
        let untold = |trial: &FailedTrial| {
            let event = event::of_failed_trial(&self.environment.settings, trial);
            Untold::new(event, Some(self.alerter().of_failed_trial(trial)))
        };
        match (plugin.store).record(plugin_sha256, read, rejected, failed, untold) {
            Ok(Trial::None) => {}
            Ok(Trial::Goes { objects_left }) => {
                tracing::info!(%plugin_sha256, objects_left, "plugin on trial");
            }
            Ok(Trial::Passed) => tracing::info!(%plugin_sha256, "plugin has proved itself"),
            Ok(Trial::Failed(trial)) => {
                let restored = trial.restored.as_ref();
                tracing::error!(
                    %plugin_sha256,
                    reason = trial.to_string(),
                    in_use = restored.map(|version| display(version.sha256)),
                    "plugin has failed its trial"
                );
                plugin.store.tell_left(&self.outbox);
            }
            Err(error) => tracing::warn!(
                %plugin_sha256,
                reason = error.to_string(),
                "an object is not counted for the plugin's trial"
            ),
        }
    }
}
