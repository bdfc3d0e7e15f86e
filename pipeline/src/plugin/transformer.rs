//! Runs batches through an instance of a plugin, and finds the rows that make it fail.
//!
//! A batch that fails is halved on fresh instances until single rows are left: `k` bad rows among `n` cost about
//! `2 k log2 n` calls, and every other row gets its answer. The plugin is pure, so answers for parts are answers for the
//! whole.

use std::ops::Range;
use std::time::{Duration, Instant};

use sluice_contract::field_type::{Carrier, TypeName};

use crate::columns::{Column, ColumnField, Values};

use super::bindings::sluice::transform::types;
use super::error::PluginError;
use super::log_tap::cut;
use super::logical::check_fields;
use super::merge::{Part, merge};
use super::sandbox::{Budget, Fault, Sandbox};
use super::untrusted::{Asked, BadOutput, UntrustedOutput, max_findings};
use super::version::PluginVersion;
use super::{Finding, Origin, OutColumn, Severity, Transformed, Words};

/// Output bytes that any batch may have, however small its input.
const FREE_OUTPUT_BYTES: u64 = 64 << 10;
/// What the host allocates for one answer, at the most, whatever the limits of the plugin add up to. An honest answer to
/// a batch of a megabyte is far below it; a hostile one could name the same bytes of its memory in thousands of columns.
const MAX_RETURNED_BYTES: u64 = 256 << 20;
/// What the answers for the parts of a batch may take together. Each part may have [`FREE_OUTPUT_BYTES`].
const MAX_PARTS_BYTES: u64 = 128 << 20;
/// Failed rows of an object that are tolerated anyway, and then one in so many.
const TOLERATED_FAILURES: (u64, u64) = (1_000, 100);
/// Rows of an object that may run into the deadline: each costs about three times the deadline.
const TOLERATED_TIMEOUTS: u64 = 5;

/// The code of a row that makes the plugin trap.
const TRAP: &str = "plugin_trap";
/// The code of a row on which the plugin runs out of time.
pub(super) const TIMEOUT: &str = "plugin_timeout";
/// The code of a row that is answered wrongly.
const BAD_OUTPUT: &str = "plugin_output";
/// The code of a row that the plugin itself fails on.
const FAILURE: &str = "plugin_failure";

/// Whether `code` is that of a row that made its plugin fail.
pub(crate) fn is_failure(code: &str) -> bool {
    [TRAP, TIMEOUT, BAD_OUTPUT, FAILURE].contains(&code)
}

/// A configured instance of a plugin. It is used by one thread at a time, object after object.
pub struct Transformer {
    version: PluginVersion,
    schema: Vec<ColumnField>,
    outputs: Vec<ColumnField>,
    typed_outputs: Vec<(ColumnField, TypeName)>,
    /// `None` after a failure, until the next batch needs one.
    sandbox: Option<Sandbox>,
    tally: Tally,
}

/// What a batch cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// WebAssembly instructions, in wasmtime's fuel, where the engine is [metered](super::PluginEngine::metered).
    pub fuel: Option<u64>,
    /// Memory of the instance in bytes: WebAssembly's grows and never shrinks, so this is the peak too.
    pub memory_bytes: usize,
}

/// Why a call gave no answer.
enum Failure {
    Fault(Fault),
    /// The plugin's own `failure`.
    Refused {
        code: String,
        message: String,
    },
    Output(BadOutput),
}

/// Failures of one object.
#[derive(Debug, Default)]
struct Tally {
    source: String,
    seen: u64,
    failed: u64,
    timeouts: u64,
    /// Time that calls which failed have taken, and instances that were started in their place.
    lost: Duration,
}

impl PluginVersion {
    /// An instance for rows of this schema; one for each thread. One that did its work before is used again, where there
    /// is one. Fails where the plugin refuses its configuration or these columns.
    pub fn configure(&self, schema: &[ColumnField]) -> Result<Transformer, PluginError> {
        let idle = self.idle().take(schema);
        let started = idle.map_or_else(|| self.start(schema), Ok)?;
        Transformer::new(self.clone(), schema, started)
    }

