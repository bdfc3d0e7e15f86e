//! Why a plugin cannot be used. What a plugin does to single rows is no error: it is in their findings.

use std::time::Duration;

use sluice_contract::Sha256;

use super::PluginVersion;

/// Why a plugin cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The sandbox itself could not be set up.
    #[error("the plugin sandbox cannot start on this machine: {reason}")]
    Engine {
        /// What wasmtime says.
        reason: String,
    },
    /// The file is something else altogether.
    #[error(
        "not a WebAssembly component: the file has {bytes} bytes and does not start with `\\0asm`; build it with `gen plugin build`"
    )]
    NotWasm {
        /// The file's length.
        bytes: usize,
    },
    /// The file ends too early.
    #[error(
        "the component is truncated: a section at byte {offset} needs {wanted} bytes, and {found} are left; copy it again"
    )]
    Truncated {
        /// Where the section starts.
        offset: usize,
        /// How long it says it is.
        wanted: u64,
        /// How much there is.
        found: usize,
    },
    /// A `.wasm` straight from the compiler.
    #[error(
        "a core WebAssembly module, not a component; build it with `gen plugin build`, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// Machine code where a component is expected.
    #[error("a compiled plugin, not a component; give the `.wasm` file that it was compiled from")]
    Compiled,
    /// The reverse.
    #[error(
        "not a compiled plugin of this version of Sluice for this processor: {reason}; compile its component again"
    )]
    NotCompiled {
        /// What wasmtime says.
        reason: String,
    },
    /// Compiled code is not what it was when it was stored.
    #[error(
        "the compiled plugin has sha256 {found}, and {expected} was expected; publish its component again"
    )]
    WrongHash {
        /// What the caller asked for.
        expected: Sha256,
        /// What the bytes have.
        found: Sha256,
    },
    /// It is a component of some kind, but not a valid one.
    #[error("not a valid component: {reason}; build it again with a current toolchain")]
    Invalid {
        /// What wasmtime says.
        reason: String,
    },
    /// It has more of something than a plugin needs, and would take a compiler too much.
    #[error(
        "too much to compile: it has {found} {what}, limit {limit}; build it for release, and leave out what it does not need"
    )]
    TooMuch {
        /// What it has too much of.
        what: &'static str,
        /// How much of it, or more.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// It took the compiler more than there is.
    #[error(
        "too much to compile: it takes more than {memory_mb} MB or {seconds} seconds of a processor; leave out what it does \
         not need"
    )]
    TooCostly {
        /// The memory that there is, in MB.
        memory_mb: u32,
        /// The time that there is.
        seconds: u32,
    },
    /// It wants more than plugins get.
    #[error(
        "imports `{import}`, and a plugin may import `sluice:transform/log` only; {}",
        import_remedy(import)
    )]
    ForbiddenImport {
        /// The import's whole name.
        import: String,
    },
    /// It is a component for something else.
    #[error(
        "does not export `{wanted}` ({}); build it for the world `sluice:transform/transformer`",
        exports_found(found)
    )]
    MissingExport {
        /// What is needed.
        wanted: String,
        /// What it exports instead.
        found: Vec<String>,
    },
    /// It is built for a later contract.
    #[error(
        "built for version {wanted} of the plugin contract, and this Sluice knows {known}; update Sluice, or build it with the SDK of {known}"
    )]
    NewerContract {
        /// The plugin's version.
        wanted: String,
        /// The newest that the host knows.
        known: String,
    },
    /// An export or import has the right name and the wrong shape.
    #[error(
        "does not fit the plugin contract: {reason}; build it with the WIT of this version of Sluice"
    )]
    WrongShape {
        /// What wasmtime says.
        reason: String,
    },
    /// It does not come up.
    #[error(
        "the plugin does not start: {reason}; correct what it does before its first row, or give it more `memory_mb`"
    )]
    Start {
        /// A trap, a timeout, or what it logged before one.
        reason: String,
    },
    /// Its configuration is wrong, whatever the columns are.
    #[error(
        "the plugin refuses its configuration with `{code}`: {message}; see `config` in the manifest"
    )]
    Settings {
        /// The plugin's own code.
        code: String,
        /// Its own words: a line for each mistake.
        message: String,
    },
    /// It does not take an object's columns.
    #[error(
        "the plugin refuses these columns with `{code}`: {message}; see what its page says of columns, and `config` in the manifest"
    )]
    Columns {
        /// The plugin's own code.
        code: String,
        /// Its own words.
        message: String,
    },
    /// What it says about itself is nonsense.
    #[error("the plugin {call} wrongly: {reason}; correct the plugin")]
    Nonsense {
        /// `describes itself` or `configures itself`.
        call: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// It takes so long to fail and to start again that an object would never come to its end.
    #[error(
        "the plugin took more than {} s of one object to start and to fail; correct what it does before its first row, or \
         the rows that it fails on, then process the object again",
        limit.as_secs()
    )]
    TooSlow {
        /// How long it may.
        limit: Duration,
    },
    /// So many rows make it fail that the plugin must be at fault, not the rows.
    #[error(
        "the plugin failed on {failed} of {seen} rows ({limit} are tolerated), at last with `{code}`; correct the plugin, then process the object again"
    )]
    TooManyFailures {
        /// Rows that made it fail.
        failed: u64,
        /// Rows that it was given.
        seen: u64,
        /// How many it was allowed.
        limit: u64,
        /// The code of the last failure.
        code: &'static str,
        /// The last failure.
        reason: String,
    },
}

impl PluginError {
    /// Whether a plugin has lost more time with one object than it may.
    pub(crate) fn check_lost(lost: Duration, version: &PluginVersion) -> Result<(), PluginError> {
        let limit = version.most_lost();
        match lost > limit {
            true => Err(PluginError::TooSlow { limit }),
            false => Ok(()),
        }
    }

    /// What the plugin said itself, which may be what a record holds: for whoever sees the records, too.
    pub fn words(&self) -> Option<&str> {
        match self {
            PluginError::TooManyFailures { reason, .. } => Some(reason),
            _ => None,
        }
    }
}

fn import_remedy(import: &str) -> &'static str {
    if import.starts_with("wasi:") {
        "build it without WASI (for Rust: the target `wasm32-unknown-unknown`), or set `wasi = true` in the plugin's \
         manifest entry to give it an empty one"
    } else {
        "remove the import"
    }
}

fn exports_found(found: &[String]) -> String {
    const NAMED: usize = 5;
    let named = found[..found.len().min(NAMED)].join("`, `");
    match found.len().saturating_sub(NAMED) {
        _ if found.is_empty() => "it exports nothing".into(),
        0 => format!("it exports `{named}`"),
        more => format!("it exports `{named}`, and {more} more"),
    }
}
