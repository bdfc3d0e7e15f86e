//! The plugin that is in use, loaded again when its file changes. A request has one version from its beginning to its end.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use sluice_contract::stack::Pipeline;
use sluice_manifest::PluginRefusal;
use sluice_pipeline::plugin::{PluginEngine, PluginVersion};

use crate::component;
use crate::failure::Failure;
use crate::loaded;
use crate::terminal::say;

/// What tells one state of a file from another; `None` where there is none.
type Stamp = Option<(SystemTime, u64)>;

/// The plugin of a pipeline.
pub(super) struct CurrentPlugin {
    engine: PluginEngine,
    pipeline: Pipeline,
    folder: PathBuf,
    file: PathBuf,
    version: RwLock<Option<PluginVersion>>,
    /// Of the file that was looked at last, whether or not it could be used. Whoever holds it looks again.
    looked_at: Mutex<Stamp>,
}

impl CurrentPlugin {
    /// Loads it for the first time; also how it refuses its settings, if it does.
    pub(super) fn load(
        engine: &PluginEngine,
        pipeline: &Pipeline,
        folder: &Path,
    ) -> Result<(CurrentPlugin, Option<PluginRefusal>), Failure> {
        let name = pipeline.plugin.as_ref().map(|plugin| plugin.name.as_str());
        let file = folder.join(component::file_name(name.unwrap_or_default()));
        let looked_at = stamp(&file);
        let (version, refusal) = match loaded::load(engine, pipeline, folder)? {
            Some(loaded) => (Some(loaded.version), loaded.refusal),
            None => (None, None),
        };
        let plugin = CurrentPlugin {
            engine: engine.clone(),
            pipeline: pipeline.clone(),
            folder: folder.to_owned(),
            file,
            version: RwLock::new(version),
            looked_at: Mutex::new(looked_at),
        };
        Ok((plugin, refusal))
    }

    /// The version that is in use now. One that cannot be used leaves the one before it in use, and is told once.
    pub(super) fn version(&self) -> Option<PluginVersion> {
        self.pipeline.plugin.as_ref()?;
        // Who comes while another loads goes on with what is there.
        if let Ok(mut looked_at) = self.looked_at.try_lock() {
            let stamp = stamp(&self.file);
            if stamp.is_some() && *looked_at != stamp {
                *looked_at = stamp;
                self.reload();
            }
        }
        let version = self.version.read().unwrap_or_else(PoisonError::into_inner);
        version.clone()
    }

    fn reload(&self) {
        let loaded = match loaded::load(&self.engine, &self.pipeline, &self.folder) {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return,
            Err(failure) => {
                return say(
                    "warning",
                    &format!("{failure}; the version before it stays in use"),
                );
            }
        };
        if loaded.refusal.is_some() {
            let file = self.file.display();
            let message =
                format!("`{file}` refuses its settings; the version before it stays in use");
            return say("warning", &message);
        }
        say("note", &format!("`{}` is in use now", self.file.display()));
        let mut version = self.version.write().unwrap_or_else(PoisonError::into_inner);
        *version = Some(loaded.version);
    }
}

fn stamp(file: &Path) -> Stamp {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
