//! One instance of a plugin and the walls around it: memory, time, what may be handed back, and nothing to import but a
//! log. It says how a call ended, and judges neither rows nor answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Engine, ResourceLimiter, Store, StoreContextMut, Trap};

use super::Severity;
use super::bindings::exports::sluice::transform::plugin::Guest;
use super::bindings::sluice::transform::types;
use super::bindings::{Transformer as Instance, TransformerPre};
use super::inspect;
use super::log_tap::{LogBudget, LogTap, MAX_LINE_BYTES, cut};
use super::ticker::Ticker;

/// Entries of all tables of an instance. A large Rust plugin has a few thousand.
const MAX_TABLE_ELEMENTS: usize = 1 << 20;
/// Core instances, tables and memories inside one component. A Python plugin has about ten.
const MAX_CORE_ITEMS: usize = 64;

/// The host's side of an instance.
pub(super) struct Host {
    memory_limit: usize,
    memory_used: usize,
    memory_refused: Option<usize>,
    table_elements: usize,
    log: LogTap,
    log_budget: Arc<LogBudget>,
}

/// How a call went wrong. The instance is not to be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It trapped; why, in its own words where it left any.
    Trap(String),
    /// It was stopped after this time.
    Timeout(Duration),
    /// What it handed back cannot be read.
    Unreadable(String),
    /// What it handed back is larger than this many bytes.
    TooLarge(usize),
}

/// One instance of a plugin.
pub(super) struct Sandbox {
    store: Store<Host>,
    instance: Instance,
    metered: bool,
}

/// What one call may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Time until it is stopped.
    pub(super) deadline: Duration,
    /// Bytes that the host allocates for what it hands back.
    pub(super) returned_bytes: usize,
}

/// A linker that gives plugins what they may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    let log = format!("sluice:transform/log@{}", inspect::contract());
    linker.instance(&log)?.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, Host>, (severity, line): (types::Severity, WasmStr)| {
            // The line is borrowed from the guest's memory, so that a flood of long lines costs the host no allocation.
            let line = cut(&line.to_str(&store)?, MAX_LINE_BYTES).to_owned();
            let host = store.data_mut();
            host.log.write(&host.log_budget, severity.into(), &line);
            Ok(())
        },
    )?;
    Ok(linker)
}

impl Sandbox {
    /// A fresh instance.
    pub(super) fn new(
        plugin: &TransformerPre<Host>,
        ticker: &Ticker,
        memory_bytes: usize,
        log_budget: &Arc<LogBudget>,
        budget: Budget,
    ) -> Result<Sandbox, Fault> {
        let host = Host {
            memory_limit: memory_bytes,
            memory_used: 0,
            memory_refused: None,
            table_elements: 0,
            log: LogTap::default(),
            log_budget: log_budget.clone(),
        };
        let mut store = Store::new(plugin.engine(), host);
        store.limiter(|host| host);
        store.set_hostcall_fuel(budget.returned_bytes);
        store.set_epoch_deadline(Ticker::ticks(budget.deadline));
        // Where nothing is metered, there is no fuel to be had.
        let metered = store.set_fuel(u64::MAX).is_ok();
        let _running = ticker.run();
        match plugin.instantiate(&mut store) {
            Ok(instance) => Ok(Sandbox {
                store,
                instance,
                metered,
            }),
            Err(error) => Err(fault(&error, store.data(), budget)),
        }
    }

    /// Calls the plugin.
    pub(super) fn call<R>(
        &mut self,
        ticker: &Ticker,
        budget: Budget,
        call: impl FnOnce(&Guest, &mut Store<Host>) -> wasmtime::Result<R>,
    ) -> Result<R, Fault> {
        self.store.set_hostcall_fuel(budget.returned_bytes);
        self.store
            .set_epoch_deadline(Ticker::ticks(budget.deadline));
        let host = self.store.data_mut();
        host.log.begin();
        host.memory_refused = None;
        let result = {
            let _running = ticker.run();
            if self.metered {
                let _ = self.store.set_fuel(u64::MAX);
            }
            call(self.instance.sluice_transform_plugin(), &mut self.store)
        };
        result.map_err(|error| fault(&error, self.store.data(), budget))
    }

    /// Instructions of the last call, in wasmtime's fuel; `None` where they are not counted.
    pub(super) fn fuel(&self) -> Option<u64> {
        let left = self.metered.then(|| self.store.get_fuel().ok()).flatten()?;
        Some(u64::MAX - left)
    }

    /// How much memory it has, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.store.data().memory_used
    }
}

/// Tells what an error of wasmtime's means. The last error line of the log is the plugin's own explanation.
fn fault(error: &wasmtime::Error, host: &Host, budget: Budget) -> Fault {
    let trap = error.downcast_ref::<Trap>();
    match (trap, host.memory_refused) {
        (Some(Trap::Interrupt), _) => Fault::Timeout(budget.deadline),
        // Not only a trap: what has more memory than that from the start does not come up.
        (_, Some(wanted)) => Fault::Trap(format!(
            "out of memory: it asked for {} MB, limit {} MB",
            wanted.div_ceil(1 << 20),
            host.memory_limit >> 20
        )),
        (Some(trap), None) => Fault::Trap(match host.log.last_error() {
            Some(line) => line.to_string(),
            None => trap
                .to_string()
                .trim_start_matches("wasm trap: ")
                .to_string(),
        }),
        // wasmtime has no type for this error. A test of `plugins/evil` knows when the sentence changes.
        (None, None)
            if error
                .root_cause()
                .to_string()
                .contains("fuel allocated for hostcalls") =>
        {
            Fault::TooLarge(budget.returned_bytes)
        }
        (None, None) => Fault::Unreadable(cut(&error.root_cause().to_string(), 512).to_string()),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Trap(reason) => write!(f, "the plugin trapped: {reason}"),
            Fault::Timeout(deadline) => write!(
                f,
                "the plugin did not finish within {} ms",
                deadline.as_millis()
            ),
            Fault::TooLarge(limit) => write!(f, "the plugin's answer has more than {limit} bytes"),
            Fault::Unreadable(reason) => write!(f, "the plugin's answer cannot be read: {reason}"),
        }
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self
            .memory_used
            .saturating_sub(current)
            .saturating_add(desired);
        if used > self.memory_limit {
            self.memory_refused = Some(used);
            return Ok(false);
        }
        self.memory_used = used;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = self
            .table_elements
            .saturating_sub(current)
            .saturating_add(desired);
        if elements > MAX_TABLE_ELEMENTS {
            return Ok(false);
        }
        self.table_elements = elements;
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_CORE_ITEMS
    }

    fn tables(&self) -> usize {
        MAX_CORE_ITEMS
    }

    fn memories(&self) -> usize {
        MAX_CORE_ITEMS
    }
}

impl From<types::Severity> for Severity {
    fn from(severity: types::Severity) -> Severity {
        match severity {
            types::Severity::Info => Severity::Info,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Error => Severity::Error,
        }
    }
}
