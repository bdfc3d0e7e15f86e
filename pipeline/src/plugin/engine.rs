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
use super::error::PluginError;
use super::inspect;
use super::sandbox::{self, Host};
use super::settings::settings;
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
        let (compiled, _) = self.component(component, wasi)?;
        TrustedCompiled::of(&compiled, Sha256::of(component))
    }

    /// Loads a component: checks it, compiles it, and lets it describe itself.
    pub fn load(&self, component: &[u8], plugin: &Plugin) -> Result<PluginVersion, PluginError> {
        let (compiled, contract) = self.component(component, plugin.wasi)?;
        self.link(compiled, contract, plugin, Sha256::of(component))
    }

    /// Loads a component, and gives what was compiled of it too.
    pub(crate) fn load_and_compile(
        &self,
        component: &[u8],
        plugin: &Plugin,
    ) -> Result<(PluginVersion, TrustedCompiled), PluginError> {
        let sha256 = Sha256::of(component);
        let (component, contract) = self.component(component, plugin.wasi)?;
        let compiled = TrustedCompiled::of(&component, sha256)?;
        Ok((self.link(component, contract, plugin, sha256)?, compiled))
    }

    /// Loads what was compiled of a component, without compiling. Fails where another engine compiled it.
    pub fn load_compiled(
        &self,
        compiled: &TrustedCompiled,
        plugin: &Plugin,
    ) -> Result<PluginVersion, PluginError> {
        let component = compiled.deserialize(&self.shared.engine)?;
        let contract = inspect::check_world(&self.shared.engine, &component, plugin.wasi)?;
        self.link(component, contract, plugin, compiled.of_component())
    }

    /// Checks and compiles; says which version of the contract the component is made for.
    fn component(&self, bytes: &[u8], wasi: bool) -> Result<(Component, String), PluginError> {
        inspect::check_file(bytes)?;
        let component = Component::from_binary(&self.shared.engine, bytes).map_err(|error| {
            PluginError::Invalid {
                reason: error.root_cause().to_string(),
            }
        })?;
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
