//! The sinks of one attempt, on AWS.

use std::time::Instant;

use sluice_contract::access::Resource;
use sluice_contract::stack::{Http, HttpAuth, Table};
use sluice_courier::{Authorization, Secret};
use sluice_pipeline::{
    part::Part,
    ports::{SinkError, SourceObject},
    sink::{
        Sink, SinkAdapters,
        http::{Destination, authorities},
    },
};

use super::Ingest;
use crate::aws::{ItemShape, ItemTable};

/// What the sink `http` asks for, beside the secret.
pub(super) const HTTP_CALLS: &[(&str, Resource)] = &[("execute-api:Invoke", Resource::HttpApi)];

/// Opens the sinks of a pipeline for the rows of one part.
pub(super) struct AwsSinks<'a> {
    pub(super) ingest: &'a Ingest,
    pub(super) object: &'a SourceObject,
    pub(super) part: &'a Part,
    /// When the invocation has no time left.
    pub(super) deadline: Instant,
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

    fn http(&mut self, http: &Http) -> Result<Destination, SinkError> {
        let session = &self.ingest.session;
        let url = self.ingest.environment.http_url.clone();
        let url = url.unwrap_or_else(|| http.url.clone());
        let authorization = match &http.auth {
            None => Authorization::None,
            Some(HttpAuth::SigV4) => session.signed(Http::region_of(&url), Http::SIGNED_SERVICE),
            Some(HttpAuth::Header { name, secret }) => {
                let value = session.secret(secret).map_err(|reason| SinkError {
                    target: format!("secret `{secret}`"),
                    action: "be read".to_owned(),
                    reason,
                })?;
                Authorization::Header {
                    name: name.clone(),
                    value: Secret::new(value),
                }
            }
        };
        let authorities = authorities().map_err(|reason| SinkError {
            target: "the API".to_owned(),
            action: "be asked".to_owned(),
            reason,
        })?;
        Ok(Destination {
            url,
            authorization,
            authorities,
            deadline: self.deadline,
        })
    }
}
