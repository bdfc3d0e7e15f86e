//! The ledger in the control table: what became of every version of every source object.
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `pk` | `object#<uri>#<version>` |
//! | `sk` | `ledger#<pipeline>` |
//! | `status` | `running`, `done` or `failed` |
//! | `owner` | which attempt has claimed it |
//! | `lease_until` | the second after which a running attempt is surely dead, since 1970-01-01T00:00:00Z |
//! | `attempts` | how often it was claimed |
//! | `received_at`, `claimed_at`, `closed_at` | times |
//! | `first_plugin_sha256` | the plugin version of the first attempt |
//! | `report` | the report of a finished attempt, as a document; of long lists the first 100 entries |
//! | `reason` | why the last attempt failed |
//!
//! A claim is one conditional write, so that of two attempts one gets it. Closing and failing are bound to the claim:
//! an attempt that lost its lease changes nothing.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use sluice_manifest::{
    access::Resource,
    literal,
    settings::{CONTROL_PARTITION_KEY, CONTROL_SORT_KEY},
};
use sluice_pipeline::{
    ports::{Claim, Ledger, SinkError, SourceObject},
    report::ObjectReport,
};
use tokio::runtime::Handle;

use super::{document::document, refusal::reason};

pub(crate) const CALLS: &[(&str, Resource)] = &[("dynamodb:UpdateItem", Resource::ControlTable)];

/// Nobody has it: it is new, its last attempt failed, or the attempt that claimed it is surely dead.
const CLAIMABLE: &str = "attribute_not_exists(#status) OR #status = :failed \
    OR (#status = :running AND lease_until < :now)";

const CLAIM: &str = "SET #status = :running, #owner = :owner, lease_until = :lease_until, claimed_at = :claimed_at, \
    pipeline = :pipeline, #source = :source, received_at = if_not_exists(received_at, :received_at)";

/// Holds as well where the answer to the same update was lost and the SDK asks once more.
const STILL_OURS: &str = "#owner = :owner";

/// Names and codes that an entry keeps of a report, of each kind, so that it stays far below 400 KB.
const LONGEST_LIST: usize = 100;

/// The longest reason that an entry keeps, in characters.
const LONGEST_REASON: usize = 2_000;

/// The ledger of one attempt. It must not be used inside an asynchronous task.
#[derive(Debug)]
pub struct ControlTable {
    runtime: Handle,
    client: Client,
    table: String,
    owner: String,
    lease_seconds: u32,
}

impl ControlTable {
    /// `owner` differs from attempt to attempt. A claim holds for `lease_seconds`, the function's timeout: after that
    /// Lambda has stopped whoever made it.
    pub fn new(
        runtime: Handle,
        client: Client,
        table: String,
        owner: String,
        lease_seconds: u32,
    ) -> Self {
        Self {
            runtime,
            client,
            table,
            owner,
            lease_seconds,
        }
    }

    /// An update of the entry of an object.
    fn update(&self, object: &SourceObject, pipeline: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(
                CONTROL_PARTITION_KEY,
                text(format!("object#{}#{}", object.uri, object.version)),
            )
            .key(CONTROL_SORT_KEY, text(format!("ledger#{pipeline}")))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(&self.owner))
    }

    fn refused(&self, action: &str, object: &SourceObject, reason: String) -> SinkError {
        SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("{action} `{}`", object.uri),
            reason,
        }
    }

    /// Makes an update that is bound to the claim.
    fn finish(
        &self,
        action: &str,
        object: &SourceObject,
        update: UpdateItemFluentBuilder,
    ) -> Result<(), SinkError> {
        let update = update
            .condition_expression(STILL_OURS)
            .expression_attribute_values(":closed_at", text(literal::timestamp_text(now_micros())));
        match self.runtime.block_on(update.send()) {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Err(self.refused(action, object, "another attempt has taken over".to_owned()))
            }
            Err(error) => Err(self.refused(action, object, reason(&error))),
        }
    }
}

