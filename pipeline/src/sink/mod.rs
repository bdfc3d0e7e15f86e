//! The places where rows are stored: one folder a sink, with what it refuses of a record, its writer, and its twin on a
//! laptop.
//!
//! What tells one from the others is known here and in its folder. Everybody else has a [`Sink`], gives it batches, and
//! lets it account for them: a sink says of every row whether it took it, and nothing is taken for granted. Nothing here
//! knows what a plugin or a check is.

pub mod http;
pub mod lake;
pub mod table;

use std::path::{Path, PathBuf};

use arrow_array::{ArrayRef, RecordBatch};
use sluice_contract::stack::{self, Field, Http, Keeps, Pipeline, Table};

use self::{
    http::{Destination, HttpSink},
    lake::LakeWriter,
};
use crate::{
    ports::{SinkError, SourceObject},
    spool::SpoolError,
};

/// Takes the rows of one part of an object.
///
/// First come all rows, in batches; then each is settled; then the sink is told which of them are superfluous; then it
/// ends. Rows are named by their ordinals, which count the rows of the part that any sink was given.
pub trait Sink: Send {
    /// Takes rows, whose schema is the pipeline's fields in order and whose keys are valid and differ from each other.
    /// May return before they are stored. Row `i` has the ordinal `first_ordinal + i`, and the ordinals of a batch follow
    /// those of the batch before. A row of a batch may have the key of a row in an earlier batch. `records` are the numbers
    /// of their records in the object, from 0, the same in every attempt: one for each row, equal where a record has several.
    fn put(
        &mut self,
        rows: &RecordBatch,
        first_ordinal: u64,
        records: &[u64],
    ) -> Result<(), SinkFailure>;

    /// What it settled since it was last asked. It does not wait for the other rows.
    fn settled(&mut self) -> Settled;

    /// Waits until every row is settled; what it settled since it was last asked.
    fn settle(&mut self) -> Result<Settled, SinkFailure>;

    /// Rows of this part that no sink is to have. One that [keeps all](Keeps::All) takes them out; one that keeps the
    /// newest has left them out or replaced them already. Ordinals ascend, from call to call too.
    fn lose(&mut self, ordinals: &[u64]) -> Result<(), SinkFailure>;

    /// Ends. Nothing that it made is visible before its files are published.
    fn finish(self: Box<Self>) -> Result<Finished, SinkFailure>;
}

/// What a sink says of rows that it was given. Each row is settled once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Settled {
    /// How many rows it has dealt with: stored, or left out.
    pub taken: u64,
    /// Of these, the ordinals of those that it left out because it has a newer version of their key: one with a greater
    /// `order_by`; of equal ones, one of an object that arrived later; and of the same object, one with a lower ordinal.
    /// In any order.
    pub stale: Vec<u64>,
    /// Of these, the rows that were refused where it stores them, in any order. Only of a sink that may
    /// [refuse late](stack::Sink::refuses_late). Their records are rejected, and taken out of every sink that keeps all.
    pub refused: Vec<RefusedRow>,
}

/// A row that was refused where it should have been stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Which row.
    pub ordinal: u64,
    /// A short stable name of the reason.
    pub code: String,
    /// The reason, for people, without record content.
    pub message: String,
}

/// What a sink leaves behind of a part.
#[derive(Debug, Default)]
#[must_use]
pub struct Finished {
    /// How many rows it stored and was not told to lose. A row counts, too, that a later one of the part replaced.
    pub rows: u64,
    /// Files that are to be published.
    pub files: Vec<FinishedFile>,
}

/// A file that is complete.
#[derive(Debug)]
pub struct FinishedFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is to be published as.
    pub name: String,
}

/// Why a sink cannot go on. The object is tried again.
#[derive(Debug, thiserror::Error)]
pub enum SinkFailure {
    /// What it writes to refused.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Scratch disk failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// Opens the sinks that are not the same on AWS and on a laptop: a method for each.
pub trait SinkAdapters {
    /// The pipeline's table, for the rows of the part that is processed.
    fn table(&mut self, table: &Table) -> Result<Box<dyn Sink>, SinkError>;

    /// Where the pipeline's records are sent to.
    fn http(&mut self, http: &Http) -> Result<Destination, SinkError>;
}

/// A sink and what is expected of it.
pub(crate) struct OpenSink<'a> {
    /// As in a manifest.
    pub(crate) name: &'static str,
    pub(crate) keeps: Keeps,
    pub(crate) refuses_late: bool,
    pub(crate) sink: Box<dyn Sink + 'a>,
}

impl<'a> OpenSink<'a> {
    pub(crate) fn new(kind: &stack::Sink, sink: Box<dyn Sink + 'a>) -> Self {
        Self {
            name: kind.name(),
            keeps: kind.keeps(),
            refuses_late: kind.refuses_late(),
            sink,
        }
    }
}

/// Opens all sinks of a pipeline for a part of an object, whose files are made in `scratch`.
pub(crate) fn open(
    pipeline: &Pipeline,
    adapters: &mut dyn SinkAdapters,
    scratch: &Path,
    object: &SourceObject,
) -> Result<Vec<OpenSink<'static>>, SinkFailure> {
    let open = |kind: &stack::Sink| {
        let sink: Box<dyn Sink> = match kind {
            stack::Sink::Table(table) => adapters.table(table)?,
            stack::Sink::Lake(lake) => {
                Box::new(LakeWriter::new(pipeline, lake, scratch, &object.stem)?)
            }
            stack::Sink::Http(http) => {
                let destination = adapters.http(http)?;
                Box::new(HttpSink::open(
                    pipeline,
                    http,
                    destination,
                    object,
                    scratch,
                )?)
            }
        };
        Ok(OpenSink::new(kind, sink))
    };
    pipeline.sinks.iter().map(open).collect()
}

/// A row that a sink cannot store.
pub(crate) struct UnfitRow {
    /// Its place among the rows that were asked about.
    pub(crate) row: u32,
    pub(crate) code: &'static str,
    /// A sentence for people, without record content.
    pub(crate) message: String,
}

/// Finds the rows that a sink cannot store, before any sink has stored one of them. Columns have the types of the fields.
pub(crate) fn refuse(
    kind: &stack::Sink,
    fields: &[Field],
    columns: &[ArrayRef],
    rows: usize,
) -> Vec<UnfitRow> {
    match kind {
        stack::Sink::Table(_) => table::refuse(fields, columns, rows),
        stack::Sink::Lake(lake) => lake::refuse(lake, fields, columns, rows),
        // What an API refuses, only the API knows.
        stack::Sink::Http(_) => Vec::new(),
    }
}
