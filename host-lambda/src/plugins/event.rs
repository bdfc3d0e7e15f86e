//! What the event bus is told of a plugin.

use sluice_contract::{
    Sha256,
    event::{
        Cause, Event, Head, PluginPublished, PluginRefused, PluginRolledBack, PluginVersion, What,
    },
    settings::Settings,
};

use super::{FailedTrial, PublishedVersion, shortened};
use crate::aws::attribute::now_text;

/// A version that is in use now. `sequencer` is that of the upload.
pub(crate) fn of_published(
    settings: &Settings,
    upload: &str,
    sequencer: &str,
    version: &PublishedVersion,
    previous_sha256: Option<Sha256>,
) -> Event {
    let what = What::PluginPublished(PluginPublished {
        upload: upload.to_owned(),
        plugin: described(version),
        previous_sha256,
    });
    event(settings, &[&version.sha256.to_string(), sequencer], what)
}

/// An upload that is not used.
pub(crate) fn of_refused(
    settings: &Settings,
    upload: &str,
    sequencer: &str,
    sha256: Option<Sha256>,
    reason: &str,
    in_use_sha256: Option<Sha256>,
) -> Event {
    let what = What::PluginRefused(PluginRefused {
        upload: upload.to_owned(),
        sha256,
        reason: cause(reason),
        in_use_sha256,
    });
    event(settings, &[upload, sequencer], what)
}

/// A version that did not prove itself.
pub(crate) fn of_failed_trial(settings: &Settings, failed: &FailedTrial) -> Event {
    let what = What::PluginRolledBack(PluginRolledBack {
        plugin: described(&failed.version),
        reason: cause(&failed.to_string()),
        restored: failed.restored.as_ref().map(described),
    });
    let sha256 = failed.version.sha256.to_string();
    event(settings, &[&sha256, &now_text()], what)
}

/// `told` tells it from every other event of its kind.
fn event(settings: &Settings, told: &[&str], what: What) -> Event {
    let Settings { project, stage, .. } = settings;
    let pipeline = &settings.pipeline.name;
    let told: Vec<&str> = [project, stage, pipeline]
        .into_iter()
        .map(String::as_str)
        .chain(told.iter().copied())
        .collect();
    Event {
        head: Head {
            event_id: what.kind().event_id(&told),
            at: now_text(),
            project: project.clone(),
            stage: stage.clone(),
            pipeline: pipeline.clone(),
            test: None,
        },
        what,
    }
}

fn described(version: &PublishedVersion) -> PluginVersion {
    PluginVersion {
        name: shortened(&version.name),
        version: shortened(&version.version),
        sha256: version.sha256,
    }
}

fn cause(reason: &str) -> Cause {
    Cause {
        code: None,
        message: shortened(reason),
    }
}
