//! What people are told of a plugin that is not used, or not any more.

use sluice_contract::Sha256;

use super::alert::Alerter;
use crate::{
    plugins::{FailedTrial, PublishedVersion},
    tell::Alert,
};

impl Alerter<'_> {
    /// A published version that cannot be loaded, while another one can.
    pub(super) fn of_unused_version(&self, why: &str, in_use: Sha256) -> Alert {
        let lines = vec![
            self.place().line(),
            format!("Why        {why}"),
            format!("In use     sha256 {in_use} goes on processing"),
        ];
        let remedy = "Upload the plugin again: it is checked, compiled and stored anew.";
        let name = &self.settings.pipeline.name;
        self.place().alert("plugin not loaded", name, lines, remedy)
    }

    /// A new version that did not prove itself.
    pub(super) fn of_failed_trial(&self, failed: &FailedTrial) -> Alert {
        let name = &self.settings.pipeline.name;
        let mut lines = vec![
            self.place().line(),
            format!("Why        {failed}"),
            format!("Plugin     {}", in_words(&failed.version)),
        ];
        let rejects = format!("s3://{}/rejects/{name}/", self.lake_bucket);
        match &failed.restored {
            Some(restored) => {
                lines.push(format!("In use     {}, as before", in_words(restored)));
                let remedy = format!(
                    "Upload a corrected plugin; or the same one again, if it was right to reject. Records that it rejected \
                     wrongly are in {rejects}: upload them again as a new object."
                );
                self.place()
                    .alert("new plugin rolled back", name, lines, &remedy)
            }
            None => {
                lines.push(
                    "In use     the same, because there is no version to go back to".to_owned(),
                );
                let remedy = format!(
                    "Upload a plugin that works. Records that this one rejected wrongly are in {rejects}: upload them again \
                     as a new object."
                );
                self.place()
                    .alert("new plugin does badly", name, lines, &remedy)
            }
        }
    }
}

fn in_words(version: &PublishedVersion) -> String {
    format!(
        "{} {}, sha256 {}",
        version.name, version.version, version.sha256
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::plugins::CanaryCount;

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
