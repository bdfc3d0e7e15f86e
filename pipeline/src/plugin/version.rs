//! One version of a plugin, loaded: what is known of it, and fresh instances of it.
//!
//! How it was loaded is the engine's affair, and what instances do to rows is that of the
//! [`Transformer`](super::Transformer), which the versions do not know.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sluice_contract::Sha256;
use sluice_contract::stack::{Plugin, PluginLimits};

use super::bindings::TransformerPre;
use super::bindings::sluice::transform::types;
use super::error::PluginError;
use super::idle::Idle;
use super::log_tap::LogBudget;
use super::sandbox::{Budget, Fault, Host, Sandbox};
use super::ticker::Ticker;
use super::{Descriptor, KnownCodes, Mentions, log_tap};
use crate::columns::ColumnField;

/// Time to start and to describe itself. An interpreter brings itself up in this time too.
const START_DEADLINE: Duration = Duration::from_secs(10);
/// Deadlines of a batch that a plugin may lose in one object: with calls that fail, and with instances that are started. The
/// five rows that may run into the deadline cost three each.
const LOST_DEADLINES: u32 = 20;
/// The most that a description or a list of fields may take, in bytes.
const DESCRIPTION_BYTES: usize = 1 << 20;

/// One version of a plugin, ready to be used with any schema. Cheap to clone.
#[derive(Clone)]
pub struct PluginVersion {
    loaded: Arc<Loaded>,
}

struct Loaded {
    ticker: Arc<Ticker>,
    pre: TransformerPre<Host>,
    plugin: Plugin,
    sha256: Sha256,
    contract: String,
    descriptor: Descriptor,
    /// Known when somebody asks.
    mentions: OnceLock<Mentions>,
    /// The same.
    known_codes: OnceLock<Arc<KnownCodes>>,
    idle: Idle,
    log: Arc<LogBudget>,
}

impl PluginVersion {
    /// A component that is linked, whose sha256 is `sha256` and which is made for that version of the contract. It is
    /// heard what it says about itself.
    pub(super) fn new(
        ticker: Arc<Ticker>,
        pre: TransformerPre<Host>,
        plugin: Plugin,
        sha256: Sha256,
        contract: String,
    ) -> Result<PluginVersion, PluginError> {
        let mut loaded = Loaded {
            ticker,
            pre,
            idle: Idle::new(plugin.limits.memory_mb),
            log: Arc::default(),
            plugin,
            sha256,
            contract,
            descriptor: Descriptor::default(),
            mentions: OnceLock::new(),
            known_codes: OnceLock::new(),
        };
        loaded.descriptor = loaded.describe()?;
        Ok(PluginVersion {
            loaded: Arc::new(loaded),
        })
    }

    /// Of the component.
    pub fn sha256(&self) -> Sha256 {
        self.loaded.sha256
    }

    /// The version of the plugin contract that it is made for, such as `1.0.0`.
    pub fn contract(&self) -> &str {
        &self.loaded.contract
    }

    /// What the plugin says about itself.
    pub fn descriptor(&self) -> &Descriptor {
        &self.loaded.descriptor
    }

    /// The names that its settings mention.
    pub(crate) fn mentions(&self) -> &Mentions {
        let config = &self.loaded.plugin.config;
        self.loaded.mentions.get_or_init(|| Mentions::new(config))
    }

    /// The codes of findings that were known before it saw a record.
    pub fn known_codes(&self) -> Arc<KnownCodes> {
        let codes = &self.loaded.known_codes;
        let known = || KnownCodes::new(&self.descriptor().config_schema, self.mentions());
        codes.get_or_init(|| Arc::new(known())).clone()
    }

    /// What the manifest says about it.
    pub fn plugin(&self) -> &Plugin {
        &self.loaded.plugin
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
                ticker: loaded.ticker.clone(),
                pre: loaded.pre.clone(),
                idle: Idle::new(limits.memory_mb),
                log: Arc::default(),
                plugin: Plugin {
                    config,
                    limits,
                    ..loaded.plugin.clone()
                },
                sha256: loaded.sha256,
                contract: loaded.contract.clone(),
                descriptor: loaded.descriptor.clone(),
                mentions: OnceLock::new(),
                known_codes: OnceLock::new(),
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
            Err(types::Failure { code, message }) => {
                let message = log_tap::cut(&message, REFUSAL_BYTES).into();
                Err(match SETTINGS_CODES.contains(&code.as_str()) {
                    true => PluginError::Settings { code, message },
                    false => PluginError::Columns {
                        code: log_tap::cut(&code, 64).into(),
                        message,
                    },
                })
            }
        }
    }

    pub(super) fn ticker(&self) -> &Ticker {
        &self.loaded.ticker
    }

    /// What all its instances may write to the log.
    pub(super) fn log(&self) -> &LogBudget {
        &self.loaded.log
    }

    /// Tells the log how much it has written there about the object that is at its end.
    pub(crate) fn end_of_object(&self) {
        self.log().end();
    }

    /// How long it may take, in one object, to fail and to start.
    pub(crate) fn most_lost(&self) -> Duration {
        let deadline = Duration::from_millis(self.loaded.plugin.limits.batch_timeout_ms.into());
        (deadline * LOST_DEADLINES).max(START_DEADLINE)
    }

    /// Configured instances that wait for work.
    pub(super) fn idle(&self) -> &Idle {
        &self.loaded.idle
    }
}

/// The codes with which a plugin says that its configuration is wrong, whatever the columns are: `docs/plugin-contract.md`.
/// All SDKs use them.
const SETTINGS_CODES: [&str; 2] = ["bad_config", "unknown_config"];
/// Words of a refusal, at the most: ten mistakes.
const REFUSAL_BYTES: usize = 4096;

const START: Budget = Budget {
    deadline: START_DEADLINE,
    returned_bytes: DESCRIPTION_BYTES,
};

impl Loaded {
    fn instance(&self) -> Result<Sandbox, PluginError> {
        let memory_bytes = (self.plugin.limits.memory_mb as usize) << 20;
        Sandbox::new(&self.pre, &self.ticker, memory_bytes, &self.log, START).map_err(|fault| {
            PluginError::Start {
                reason: fault.to_string(),
            }
        })
    }

    fn describe(&self) -> Result<Descriptor, PluginError> {
        let described = self.instance()?.call(&self.ticker, START, |guest, store| {
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
