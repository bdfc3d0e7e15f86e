//! What an object is processed with: its format, by its name, and the version of the plugin.

use sluice_contract::Sha256;
use sluice_pipeline::{decode::ObjectKind, plugin::PluginVersion, report::Reason};

use super::{
    Ingest,
    work::{Failed, Work},
};
use crate::plugins::PluginUnavailable;

/// What a part would be processed with, if it is a new one.
pub(super) struct Choice {
    /// What the object's name says of it, or why this pipeline does not take it.
    pub(super) kind: Result<ObjectKind, Reason>,
    /// None where the pipeline has none, or does not take the object.
    pub(super) plugin: Option<PluginVersion>,
}

impl Choice {
    /// Of the plugin's version.
    pub(super) fn sha256(&self) -> Option<Sha256> {
        self.plugin.as_ref().map(PluginVersion::sha256)
    }
}

impl Ingest {
    /// Chooses what a part is processed with: the plugin version of the parts before, or the one in use.
    pub(super) fn choose(&self, work: &Work<'_>) -> Result<Choice, Failed> {
        let kind = self.kind_of(&work.created.key);
        let plugin = match (&kind, work.plugin) {
            (Err(_), _) => None,
            (Ok(_), Some(sha256)) => Some(self.plugin_version(sha256)?),
            (Ok(_), None) => self.plugin()?,
        };
        Ok(Choice { kind, plugin })
    }

    /// What the object's name says of it, or why this pipeline does not take it.
    fn kind_of(&self, key: &str) -> Result<ObjectKind, Reason> {
        let pipeline = &self.environment.settings.pipeline;
        let refusal = |code: &str, message: String| Reason {
            row: 0,
            column: None,
            code: code.to_owned(),
            message,
        };
        if !key.starts_with(&pipeline.source.prefix) {
            let prefix = &pipeline.source.prefix;
            return Err(refusal(
                "wrong_prefix",
                format!("the object's name does not start with `{prefix}`"),
            ));
        }
        let formats: Vec<&str> = pipeline
            .formats
            .iter()
            .map(|format| format.name())
            .collect();
        let formats = formats.join(", ");
        match ObjectKind::in_source(key, &pipeline.source) {
            None => Err(refusal(
                "unknown_format",
                format!(
                    "the object's name ends in no known format; this pipeline takes {formats}; say which one it is with \
                     `format` of the source, or leave such names out with `ignore`"
                ),
            )),
            Some(kind) if !pipeline.formats.contains(&kind.format) => Err(refusal(
                "unsupported_format",
                format!("this pipeline takes {formats}; change the object's ending or `formats`"),
            )),
            Some(kind) => Ok(kind),
        }
    }

    /// The plugin to process with, if the pipeline has one.
    fn plugin(&self) -> Result<Option<PluginVersion>, Failed> {
        let Some(plugin) = &self.plugin else {
            return Ok(None);
        };
        let current = plugin.store.current()?;
        if current.untold {
            plugin.store.tell_left(&self.outbox);
        }
        if let Some(unused) = &current.unused {
            let in_use = current.version.sha256();
            let reason = unused.reason.to_string();
            tracing::error!(reason, %in_use, "the published plugin is not used");
            if unused.tell {
                self.outbox
                    .topic()
                    .send(&self.alerter().of_unused_version(&reason, in_use));
            }
        }
        Ok(Some(current.version))
    }

    /// A version that was in use before, for what was begun with it.
    pub(super) fn plugin_version(&self, sha256: Sha256) -> Result<PluginVersion, Failed> {
        let Some(plugin) = &self.plugin else {
            return Err(Failed {
                reason: format!(
                    "this object was begun with plugin version {sha256}, and the pipeline has no plugin any more"
                ),
                by_plugin: true,
                told: false,
            });
        };
        let version = plugin.store.version(sha256);
        version.map_err(|unavailable| Failed {
            reason: unavailable.to_string(),
            by_plugin: !matches!(unavailable, PluginUnavailable::Unreadable { .. }),
            told: false,
        })
    }
}
