//! The pipeline's own queue, to which an invocation sends what it leaves of a large object.

use sluice_contract::access::Resource;
use sluice_pipeline::ports::SinkError;

use super::{Session, refusal::reason};

pub(crate) const CALLS: &[(&str, Resource)] = &[("sqs:SendMessage", Resource::Queue)];

/// The queue.
#[derive(Debug)]
pub struct SourceQueue {
    session: Session,
    url: String,
}

impl SourceQueue {
    /// The queue at this URL.
    pub fn new(session: &Session, url: String) -> Self {
        Self {
            session: session.clone(),
            url,
        }
    }

    /// Sends a message.
    pub fn send(&self, body: &str) -> Result<(), SinkError> {
        let request = self
            .session
            .sqs()
            .send_message()
            .queue_url(&self.url)
            .message_body(body);
        match self.session.wait_for(request.send()) {
            Ok(_) => Ok(()),
            Err(error) => Err(SinkError {
                target: format!("queue `{}`", self.url),
                action: "take a message".to_owned(),
                reason: reason(&error),
            }),
        }
    }
}
