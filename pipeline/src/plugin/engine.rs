//! Loads plugins: from a component, which is compiled here, or from code that the `publish` role compiled.
//!
//! One engine serves the process. Its settings and the reasons for them are in `settings.rs`.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use sluice_contract::stack::{Plugin, PluginLimits};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use xxhash_rust::xxh3::Xxh3;

use crate::columns::ColumnField;

use super::bindings::TransformerPre;
use super::bindings::sluice::transform::types;
use super::error::PluginError;
use super::idle::Idle;
use super::inspect;
use super::sandbox::{self, Budget, Fault, Host, Sandbox};
use super::settings::settings;
use super::ticker::Ticker;
use super::transformer::Transformer;
use super::wasi;
use super::{Descriptor, log_tap};

/// Time to start and to describe itself. An interpreter brings itself up in this time too.
const START_DEADLINE: Duration = Duration::from_secs(10);
/// The most that a description or a list of fields may take, in bytes.
const DESCRIPTION_BYTES: usize = 1 << 20;

/// Compiles and loads plugins. Cheap to clone.
#[derive(Clone)]
pub struct PluginEngine {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    linker: Linker<Host>,
    ticker: Ticker,
}

/// One version of a plugin, ready to be used with any schema. Cheap to clone.
#[derive(Clone)]
pub struct PluginVersion {
    loaded: Arc<Loaded>,
}

struct Loaded {
    shared: Arc<Shared>,
    pre: TransformerPre<Host>,
    plugin: Plugin,
    sha256: String,
    contract: String,
    descriptor: Descriptor,
    idle: Idle,
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
                ticker,
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
    /// [`load_compiled`](PluginEngine::load_compiled) later. The component is checked as [`load`](PluginEngine::load)
    /// checks it, but not run.
    pub fn compile(&self, component: &[u8], wasi: bool) -> Result<Vec<u8>, PluginError> {
        let (component, _) = self.component(component, wasi)?;
        serialize(&component)
    }

    /// Loads a component: checks it, compiles it, and lets it describe itself.
    pub fn load(&self, component: &[u8], plugin: &Plugin) -> Result<PluginVersion, PluginError> {
        let sha256 = sha256(component);
        let (component, contract) = self.component(component, plugin.wasi)?;
        self.link(component, contract, plugin, sha256)
    }

    /// Loads a component, and gives what was compiled of it too.
    pub(super) fn load_and_compile(
        &self,
        component: &[u8],
        plugin: &Plugin,
    ) -> Result<(PluginVersion, Vec<u8>), PluginError> {
        let sha256 = sha256(component);
        let (component, contract) = self.component(component, plugin.wasi)?;
        let compiled = serialize(&component)?;
        Ok((self.link(component, contract, plugin, sha256)?, compiled))
    }

    /// Loads what [`compile`](PluginEngine::compile) made of the component whose sha256 is `sha256`, without compiling.
    /// Refuses anything but the bytes whose own sha256 is `compiled_sha256`.
    ///
    /// Compiled code runs outside the sandbox's guarantees, so both hashes must come from a place which nobody can write
    /// but whoever compiled it.
    pub fn load_compiled(
        &self,
        compiled: &[u8],
        compiled_sha256: &str,
        sha256: &str,
        plugin: &Plugin,
    ) -> Result<PluginVersion, PluginError> {
        let found = self::sha256(compiled);
        if found != compiled_sha256 {
            return Err(PluginError::WrongHash {
                expected: compiled_sha256.into(),
                found,
            });
        }
        #[allow(unsafe_code, reason = "the only way to load compiled code")]
        // SAFETY: the bytes must come unchanged from wasmtime's own `serialize`. They have the hash that the caller
        // trusts, which only the role that compiles can have stored; wasmtime itself checks its version and settings.
        let component = unsafe { Component::deserialize(&self.shared.engine, compiled) };
        let component = component.map_err(|error| PluginError::NotCompiled {
            reason: format!("{error:#}"),
        })?;
        let contract = inspect::check_world(&self.shared.engine, &component, plugin.wasi)?;
        self.link(component, contract, plugin, sha256.into())
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
        sha256: String,
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
        let mut loaded = Loaded {
            shared: self.shared.clone(),
            pre,
            plugin: plugin.clone(),
            sha256,
            contract,
            descriptor: Descriptor::default(),
            idle: Idle::new(plugin.limits.memory_mb),
        };
        loaded.descriptor = loaded.describe()?;
        Ok(PluginVersion {
            loaded: Arc::new(loaded),
        })
    }
}