    /// The same, but never with an instance that did anything before.
    pub fn configure_fresh(&self, schema: &[ColumnField]) -> Result<Transformer, PluginError> {
        Transformer::new(self.clone(), schema, self.start(schema)?)
    }
}

impl Transformer {
    fn new(
        version: PluginVersion,
        schema: &[ColumnField],
        (sandbox, outputs): (Sandbox, Vec<ColumnField>),
    ) -> Result<Transformer, PluginError> {
        let typed_outputs = check_outputs(schema, &outputs)?;
        Ok(Transformer {
            version,
            schema: schema.to_vec(),
            outputs,
            typed_outputs,
            sandbox: Some(sandbox),
            tally: Tally::default(),
        })
    }

    /// The fields that [`transform`](Transformer::transform) returns.
    pub fn outputs(&self) -> &[ColumnField] {
        &self.outputs
    }

    /// The same, with their types read.
    pub(super) fn typed_outputs(&self) -> &[(ColumnField, TypeName)] {
        &self.typed_outputs
    }

    /// What the last batch cost, and the instance that it ran on; `None` where a row made the instance fail.
    pub fn cost(&self) -> Option<Cost> {
        let sandbox = self.sandbox.as_ref()?;
        Some(Cost {
            fuel: sandbox.fuel(),
            memory_bytes: sandbox.memory_bytes(),
        })
    }

    /// Cleans a batch: one column for each field of the schema, `rows` rows each, text valid UTF-8.
    ///
    /// Rows that make the plugin trap, run into its deadline, fail or answer wrongly are rejected, each with a finding
    /// of severity error: `plugin_trap`, `plugin_timeout`, `plugin_failure` or `plugin_output`. Where more than 1,000
    /// rows of an object and one in a hundred do so, or more than five run into the deadline, the plugin is at fault:
    /// [`PluginError::TooManyFailures`], which fails the object. Objects are told apart by `origin.source`.
    pub fn transform(
        &mut self,
        rows: usize,
        columns: &[Column],
        origin: &Origin,
    ) -> Result<Transformed, PluginError> {
        assert_eq!(
            columns.len(),
            self.schema.len(),
            "a batch has one column for each field of the schema"
        );
        if rows == 0 {
            return Ok(self.nothing());
        }
        self.tally.begin(&origin.source, rows);
        self.version.log().turn_to(&origin.source);
        let deadline = self.deadline();
        match self.attempt(rows, columns, origin, deadline)? {
            Ok(transformed) => Ok(transformed),
            Err(failure) => self.isolate(rows, columns, origin, failure),
        }
    }

    fn deadline(&self) -> Duration {
        Duration::from_millis(u64::from(self.version.plugin().limits.batch_timeout_ms))
    }

