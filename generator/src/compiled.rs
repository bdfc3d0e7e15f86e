//! Compiled plugins in the user's own cache folder, so that only the first run of a plugin waits for the compiler.
//!
//! What is in a folder that others can write is not run. Both hashes are checked besides, so that a torn or misplaced file
//! is compiled anew.

use std::path::{Path, PathBuf};

use sluice_contract::Sha256;
use sluice_contract::stack::Plugin;
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion, TrustedCompiled};

use crate::own_folder;
use crate::terminal::say;

/// Components of more bytes, such as those with an interpreter in them, take more than a second or two to compile.
const LARGE: usize = 4 << 20;

/// Loads a component, compiled before where possible.
pub(crate) fn load(
    engine: &PluginEngine,
    component: &[u8],
    plugin: &Plugin,
) -> Result<PluginVersion, PluginError> {
    let sha256 = Sha256::of(component);
    let Some(folder) = own_folder::cache() else {
        return engine.load(component, plugin);
    };
    if let Err(why) = own_folder::make(&folder) {
        say(
            "warning",
            &format!(
                "compiled plugins are not kept in {}: {why}",
                folder.display()
            ),
        );
        return engine.load(component, plugin);
    }
    let path = folder.join(format!("{sha256}-{}.cwasm", engine.fingerprint()));
    if let Some(compiled) = kept(&path, sha256)
        && let Ok(version) = engine.load_compiled(&compiled, plugin)
    {
        return Ok(version);
    }
    if component.len() > LARGE {
        say(
            "note",
            "compiling the plugin for this machine, once for each change; an interpreter takes a while",
        );
    }
    let compiled = engine.compile(component, plugin.wasi)?;
    let version = engine.load_compiled(&compiled, plugin)?;
    // A cache that cannot be written costs time, nothing else.
    let _ = store(&folder, &path, compiled.code()).and_then(|()| {
        store(
            &folder,
            &stamp(&path),
            compiled.sha256().to_string().as_bytes(),
        )
    });
    Ok(version)
}

/// The compiled code of a component in the file at `path`, if it is whole.
fn kept(path: &Path, component: Sha256) -> Option<TrustedCompiled> {
    let code = std::fs::read(path).ok()?;
    let published = std::fs::read_to_string(stamp(path)).ok()?.parse().ok()?;
    #[allow(unsafe_code, reason = "the user's own cache folder is trusted")]
    // SAFETY: both files are written below, together, into a folder in which nobody but the user can write, as was checked.
    let compiled = unsafe { TrustedCompiled::kept(code, published, component) };
    compiled.ok()
}

/// Where the sha256 of a compiled file is kept.
fn stamp(path: &Path) -> PathBuf {
    path.with_extension("sha256")
}

fn store(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = tempfile::NamedTempFile::new_in(folder)?;
    std::fs::write(file.path(), bytes)?;
    file.persist(path)?;
    Ok(())
}
