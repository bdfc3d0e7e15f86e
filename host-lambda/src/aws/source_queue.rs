//! The pipeline's own queue, to which an invocation sends what it leaves of a large object, and gives back what failed.

use sluice_contract::access::Resource;
use sluice_pipeline::ports::SinkError;

use super::{Session, refusal::reason};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("sqs:ChangeMessageVisibility", Resource::Queue),
    ("sqs:SendMessage", Resource::Queue),
];

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
        let answer = self.session.wait_for(request.send());
        answer
            .map(|_| ())
            .map_err(|error| self.refused("take a message", reason(&error)))
    }

    /// Hides a message that was received for so many seconds from now on, instead of the queue's own time.
    pub fn hide(&self, receipt_handle: &str, seconds: u32) -> Result<(), SinkError> {
        let request = self
            .session
            .sqs()
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX));
        let answer = self.session.wait_for(request.send());
        answer
            .map(|_| ())
            .map_err(|error| self.refused("give a message back", reason(&error)))
    }

    fn refused(&self, action: &str, reason: String) -> SinkError {
        SinkError {
            target: format!("queue `{}`", self.url),
            action: action.to_owned(),
            reason,
        }
    }
}
