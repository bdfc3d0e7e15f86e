//! The pipeline's plugin, from `plugins/<pipeline>.wasm` in the artifacts bucket.
//!
//! A new version is live within seconds of its upload: the bucket is asked every few seconds whether the file has
//! changed. A version that cannot be used never replaces one that can.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_sdk_s3::Client;
use sluice_manifest::{access::Resource, stack::Plugin};
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion};
use tokio::runtime::Handle;

use super::refusal::{reason, status};

pub(crate) const CALLS: &[(&str, Resource)] = &[("s3:GetObject", Resource::PluginObject)];

/// How old the answer to "is there a new version?" may be.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// Why there is no plugin to process with.
#[derive(Debug, thiserror::Error)]
pub enum PluginUnavailable {
    /// It was not uploaded.
    #[error(
        "there is no plugin at `s3://{bucket}/{key}` ({reason}); upload it with \
         `aws s3 cp PLUGIN.wasm s3://{bucket}/{key}`"
    )]
    Missing {
        /// The artifacts bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// What S3 said.
        reason: String,
    },
    /// S3 did not hand it out.
    #[error("the plugin at `s3://{bucket}/{key}` cannot be read: {reason}")]
    Unreadable {
        /// The artifacts bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// What S3 said.
        reason: String,
    },
    /// What was uploaded is no usable plugin.
    #[error("the plugin at `s3://{bucket}/{key}` cannot be used: {source}")]
    Unusable {
        /// The artifacts bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// What is wrong with it.
        source: PluginError,
    },
}

/// A plugin to process with.
pub struct CurrentPlugin {
    /// The newest version that can be used.
    pub version: PluginVersion,
    /// Set once for every newer version that cannot be used.
    pub refused: Option<PluginUnavailable>,
}

/// The newest usable version of one plugin. It must not be used inside an asynchronous task.
pub struct PluginStore {
    runtime: Handle,
    client: Client,
    bucket: String,
    key: String,
    plugin: Plugin,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    engine: Option<PluginEngine>,
    usable: Option<PluginVersion>,
    /// Of the version that was looked at last, usable or not.
    etag: Option<String>,
    checked_at: Option<Instant>,
}

/// What the bucket said.
enum Fetched {
    Unchanged,
    New {
        component: Vec<u8>,
        etag: Option<String>,
    },
}

impl PluginStore {
    /// The plugin of a pipeline. Nothing is fetched or compiled before it is asked for.
    pub fn new(
        runtime: Handle,
        client: Client,
        bucket: String,
        pipeline: &str,
        plugin: Plugin,
    ) -> Self {
        let key = format!("plugins/{pipeline}.wasm");
        Self {
            runtime,
            client,
            bucket,
            key,
            plugin,
            state: Mutex::default(),
        }
    }

    /// The version to process the next object with.
    pub fn current(&self) -> Result<CurrentPlugin, PluginUnavailable> {
        // A panic while compiling leaves nothing half-done in here.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = state
            .checked_at
            .is_some_and(|checked_at| checked_at.elapsed() < FRESH_FOR);
        if let (true, Some(version)) = (fresh, &state.usable) {
            return Ok(CurrentPlugin {
                version: version.clone(),
                refused: None,
            });
        }
        // Without a usable version the one that was refused is looked at again: the reason is needed once more.
        let known = state.usable.as_ref().and(state.etag.as_deref());
        let refused = match self.runtime.block_on(self.fetch(known)) {
            Ok(Fetched::Unchanged) => None,
            Ok(Fetched::New { component, etag }) => {
                state.etag = etag;
                self.load(&mut state, &component).err()
            }
            Err(unavailable) => Some(unavailable),
        };
        state.checked_at = Some(Instant::now());
        match (&state.usable, refused) {
            (Some(version), refused) => Ok(CurrentPlugin {
                version: version.clone(),
                refused,
            }),
            (None, Some(refused)) => Err(refused),
            (None, None) => {
                unreachable!("`unchanged` is answered only where there is a usable version")
            }
        }
    }

    /// Makes a component the usable version.
    fn load(&self, state: &mut State, component: &[u8]) -> Result<(), PluginUnavailable> {
        let unusable = |source| PluginUnavailable::Unusable {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            source,
        };
        let engine = match &state.engine {
            Some(engine) => engine.clone(),
            None => state
                .engine
                .insert(PluginEngine::new().map_err(unusable)?)
                .clone(),
        };
        let started = Instant::now();
        let version = engine.load(component, &self.plugin).map_err(unusable)?;
        tracing::info!(
            plugin = %self.plugin.name,
            sha256 = version.sha256(),
            bytes = component.len(),
            milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "plugin loaded"
        );
        state.usable = Some(version);
        Ok(())
    }

    /// Fetches the component, unless it is the version that is known already.
    async fn fetch(&self, known: Option<&str>) -> Result<Fetched, PluginUnavailable> {
        let unreadable = |reason| PluginUnavailable::Unreadable {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            reason,
        };
        let request = self.client.get_object().bucket(&self.bucket).key(&self.key);
        match request
            .set_if_none_match(known.map(str::to_owned))
            .send()
            .await
        {
            Ok(answer) => {
                let etag = answer.e_tag;
                let body = answer
                    .body
                    .collect()
                    .await
                    .map_err(|error| unreadable(error.to_string()))?;
                Ok(Fetched::New {
                    component: body.to_vec(),
                    etag,
                })
            }
            Err(error) => match status(&error) {
                Some(304) => Ok(Fetched::Unchanged),
                // To a role that may not list the bucket, what is not there is forbidden.
                Some(403 | 404) => Err(PluginUnavailable::Missing {
                    bucket: self.bucket.clone(),
                    key: self.key.clone(),
                    reason: reason(&error),
                }),
                _ => Err(unreadable(reason(&error))),
            },
        }
    }
}
