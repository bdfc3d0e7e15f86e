//! Loaded versions of a pipeline's plugin: the one in use, and those that retries are bound to.
//!
//! The pointer is asked every few seconds, so that a new version is in use within seconds of its being published. A
//! version that cannot be loaded never replaces one that can, and is told of once.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sluice_contract::{Sha256, stack::Plugin};
use sluice_pipeline::{
    plugin::{PluginEngine, PluginError, PluginVersion},
    ports::SinkError,
};

use super::{
    files::PluginFiles,
    loader::Loader,
    pointer::Pointer,
    registry::{PluginRegistry, PublishedVersion},
    unavailable::PluginUnavailable,
};

/// How many versions stay loaded: the one in use, the one before, and one that a retry is bound to.
const LOADED: usize = 3;

/// A plugin to process with.
pub struct CurrentPlugin {
    /// The newest version that can be used.
    pub version: PluginVersion,
    /// Set where that is not the version that should be used.
    pub unused: Option<UnusedVersion>,
    /// Whether something is left to be told of it: [`PluginStore::tell_left`].
    pub(crate) untold: bool,
}

/// Why the version that should be used is not.
#[derive(Debug)]
pub struct UnusedVersion {
    /// What is wrong.
    pub reason: PluginUnavailable,
    /// Whether people are to be told: it needs them, and nobody has told them before.
    pub tell: bool,
}

/// Loads versions of one plugin.
pub struct PluginStore {
    loader: Loader,
    pub(super) registry: PluginRegistry,
    refresh_every: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    engine: Option<PluginEngine>,
    in_use: Option<PluginVersion>,
    /// The least recently used first.
    loaded: VecDeque<PluginVersion>,
    /// The sha256 and the flip of a version that cannot be loaded, so that it is not tried for every object.
    unloadable: Option<(Sha256, String)>,
    /// The sha256 of the version in use, while it has to prove itself.
    pub(super) on_trial: Option<Sha256>,
    /// When the pointer was asked.
    pub(super) checked_at: Option<Instant>,
    /// Whether something was left to be told of it then.
    untold: bool,
}

impl PluginStore {
    /// The plugin of a pipeline. Nothing is fetched or compiled before it is asked for.
    pub fn new(files: PluginFiles, registry: PluginRegistry, plugin: Plugin) -> Self {
        Self {
            refresh_every: Duration::from_secs(plugin.refresh_seconds.into()),
            loader: Loader { files, plugin },
            registry,
            state: Mutex::default(),
        }
    }

    /// What plugins run in.
    pub fn engine(&self) -> Result<PluginEngine, PluginError> {
        self.state().engine()
    }

    /// The version to process the next object with.
    pub fn current(&self) -> Result<CurrentPlugin, PluginUnavailable> {
        let mut state = self.state();
        let fresh = state
            .checked_at
            .is_some_and(|checked_at| checked_at.elapsed() < self.refresh_every);
        let unused = if fresh && state.in_use.is_some() {
            None
        } else {
            let unused = self.refresh(&mut state);
            state.checked_at = Some(Instant::now());
            unused
        };
        // Once a look at the pointer is enough.
        let untold = std::mem::take(&mut state.untold);
        match (&state.in_use, unused) {
            (Some(version), unused) => Ok(CurrentPlugin {
                version: version.clone(),
                unused,
                untold,
            }),
            (None, Some(unused)) => Err(unused.reason),
            (None, None) => unreachable!("without a version in use there is a reason"),
        }
    }

    /// Any version that was published, such as the one that the first attempt at an object used.
    pub fn version(&self, sha256: Sha256) -> Result<PluginVersion, PluginUnavailable> {
        let mut state = self.state();
        if let Some(version) = state.recall(sha256) {
            return Ok(version);
        }
        let record = self.registry.version(sha256).map_err(unreadable)?;
        let published = record.and_then(|record| record.published).ok_or_else(|| {
            PluginUnavailable::Unknown {
                pipeline: self.registry.pipeline.clone(),
                sha256,
                bucket: self.loader.files.bucket().to_owned(),
                key: self.loader.files.upload_key(),
            }
        })?;
        self.load(&mut state, &published)
    }

