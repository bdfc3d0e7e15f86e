//! What stands between decoding and the sinks: the plugin, and the checks of the manifest's fields, batch by batch.
//!
//! Whoever gets records and not objects uses this alone. Nothing here knows an object, a sink or a disk:
//!
//! ```no_run
//! # use sluice_contract::stack::{Format, Pipeline};
//! # use sluice_pipeline::{check::Checked, clean::{CleanError, Cleaner}, plugin::PluginVersion};
//! # fn answer(pipeline: &Pipeline, plugin: &PluginVersion, body: Vec<u8>) -> Result<Vec<Checked>, CleanError> {
//! let received_at = 1_780_000_000_000_000;
//! let mut cleaner = Cleaner::new(pipeline, Some(plugin), "a request", received_at);
//! let checked = cleaner.clean_text(Format::Json, body)?;
//! # Ok(checked)
//! # }
//! ```

use std::{
    borrow::Cow,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use sluice_contract::{
    field_type::TypeName,
    stack::{Format, Pipeline},
};

use crate::{
    check::{Checked, Checker, SchemaMismatch, untouched},
    columns::ColumnField,
    decode::{Batch, Decoder, KnownColumn, Refusal},
    generate::Identity,
    plugin::{
        Finding, Origin, PluginError, PluginVersion, Severity, Transformed, Transformer, Words,
    },
    verdict,
    wanted::Wanted,
};

/// Puts batches of records through a plugin and the checks. Used by one thread at a time.
pub struct Cleaner<'a> {
    pipeline: Cow<'a, Pipeline>,
    plugin: Option<Cow<'a, PluginVersion>>,
    origin: Origin,
    identity: Identity,
    known: Vec<KnownColumn>,
    wanted: Wanted,
    /// Made for the columns of the last batches that had rows, the latest last.
    ready: Vec<Ready>,
    /// How many of these are kept.
    most_ready: usize,
    in_plugin: Duration,
    /// Part of that, in which instances were made for other columns.
    configuring: Duration,
}

struct Ready {
    fields: Arc<[ColumnField]>,
    stage: Stage,
    checker: Checker,
}

/// What stands between decoding and the checks.
enum Stage {
    Nothing,
    Plugin(Transformer),
    /// The plugin cannot work with the columns of these records.
    Refusal {
        code: String,
        message: String,
    },
    /// Nothing that the plugin returns for these columns goes anywhere.
    Nowhere(Refusal),
}

