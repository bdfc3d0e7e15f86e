//! What PagerDuty and Slack have been told, in the control table: so that nobody hears the same twice because somebody else
//! could not be told, and so that an incident is closed only where one is open.

use sluice_contract::{
    access::Resource,
    control::{
        EXPIRES_AT, PARTITION_KEY, SORT_KEY,
        notified::{self, AT, INCIDENT, OVER},
    },
    literal,
    stack::Channel,
};

use super::{
    Session,
    attribute::{Stored as _, entry, now_seconds, now_text, text_of},
    expression::{self, Condition},
    refusal::reason,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::NotifiedItems),
    ("dynamodb:PutItem", Resource::NotifiedItems),
    ("dynamodb:DeleteItem", Resource::NotifiedItems),
];

/// How long it is known what was told, and what was over: as long as the queue keeps a message.
const TOLD_SECONDS: i64 = 14 * 24 * 3600;

/// How long an incident may be open until an object that is done no longer closes it.
const OPEN_SECONDS: i64 = 90 * 24 * 3600;

/// The entries. Errors are for people.
#[derive(Debug)]
pub(crate) struct NotifiedTable {
    session: Session,
    table: String,
}

impl NotifiedTable {
    /// In the control table of that name.
    pub(crate) fn new(session: &Session, table: String) -> Self {
        Self {
            session: session.clone(),
            table,
        }
    }

    /// Whether a channel was told what has this id.
    pub(crate) fn was_told(&self, id: &str, channel: Channel) -> Result<bool, String> {
        let at = self.at(notified::told(id), channel.name());
        at.map(|at| at.is_some())
    }

    /// Remembers that it was.
    pub(crate) fn told(&self, id: &str, channel: Channel) -> Result<(), String> {
        self.put(
            notified::told(id),
            channel.name(),
            &now_text(),
            TOLD_SECONDS,
        )
    }

    /// When what an open incident is about happened, if one is open.
    pub(crate) fn opened_at(&self, key: &str) -> Result<Option<String>, String> {
        self.at(notified::incident(key), INCIDENT)
    }

    /// Remembers that an incident is open, about what happened then, or later where that is known; gives when.
    pub(crate) fn open(&self, key: &str, at: &str) -> Result<String, String> {
        self.put_later(key, INCIDENT, at, OPEN_SECONDS)
    }

    /// When what an incident may be about was over last.
    pub(crate) fn over_at(&self, key: &str) -> Result<Option<String>, String> {
        self.at(notified::incident(key), OVER)
    }

    /// Remembers that it was over then, or later where that is known.
    pub(crate) fn over(&self, key: &str, at: &str) -> Result<(), String> {
        self.put_later(key, OVER, at, TOLD_SECONDS).map(drop)
    }

    /// Remembers that none is open any more about what happened then. One about something later stays.
    pub(crate) fn close(&self, key: &str, opened_at: &str) -> Result<(), String> {
        let request = self
            .session
            .dynamodb()
            .delete_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), notified::incident(key).stored())
            .key(SORT_KEY.name(), INCIDENT.stored());
        let request = expression::delete(request, &Condition::is(AT, opened_at));
        match self.session.wait_for(request.send()) {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(failed) if failed.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(self.refused(reason(&error))),
            },
        }
    }

    /// Puts a moment, unless a later one is there; gives the one that is.
    fn put_later(
        &self,
        key: &str,
        sort_key: &str,
        at: &str,
        seconds: i64,
    ) -> Result<String, String> {
        match self.at(notified::incident(key), sort_key)? {
            Some(known) if is_later(&known, at) => Ok(known),
            _ => {
                self.put(notified::incident(key), sort_key, at, seconds)?;
                Ok(at.to_owned())
            }
        }
    }

    fn at(&self, partition_key: String, sort_key: &str) -> Result<Option<String>, String> {
        let request = self
            .session
            .dynamodb()
            .get_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), partition_key.stored())
            .key(SORT_KEY.name(), sort_key.stored())
            .consistent_read(true);
        match self.session.wait_for(request.send()) {
            Ok(answer) => Ok(answer.item.and_then(|item| text_of(&item, AT))),
            Err(error) => Err(self.refused(reason(&error))),
        }
    }

    fn put(
        &self,
        partition_key: String,
        sort_key: &str,
        at: &str,
        seconds: i64,
    ) -> Result<(), String> {
        let item = [
            entry(PARTITION_KEY, partition_key),
            entry(SORT_KEY, sort_key),
            entry(AT, at),
            entry(EXPIRES_AT, now_seconds() + seconds),
        ];
        let request = self.session.dynamodb().put_item().table_name(&self.table);
        let request = request.set_item(Some(item.into_iter().collect()));
        let put = self.session.wait_for(request.send());
        put.map(drop).map_err(|error| self.refused(reason(&error)))
    }

    fn refused(&self, reason: String) -> String {
        format!("control table `{}`: {reason}", self.table)
    }
}

/// Whether one moment is later than another. What is no moment is neither.
pub(crate) fn is_later(one: &str, other: &str) -> bool {
    let micros = |text: &str| literal::timestamp(text.as_bytes());
    matches!((micros(one), micros(other)), (Some(one), Some(other)) if one > other)
}
