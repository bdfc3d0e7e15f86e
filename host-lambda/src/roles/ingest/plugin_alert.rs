//! What people are told of a plugin that is not used, or not any more: where the records are that it rejected wrongly.

use sluice_contract::Sha256;

use super::alert::Alerter;
use crate::{
    plugins::{FailedTrial, alert},
    tell::Alert,
};

impl Alerter<'_> {
    /// A published version that cannot be loaded, while another one can.
    pub(super) fn of_unused_version(&self, why: &str, in_use: Sha256) -> Alert {
        alert::of_unused_version(self.place(), &self.settings.pipeline.name, why, in_use)
    }

    /// A new version that did not prove itself.
    pub(super) fn of_failed_trial(&self, failed: &FailedTrial) -> Alert {
        let name = &self.settings.pipeline.name;
        let (bucket, which) = (self.lake_bucket, failed.restored.is_none());
        let which = if which { "this one" } else { "it" };
        let rejects = format!(
            "Records that {which} rejected wrongly are in s3://{bucket}/rejects/{name}/: upload them again as a new object."
        );
        alert::of_failed_trial(self.place(), name, failed, &rejects)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::plugins::{CanaryCount, PublishedVersion};

    fn version(version: &str, sha256: Sha256) -> PublishedVersion {
        PublishedVersion {
            sha256,
            compiled_sha256: sha256,
            engine: String::new(),
            name: "clean-orders".to_owned(),
            version: version.to_owned(),
        }
    }

    #[test]
    fn alerts() {
        let settings =
            serde_json::from_str(include_str!("../../../tests/settings/lake.json")).unwrap();
        let alerter = Alerter {
            settings: &settings,
            lake_bucket: "lake",
        };
        let text = |alert: Alert| format!("{}\n\n{}", alert.subject, alert.message);
        let unused = alerter.of_unused_version(
            "the published plugin `s3://artifacts/components/orders/bad.wasm` is not there (NoSuchKey); \
             upload the plugin again",
            Sha256::of("good"),
        );
        insta::assert_snapshot!("alert-unused-version", text(unused));
        let mut failed = FailedTrial {
            version: version("1.1.0", Sha256::of("bad")),
            count: CanaryCount {
                left: 3,
                read: 100,
                rejected: 12,
                max_rejected: 0.05,
            },
            failed_object: false,
            restored: Some(version("1.0.0", Sha256::of("good"))),
        };
        insta::assert_snapshot!("alert-rolled-back", text(alerter.of_failed_trial(&failed)));
        failed.restored = None;
        failed.failed_object = true;
        insta::assert_snapshot!("alert-does-badly", text(alerter.of_failed_trial(&failed)));
    }
}