/// Why a batch was not cleaned. None of its records is at fault.
#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    /// The plugin failed as a whole.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The plugin and the manifest do not fit.
    #[error(transparent)]
    Schema(#[from] SchemaMismatch),
    /// Nothing is to be stored of an object with these columns.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A reader is at fault.
    #[error("records in memory cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl<'a> Cleaner<'a> {
    /// Cleans records of a pipeline with its plugin, if it has one. `source` is told to the plugin, as is when the
    /// records arrived, in microseconds since 1970-01-01T00:00:00Z.
    pub fn new(
        pipeline: &'a Pipeline,
        plugin: Option<&'a PluginVersion>,
        source: &str,
        received_at: i64,
    ) -> Self {
        let pipeline = Cow::Borrowed(pipeline);
        Self::of(pipeline, plugin.map(Cow::Borrowed), source, received_at)
    }

    fn of(
        pipeline: Cow<'a, Pipeline>,
        plugin: Option<Cow<'a, PluginVersion>>,
        source: &str,
        received_at: i64,
    ) -> Self {
        let by = plugin.as_deref();
        Self {
            origin: Origin {
                pipeline: pipeline.name.clone(),
                source: source.to_owned(),
                first_row: 0,
                received_at,
            },
            identity: Identity::of(&[source]),
            known: known_columns(&pipeline, by),
            wanted: Wanted::new(&pipeline, by),
            ready: Vec::new(),
            most_ready: 1,
            in_plugin: Duration::ZERO,
            configuring: Duration::ZERO,
            pipeline,
            plugin,
        }
    }

    /// What values are made of that records lack. Without this, of the source's name.
    pub fn identify(&mut self, identity: Identity) {
        self.identity = identity;
    }

    /// Turns to records from elsewhere: see [`Self::new`] and [`Self::identify`].
    pub fn turn_to(&mut self, source: &str, received_at: i64, identity: Identity) {
        source.clone_into(&mut self.origin.source);
        (self.origin.received_at, self.identity) = (received_at, identity);
        self.configuring = Duration::ZERO;
    }

    /// Which of a record's members nobody has any use for, by their names. Empty where a plugin may use any.
    pub fn ignored<'n>(&self, names: &[&'n str]) -> Result<Vec<&'n str>, CleanError> {
        if names.iter().all(|name| self.wanted.has(name)) {
            return Ok(Vec::new());
        }
        let columns: Vec<ColumnField> = names.iter().map(|name| ColumnField::text(name)).collect();
        let asked = self.wanted.of(&columns)?;
        let is_ignored = |(_, is_asked): &(&&str, &bool)| asked.is_certain && !**is_asked;
        let names = names.iter().zip(&asked.columns).filter(is_ignored);
        Ok(names.map(|(name, _)| *name).collect())
    }

    /// What became of a batch. Where it has other columns than the one before, the plugin is configured anew.
    pub fn clean(&mut self, mut batch: Batch) -> Result<Checked, CleanError> {
        verdict::break_strangers(&mut batch, &self.wanted)?;
        self.clean_known(batch)
    }

    /// The same for the first batch of an object, by which the whole object may be refused.
    pub(crate) fn clean_first(&mut self, mut batch: Batch) -> Result<Checked, CleanError> {
        let rows = batch.rows;
        let strangers = verdict::break_strangers(&mut batch, &self.wanted)?;
        if rows > 0 && strangers == rows {
            return Err(verdict::of_strangers(&self.wanted, strangers as u64).into());
        }
        let fields = batch.fields.clone();
        let has_rows = batch.rows > 0;
        let checked = self.clean_known(batch)?;
        let nowhere = match self.ready.last() {
            Some(Ready {
                stage: Stage::Nowhere(refusal),
                ..
            }) => Some(refusal),
            _ => None,
        };
        // Where names do not tell, values do.
        let by_chance = has_rows && self.plugin.is_some() && self.wanted.of(&fields)?.by_chance;
        if by_chance && (nowhere.is_some() || verdict::is_all_null(&checked)) {
            return Err(verdict::of_chance(&self.wanted).into());
        }
        if let Some(refusal) = nowhere {
            return Err(refusal.clone().into());
        }
        Ok(checked)
    }

    /// What columns are asked for.
    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn clean_known(&mut self, mut batch: Batch) -> Result<Checked, CleanError> {
        let batch = &mut batch;
        if batch.rows == 0 {
            let checker = Checker::new(&self.pipeline, &[])?;
            let nothing = untouched(&Batch::default());
            return Ok(checker.check(batch, nothing, &self.identity));
        }
        let at = self.ready_for(&batch.fields)?;
        let ready = &mut self.ready[at];
        let transformed = match &mut ready.stage {
            Stage::Nothing => untouched(batch),
            Stage::Refusal { code, message } => {
                all_rejected(batch.rows, code, message, Words::Plugin)
            }
            Stage::Nowhere(Refusal { code, message }) => {
                all_rejected(batch.rows, code, message, Words::Own)
            }
            Stage::Plugin(transformer) => {
                self.origin.first_row = batch.record_number(0);
                let started = Instant::now();
                let transformed =
                    transformer.transform(batch.rows, &batch.columns, &self.origin)?;
                self.in_plugin += started.elapsed();
                transformed
            }
        };
        ready.checker.arrived_at(self.origin.received_at);
        Ok(ready.checker.check(batch, transformed, &self.identity))
    }

    /// Puts what is made for these columns at the end of those that are ready; says where that is.
    fn ready_for(&mut self, fields: &Arc<[ColumnField]>) -> Result<usize, CleanError> {
        let ready = match self.ready.iter().rposition(|ready| ready.fields == *fields) {
            Some(at) => self.ready.remove(at),
            None => {
                // What is given up first can be used again by what comes.
                if self.ready.len() >= self.most_ready {
                    self.ready.remove(0);
                }
                let started = Instant::now();
                let plugin = self.plugin.as_deref();
                let ready = Ready::new(&self.pipeline, plugin, fields.clone())?;
                if let Some(plugin) = plugin {
                    self.in_plugin += started.elapsed();
                    self.configuring += started.elapsed();
                    PluginError::check_lost(self.configuring, plugin)?;
                }
                ready
            }
        };
        self.ready.push(ready);
        Ok(self.ready.len() - 1)
    }

    /// What became of records that are in memory, such as the body of a request, in their order. What is no record at all
    /// is among the rejects, with its reason. Each call is a text of its own, whose records are counted from 0.
    pub fn clean_text(
        &mut self,
        format: Format,
        text: impl Into<Vec<u8>>,
    ) -> Result<Vec<Checked>, CleanError> {
        let mut records = Decoder::of_text(format, &self.pipeline, &self.known, text.into());
        let mut checked = Vec::new();
        while let Some(batch) = records.next_batch()? {
            checked.push(self.clean(batch)?);
        }
        Ok(checked)
    }

    /// Time inside the plugin so far.
    pub fn in_plugin(&self) -> Duration {
        self.in_plugin
    }
}