impl Ledger for ControlTable {
    fn claim(
        &mut self,
        object: &SourceObject,
        pipeline: &str,
        plugin: Option<&str>,
    ) -> Result<Claim, SinkError> {
        let now = now_micros();
        let seconds = now.div_euclid(1_000_000);
        let mut set = CLAIM.to_owned();
        let mut update = self.update(object, pipeline);
        if let Some(sha256) = plugin {
            set.push_str(", first_plugin_sha256 = if_not_exists(first_plugin_sha256, :plugin)");
            update = update.expression_attribute_values(":plugin", text(sha256));
        }
        let update = update
            .condition_expression(CLAIMABLE)
            .update_expression(format!("{set} ADD attempts :one"))
            .expression_attribute_names("#source", "source")
            .expression_attribute_values(":running", text("running"))
            .expression_attribute_values(":failed", text("failed"))
            .expression_attribute_values(":now", number(seconds))
            .expression_attribute_values(
                ":lease_until",
                number(seconds + i64::from(self.lease_seconds)),
            )
            .expression_attribute_values(":claimed_at", text(literal::timestamp_text(now)))
            .expression_attribute_values(":pipeline", text(pipeline))
            .expression_attribute_values(":source", text(&object.uri))
            .expression_attribute_values(
                ":received_at",
                text(literal::timestamp_text(object.received_at)),
            )
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.runtime.block_on(update.send()) {
            Ok(answer) => Ok(Claim::Granted {
                pinned_plugin: pinned(answer.attributes.unwrap_or_default()),
            }),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => Ok(taken(
                    refusal.item().unwrap_or(&HashMap::new()),
                    &self.owner,
                )),
                _ => Err(self.refused("claim", object, reason(&error))),
            },
        }
    }

    fn close(&mut self, object: &SourceObject, report: &ObjectReport) -> Result<(), SinkError> {
        let json = serde_json::to_string(&abridged(report)).expect("a report is plain data");
        let update = self
            .update(object, &report.pipeline)
            .update_expression("SET #status = :done, closed_at = :closed_at, #report = :report REMOVE lease_until, #reason")
            .expression_attribute_names("#report", "report")
            .expression_attribute_names("#reason", "reason")
            .expression_attribute_values(":done", text("done"))
            .expression_attribute_values(":report", document(&json));
        self.finish("close", object, update)
    }

    fn fail(
        &mut self,
        object: &SourceObject,
        pipeline: &str,
        reason: &str,
    ) -> Result<(), SinkError> {
        let update = self
            .update(object, pipeline)
            .update_expression("SET #status = :failed, closed_at = :closed_at, #reason = :reason REMOVE lease_until")
            .expression_attribute_names("#reason", "reason")
            .expression_attribute_values(":failed", text("failed"))
            .expression_attribute_values(":reason", text(reason.chars().take(LONGEST_REASON).collect::<String>()));
        self.finish("give up", object, update)
    }
}

/// A report without the tails of its lists.
fn abridged(report: &ObjectReport) -> ObjectReport {
    let mut report = report.clone();
    report.outputs.truncate(LONGEST_LIST);
    report.ignored_columns.truncate(LONGEST_LIST);
    report.findings = report.findings.into_iter().take(LONGEST_LIST).collect();
    report
}

/// The plugin version of the first attempt.
fn pinned(entry: HashMap<String, AttributeValue>) -> Option<String> {
    entry
        .get("first_plugin_sha256")
        .and_then(|value| value.as_s().ok())
        .cloned()
}

/// Why a claim was not granted, by the entry that stood against it.
fn taken(entry: &HashMap<String, AttributeValue>, owner: &str) -> Claim {
    let is = |attribute: &str, expected: &str| {
        entry
            .get(attribute)
            .and_then(|value| value.as_s().ok())
            .is_some_and(|value| value == expected)
    };
    if is("status", "done") {
        Claim::Done
    } else if is("owner", owner) {
        // The answer to our own claim was lost, and the SDK asked once more.
        Claim::Granted {
            pinned_plugin: pinned(entry.clone()),
        }
    } else {
        Claim::Busy
    }
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
        check(&[("status", "done"), ("owner", "us")], Claim::Done);
        check(&[("status", "running"), ("owner", "them")], Claim::Busy);
        check(
            &[("status", "running"), ("owner", "us")],
            Claim::Granted {
                pinned_plugin: None,
            },
        );
        check(
            &[
                ("status", "running"),
                ("owner", "us"),
                ("first_plugin_sha256", "ab"),
            ],
            Claim::Granted {
                pinned_plugin: Some("ab".to_owned()),
            },
        );
        check(&[], Claim::Busy);
    }
}
