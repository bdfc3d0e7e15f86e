//! The ledger in the control table: what became of every version of every source object.
//!
//! What an entry is called and what it holds is said in [`sluice_contract::control::ledger`].
//!
//! A claim is one conditional write, so that of two attempts one gets it. All other writes are bound to the claim: an
//! attempt that lost its lease changes nothing.

mod whole;

pub use self::whole::Settled;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::SdkError,
    operation::update_item::{
        UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder,
    },
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use sluice_contract::{
    Sha256,
    access::Resource,
    control::{
        PARTITION_KEY, SORT_KEY,
        ledger::{
            self, ATTEMPTS, CLAIMED_AT, CLOSED_AT, FIRST_PLUGIN_SHA256, FOUND_STATUS, LEASE_UNTIL,
            LedgerStatus, NEXT, OWNER, PIPELINE, REASON, RECEIVED_AT, REPORT, SEALED, SOURCE,
            STATUS, UNTOLD,
        },
        path::{Path, Text},
    },
    literal,
};
use sluice_pipeline::{
    part::Part,
    ports::{SinkError, SourceObject},
    report::ObjectReport,
};

use super::{
    Session,
    attribute::{Attributes, Stored as _, flag_of, now_micros, now_text, sha256_of, text_of},
    expression::{self, Condition, Update},
    refusal::{is_passing, reason},
    table::new_backoff,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:UpdateItem", Resource::LedgerItems),
    ("dynamodb:Query", Resource::LedgerItems),
];

/// How much longer a claim holds than the function's timeout, in seconds: clocks of two machines differ, and a function
/// does not end at its deadline to the second.
const LEASE_MARGIN_SECONDS: u32 = 10;

/// Names and codes that an entry keeps of a report, of each kind, so that it stays far below 400 KB.
const LONGEST_LIST: usize = 100;

/// The longest reason that an entry keeps, in characters.
const LONGEST_REASON: usize = 2_000;

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The part is the caller's to process.
    Granted {
        /// The plugin version to process it with, if the pipeline has a plugin.
        plugin: Option<Sha256>,
        /// What follows it, if an earlier attempt has handed that over.
        next: Option<Part>,
        /// Whether an earlier attempt may have published files of it.
        sealed: bool,
        /// Whether the attempt before died, perhaps because of this very part.
        taken_over: bool,
        /// What an earlier attempt has left to be told.
        untold: Option<String>,
    },
    /// It was processed already, or refused.
    Done {
        /// What is left to be told of it.
        untold: Option<String>,
    },
    /// Another attempt is at it.
    Busy,
}

/// The entry of one part of an object, for one attempt.
#[derive(Debug)]
pub struct LedgerEntry {
    session: Session,
    table: String,
    object: SourceObject,
    part: Part,
    pipeline: String,
    owner: String,
    lease_seconds: u32,
}

impl LedgerEntry {
    /// `owner` differs from attempt to attempt. `timeout_seconds` is the function's: some seconds after it Lambda has
    /// stopped whoever made a claim, and the claim ends.
    pub fn new(
        session: &Session,
        table: String,
        object: SourceObject,
        part: Part,
        pipeline: String,
        owner: String,
        timeout_seconds: u32,
    ) -> Self {
        Self {
            session: session.clone(),
            table,
            object,
            part,
            pipeline,
            owner,
            lease_seconds: timeout_seconds + LEASE_MARGIN_SECONDS,
        }
    }