impl Cleaner<'static> {
    /// One that is used for many texts, such as the requests of a server: it stays ready for several kinds of records, told
    /// apart by which members they have.
    pub fn for_many(pipeline: &Pipeline, plugin: Option<&PluginVersion>) -> Self {
        const KINDS: usize = 8;
        let (pipeline, plugin) = (Cow::Owned(pipeline.clone()), plugin.cloned());
        Self {
            most_ready: KINDS,
            ..Self::of(pipeline, plugin.map(Cow::Owned), "", 0)
        }
    }
}

impl Ready {
    fn new(
        pipeline: &Pipeline,
        plugin: Option<&PluginVersion>,
        fields: Arc<[ColumnField]>,
    ) -> Result<Self, CleanError> {
        let stage = match plugin.map(|plugin| plugin.configure(&fields)) {
            None => Stage::Nothing,
            Some(Ok(transformer)) => Stage::Plugin(transformer),
            Some(Err(PluginError::Columns { code, message })) => Stage::Refusal { code, message },
            Some(Err(error)) => return Err(error.into()),
        };
        let stage = match stage {
            Stage::Plugin(transformer) => {
                match verdict::of_outputs(pipeline, transformer.outputs()) {
                    Some(refusal) => Stage::Nowhere(refusal),
                    None => Stage::Plugin(transformer),
                }
            }
            stage => stage,
        };
        let outputs = match &stage {
            Stage::Nothing => &fields,
            Stage::Plugin(transformer) => transformer.outputs(),
            Stage::Refusal { .. } | Stage::Nowhere(_) => &[],
        };
        let checker = Checker::new(pipeline, outputs)?;
        Ok(Self {
            fields,
            stage,
            checker,
        })
    }
}

/// What records are asked for by name: the manifest's fields and the plugin's inputs. Whether it is JSON, the plugin says
/// of what it reads, and the manifest of everything else.
pub fn known_columns(pipeline: &Pipeline, plugin: Option<&PluginVersion>) -> Vec<KnownColumn> {
    let fields = pipeline.fields.iter().map(|field| KnownColumn {
        name: field.name.clone(),
        json: field.kind.type_name() == TypeName::Json,
        input: false,
    });
    let mut known: Vec<KnownColumn> = fields.collect();
    for input in plugin.iter().flat_map(|plugin| &plugin.descriptor().inputs) {
        let json = input.logical == TypeName::Json.name();
        match known.iter_mut().find(|known| known.name == input.name) {
            Some(field) => (field.json, field.input) = (json, true),
            None => known.push(KnownColumn {
                name: input.name.clone(),
                json,
                input: true,
            }),
        }
    }
    known
}