    /// The answer to a batch without rows.
    fn nothing(&self) -> Transformed {
        let column = |logical: &TypeName| match logical.carrier() {
            Carrier::Integers => Values::Integers(Vec::new()),
            Carrier::Floats => Values::Floats(Vec::new()),
            Carrier::Booleans => Values::Booleans(Vec::new()),
            Carrier::Bytes => Values::no_bytes(),
        };
        let columns = self.typed_outputs.iter().map(|(_, logical)| {
            OutColumn::Replace(Column {
                values: column(logical),
                validity: Vec::new(),
            })
        });
        Transformed {
            rows: 0,
            columns: columns.collect(),
            source_rows: None,
            rejected: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// One call. A failed call costs the instance. The outer error means that no instance can be had.
    fn attempt(
        &mut self,
        rows: usize,
        columns: &[Column],
        origin: &Origin,
        deadline: Duration,
    ) -> Result<Result<Transformed, Failure>, PluginError> {
        let started = Instant::now();
        let mut sandbox = match self.sandbox.take() {
            Some(sandbox) => sandbox,
            None => {
                let sandbox = self.restart()?;
                self.tally.lose(started.elapsed(), &self.version)?;
                sandbox
            }
        };
        let started = Instant::now();
        let limits = &self.version.plugin().limits;
        let input_bytes: u64 = columns.iter().map(|column| column.values.size()).sum();
        let asked = Asked {
            rows,
            columns,
            outputs: &self.typed_outputs,
            max_rows_per_row: limits.max_rows_per_row,
            max_bytes: input_bytes
                .saturating_mul(u64::from(limits.max_growth))
                .max(FREE_OUTPUT_BYTES),
        };
        let budget = Budget {
            deadline,
            returned_bytes: returned_bytes(&asked),
        };
        let batch: Vec<types::ColumnParam<'_>> = columns.iter().map(lend).collect();
        let batch = types::Batch {
            rows: rows as u32,
            columns: &batch,
        };
        let origin = types::Origin {
            pipeline: &origin.pipeline,
            source: &origin.source,
            first_row: origin.first_row,
            received_at: origin.received_at,
        };
        let answer = sandbox.call(self.version.ticker(), budget, |guest, store| {
            guest.call_transform(store, batch, origin)
        });
        let result = match answer {
            Err(fault) => Err(Failure::Fault(fault)),
            Ok(Err(types::Failure { code, message })) => Err(Failure::Refused { code, message }),
            Ok(Ok(output)) => UntrustedOutput(output)
                .check(&asked)
                .map_err(Failure::Output),
        };
        match result.is_ok() {
            true => self.sandbox = Some(sandbox),
            false => self.tally.lose(started.elapsed(), &self.version)?,
        }
        Ok(result)
    }

    /// A fresh instance, which must promise the same output as the first.
    fn restart(&self) -> Result<Sandbox, PluginError> {
        let (sandbox, outputs) = self.version.start(&self.schema)?;
        if outputs != self.outputs {
            let reason = "a second instance promises other fields than the first".to_string();
            return Err(PluginError::Nonsense {
                call: "configures itself",
                reason,
            });
        }
        Ok(sandbox)
    }

    /// Halves a failed batch until the rows that fail alone are found, and joins the answers for all the others.
    fn isolate(
        &mut self,
        rows: usize,
        columns: &[Column],
        origin: &Origin,
        failure: Failure,
    ) -> Result<Transformed, PluginError> {
        let mut parts = Vec::new();
        let mut room = MAX_PARTS_BYTES;
        let mut failed = vec![(0..rows, failure)];
        while let Some((range, failure)) = failed.pop() {
            if range.len() == 1 {
                let row = range.start as u32;
                parts.push(Part {
                    rows: range,
                    result: Err(self.tally.guilty(row, &failure)?),
                });
                continue;
            }
            let middle = range.start + range.len() / 2;
            for half in [middle..range.end, range.start..middle] {
                match self.attempt_part(rows, columns, origin, half.clone())? {
                    Ok(transformed) => {
                        let part = Part {
                            rows: half,
                            result: Ok(transformed),
                        };
                        match room.checked_sub(part.bytes(columns)) {
                            Some(left) => {
                                room = left;
                                parts.push(part);
                            }
                            None => failed.push((part.rows, Failure::too_much_in_all())),
                        }
                    }
                    Err(failure) => failed.push((half, failure)),
                }
            }
        }
        Ok(merge(parts, columns, &self.typed_outputs))
    }

    /// One call with some rows of a batch. A part has a part of the time, so that a row that never ends does not cost the
    /// whole deadline again on every level; but no row is rejected for it that did not get the whole.
    fn attempt_part(
        &mut self,
        rows: usize,
        columns: &[Column],
        origin: &Origin,
        part: Range<usize>,
    ) -> Result<Result<Transformed, Failure>, PluginError> {
        let whole = self.deadline();
        let share = match part.len() {
            1 => whole,
            length => whole.mul_f64(length as f64 / rows as f64).max(whole / 32),
        };
        let columns: Vec<Column> = columns
            .iter()
            .map(|column| column.slice(part.clone()))
            .collect();
        let origin = Origin {
            first_row: origin.first_row + part.start as u64,
            ..origin.clone()
        };
        self.attempt(part.len(), &columns, &origin, share)
    }
}

impl Drop for Transformer {
    /// An instance that did not fail may work again.
    fn drop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            let (schema, outputs) = (
                std::mem::take(&mut self.schema),
                std::mem::take(&mut self.outputs),
            );
            self.version.idle().give_back(schema, outputs, sandbox);
        }
    }
}

