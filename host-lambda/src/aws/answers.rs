//! What was answered to requests with an `Idempotency-Key`: items of the control table.

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::ReturnValuesOnConditionCheckFailure,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sluice_api::{
    KeptAnswer,
    ports::{Claim, Claimed, Entry, Idempotency, PortError},
};
use sluice_contract::{
    access::Resource,
    control::{EXPIRES_AT, PARTITION_KEY, SORT_KEY, answer},
};

use super::{
    Session,
    attribute::{Attributes, entry, number_of, text_of},
    expression::{self, Condition, Update},
    refusal::{is_passing, reason},
    table::new_backoff,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:PutItem", Resource::AnswerItems),
    ("dynamodb:UpdateItem", Resource::AnswerItems),
];

/// How often a claim looks again at an entry that changed between two looks.
const LOOKS: usize = 5;

/// The answers of one pipeline's API, in the control table.
#[derive(Debug)]
pub struct AnswersTable {
    session: Session,
    table: String,
}

impl AnswersTable {
    /// In the control table `table`.
    pub fn new(session: &Session, table: String) -> Self {
        Self {
            session: session.clone(),
            table,
        }
    }

    fn trouble(&self, action: &str, reason: String) -> PortError {
        PortError {
            target: format!("control table `{}`", self.table),
            action: action.to_owned(),
            reason,
        }
    }

    /// Writes the claim where it may; else what is there.
    fn write(&self, claim: &Claim) -> Result<Option<Attributes>, String> {
        let item = [
            entry(PARTITION_KEY, answer::partition_key(&claim.entry)),
            entry(SORT_KEY, answer::SORT_KEY),
            entry(answer::FINGERPRINT, &claim.fingerprint),
            entry(answer::OWNER, &claim.owner),
            entry(answer::LEASE_UNTIL, claim.lease_until),
            entry(EXPIRES_AT, claim.expires_at),
        ];
        // TTL deletes within days: what is over counts for nothing, deleted or not.
        let is_over = Condition::is_less(EXPIRES_AT, claim.now + 1);
        let is_abandoned = Condition::is(answer::FINGERPRINT, &claim.fingerprint)
            .and(Condition::absent(answer::ANSWER))
            .and(Condition::is_less(answer::LEASE_UNTIL, claim.now + 1));
        let may = Condition::absent(PARTITION_KEY)
            .or(is_over)
            .or(is_abandoned);
        let request = self
            .session
            .dynamodb()
            .put_item()
            .table_name(&self.table)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_item(Some(item.into()));
        let request = expression::put(request, &may);
        self.session.wait_for(async {
            let mut backoff = new_backoff();
            loop {
                let error = match request.clone().send().await {
                    Ok(_) => return Ok(None),
                    Err(error) => error,
                };
                if let Some(PutItemError::ConditionalCheckFailedException(failed)) =
                    error.as_service_error()
                {
                    return Ok(Some(failed.item.clone().unwrap_or_default()));
                }
                if !(is_passing(&error) && backoff.wait().await) {
                    return Err(reason(&error));
                }
            }
        })
    }

    /// Changes the entry of a claim where it is still the claim's.
    fn change(&self, claim: &Claim, update: Update) -> Result<(), String> {
        let request = self
            .session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .key(
                PARTITION_KEY.name(),
                text(answer::partition_key(&claim.entry)),
            )
            .key(SORT_KEY.name(), text(answer::SORT_KEY.to_owned()));
        let is_ours = Condition::is(answer::OWNER, &claim.owner);
        let request = expression::update(request, &update, &is_ours);
        self.session.wait_for(async {
            let mut backoff = new_backoff();
            loop {
                let error = match request.clone().send().await {
                    Ok(_) => return Ok(()),
                    Err(error) => error,
                };
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception)
                {
                    return Ok(());
                }
                if !(is_passing(&error) && backoff.wait().await) {
                    return Err(reason(&error));
                }
            }
        })
    }
}

impl Idempotency for AnswersTable {
    fn claim(&self, claim: &Claim) -> Result<Claimed, PortError> {
        for _ in 0..LOOKS {
            let there = self
                .write(claim)
                .map_err(|reason| self.trouble("claim an `Idempotency-Key`", reason))?;
            let Some(there) = there else {
                return Ok(Claimed::Ours);
            };
            let entry =
                entry_of(&there).map_err(|reason| self.trouble("say what was answered", reason))?;
            match entry.meets(claim) {
                // It changed in between.
                Claimed::Ours => {}
                met => return Ok(met),
            }
        }
        Err(self.trouble(
            "claim an `Idempotency-Key`",
            "its entry changes all the time".to_owned(),
        ))
    }

    fn complete(&self, claim: &Claim, kept: &KeptAnswer) -> Result<(), PortError> {
        let update = Update::new().set(answer::ANSWER, STANDARD.encode(&kept.0));
        self.change(claim, update)
            .map_err(|reason| self.trouble("keep an answer", reason))
    }

    fn release(&self, claim: &Claim) -> Result<(), PortError> {
        let update = Update::new().set(answer::LEASE_UNTIL, 0_i64);
        self.change(claim, update)
            .map_err(|reason| self.trouble("give an `Idempotency-Key` back", reason))
    }
}

fn text(text: String) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text)
}

fn entry_of(item: &Attributes) -> Result<Entry, String> {
    let kept = text_of(item, answer::ANSWER).map(|text| STANDARD.decode(text));
    let kept = kept.transpose().map_err(|error| error.to_string())?;
    Ok(Entry {
        fingerprint: text_of(item, answer::FINGERPRINT).unwrap_or_default(),
        lease_until: number_of(item, answer::LEASE_UNTIL).unwrap_or_default(),
        expires_at: number_of(item, EXPIRES_AT).unwrap_or_default(),
        answer: kept.map(KeptAnswer),
    })
}
