//! Role `catalog`: new files in the lake in, a crawler that runs out.
//!
//! However many files an invocation hears of, the crawler is started once. While it runs, one message waits in the queue as
//! the note that it has to run again, so that no folder is left out that it had passed already.

use std::convert::Infallible;

use sluice_contract::{access::Resource, settings::Settings, variable::Variable};

use super::{Calls, Handler};
use crate::{
    aws::{self, Crawl, Crawler, Session},
    environment::{Environment, Finder},
    events::{BatchAnswer, QueueBatch},
};

/// Lambda's poller makes these with the function's role.
const QUEUE_CALLS: &[(&str, Resource)] = &[
    ("sqs:ReceiveMessage", Resource::CatalogQueue),
    ("sqs:DeleteMessage", Resource::CatalogQueue),
    ("sqs:GetQueueAttributes", Resource::CatalogQueue),
];

/// What the role finds in its environment.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogEnvironment {
    /// What the generator wrote.
    pub settings: Settings,
    /// The name of the crawler.
    pub crawler: String,
}

impl Environment for CatalogEnvironment {
    type Settings = Settings;

    fn find(settings: Settings, finder: &mut Finder) -> Self {
        Self {
            crawler: finder.needed(Variable::Crawler),
            settings,
        }
    }
}

/// The role, ready for invocations.
pub struct Catalog {
    pipeline: String,
    crawler: Crawler,
}

impl Handler for Catalog {
    const CALLS: &'static [Calls] = &[QUEUE_CALLS, aws::crawler::CALLS];

    type Environment = CatalogEnvironment;
    type Event = QueueBatch;
    type Answer = BatchAnswer;
    type Failure = Infallible;

    fn new(environment: CatalogEnvironment, session: Session) -> Self {
        Self {
            pipeline: environment.settings.pipeline.name,
            crawler: Crawler::new(&session, environment.crawler),
        }
    }

    fn handle(&self, batch: QueueBatch, _: &str) -> Result<BatchAnswer, Infallible> {
        let mut answer = BatchAnswer::default();
        let pipeline = &self.pipeline;
        match self.crawler.start() {
            Ok(Crawl::Started) => {
                tracing::info!(pipeline, files = batch.messages.len(), "the crawler runs");
            }
            Ok(Crawl::Busy) => {
                tracing::info!(pipeline, "the crawler runs already, and is started again");
                batch
                    .messages
                    .last()
                    .into_iter()
                    .for_each(|message| answer.fail(message));
            }
            Err(error) => {
                tracing::error!(pipeline, reason = error.to_string(), "attempt failed");
                batch
                    .messages
                    .iter()
                    .for_each(|message| answer.fail(message));
            }
        }
        Ok(answer)
    }
}