fn all_rejected(rows: usize, code: &str, message: &str, words: Words) -> Transformed {
    let finding = |row| Finding {
        row,
        column: None,
        severity: Severity::Error,
        code: code.to_owned(),
        message: message.to_owned(),
        words,
    };
    Transformed {
        rows,
        columns: Vec::new(),
        source_rows: None,
        rejected: (0..rows as u32).collect(),
        findings: (0..rows as u32).map(finding).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow_array::{cast::AsArray as _, types::Int64Type};

    use super::*;
    use crate::{
        columns::{Column, Values},
        decode::Raw,
    };

    const MANIFEST: &str = r#"
[project]
name = "people"
[pipeline.people]
source = { prefix = "in/" }
lake = true
[pipeline.people.fields]
id = "text"
age = { type = "integer", required = false, max = 150 }
"#;

    fn pipeline() -> Pipeline {
        let mut stack = sluice_manifest::load(MANIFEST, "manifest.toml", None).unwrap();
        stack.pipelines.remove(0)
    }

    /// Each reject as its number, its code and what is shown of it.
    fn rejects(checked: &Checked) -> Vec<(u64, String, String)> {
        let rejects = checked.rejected.iter().map(|rejected| {
            let code = rejected.findings[0].code.clone();
            let raw = String::from_utf8(rejected.raw.clone()).unwrap();
            (rejected.record, code, raw)
        });
        rejects.collect()
    }

    #[test]
    fn records_in_memory_need_no_object() {
        let pipeline = pipeline();
        let mut cleaner = Cleaner::new(&pipeline, None, "POST /people", 0);
        let body = r#"[{"id": "a", "age": 7}, {"id": "b", "age": 200}, {"age": 1}, 5]"#;
        let checked = cleaner.clean_text(Format::Json, body).unwrap();
        let [checked] = checked.as_slice() else {
            panic!("one batch")
        };
        assert_eq!(checked.read, 4);
        assert_eq!(checked.rows.num_rows(), 1);
        assert_eq!(checked.rows.column(0).as_string::<i32>().value(0), "a");
        let reject = |record, code: &str, raw: &str| (record, code.to_owned(), raw.to_owned());
        assert_eq!(
            rejects(checked),
            [
                reject(1, "too_great", r#"{"id": "b", "age": 200}"#),
                reject(2, "missing", r#"{"age": 1}"#),
                reject(3, "not_an_object", "5"),
            ]
        );
        let one = cleaner
            .clean_text(Format::Json, r#"{"id": "c", "late": 1}"#)
            .unwrap();
        assert_eq!(one[0].rows.num_rows(), 1);
        assert!(cleaner.clean_text(Format::Json, "").unwrap().is_empty());
    }

    /// As a format with types and without text would bring them.
    #[test]
    fn typed_records_stay_typed_and_are_shown_as_json() {
        let pipeline = pipeline();
        let field = |name: &str, logical: &str| ColumnField {
            logical: logical.to_owned(),
            ..ColumnField::text(name)
        };
        let batch = Batch {
            rows: 2,
            fields: Arc::new([
                field("age", "integer"),
                field("id", "text"),
                field("at", "timestamp"),
                field("score", "float"),
            ]),
            columns: vec![
                Column::of_values(Values::Integers(vec![7, 200])),
                Column::of_values(Values::Bytes {
                    offsets: vec![0, 1, 3],
                    data: b"a\"b".to_vec(),
                }),
                Column::of_values(Values::Integers(vec![0, 0])),
                Column {
                    values: Values::Floats(vec![0.5, 0.5]),
                    validity: vec![0b01],
                },
            ],
            raw: Raw::Columns,
            ..Batch::default()
        };
        let checked = Cleaner::new(&pipeline, None, "people.parquet", 0)
            .clean(batch)
            .unwrap();
        assert_eq!(checked.rows.num_rows(), 1);
        assert_eq!(
            checked.rows.column(1).as_primitive::<Int64Type>().value(0),
            7
        );
        assert_eq!(
            rejects(&checked),
            [(
                1,
                "too_great".to_owned(),
                r#"{"age":200,"id":"\"b","at":"1970-01-01T00:00:00.000000Z","score":null}"#
                    .to_owned()
            )]
        );
    }
}