    /// Loads a version from the file that was compiled for this engine. `None` where there is none.
    pub fn load_compiled(
        &self,
        published: &PublishedVersion,
    ) -> Result<Option<PluginVersion>, PluginUnavailable> {
        let engine = self
            .state()
            .engine()
            .map_err(|source| self.loader.no_engine(source))?;
        self.loader.compiled(&engine, published)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A panic while compiling leaves nothing half-done in here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the pointer. Afterwards there is a version in use, or a reason why the right one is not.
    fn refresh(&self, state: &mut State) -> Option<UnusedVersion> {
        let untold = |reason| {
            Some(UnusedVersion {
                reason,
                tell: false,
            })
        };
        let pointer = match self.registry.pointer() {
            Ok(Some(pointer)) => pointer,
            Ok(None) => {
                return untold(PluginUnavailable::Missing {
                    bucket: self.loader.files.bucket().to_owned(),
                    key: self.loader.files.upload_key(),
                    reason: "none was published".to_owned(),
                });
            }
            Err(error) => return untold(unreadable(error)),
        };
        let sha256 = pointer.version.sha256;
        let flip = (sha256, pointer.flipped_at.clone());
        state.on_trial = None;
        state.untold = pointer.untold.is_some();
        // Without a usable version the one that cannot be loaded is tried again: the reason is needed once more.
        if state.in_use.is_some() && state.unloadable.as_ref() == Some(&flip) {
            return None;
        }
        let reason = match self.load(state, &pointer.version) {
            Ok(version) => {
                let on_trial = pointer.canary.is_some_and(|canary| canary.left > 0);
                state.on_trial = on_trial.then_some(sha256);
                state.in_use = Some(version);
                state.unloadable = None;
                return None;
            }
            Err(reason) => reason,
        };
        if reason.is_passing() {
            return untold(reason);
        }
        state.unloadable = Some(flip);
        self.fall_back(state, &pointer);
        let first = self
            .registry
            .mark_unloadable(sha256, &pointer.flipped_at, &reason.to_string());
        // Told twice is better than not at all.
        let tell = first.unwrap_or(true);
        Some(UnusedVersion { reason, tell })
    }

    /// Uses the version before, where none is in use.
    fn fall_back(&self, state: &mut State, pointer: &Pointer) {
        let Some(previous) = pointer.previous.filter(|_| state.in_use.is_none()) else {
            return;
        };
        let published = match self.registry.version(previous) {
            Ok(record) => record.and_then(|record| record.published),
            Err(error) => {
                tracing::warn!(reason = error.to_string(), "no version to fall back to");
                return;
            }
        };
        let loaded = published.map(|published| self.load(state, &published));
        match loaded {
            Some(Ok(version)) => state.in_use = Some(version),
            Some(Err(reason)) => tracing::warn!(
                %previous,
                reason = reason.to_string(),
                "the version before cannot be loaded either"
            ),
            None => {}
        }
    }

    /// Loads a version, unless it is loaded.
    fn load(
        &self,
        state: &mut State,
        published: &PublishedVersion,
    ) -> Result<PluginVersion, PluginUnavailable> {
        if let Some(version) = state.recall(published.sha256) {
            return Ok(version);
        }
        let engine = state
            .engine()
            .map_err(|source| self.loader.no_engine(source))?;
        let started = Instant::now();
        let compiled = self.loader.compiled(&engine, published)?;
        let was_compiled = compiled.is_some();
        let version = match compiled {
            Some(version) => version,
            None => self.loader.compile(&engine, published)?,
        };
        tracing::info!(
            plugin = published.name,
            version = published.version,
            plugin_sha256 = %published.sha256,
            was_compiled,
            milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "plugin loaded"
        );
        state.remember(version.clone());
        Ok(version)
    }
}

impl State {
    fn engine(&mut self) -> Result<PluginEngine, PluginError> {
        match &self.engine {
            Some(engine) => Ok(engine.clone()),
            None => Ok(self.engine.insert(PluginEngine::new()?).clone()),
        }
    }

    /// A version that is loaded.
    fn recall(&mut self, sha256: Sha256) -> Option<PluginVersion> {
        let position = self
            .loaded
            .iter()
            .position(|version| version.sha256() == sha256)?;
        let version = self.loaded.remove(position)?;
        self.loaded.push_back(version.clone());
        Some(version)
    }

    fn remember(&mut self, version: PluginVersion) {
        if self.loaded.len() == LOADED {
            self.loaded.pop_front();
        }
        self.loaded.push_back(version);
    }
}

fn unreadable(error: SinkError) -> PluginUnavailable {
    PluginUnavailable::Unreadable {
        reason: error.to_string(),
    }
}
