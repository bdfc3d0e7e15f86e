//! The alerts topic. Who reads it, and what is worth an alert, is not known here.

use sluice_contract::access::Resource;

use super::Alert;
use crate::aws::{Session, reason};

pub(crate) const CALLS: &[(&str, Resource)] = &[("sns:Publish", Resource::AlertsTopic)];

/// Tells people.
#[derive(Debug)]
pub struct AlertsTopic {
    session: Session,
    arn: String,
}

impl AlertsTopic {
    /// Publishes to the topic with this ARN.
    pub fn new(session: &Session, arn: String) -> Self {
        Self {
            session: session.clone(),
            arn,
        }
    }

    /// Sends an alert. Where that fails, the log has it: an object is not failed because nobody could be told of it.
    pub fn send(&self, alert: &Alert) {
        let request = self
            .session
            .sns()
            .publish()
            .topic_arn(&self.arn)
            .subject(&alert.subject)
            .message(&alert.message);
        match self.session.wait_for(request.send()) {
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
