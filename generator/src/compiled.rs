//! Compiled plugins in the user's own cache folder, so that only the first run of a plugin waits for the compiler.
//!
//! Who can write that folder can run code as the user anyway. Both hashes are checked all the same, so that a torn or
//! misplaced file is compiled anew and never run.

use std::path::PathBuf;

use sluice_contract::Sha256;
use sluice_contract::stack::Plugin;
use sluice_pipeline::plugin::{PluginEngine, PluginError, PluginVersion};

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
    let Some(folder) = cache_folder() else {
        return engine.load(component, plugin);
    };
    let path = folder.join(format!("{sha256}-{}.cwasm", engine.fingerprint()));
    let stamp = path.with_extension("sha256");
    if let (Ok(compiled), Ok(expected)) = (std::fs::read(&path), std::fs::read_to_string(&stamp))
        && let Ok(expected) = expected.parse()
        && let Ok(version) = engine.load_compiled(&compiled, expected, sha256, plugin)
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
    let compiled_sha256 = Sha256::of(&compiled);
    let version = engine.load_compiled(&compiled, compiled_sha256, sha256, plugin)?;
    // A cache that cannot be written costs time, nothing else.
    let _ = store(&folder, &path, &compiled)
        .and_then(|()| store(&folder, &stamp, compiled_sha256.to_string().as_bytes()));
    Ok(version)
}

/// `$XDG_CACHE_HOME/sluice` or `~/.cache/sluice`.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("sluice"))
}

fn store(folder: &PathBuf, path: &PathBuf, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    std::fs::write(file.path(), bytes)?;
    file.persist(path)?;
    Ok(())
}
