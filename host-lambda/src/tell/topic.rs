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
        if let Err(reason) = self.publish(alert) {
            tracing::error!(
                subject = alert.subject,
                message = alert.message,
                reason,
                "an alert could not be sent"
            );
        }
    }

    /// Sends an alert. The error is for people.
    pub(super) fn publish(&self, alert: &Alert) -> Result<(), String> {
        let request = self
            .session
            .sns()
            .publish()
            .topic_arn(&self.arn)
            .subject(&alert.subject)
            .message(&alert.message);
        let sent = self.session.wait_for(request.send());
        sent.map_err(|error| format!("topic `{}` takes no alert: {}", self.arn, reason(&error)))?;
        tracing::info!(subject = alert.subject, "alert sent");
        Ok(())
    }
}
