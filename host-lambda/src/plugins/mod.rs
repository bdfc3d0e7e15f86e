//! A pipeline's plugin between its upload and its use: files in the artifacts bucket, entries in the control table, and
//! the versions that are loaded.
//!
//! [`PluginFiles`] and [`SampleFiles`] know bytes, [`PluginRegistry`] knows which of them are in use, and [`PluginStore`]
//! loads them. Only the role `publish` writes files that are run, and none of these decides whether a plugin is good.

pub(crate) mod alert;
pub(crate) mod event;
pub(crate) mod files;
mod loader;
mod pointer;
pub(crate) mod registry;
pub(crate) mod samples;
mod store;
mod trial;
mod unavailable;
mod untold;
mod versions;

pub use files::{Fetched, PluginFiles};
pub use pointer::{CanaryCount, Flip, Pointer};
pub use registry::{PluginRegistry, PublishedVersion};
pub use samples::SampleFiles;
pub use store::{CurrentPlugin, PluginStore, UnusedVersion};
pub use trial::{FailedTrial, Trial};
pub use unavailable::PluginUnavailable;
pub use versions::{UploadedBytes, VersionRecord};

pub(crate) use versions::shortened;
