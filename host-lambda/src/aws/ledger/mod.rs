//! The ledger in the control table: what became of every version of every source object.
//!
//! What an entry is called and what it holds is said in [`sluice_contract::control::ledger`].
//!
//! A claim is one conditional write, so that of two attempts one gets it. All other writes are bound to the claim: an
//! attempt that lost its lease changes nothing.

mod whole;

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::SdkError,
    operation::update_item::{
        UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder,
    },
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use sluice_contract::{
    Sha256,
    access::Resource,
    control::{
        PARTITION_KEY, SORT_KEY,
        ledger::{self, LedgerStatus},
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
    document::document,
    refusal::{is_passing, reason},
    table::new_backoff,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:UpdateItem", Resource::ControlTable),
    ("dynamodb:Query", Resource::ControlTable),
];

/// Nobody has it: it is new, its last attempt failed, or the attempt that claimed it is surely dead.
const CLAIMABLE: &str = "attribute_not_exists(#status) OR #status = :failed \
    OR (#status = :running AND lease_until < :now)";

const CLAIM: &str = "SET found_status = if_not_exists(#status, :new), #status = :running, #owner = :owner, \
    lease_until = :lease_until, claimed_at = :claimed_at, pipeline = :pipeline, #source = :source, received_at = if_not_exists(received_at, :received_at)";

/// Holds as well where the answer to the same update was lost and the SDK asks once more.
const STILL_OURS: &str = "#owner = :owner AND #status = :running";

/// What a closed or failed entry must be, or an update that was made before and is asked for once more.
const OURS_OR_ENDED_BY_US: &str = "#owner = :owner";

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
    },
    /// It was processed already.
    Done,
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
        let mut set = CLAIM.to_owned();
        let mut update = self.update();
        if let Some(sha256) = plugin {
            set.push_str(", first_plugin_sha256 = if_not_exists(first_plugin_sha256, :plugin)");
            update = update.expression_attribute_values(":plugin", text(sha256.to_string()));
        }
        let update = update
            .condition_expression(CLAIMABLE)
            .update_expression(format!("{set} ADD attempts :one"))
            .expression_attribute_names("#source", "source")
            .expression_attribute_values(":failed", status_value(LedgerStatus::Failed))
            .expression_attribute_values(":new", status_value(LedgerStatus::New))
            .expression_attribute_values(":now", number(seconds))
            .expression_attribute_values(
                ":lease_until",
                number(seconds + i64::from(self.lease_seconds)),
            )
            .expression_attribute_values(":claimed_at", text(literal::timestamp_text(now)))
            .expression_attribute_values(":pipeline", text(&self.pipeline))
            .expression_attribute_values(":source", text(&self.object.uri))
            .expression_attribute_values(
                ":received_at",
                text(literal::timestamp_text(self.object.received_at)),
            )
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":running", status_value(LedgerStatus::Running))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.send(update) {
            Ok(answer) => {
                let entry = answer.attributes.unwrap_or_default();
                Ok(granted(
                    &entry,
                    status_of(&entry, ledger::FOUND_STATUS) == Some(LedgerStatus::Running),
                ))
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
        let update = self
            .update()
            .update_expression("SET #next = :next")
            .condition_expression(STILL_OURS)
            .expression_attribute_names("#next", "next")
            .expression_attribute_values(":running", status_value(LedgerStatus::Running))
            .expression_attribute_values(":next", part_document(next));
        self.write("hand over the rest of", update)
    }

    /// Records that files of the part are about to be published, and what follows it where that is only known now.
    pub fn seal(&self, next: Option<&Part>) -> Result<(), SinkError> {
        let mut set = "SET sealed = :true".to_owned();
        let mut update = self
            .update()
            .condition_expression(STILL_OURS)
            .expression_attribute_values(":running", status_value(LedgerStatus::Running))
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        if let Some(next) = next {
            set.push_str(", #next = :next");
            update = update
                .expression_attribute_names("#next", "next")
                .expression_attribute_values(":next", part_document(next));
        }
        self.write("seal", update.update_expression(set))
    }

    /// Records that a claimed part is done, and what follows it.
    pub fn close(&self, report: &ObjectReport, next: Option<&Part>) -> Result<(), SinkError> {
        let json = serde_json::to_string(&abridged(report)).expect("a report is plain data");
        let status = if self.part.is_first() && next.is_some() {
            LedgerStatus::Parted
        } else {
            LedgerStatus::Done
        };
        let mut set = "SET #status = :status, closed_at = :closed_at, #report = :report".to_owned();
        let mut update = self.update();
        if let Some(next) = next {
            set.push_str(", #next = :next");
            update = update
                .expression_attribute_names("#next", "next")
                .expression_attribute_values(":next", part_document(next));
        }
        let update = update
            .update_expression(set + " REMOVE lease_until, #reason")
            .condition_expression(OURS_OR_ENDED_BY_US)
            .expression_attribute_names("#report", "report")
            .expression_attribute_names("#reason", "reason")
            .expression_attribute_values(":status", status_value(status))
            .expression_attribute_values(":closed_at", now())
            .expression_attribute_values(":report", document(&json));
        self.write("close", update)
    }

    /// Records that an attempt failed, and gives the claim up. With `unpin`, which is for a plugin that is to blame, the
    /// next attempt takes the version that is in use then.
    pub fn fail(&self, reason: &str, unpin: bool) -> Result<(), SinkError> {
        let unpin = if unpin { ", first_plugin_sha256" } else { "" };
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let update = self
            .update()
            .update_expression(format!(
                "SET #status = :failed, closed_at = :closed_at, #reason = :reason REMOVE lease_until{unpin}"
            ))
            .condition_expression(OURS_OR_ENDED_BY_US)
            .expression_attribute_names("#reason", "reason")
            .expression_attribute_values(":failed", status_value(LedgerStatus::Failed))
            .expression_attribute_values(":closed_at", now())
            .expression_attribute_values(":reason", text(reason));
        self.write("give up", update)
    }

    /// An update of the entry.
    fn update(&self) -> UpdateItemFluentBuilder {
        self.update_of(self.sort_key())
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(&self.owner))
    }

    /// An update of one of the object's entries.
    fn update_of(&self, sort_key: String) -> UpdateItemFluentBuilder {
        self.session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), text(self.partition_key()))
            .key(SORT_KEY.name(), text(sort_key))
            .expression_attribute_names("#status", "status")
    }

    fn partition_key(&self) -> String {
        ledger::partition_key(&self.object.uri, &self.object.version)
    }

    /// The sort key of the object and its first part.
    fn object_key(&self) -> String {
        ledger::object(&self.pipeline)
    }

    fn sort_key(&self) -> String {
        ledger::part(&self.pipeline, self.part.start.record)
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
    fn write(&self, action: &str, update: UpdateItemFluentBuilder) -> Result<(), SinkError> {
        match self.send(update) {
            Ok(_) => Ok(()),
            Err(error) if is_refused_condition(&error) => {
                Err(self.refused(action, "another attempt has taken over".to_owned()))
            }
            Err(error) => Err(self.refused(action, reason(&error))),
        }
    }
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
    report.findings = report.findings.into_iter().take(LONGEST_LIST).collect();
    report
}

