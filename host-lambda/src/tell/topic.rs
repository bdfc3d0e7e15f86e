//! The alerts topic. Who reads it, and what is worth an alert, is not known here.

use aws_sdk_sns::Client;
use sluice_contract::access::Resource;
use tokio::runtime::Handle;

use super::Alert;
use crate::aws::reason;

pub(crate) const CALLS: &[(&str, Resource)] = &[("sns:Publish", Resource::AlertsTopic)];

/// Tells people. It must not be used inside an asynchronous task.
#[derive(Debug)]
pub struct AlertsTopic {
    runtime: Handle,
    client: Client,
    arn: String,
}

impl AlertsTopic {
    /// Publishes to the topic with this ARN.
    pub fn new(runtime: Handle, client: Client, arn: String) -> Self {
        Self {
            runtime,
            client,
            arn,
        }
    }

    /// Sends an alert. Where that fails, the log has it: an object is not failed because nobody could be told of it.
    pub fn send(&self, alert: &Alert) {
        let request = self
            .client
            .publish()
            .topic_arn(&self.arn)
            .subject(&alert.subject)
            .message(&alert.message);
        match self.runtime.block_on(request.send()) {
            Ok(_) => tracing::info!(subject = alert.subject, "alert sent"),
            Err(error) => tracing::error!(
                subject = alert.subject,
                message = alert.message,
                reason = reason(&error),
                "an alert could not be sent"
            ),
        }
    }
}
