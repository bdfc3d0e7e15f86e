//! What PagerDuty and Slack have been told, in the control table: so that nobody hears the same twice because somebody else
//! could not be told, and so that an incident is closed only where one is open.

use sluice_contract::{
    access::Resource,
    control::{
        EXPIRES_AT, PARTITION_KEY, SORT_KEY,
        notified::{self, AT, INCIDENT},
    },
    stack::Channel,
};

use super::{
    Session,
    attribute::{Stored as _, entry, now_seconds, now_text, text_of},
    refusal::reason,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::NotifiedItems),
    ("dynamodb:PutItem", Resource::NotifiedItems),
    ("dynamodb:DeleteItem", Resource::NotifiedItems),
];

/// How long it is known what was told: as long as the queue keeps a message.
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

    /// Remembers that an incident is open, about what happened then.
    pub(crate) fn open(&self, key: &str, at: &str) -> Result<(), String> {
        self.put(notified::incident(key), INCIDENT, at, OPEN_SECONDS)
    }

    /// Remembers that none is open any more.
    pub(crate) fn close(&self, key: &str) -> Result<(), String> {
        let request = self
            .session
            .dynamodb()
            .delete_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), notified::incident(key).stored())
            .key(SORT_KEY.name(), INCIDENT.stored());
        let deleted = self.session.wait_for(request.send());
        deleted
            .map(drop)
            .map_err(|error| self.refused(reason(&error)))
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