fn part_document(part: &Part) -> AttributeValue {
    document(&serde_json::to_string(part).expect("a part is plain data"))
}

/// What an entry says to whoever has claimed it.
fn granted(entry: &HashMap<String, AttributeValue>, taken_over: bool) -> Claim {
    let plugin = entry
        .get("first_plugin_sha256")
        .and_then(|value| value.as_s().ok()?.parse().ok());
    Claim::Granted {
        plugin,
        next: whole::next_of(entry),
        sealed: entry.get("sealed") == Some(&AttributeValue::Bool(true)),
        taken_over,
    }
}

/// A status that an entry holds.
fn status_of(entry: &HashMap<String, AttributeValue>, path: Path<Text>) -> Option<LedgerStatus> {
    LedgerStatus::of(entry.get(path.name())?.as_s().ok()?)
}

/// Why a claim was not granted, by the entry that stood against it.
fn taken(entry: &HashMap<String, AttributeValue>, owner: &str) -> Claim {
    let owned = entry.get(ledger::OWNER.name()) == Some(&text(owner));
    match status_of(entry, ledger::STATUS) {
        Some(LedgerStatus::Done | LedgerStatus::Parted) => Claim::Done,
        Some(LedgerStatus::New | LedgerStatus::Running | LedgerStatus::Failed) | None => {
            if owned {
                // The answer to our own claim was lost, or we put it off.
                granted(entry, false)
            } else {
                Claim::Busy
            }
        }
    }
}

fn status_value(status: LedgerStatus) -> AttributeValue {
    text(status.name())
}

fn now() -> AttributeValue {
    text(literal::timestamp_text(now_micros()))
}

fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_claims() {
        fn check(entry: &[(&str, &str)], expected: Claim) {
            let entry = entry
                .iter()
                .map(|(name, value)| ((*name).to_owned(), text(*value)))
                .collect();
            assert_eq!(taken(&entry, "us"), expected);
        }
        let sha256 = Sha256::of("a plugin");
        check(&[("status", "done"), ("owner", "us")], Claim::Done);
        check(&[("status", "parted"), ("owner", "them")], Claim::Done);
        check(&[("status", "running"), ("owner", "them")], Claim::Busy);
        check(
            &[("status", "running"), ("owner", "us")],
            Claim::Granted {
                plugin: None,
                next: None,
                sealed: false,
                taken_over: false,
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
            },
        );
        check(&[], Claim::Busy);
    }
}
