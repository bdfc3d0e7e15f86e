//! The sinks of one attempt, on AWS.

use sluice_contract::stack::Table;
use sluice_pipeline::{
    part::Part,
    ports::{SinkError, SourceObject},
    sink::{Sink, SinkAdapters},
};

use super::Ingest;
use crate::aws::{ItemShape, ItemTable};

/// Opens the sinks of a pipeline for the rows of one part.
pub(super) struct AwsSinks<'a> {
    pub(super) ingest: &'a Ingest,
    pub(super) object: &'a SourceObject,
    pub(super) part: &'a Part,
}

impl SinkAdapters for AwsSinks<'_> {
    fn table(&mut self, table: &Table) -> Result<Box<dyn Sink>, SinkError> {
        let environment = &self.ingest.environment;
        let pipeline = &environment.settings.pipeline;
        // Where a pipeline has a table, the environment names it, or the function had not started.
        let name = environment.table.as_ref().ok_or_else(|| SinkError {
            target: "table".to_owned(),
            action: "be opened".to_owned(),
            reason: "the environment does not name it".to_owned(),
        })?;
        let shape = ItemShape::new(pipeline, table, self.object, self.part);
        let table = ItemTable::new(&self.ingest.session, name.clone(), shape);
        Ok(Box::new(table))
    }
}
