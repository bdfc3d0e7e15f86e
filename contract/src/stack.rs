//! What a manifest means: every default chosen, every reference resolved, every combination possible.
//!
//! A `Stack` is made by the crate `sluice_manifest` alone, and the programs trust it without another check. The types say what a
//! field may hold; they do not know how it was written in TOML.
//!
//! As JSON, a function's environment has room for little of it. What is not there (`None`, `false`, an empty list) and
//! what nearly everything is (`required`, `dedupe` of one object) is left out. Numbers that were chosen are written, so
//! that a program of another version cannot choose others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod alerts;
mod api;
mod dialect;
mod http;
mod sink;
mod source;

pub use self::alerts::{Alerts, Channel, Notify, Occasion, Route};
pub use self::api::{Api, Auth, Jwt, Throttle};
pub use self::dialect::{Delimiter, Dialect, Header, NotOneCharacter, Quote};
pub use self::http::{Http, HttpAuth};
pub use self::sink::{
    Catalog, Compact, Index, Keeps, Lake, Partition, PartitionTransform, Reupload, Sink, Table, Ttl,
};
pub use self::source::{Encoding, Items, Source, UnknownEncoding, Via};
pub use crate::{fake::Fake, field_type::FieldType, format::Format};

/// A whole project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// The project's name: lower-case letters, digits and hyphens.
    pub project: String,
    /// The stage it is rendered for, such as `dev` or `prod`.
    pub stage: String,
    /// Whether data outlives the stack: deletion protection and `Retain` policies.
    pub protect_data: bool,
    /// Who hears of trouble.
    pub alerts: Alerts,
    /// What the functions run on.
    pub host: Host,
    /// What queries of the lake may cost.
    pub query: Query,
    /// In the order of the manifest. Names and source prefixes do not collide.
    pub pipelines: Vec<Pipeline>,
}

/// A queue hides an event for this many times the function's timeout before it is tried again, as AWS recommends for
/// Lambda with SQS.
pub const VISIBILITY_FACTOR: u32 = 6;

/// The share of the function's timeout after which no object is read or sent any further, so that an attempt that takes too
/// long can still be told from one that died.
pub const WORKING_SHARE: f64 = 0.9;

/// The share of the function's timeout after which a part ends with the batch at hand and the rest is left to another
/// invocation. The time until [`WORKING_SHARE`] is for storing what was read.
pub const READING_SHARE: f64 = 0.6;

/// How long a pipeline's queue and its dead-letter queue keep an event, in seconds: 14 days, the most that SQS can. Both
/// count from the day on which it was first sent.
pub const QUEUE_RETENTION_SECONDS: u32 = 14 * 24 * 3600;

/// What queries of the lake may cost, and how long their results are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Athena ends a query that has read more than this, in GB (1 to 100,000).
    pub scan_limit_gb: u32,
    /// Days (1 to 365).
    pub results_days: u32,
}

/// What the functions run on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// `arm64` or `x86_64`.
    pub architecture: Architecture,
    /// Memory of `ingest`, in MB (128 to 10,240). 1,769 MB are one processor.
    pub memory_mb: u32,
    /// Timeout of `ingest`, in seconds (1 to 900).
    pub timeout_seconds: u32,
    /// Scratch disk of `ingest`, in MB (512 to 10,240): a source object's output is spooled there.
    pub scratch_mb: u32,
    /// How many copies of one pipeline's function work at the same time (2 to 1,000).
    pub max_concurrency: u32,
    /// How long log groups keep their lines, in days. One of the values that CloudWatch Logs accepts.
    pub log_retention_days: u32,
}

impl Host {
    /// How long a pipeline's queue hides an event that is being worked on, in seconds.
    pub fn visibility_seconds(&self) -> u32 {
        VISIBILITY_FACTOR * self.timeout_seconds
    }
}

/// The processor of the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// AWS Graviton, the default.
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
}

