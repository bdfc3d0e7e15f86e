//! Loads plugins: from a component, which is compiled here, or from code that the `publish` role compiled.
//!
//! One engine serves the process. Its settings and the reasons for them are in `settings.rs`.

use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use sluice_contract::Sha256;
use sluice_contract::stack::Plugin;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use xxhash_rust::xxh3::Xxh3;

use super::bindings::TransformerPre;
use super::compiler::compiled_apart;
use super::error::PluginError;
use super::inspect;
use super::sandbox::{self, Host};
use super::settings::settings;
use super::survey::{World, survey};
use super::ticker::Ticker;
use super::trusted::TrustedCompiled;
use super::version::PluginVersion;
use super::wasi;

/// Compiles and loads plugins. Cheap to clone.
#[derive(Clone)]
pub struct PluginEngine {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    metered: bool,
    linker: Linker<Host>,
    ticker: Arc<Ticker>,
}

impl PluginEngine {
    /// Sets the sandbox up and starts its clock.
    pub fn new() -> Result<PluginEngine, PluginError> {
        PluginEngine::with(false)
    }

    /// The same, but plugins count the WebAssembly instructions that they run: a cost that is the same on every machine,
    /// see [`Transformer::cost`]. It slows them down, and their compiled code is of another kind.
    pub fn metered() -> Result<PluginEngine, PluginError> {
        PluginEngine::with(true)
    }

    fn with(metered: bool) -> Result<PluginEngine, PluginError> {
        let reason = |error: wasmtime::Error| PluginError::Engine {
            reason: format!("{error:#}"),
        };
        let engine = settings(metered)
            .and_then(|settings| Engine::new(&settings))
            .map_err(reason)?;
        let linker = sandbox::linker(&engine).map_err(reason)?;
        let ticker = Ticker::start(&engine).map_err(|error| PluginError::Engine {
            reason: format!("no thread: {error}"),
        })?;
        Ok(PluginEngine {
            shared: Arc::new(Shared {
                engine,
                metered,
                linker,
                ticker: Arc::new(ticker),
            }),
        })
    }

    /// Names what compiled code depends on (wasmtime's version, its settings, the processor) in 16 hexadecimal digits:
    /// engines with the same name load each other's code.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Xxh3::new();
        let engine = &self.shared.engine;
        engine.precompile_compatibility_hash().hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// Compiles a component for processors like this one, to be loaded by
    /// [`load_compiled`](PluginEngine::load_compiled) now or later. The component is checked as
    /// [`load`](PluginEngine::load) checks it, but not run.
    pub fn compile(&self, component: &[u8], wasi: bool) -> Result<TrustedCompiled, PluginError> {
        let compiled = self.compiled(component, wasi)?;
        self.checked(&compiled, wasi)?;
        Ok(compiled)
    }

    /// Loads a component: checks it, compiles it, and lets it describe itself.
    pub fn load(&self, component: &[u8], plugin: &Plugin) -> Result<PluginVersion, PluginError> {
        Ok(self.load_and_compile(component, plugin)?.0)
    }

    /// Loads a component, and gives what was compiled of it too.
    pub(crate) fn load_and_compile(
        &self,
        component: &[u8],
        plugin: &Plugin,
    ) -> Result<(PluginVersion, TrustedCompiled), PluginError> {
        let compiled = self.compiled(component, plugin.wasi)?;
        Ok((self.load_compiled(&compiled, plugin)?, compiled))
    }

    /// Loads what was compiled of a component, without compiling. Fails where another engine compiled it.
    pub fn load_compiled(
        &self,
        compiled: &TrustedCompiled,
        plugin: &Plugin,
    ) -> Result<PluginVersion, PluginError> {
        let (component, contract) = self.checked(compiled, plugin.wasi)?;
        self.link(component, contract, plugin, compiled.of_component())
    }

    /// Compiles what is of the right kind and has the right names, and no more in it than a plugin needs.
    fn compiled(&self, bytes: &[u8], wasi: bool) -> Result<TrustedCompiled, PluginError> {
        inspect::check_file(bytes)?;
        let World { imports, exports } = survey(bytes)?;
        inspect::check_names(&imports, &exports, wasi)?;
        let sha256 = Sha256::of(bytes);
        match compiled_apart(bytes, self.shared.metered) {
            Some(code) => Ok(TrustedCompiled::of_own_process(code?, sha256)),
            None => {
                let compiled = from_binary(&self.shared.engine, bytes);
                let invalid = |reason| PluginError::Invalid { reason };
                TrustedCompiled::of(&compiled.map_err(invalid)?, sha256)
            }
        }
    }

    /// Makes compiled code ready, and says which version of the contract it is made for.
    fn checked(
        &self,
        compiled: &TrustedCompiled,
        wasi: bool,
    ) -> Result<(Component, String), PluginError> {
        let component = compiled.deserialize(&self.shared.engine)?;
        let contract = inspect::check_world(&self.shared.engine, &component, wasi)?;
        Ok((component, contract))
    }

    fn link(
        &self,
        component: Component,
        contract: String,
        plugin: &Plugin,
        sha256: Sha256,
    ) -> Result<PluginVersion, PluginError> {
        let wrong_shape = |error: wasmtime::Error| PluginError::WrongShape {
            reason: format!("{error:#}"),
        };
        let pre = if plugin.wasi {
            let mut linker = self.shared.linker.clone();
            wasi::define_empty(&mut linker, &component).map_err(wrong_shape)?;
            linker.instantiate_pre(&component)
        } else {
            self.shared.linker.instantiate_pre(&component)
        };
        let pre = pre.and_then(TransformerPre::new).map_err(wrong_shape)?;
        PluginVersion::new(
            self.shared.ticker.clone(),
            pre,
            plugin.clone(),
            sha256,
            contract,
        )
    }
}

/// Machine code of a component, made in this process. The error is why it is not valid.
pub(super) fn compile_here(metered: bool, component: &[u8]) -> Result<Vec<u8>, String> {
    let engine = settings(metered).and_then(|settings| Engine::new(&settings));
    let engine = engine.map_err(|error| format!("{error:#}"))?;
    let compiled = from_binary(&engine, component)?;
    compiled.serialize().map_err(|error| format!("{error:#}"))
}

fn from_binary(engine: &Engine, component: &[u8]) -> Result<Component, String> {
    Component::from_binary(engine, component).map_err(|error| error.root_cause().to_string())
}