    /// Claims the part for processing with this plugin version, or with that of the first attempt.
    pub fn claim(&self, plugin: Option<Sha256>) -> Result<Claim, SinkError> {
        let now = now_micros();
        let seconds = now.div_euclid(1_000_000);
        let received_at = literal::timestamp_text(self.object.received_at);
        let mut claim = Update::new()
            .set_before(FOUND_STATUS, STATUS, LedgerStatus::New)
            .set(STATUS, LedgerStatus::Running)
            .set(OWNER, &self.owner)
            .set(LEASE_UNTIL, seconds + i64::from(self.lease_seconds))
            .set(CLAIMED_AT, literal::timestamp_text(now))
            .set(PIPELINE, &self.pipeline)
            .set(SOURCE, &self.object.uri)
            .set_if_absent(RECEIVED_AT, received_at)
            .add(ATTEMPTS, 1_i64);
        if let Some(sha256) = plugin {
            claim = claim.set_if_absent(FIRST_PLUGIN_SHA256, sha256);
        }
        let request = self
            .update(&claim, &claimable(seconds))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.send(request) {
            Ok(answer) => {
                let entry = answer.attributes.unwrap_or_default();
                let found = status_of(&entry, FOUND_STATUS);
                Ok(granted(&entry, found == Some(LedgerStatus::Running)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => Ok(taken(
                    refusal.item().unwrap_or(&HashMap::new()),
                    &self.owner,
                )),
                _ => Err(self.refused("claim", reason(&error))),
            },
        }
    }

    /// Records that the part ends where `next` begins, which is somebody else's.
    pub fn hand_over(&self, next: &Part) -> Result<(), SinkError> {
        let next = Update::new().set(NEXT, next);
        self.write("hand over the rest of", &next, &self.still_ours())
    }

    /// Records that files of the part are about to be published, and what follows it where that is only known now.
    pub fn seal(&self, next: Option<&Part>) -> Result<(), SinkError> {
        let mut seal = Update::new().set(SEALED, true);
        if let Some(next) = next {
            seal = seal.set(NEXT, next);
        }
        self.write("seal", &seal, &self.still_ours())
    }

    /// Records that a claimed part is done or refused, what follows it, and what has to be told of it.
    pub fn close(
        &self,
        report: &ObjectReport,
        next: Option<&Part>,
        untold: Option<&str>,
    ) -> Result<(), SinkError> {
        let status = if self.part.is_first() && next.is_some() {
            LedgerStatus::Parted
        } else {
            end_of(report)
        };
        let mut close = Update::new()
            .set(STATUS, status)
            .set(CLOSED_AT, now_text())
            .set(REPORT, &abridged(report))
            .remove(LEASE_UNTIL)
            .remove(REASON);
        if let Some(next) = next {
            close = close.set(NEXT, next);
        }
        if let Some(untold) = untold {
            close = close.set(UNTOLD, untold);
        }
        self.write("close", &close, &self.ours_or_ended_by_us())
    }

    /// Records that an attempt failed, and gives the claim up. With `unpin`, which is for a plugin that is to blame, the
    /// next attempt takes the version that is in use then. `untold` is what has to be told of it.
    pub fn fail(&self, reason: &str, unpin: bool, untold: Option<&str>) -> Result<(), SinkError> {
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let mut fail = Update::new()
            .set(STATUS, LedgerStatus::Failed)
            .set(CLOSED_AT, now_text())
            .set(REASON, reason)
            .remove(LEASE_UNTIL);
        if unpin {
            fail = fail.remove(FIRST_PLUGIN_SHA256);
        }
        if let Some(untold) = untold {
            fail = fail.set(UNTOLD, untold);
        }
        self.write("give up", &fail, &self.ours_or_ended_by_us())
    }

    /// Records that everybody was told. What was left to be told since then stays.
    pub fn told(&self, untold: &str) -> Result<(), SinkError> {
        self.told_of(ledger::part(&self.pipeline, self.part.start.record), untold)
    }

    /// The same of the object as a whole.
    pub fn whole_told(&self, untold: &str) -> Result<(), SinkError> {
        self.told_of(ledger::object(&self.pipeline), untold)
    }

    fn told_of(&self, sort_key: String, untold: &str) -> Result<(), SinkError> {
        let told = Update::new().remove(UNTOLD);
        let update = self.update_of(sort_key, &told, &Condition::is(UNTOLD, untold));
        match self.send(update) {
            Ok(_) => Ok(()),
            Err(error) if is_refused_condition(&error) => Ok(()),
            Err(error) => Err(self.refused("strike what was told of", reason(&error))),
        }
    }

    /// Who claims, which differs from attempt to attempt.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Holds as well where the answer to the same update was lost and the SDK asks once more.
    fn still_ours(&self) -> Condition {
        self.ours_or_ended_by_us()
            .and(Condition::is(STATUS, LedgerStatus::Running))
    }

    /// What a closed or failed entry must be, or an update that was made before and is asked for once more.
    fn ours_or_ended_by_us(&self) -> Condition {
        Condition::is(OWNER, &self.owner)
    }

    /// An update of the entry.
    fn update(&self, update: &Update, condition: &Condition) -> UpdateItemFluentBuilder {
        let sort_key = ledger::part(&self.pipeline, self.part.start.record);
        self.update_of(sort_key, update, condition)
    }

    /// An update of one of the object's entries.
    fn update_of(
        &self,
        sort_key: String,
        update: &Update,
        condition: &Condition,
    ) -> UpdateItemFluentBuilder {
        let request = self
            .session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), self.partition_key().stored())
            .key(SORT_KEY.name(), sort_key.stored());
        expression::update(request, update, condition)
    }

    fn partition_key(&self) -> String {
        ledger::partition_key(&self.object.uri, &self.object.version)
    }

