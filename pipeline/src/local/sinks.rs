//! The sinks' local twins.

use std::path::PathBuf;

use sluice_contract::stack::{Pipeline, Table};

use crate::{
    ports::{SinkError, SourceObject},
    sink::{Sink, SinkAdapters, table::LocalTable},
};

/// Opens the sinks of a pipeline for the rows of one object.
pub struct LocalSinks<'a> {
    database: PathBuf,
    pipeline: &'a Pipeline,
    object: &'a SourceObject,
}

impl<'a> LocalSinks<'a> {
    /// Tables are in this SQLite database.
    pub fn new(database: PathBuf, pipeline: &'a Pipeline, object: &'a SourceObject) -> Self {
        Self {
            database,
            pipeline,
            object,
        }
    }
}

impl SinkAdapters for LocalSinks<'_> {
    fn table(&mut self, _: &Table) -> Result<Box<dyn Sink>, SinkError> {
        let table = LocalTable::open(&self.database, self.pipeline, self.object)?;
        Ok(Box::new(table))
    }
}
