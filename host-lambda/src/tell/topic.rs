//! The alerts topic. Who reads it, and what is worth an alert, is not known here.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sluice_contract::access::Resource;

use super::Alert;
use crate::aws::{Session, reason};

pub(crate) const CALLS: &[(&str, Resource)] = &[("sns:Publish", Resource::AlertsTopic)];

/// Alerts that one process sends in a minute, at the most. Two hundred bad objects are no two hundred mails.
const MOST_IN_A_MINUTE: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// Tells people.
#[derive(Debug)]
pub struct AlertsTopic {
    session: Session,
    arn: String,
    pace: Mutex<Pace>,
}

/// How many alerts were sent lately, and how many were not.
#[derive(Debug, Default)]
struct Pace {
    minute: Option<Instant>,
    sent: u32,
    left_out: u64,
}

impl Pace {
    /// Whether one more may be sent, and if so, how many were left out since the last one.
    fn next(&mut self, now: Instant) -> Option<u64> {
        if self
            .minute
            .is_none_or(|minute| now.duration_since(minute) >= MINUTE)
        {
            (self.minute, self.sent) = (Some(now), 0);
        }
        if self.sent == MOST_IN_A_MINUTE {
            self.left_out += 1;
            return None;
        }
        self.sent += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl AlertsTopic {
    /// Publishes to the topic with this ARN.
    pub fn new(session: &Session, arn: String) -> Self {
        Self {
            session: session.clone(),
            arn,
            pace: Mutex::default(),
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
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left_out) = pace.next(Instant::now()) else {
            drop(pace);
            tracing::warn!(
                subject = alert.subject,
                "an alert is left out, because there were so many in the last minute"
            );
            return Ok(());
        };
        drop(pace);
        let mut message = alert.message.clone();
        if left_out > 0 {
            message += &format!(
                "\n{left_out} alerts before this one were left out, because they were so many; the log and the ledger have \
                 what they are about\n"
            );
        }
        let request = self
            .session
            .sns()
            .publish()
            .topic_arn(&self.arn)
            .subject(&alert.subject)
            .message(message);
        let sent = self.session.wait_for(request.send());
        sent.map_err(|error| format!("topic `{}` takes no alert: {}", self.arn, reason(&error)))?;
        tracing::info!(subject = alert.subject, "alert sent");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_alerts_is_cut_and_counted() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let sent = (0..200).filter(|_| pace.next(start).is_some()).count();
        assert_eq!(sent, 20);
        let later = start + MINUTE;
        assert_eq!(pace.next(later), Some(180));
        assert_eq!(pace.next(later), Some(0));
    }
}