/// One kind of record and its way through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// Formats that an object of this pipeline may have. At least one.
    pub formats: Vec<Format>,
    /// Where its objects come from.
    pub source: Source,
    /// What cleans its records, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<Plugin>,
    /// The fields that identify a record; empty where records have no identity. None of them is optional.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The field whose greatest value is the newest version of a key: an integer, timestamp or date that is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_by: Option<String>,
    /// Among which records one of the same version of a key is superfluous.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dedupe: Dedupe,
    /// In the order of the manifest, which is the order of the lake's columns. At least one, names unique.
    pub fields: Vec<Field>,
    /// Where records are stored: at least one, each kind once, in the order of [`Sink`]. As JSON, every sink is a member
    /// with its name.
    #[serde(flatten, with = "sink::members")]
    pub sinks: Vec<Sink>,
    /// How records are taken by HTTP, if they are. With a lake, `ndjson` is one of the formats then, in plain UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// What one record and one object may cost.
    pub limits: Limits,
    /// What happens to records that are refused.
    pub rejects: Rejects,
}

impl Pipeline {
    /// Its table, if it has one.
    pub fn table(&self) -> Option<&Table> {
        self.sinks.iter().find_map(Sink::as_table)
    }

    /// Its lake, if it has one.
    pub fn lake(&self) -> Option<&Lake> {
        self.sinks.iter().find_map(Sink::as_lake)
    }

    /// The API that its records are sent to, if there is one.
    pub fn http(&self) -> Option<&Http> {
        self.sinks.iter().find_map(Sink::as_http)
    }
}

/// Among which records one with the same key, and the same `order_by` where there is one, is superfluous.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dedupe {
    /// Those of one object.
    #[default]
    Object,
    /// Those of all objects of the pipeline.
    All,
}

/// What the settings of a plugin that are tables start with; the table's name follows. Hardly a column is called so.
pub const TABLE_SETTING: &str = "table:";

/// The component that cleans a pipeline's records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// The file's name without its ending: `clean-feedback` is `clean_feedback.wasm` on disk.
    pub name: String,
    /// Handed to `configure`, in the order of the keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// Whether it may import WASI, of which it gets an empty one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wasi: bool,
    /// Records of recent objects that are kept to try new versions on; 0 where none is.
    pub samples: u32,
    /// How old the answer to "is there a new version?" may be, in seconds.
    pub refresh_seconds: u32,
    /// How a new version has to prove itself, if it has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// What one instance may cost.
    pub limits: PluginLimits,
}

/// How a new version of a plugin proves itself, before it is trusted like any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    /// The first objects that it processes.
    pub objects: u32,
    /// The share of their records above which the version before comes back, 0 to 1.
    pub max_rejected: f64,
}

/// What one plugin instance may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginLimits {
    /// Linear memory, in MB.
    pub memory_mb: u32,
    /// Time for one batch, in milliseconds.
    pub batch_timeout_ms: u32,
    /// Output rows of one input row, at the most.
    pub max_rows_per_row: u32,
    /// Output bytes of a batch, as a multiple of its input bytes, at the most. Small batches may have 64 KiB anyway.
    pub max_growth: u32,
}

impl Default for PluginLimits {
    /// Those of a plugin of which the manifest says nothing.
    fn default() -> Self {
        PluginLimits {
            memory_mb: 64,
            batch_timeout_ms: 1000,
            max_rows_per_row: 16,
            max_growth: 8,
        }
    }
}

/// One field of a record, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name in the source, in the plugin's output and in every sink.
    pub name: String,
    /// What its values are.
    #[serde(flatten)]
    pub kind: FieldType,
    /// Whether a record without it is rejected.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub required: bool,
    /// What stands in for a missing value, as text that is valid for `kind`. Then `required` is never violated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What fills a missing value with one that no other record has. Then `required` is never violated, and there is no
    /// `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate: Option<Generate>,
    /// Whether it is personal data: it is tagged in the catalog and never shown in reports.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pii: bool,
    /// What its made-up values are, where the manifest says so. No function is told.
    #[serde(skip)]
    pub fake: Option<Fake>,
}

