//! From a version's files to a version that runs: machine code where there is some for this engine, else the component.
//! Nothing is loaded whose hash is not the one that was published.

use sluice_contract::{Sha256, stack::Plugin};
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion, TrustedCompiled};

use super::{
    files::{Fetched, PluginFiles},
    registry::PublishedVersion,
    unavailable::PluginUnavailable,
};

/// Loads versions of one plugin.
pub(super) struct Loader {
    pub(super) files: PluginFiles,
    pub(super) plugin: Plugin,
}

impl Loader {
    /// Loads the compiled file, if there is one for this engine.
    pub(super) fn compiled(
        &self,
        engine: &PluginEngine,
        published: &PublishedVersion,
    ) -> Result<Option<PluginVersion>, PluginUnavailable> {
        if published.engine != engine.fingerprint() {
            return Ok(None);
        }
        let key = self.files.compiled_key(&published.engine, published.sha256);
        let code = match self.files.read(&key) {
            Fetched::Whole(code) => code,
            Fetched::Missing { .. } | Fetched::Replaced => return Ok(None),
            Fetched::Unreadable { reason } => return Err(self.unreadable_file(&key, &reason)),
        };
        #[allow(unsafe_code, reason = "compiled plugins come from S3")]
        // SAFETY: nobody but the role `publish` may write under this key, and it writes what it has compiled itself. Both hashes
        // are those of one version that it has published, wherever in the control table they were copied from.
        let compiled =
            unsafe { TrustedCompiled::kept(code, published.compiled_sha256, published.sha256) };
        match compiled.and_then(|compiled| engine.load_compiled(&compiled, &self.plugin)) {
            Ok(version) => Ok(Some(version)),
            Err(PluginError::NotCompiled { reason }) => {
                tracing::warn!(key, reason, "a compiled plugin is not used");
                Ok(None)
            }
            Err(source) => Err(self.unusable(key, source)),
        }
    }

    /// Compiles the component, which takes seconds: after an update of Sluice, until the plugin is uploaded again.
    pub(super) fn compile(
        &self,
        engine: &PluginEngine,
        published: &PublishedVersion,
    ) -> Result<PluginVersion, PluginUnavailable> {
        let key = self.files.component_key(published.sha256);
        let bucket = || self.files.bucket().to_owned();
        let component = match self.files.read(&key) {
            Fetched::Whole(component) => component,
            Fetched::Missing { reason } => {
                return Err(PluginUnavailable::Vanished {
                    bucket: bucket(),
                    key,
                    reason,
                });
            }
            Fetched::Replaced => return Err(self.unreadable_file(&key, "it is being replaced")),
            Fetched::Unreadable { reason } => return Err(self.unreadable_file(&key, &reason)),
        };
        let found = Sha256::of(&component);
        if found != published.sha256 {
            return Err(PluginUnavailable::Altered {
                bucket: bucket(),
                key,
                found,
            });
        }
        engine
            .load(&component, &self.plugin)
            .map_err(|source| self.unusable(key, source))
    }

    fn unusable(&self, key: String, source: PluginError) -> PluginUnavailable {
        PluginUnavailable::Unusable {
            bucket: self.files.bucket().to_owned(),
            key,
            source,
        }
    }

    pub(super) fn no_engine(&self, source: PluginError) -> PluginUnavailable {
        self.unusable(self.files.upload_key(), source)
    }

    fn unreadable_file(&self, key: &str, reason: &str) -> PluginUnavailable {
        let bucket = self.files.bucket();
        PluginUnavailable::Unreadable {
            reason: format!("`s3://{bucket}/{key}`: {reason}"),
        }
    }
}
