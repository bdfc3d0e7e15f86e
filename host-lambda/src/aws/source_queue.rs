//! The pipeline's own queue, to which an invocation sends what it leaves of a large object.

use aws_sdk_sqs::Client;
use sluice_contract::access::Resource;
use sluice_pipeline::ports::SinkError;
use tokio::runtime::Handle;

use super::refusal::reason;

pub(crate) const CALLS: &[(&str, Resource)] = &[("sqs:SendMessage", Resource::Queue)];

/// The queue. It must not be used inside an asynchronous task.
#[derive(Debug)]
pub struct SourceQueue {
    runtime: Handle,
    client: Client,
    url: String,
}

impl SourceQueue {
    /// The queue at this URL.
    pub fn new(runtime: Handle, client: Client, url: String) -> Self {
        Self {
            runtime,
            client,
            url,
        }
    }

    /// Sends a message.
    pub fn send(&self, body: &str) -> Result<(), SinkError> {
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body);
        match self.runtime.block_on(request.send()) {
            Ok(_) => Ok(()),
            Err(error) => Err(SinkError {
                target: format!("queue `{}`", self.url),
                action: "take a message".to_owned(),
                reason: reason(&error),
            }),
        }
    }
}
