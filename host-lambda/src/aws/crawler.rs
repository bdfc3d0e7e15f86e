//! The crawler of a pipeline's lake.

use serde::Deserialize;
use serde_json::json;
use sluice_contract::access::Resource;
use sluice_pipeline::ports::SinkError;

use super::Session;

pub(crate) const CALLS: &[(&str, Resource)] = &[("glue:StartCrawler", Resource::Crawler)];

/// What Glue says where it runs already.
/// <https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawler.html>
const RUNNING: &str = "CrawlerRunningException";

/// What became of the wish that it run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crawl {
    /// It runs, and will see every file that there is now.
    Started,
    /// It ran already, and may have been in a folder before the newest file was.
    Busy,
}

/// Nothing is in the answer.
#[derive(Debug, Deserialize)]
struct Answer {}

/// A crawler.
#[derive(Debug)]
pub struct Crawler {
    session: Session,
    name: String,
}

impl Crawler {
    /// The crawler of that name.
    pub fn new(session: &Session, name: String) -> Self {
        Self {
            session: session.clone(),
            name,
        }
    }

    /// Lets it run.
    pub fn start(&self) -> Result<Crawl, SinkError> {
        let call = self
            .session
            .glue::<Answer>("AWSGlue.StartCrawler", json!({ "Name": self.name }));
        match self.session.wait_for(call) {
            Ok(Answer {}) => Ok(Crawl::Started),
            Err(reason) if reason.starts_with(RUNNING) => Ok(Crawl::Busy),
            Err(reason) => Err(SinkError {
                target: format!("crawler `{}`", self.name),
                action: "start".to_owned(),
                reason,
            }),
        }
    }
}
