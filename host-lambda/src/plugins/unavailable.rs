//! Why there is no plugin to process with, and what to do about it.

use sluice_contract::Sha256;
use sluice_pipeline::plugin::PluginError;

/// Why there is no plugin to process with.
#[derive(Debug, thiserror::Error)]
pub enum PluginUnavailable {
    /// None was published.
    #[error(
        "there is no plugin at `s3://{bucket}/{key}` ({reason}); upload it with \
         `aws s3 cp PLUGIN.wasm s3://{bucket}/{key}`"
    )]
    Missing {
        /// The artifacts bucket.
        bucket: String,
        /// Where it belongs.
        key: String,
        /// How that is known.
        reason: String,
    },
    /// A version is asked for that nobody knows.
    #[error(
        "version {sha256} of plugin `{pipeline}` was never published; upload it to `s3://{bucket}/{key}`, and then the \
         version that is to be used"
    )]
    Unknown {
        /// The pipeline that it belongs to.
        pipeline: String,
        /// Of the component.
        sha256: Sha256,
        /// The artifacts bucket.
        bucket: String,
        /// Where plugins are uploaded.
        key: String,
    },
    /// AWS does not answer as it should. It passes by itself.
    #[error("the plugin cannot be read: {reason}")]
    Unreadable {
        /// What AWS said.
        reason: String,
    },
    /// A component that was published has vanished.
    #[error(
        "the published plugin `s3://{bucket}/{key}` is not there ({reason}); upload the plugin again"
    )]
    Vanished {
        /// The artifacts bucket.
        bucket: String,
        /// Where it was.
        key: String,
        /// What S3 said.
        reason: String,
    },
    /// A component that was published is not what it was.
    #[error(
        "the published plugin `s3://{bucket}/{key}` has sha256 {found}; upload the plugin again, and find out who changed it"
    )]
    Altered {
        /// The artifacts bucket.
        bucket: String,
        /// Where it is.
        key: String,
        /// Of what is there.
        found: Sha256,
    },
    /// What was published is no usable plugin.
    #[error("the plugin at `s3://{bucket}/{key}` cannot be used: {source}")]
    Unusable {
        /// The artifacts bucket.
        bucket: String,
        /// Where it is.
        key: String,
        /// What is wrong with it.
        source: PluginError,
    },
}

impl PluginUnavailable {
    /// Whether it may be all right a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}