impl Field {
    /// Whether a stored record may have no value for it.
    pub fn may_be_null(&self) -> bool {
        !self.required && self.default.is_none() && self.generate.is_none()
    }
}

/// How a value is made that a record lacks. It is the same whenever the record is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generate {
    /// A UUID of version 8 (RFC 9562), a hash of where the record comes from.
    Uuid,
}

/// What one record and one object may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest record, in bytes of its source text.
    pub max_record_bytes: u32,
    /// The most columns of an object.
    pub max_columns: u32,
    /// An object that decompresses to more than this many times its size is stopped.
    pub max_expansion: u32,
    /// The most levels of nesting of a JSON record or value, 1 to [`Limits::MOST_DEPTH`].
    #[serde(
        default = "default_max_depth",
        skip_serializing_if = "is_default_max_depth"
    )]
    pub max_depth: u32,
    /// How far behind the arrival of its object the `order_by` of a record may be, where it is a time: one from a far future
    /// would be the newest version of its record for ever.
    #[serde(
        default = "default_max_ahead",
        skip_serializing_if = "is_default_max_ahead"
    )]
    pub max_ahead_hours: u32,
}

impl Limits {
    /// Memory, in MB, that records in work take beyond what any object takes: each of three batches has the text of its longest
    /// record, the window that it is read through, which is twice as long, and its cells before and behind the plugin.
    pub fn record_memory_mb(&self) -> u32 {
        const COPIES: u64 = 6;
        const BATCHES: u64 = 3;
        const IN_ANY_BATCH: u64 = 1 << 20;
        let more = u64::from(self.max_record_bytes).saturating_sub(IN_ANY_BATCH);
        u32::try_from((more * COPIES * BATCHES).div_ceil(1 << 20)).unwrap_or(u32::MAX)
    }

    /// What clocks and time zones may be wrong by.
    pub const DEFAULT_AHEAD_HOURS: u32 = 24;

    /// A hundred years: no bound.
    pub const MOST_AHEAD_HOURS: u32 = 876_000;

    /// The most levels of nesting where nobody says anything else: more than any document that people write, and few enough
    /// for whatever reads it later.
    pub const DEFAULT_DEPTH: u32 = 256;

    /// What most programs that read JSON take at the most.
    pub const MOST_DEPTH: u32 = 1000;
}

fn default_max_ahead() -> u32 {
    Limits::DEFAULT_AHEAD_HOURS
}

fn is_default_max_ahead(hours: &u32) -> bool {
    *hours == default_max_ahead()
}

fn default_max_depth() -> u32 {
    Limits::DEFAULT_DEPTH
}

fn is_default_max_depth(levels: &u32) -> bool {
    *levels == Limits::DEFAULT_DEPTH
}

/// What happens to records that are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejects {
    /// The share of an object's records above which an alert is sent, 0 to 1.
    pub alert_ratio: f64,
    /// The share of an object's records above which the object is refused, 0 to 1; 1 for never.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub fail_ratio: f64,
    /// Objects with fewer records are not refused for that.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub min_rows: u32,
    /// How long rejects are kept, in days.
    pub retention_days: u32,
}

impl Rejects {
    /// Whether an object may be refused because too many of its records are rejected, so that it has to be read before
    /// anything of it is stored.
    pub fn judges(&self) -> bool {
        self.fail_ratio < 1.0
    }

    /// Whether an object is refused of which so many records were read, and so many of these rejected.
    pub fn fails(&self, read: u64, rejected: u64) -> bool {
        self.judges()
            && read >= u64::from(self.min_rows)
            && rejected as f64 > self.fail_ratio * read as f64
    }
}

fn all() -> f64 {
    1.0
}

fn is_all(share: &f64) -> bool {
    *share >= 1.0
}

fn one() -> u32 {
    1
}

fn is_one(number: &u32) -> bool {
    *number == 1
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}
