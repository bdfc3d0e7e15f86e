//! Why a component may not be used, each reason in one sentence for people. Nothing of a sample record is in it, only
//! where the record is and the codes of what is wrong with it.

use std::fmt;
use std::time::Duration;

use crate::check::SchemaMismatch;
use crate::plugin::PluginError;

/// Why a component may not be used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is no plugin, or one that does not start, describe or configure itself.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// It makes a column of a type that the manifest's field cannot hold.
    #[error(transparent)]
    Schema(#[from] SchemaMismatch),
    /// Its file is too large.
    #[error(
        "component too large: got {bytes} bytes, limit {limit} bytes; build it for release, without debug information"
    )]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The longest that is allowed.
        limit: usize,
    },
    /// Fields that every record needs will never have a value.
    #[error(
        "the plugin makes no column for {}, which the manifest requires; make it in the plugin, or give it a default or \
         `required = false` in the manifest",
        quoted(fields)
    )]
    MissingFields {
        /// Their names.
        fields: Vec<String>,
    },
    /// Sample records make it trap, run out of time or answer wrongly.
    #[error(
        "the plugin fails on {failed} of {records} sample records{}: {}; correct the plugin",
        in_use(*failed_by_current),
        places(first)
    )]
    Fails {
        /// Records that it fails on.
        failed: u64,
        /// Sample records in all.
        records: u64,
        /// Those that the version in use fails on.
        failed_by_current: Option<u64>,
        /// The first of them.
        first: Vec<Place>,
    },
    /// It fails on so many sample records that the trial was given up.
    #[error(
        "the plugin fails on {failed} of the first {seen} records of sample set {set}, at last with `{code}`; correct the \
         plugin"
    )]
    FailsThroughout {
        /// The sample set, from 1.
        set: usize,
        /// Records that it failed on.
        failed: u64,
        /// Records that it was given.
        seen: u64,
        /// The code of the last failure.
        code: &'static str,
    },
    /// It is so slow that an upload would never be dealt with.
    #[error(
        "the plugin took more than {} s for {records} sample records; make it faster",
        limit.as_secs()
    )]
    TooSlow {
        /// Sample records that it was tried on.
        records: u64,
        /// How long it may take.
        limit: Duration,
    },
    /// It rejects many more sample records than the version in use, or all of them.
    #[error(
        "the plugin rejects {rejected} of {records} sample records{}: {}; correct the plugin, or the fields in the \
         manifest",
        in_use_rejects(*rejected_by_current, *tolerated),
        places(first)
    )]
    Rejects {
        /// Records that are rejected with it.
        rejected: u64,
        /// Sample records in all.
        records: u64,
        /// Those that are rejected with the version in use.
        rejected_by_current: Option<u64>,
        /// How many would have been tolerated.
        tolerated: u64,
        /// The first of them.
        first: Vec<Place>,
    },
    /// The same record comes out differently a second time.
    #[error(
        "the plugin's answer to a row depends on what it was given before: record {record} of sample set {set} came out \
         differently {again}; keep nothing from one call to the next, and look at every row by itself"
    )]
    Impure {
        /// The sample set, from 1.
        set: usize,
        /// The record in it, from 1.
        record: usize,
        /// What was different about the second time.
        again: Again,
    },
}

/// A sample record that something is wrong with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The sample set, from 1.
    pub set: usize,
    /// The record in it, from 1.
    pub record: u64,
    /// What is wrong with it.
    pub code: String,
}

/// What was different about the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The same batch went to the same instance.
    SameInstance,
    /// A part of the batch went to a fresh instance.
    FreshInstance,
}

impl Refusal {
    /// What the plugin failed with on a sample set, numbered from 1; without the words of a trap, which may quote the
    /// record.
    pub(super) fn in_set(set: usize, error: PluginError) -> Refusal {
        match error {
            PluginError::TooManyFailures {
                failed, seen, code, ..
            } => Refusal::FailsThroughout {
                set,
                failed,
                seen,
                code,
            },
            error => Refusal::Plugin(error),
        }
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Again::SameInstance => "when the same instance was given the same batch again",
            Again::FreshInstance => "when a fresh instance was given half of the batch",
        })
    }
}

fn quoted(names: &[String]) -> String {
    let fields = if names.len() == 1 { "field" } else { "fields" };
    format!("{fields} `{}`", names.join("`, `"))
}

fn in_use(failed: Option<u64>) -> String {
    failed.map_or_else(String::new, |failed| {
        format!(", and the version in use on {failed}")
    })
}

fn in_use_rejects(rejected: Option<u64>, tolerated: u64) -> String {
    rejected.map_or_else(String::new, |rejected| {
        format!(", and the version in use {rejected} ({tolerated} are tolerated)")
    })
}

/// `code` in record N of sample set M, and so on.
fn places(places: &[Place]) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|Place { set, record, code }| {
            format!("`{code}` in record {record} of sample set {set}")
        })
        .collect();
    places.join(", ")
}