impl PluginVersion {
    /// sha256 of the component, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.loaded.sha256
    }

    /// The version of the plugin contract that it is made for, such as `1.0.0`.
    pub fn contract(&self) -> &str {
        &self.loaded.contract
    }

    /// What the plugin says about itself.
    pub fn descriptor(&self) -> &Descriptor {
        &self.loaded.descriptor
    }

    /// What the manifest says about it.
    pub fn plugin(&self) -> &Plugin {
        &self.loaded.plugin
    }

    /// An instance for rows of this schema; one for each thread. One that did its work before is used again, where there
    /// is one. Fails where the plugin refuses its configuration or these columns.
    pub fn configure(&self, schema: &[ColumnField]) -> Result<Transformer, PluginError> {
        Transformer::new(self.clone(), schema)
    }

    /// The same, but never with an instance that did anything before.
    pub fn configure_fresh(&self, schema: &[ColumnField]) -> Result<Transformer, PluginError> {
        Transformer::fresh(self.clone(), schema)
    }

    /// The same component under another configuration and other limits, without loading it again. Whether it gets WASI
    /// stays as it is.
    pub fn with_settings(
        &self,
        config: BTreeMap<String, String>,
        limits: PluginLimits,
    ) -> PluginVersion {
        let loaded = &self.loaded;
        PluginVersion {
            loaded: Arc::new(Loaded {
                shared: loaded.shared.clone(),
                pre: loaded.pre.clone(),
                idle: Idle::new(limits.memory_mb),
                plugin: Plugin {
                    config,
                    limits,
                    ..loaded.plugin.clone()
                },
                sha256: loaded.sha256.clone(),
                contract: loaded.contract.clone(),
                descriptor: loaded.descriptor.clone(),
            }),
        }
    }

    /// A fresh instance, configured, with the output fields that it promises.
    pub(super) fn start(
        &self,
        schema: &[ColumnField],
    ) -> Result<(Sandbox, Vec<ColumnField>), PluginError> {
        let mut sandbox = self.loaded.instance()?;
        let config: Vec<(&str, &str)> = self
            .loaded
            .plugin
            .config
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let schema: Vec<types::FieldParam<'_>> = schema
            .iter()
            .map(|field| types::FieldParam {
                name: &field.name,
                logical: &field.logical,
                nullable: field.nullable,
            })
            .collect();
        let answer = sandbox
            .call(self.ticker(), START, |guest, store| {
                guest.call_configure(store, &schema, &config)
            })
            .map_err(|fault| match fault {
                Fault::Unreadable(_) | Fault::TooLarge(_) => PluginError::Nonsense {
                    call: "configures itself",
                    reason: fault.to_string(),
                },
                Fault::Trap(_) | Fault::Timeout(_) => PluginError::Start {
                    reason: fault.to_string(),
                },
            })?;
        match answer {
            Ok(fields) => Ok((sandbox, fields.into_iter().map(ColumnField::from).collect())),
            Err(types::Failure { code, message }) => Err(PluginError::Configure {
                code: log_tap::cut(&code, 64).into(),
                message: log_tap::cut(&message, 1024).into(),
            }),
        }
    }

    pub(super) fn ticker(&self) -> &Ticker {
        &self.loaded.shared.ticker
    }

    /// Configured instances that wait for work.
    pub(super) fn idle(&self) -> &Idle {
        &self.loaded.idle
    }
}

const START: Budget = Budget {
    deadline: START_DEADLINE,
    returned_bytes: DESCRIPTION_BYTES,
};

impl Loaded {
    fn instance(&self) -> Result<Sandbox, PluginError> {
        let memory_bytes = (self.plugin.limits.memory_mb as usize) << 20;
        Sandbox::new(&self.pre, &self.shared.ticker, memory_bytes, START).map_err(|fault| {
            PluginError::Start {
                reason: fault.to_string(),
            }
        })
    }

    fn describe(&self) -> Result<Descriptor, PluginError> {
        let described = self
            .instance()?
            .call(&self.shared.ticker, START, |guest, store| {
                guest.call_describe(store)
            });
        match described {
            Ok(descriptor) => Ok(Descriptor {
                name: descriptor.name,
                version: descriptor.version,
                inputs: descriptor
                    .inputs
                    .into_iter()
                    .map(ColumnField::from)
                    .collect(),
                outputs: descriptor
                    .outputs
                    .into_iter()
                    .map(ColumnField::from)
                    .collect(),
                config_schema: descriptor.config_schema,
            }),
            Err(fault @ (Fault::Unreadable(_) | Fault::TooLarge(_))) => {
                Err(PluginError::Nonsense {
                    call: "describes itself",
                    reason: fault.to_string(),
                })
            }
            Err(fault) => Err(PluginError::Start {
                reason: fault.to_string(),
            }),
        }
    }
}

impl From<types::FieldResult> for ColumnField {
    fn from(field: types::FieldResult) -> ColumnField {
        ColumnField {
            name: field.name,
            logical: field.logical,
            nullable: field.nullable,
        }
    }
}

fn serialize(component: &Component) -> Result<Vec<u8>, PluginError> {
    component.serialize().map_err(|error| PluginError::Invalid {
        reason: format!("{error:#}"),
    })
}

/// In lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