    /// Why nothing more may be done with the part.
    fn refused(&self, action: &str, reason: String) -> SinkError {
        SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("{action} `{}`", self.object.uri),
            reason,
        }
    }

    /// Makes an update, again and again while the table is throttled: an object whose entry cannot be written is
    /// processed once more, or by nobody until its lease ends.
    #[allow(clippy::result_large_err, reason = "it is the SDK's")]
    fn send(&self, update: UpdateItemFluentBuilder) -> Result<UpdateItemOutput, UpdateError> {
        self.session.wait_for(async {
            let mut backoff = new_backoff();
            loop {
                match update.clone().send().await {
                    Err(error) if is_passing(&error) && backoff.wait().await => {}
                    answer => return answer,
                }
            }
        })
    }

    /// Makes an update that is bound to the claim.
    fn write(&self, action: &str, update: &Update, condition: &Condition) -> Result<(), SinkError> {
        match self.send(self.update(update, condition)) {
            Ok(_) => Ok(()),
            Err(error) if is_refused_condition(&error) => {
                Err(self.refused(action, "another attempt has taken over".to_owned()))
            }
            Err(error) => Err(self.refused(action, reason(&error))),
        }
    }
}

/// Nobody has it: it is new, its last attempt failed, or the attempt that claimed it is surely dead.
fn claimable(now_seconds: i64) -> Condition {
    let is_dead = Condition::is(STATUS, LedgerStatus::Running)
        .and(Condition::is_less(LEASE_UNTIL, now_seconds));
    Condition::absent(STATUS)
        .or(Condition::is(STATUS, LedgerStatus::Failed))
        .or(is_dead)
}

/// Why an update was not made.
type UpdateError = SdkError<UpdateItemError, HttpResponse>;

fn is_refused_condition(error: &UpdateError) -> bool {
    error
        .as_service_error()
        .is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

/// A report without the tails of its lists.
fn abridged(report: &ObjectReport) -> ObjectReport {
    let mut report = report.clone();
    report.outputs.truncate(LONGEST_LIST);
    report.ignored_columns.truncate(LONGEST_LIST);
    report.missing_columns.truncate(LONGEST_LIST);
    report.nulled_values = (report.nulled_values.into_iter())
        .take(LONGEST_LIST)
        .collect();
    report.findings = report.findings.into_iter().take(LONGEST_LIST).collect();
    report
}

/// What becomes of an object, or of a part of one, that has this report.
fn end_of(report: &ObjectReport) -> LedgerStatus {
    match report.refused {
        Some(_) => LedgerStatus::Refused,
        None => LedgerStatus::Done,
    }
}

/// What an entry says to whoever has claimed it.
fn granted(entry: &Attributes, taken_over: bool) -> Claim {
    Claim::Granted {
        plugin: sha256_of(entry, FIRST_PLUGIN_SHA256),
        next: whole::next_of(entry),
        sealed: flag_of(entry, SEALED),
        taken_over,
        untold: text_of(entry, UNTOLD),
    }
}

/// A status that an entry holds.
fn status_of(entry: &Attributes, path: Path<Text>) -> Option<LedgerStatus> {
    LedgerStatus::of(&text_of(entry, path)?)
}

/// Why a claim was not granted, by the entry that stood against it.
fn taken(entry: &Attributes, owner: &str) -> Claim {
    match status_of(entry, STATUS) {
        Some(LedgerStatus::Done | LedgerStatus::Parted | LedgerStatus::Refused) => Claim::Done {
            untold: text_of(entry, UNTOLD),
        },
        Some(LedgerStatus::New | LedgerStatus::Running | LedgerStatus::Failed) | None => {
            if text_of(entry, OWNER).as_deref() == Some(owner) {
                // The answer to our own claim was lost, or we put it off.
                granted(entry, false)
            } else {
                Claim::Busy
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_claims() {
        fn check(entry: &[(&str, &str)], expected: Claim) {
            let entry = entry
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.stored()))
                .collect();
            assert_eq!(taken(&entry, "us"), expected);
        }
        let sha256 = Sha256::of("a plugin");
        check(
            &[("status", "done"), ("owner", "us")],
            Claim::Done { untold: None },
        );
        check(
            &[("status", "parted"), ("owner", "them")],
            Claim::Done { untold: None },
        );
        check(
            &[("status", "refused"), ("owner", "them")],
            Claim::Done { untold: None },
        );
        check(&[("status", "running"), ("owner", "them")], Claim::Busy);
        check(
            &[("status", "running"), ("owner", "us")],
            Claim::Granted {
                plugin: None,
                next: None,
                sealed: false,
                taken_over: false,
                untold: None,
            },
        );
        check(
            &[
                ("status", "running"),
                ("owner", "us"),
                ("first_plugin_sha256", &sha256.to_string()),
            ],
            Claim::Granted {
                plugin: Some(sha256),
                next: None,
                sealed: false,
                taken_over: false,
                untold: None,
            },
        );
        check(
            &[("status", "done"), ("untold", "{}")],
            Claim::Done {
                untold: Some("{}".to_owned()),
            },
        );
        check(&[], Claim::Busy);
    }
}
