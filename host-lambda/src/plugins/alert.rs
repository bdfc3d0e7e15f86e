//! What people are told of a plugin that is not used, or not any more.

use sluice_contract::Sha256;

use super::{FailedTrial, PublishedVersion};
use crate::tell::{Alert, Place};

/// A published version that cannot be loaded, while another one can. `name` is the pipeline's.
pub(crate) fn of_unused_version(place: Place<'_>, name: &str, why: &str, in_use: Sha256) -> Alert {
    let lines = vec![
        place.line(),
        format!("Why        {why}"),
        format!("In use     sha256 {in_use} goes on processing"),
    ];
    let remedy = "Upload the plugin again: it is checked, compiled and stored anew.";
    place.alert("plugin not loaded", name, lines, remedy)
}

/// A new version that did not prove itself. `rejects` says what to do about records that it rejected wrongly.
pub(crate) fn of_failed_trial(
    place: Place<'_>,
    name: &str,
    failed: &FailedTrial,
    rejects: &str,
) -> Alert {
    let mut lines = vec![
        place.line(),
        format!("Why        {failed}"),
        format!("Plugin     {}", in_words(&failed.version)),
    ];
    match &failed.restored {
        Some(restored) => {
            lines.push(format!("In use     {}, as before", in_words(restored)));
            let remedy = format!(
                "Upload a corrected plugin; or the same one again, if it was right to reject. {rejects}"
            );
            place.alert("new plugin rolled back", name, lines, &remedy)
        }
        None => {
            lines.push("In use     the same, because there is no version to go back to".to_owned());
            let remedy = format!("Upload a plugin that works. {rejects}");
            place.alert("new plugin does badly", name, lines, &remedy)
        }
    }
}

fn in_words(version: &PublishedVersion) -> String {
    format!(
        "{} {}, sha256 {}",
        version.name, version.version, version.sha256
    )
}