impl Tally {
    fn begin(&mut self, source: &str, rows: usize) {
        if self.source != source {
            *self = Tally {
                source: source.into(),
                ..Tally::default()
            };
        }
        self.seen += rows as u64;
    }

    /// Counts time that brought nothing, of which an object has only so much.
    fn lose(&mut self, time: Duration, version: &PluginVersion) -> Result<(), PluginError> {
        self.lost += time;
        PluginError::check_lost(self.lost, version)
    }

    /// Counts a row that fails alone, and says why it is rejected; or that there were too many.
    fn guilty(&mut self, row: u32, failure: &Failure) -> Result<Finding, PluginError> {
        let (code, message) = failure.explain();
        self.failed += 1;
        self.timeouts += u64::from(code == TIMEOUT);
        let tolerated = TOLERATED_FAILURES.0.max(self.seen / TOLERATED_FAILURES.1);
        let (failed, limit) = if self.timeouts > TOLERATED_TIMEOUTS {
            (self.timeouts, TOLERATED_TIMEOUTS)
        } else {
            (self.failed, tolerated)
        };
        if failed > limit {
            return Err(PluginError::TooManyFailures {
                failed,
                seen: self.seen,
                limit,
                code,
                reason: message,
            });
        }
        Ok(Finding {
            row,
            column: None,
            severity: Severity::Error,
            code: code.into(),
            message,
            words: Words::Quoting,
        })
    }
}

impl Failure {
    fn too_much_in_all() -> Failure {
        let limit = MAX_PARTS_BYTES;
        Failure::Output(BadOutput::TooMuchInAll { limit })
    }

    /// The code and the message of the finding that rejects a row for it.
    fn explain(&self) -> (&'static str, String) {
        match self {
            Failure::Fault(fault @ Fault::Trap(_)) => (TRAP, fault.to_string()),
            Failure::Fault(fault @ Fault::Timeout(_)) => (TIMEOUT, fault.to_string()),
            Failure::Fault(fault @ (Fault::Unreadable(_) | Fault::TooLarge(_))) => {
                (BAD_OUTPUT, fault.to_string())
            }
            Failure::Refused { code, message } => (
                FAILURE,
                format!(
                    "the plugin failed with `{}`: {}",
                    cut(code, 64),
                    cut(message, 1024)
                ),
            ),
            Failure::Output(bad) => (BAD_OUTPUT, format!("the plugin returned {bad}")),
        }
    }
}

/// Borrows a column for the call.
fn lend(column: &Column) -> types::ColumnParam<'_> {
    types::ColumnParam {
        values: match &column.values {
            Values::Bytes { offsets, data } => {
                types::ValuesParam::Bytes(types::BytesColumnParam { offsets, data })
            }
            Values::Integers(values) => types::ValuesParam::Integers(values),
            Values::Floats(values) => types::ValuesParam::Floats(values),
            Values::Booleans(values) => types::ValuesParam::Booleans(values),
        },
        validity: &column.validity,
    }
}

/// What the host may have to allocate for a good answer: values, offsets or validity of every column, source rows,
/// rejected rows and findings, and some air.
fn returned_bytes(asked: &Asked<'_>) -> usize {
    let a_row = 9 * asked.outputs.len() as u64 + 8;
    let findings = max_findings(asked.rows) as u64 * 1_200;
    let bytes = asked
        .max_rows()
        .saturating_mul(a_row)
        .saturating_add(asked.max_bytes)
        .saturating_add(findings)
        .saturating_add(64 << 10);
    bytes.min(MAX_RETURNED_BYTES) as usize
}

/// Checks the fields that a plugin promises. Of records without any member it need not make one.
fn check_outputs(
    schema: &[ColumnField],
    outputs: &[ColumnField],
) -> Result<Vec<(ColumnField, TypeName)>, PluginError> {
    let typed = if outputs.is_empty() && !schema.is_empty() {
        Err("it promises no column".to_string())
    } else {
        check_fields("promises", outputs)
    };
    typed.map_err(|reason| PluginError::Nonsense {
        call: "configures itself",
        reason,
    })
}
