//! What people are told of an upload that is not used.

use sluice_contract::settings::Settings;

use super::outcome::Refused;
use crate::tell::{Alert, Place};

/// An upload that was refused.
pub(super) fn of_refused(settings: &Settings, source: &str, refused: &Refused) -> Alert {
    let place = Place::from(settings);
    let mut lines = vec![
        format!("Upload     {source}"),
        place.line(),
        format!("Why        {}", refused.reason),
    ];
    if let Some(sha256) = &refused.sha256 {
        lines.push(format!("Refused    sha256 {sha256}"));
    }
    lines.push(match &refused.in_use {
        Some(sha256) => format!("In use     sha256 {sha256} goes on processing"),
        None => "In use     none: objects fail until a plugin is published".to_owned(),
    });
    let remedy = "Upload a plugin that works. `gen plugin check` says beforehand whether it does.";
    place.alert("new plugin refused", &settings.pipeline.name, lines, remedy)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_contract::Sha256;

    use super::*;

    #[test]
    fn alerts() {
        let settings =
            serde_json::from_str(include_str!("../../../tests/settings/lake.json")).unwrap();
        let source = "s3://artifacts/plugins/orders.wasm";
        let mut refused = Refused {
            sha256: Some(Sha256::of("bad")),
            reason: "a core WebAssembly module, not a component".to_owned(),
            in_use: Some(Sha256::of("good")),
        };
        let alert = of_refused(&settings, source, &refused);
        insta::assert_snapshot!(
            "alert-refused",
            format!("{}\n\n{}", alert.subject, alert.message)
        );
        refused.sha256 = None;
        refused.in_use = None;
        let alert = of_refused(&settings, source, &refused);
        insta::assert_snapshot!("alert-refused-unread", alert.message);
    }
}
