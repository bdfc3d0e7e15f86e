//! The stack's event bus. What is worth an event is not known here.

use serde::Deserialize;
use serde_json::{Value, json};
use sluice_contract::{
    access::Resource,
    event::{Event, SOURCE},
};

use super::{Session, backoff::Backoff, table::new_backoff};

pub(crate) const CALLS: &[(&str, Resource)] = &[("events:PutEvents", Resource::EventBus)];

/// Events of one call at the most.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const AT_ONCE: usize = 10;

/// What EventBridge says of each event. The call itself succeeds where some failed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    failed_entry_count: usize,
    #[serde(default)]
    entries: Vec<Taken>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Taken {
    #[serde(default)]
    error_code: Option<String>,
}

/// The bus.
#[derive(Debug)]
pub struct EventBus {
    session: Session,
    name: String,
}

impl EventBus {
    /// The bus of that name.
    pub fn new(session: &Session, name: String) -> Self {
        Self {
            session: session.clone(),
            name,
        }
    }

    /// Puts events, and those again that were not taken. The error is for people.
    pub fn put(&self, events: &[Event]) -> Result<(), String> {
        let entries: Vec<Value> = events.iter().map(|event| self.entry(event)).collect();
        let put = |some: &[Value]| self.session.wait_for(self.put_some(some));
        entries
            .chunks(AT_ONCE)
            .try_for_each(put)
            .map_err(|reason| format!("event bus `{}` takes no event: {reason}", self.name))
    }

    fn entry(&self, event: &Event) -> Value {
        json!({
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": event.kind().detail_type(),
            "Detail": event.detail().to_string(),
        })
    }

    async fn put_some(&self, entries: &[Value]) -> Result<(), String> {
        let mut left = entries.to_vec();
        let mut backoff: Backoff = new_backoff();
        loop {
            let answer: Answer = self.session.put_events(json!({ "Entries": left })).await?;
            let (failed, code) = failed(left, &answer)?;
            let Some(code) = code else { return Ok(()) };
            if !backoff.wait().await {
                return Err(format!("{code} for {} of them", failed.len()));
            }
            left = failed;
        }
    }
}

/// The entries that were not taken, and why one of them was not.
fn failed(entries: Vec<Value>, answer: &Answer) -> Result<(Vec<Value>, Option<String>), String> {
    if answer.entries.len() != entries.len() {
        return Err(format!(
            "it answered for {} of {} events",
            answer.entries.len(),
            entries.len()
        ));
    }
    let (mut failed, mut code) = (Vec::new(), None);
    for (entry, taken) in entries.into_iter().zip(&answer.entries) {
        if let Some(error) = &taken.error_code {
            failed.push(entry);
            code = Some(error.clone());
        }
    }
    match failed.len() == answer.failed_entry_count {
        true => Ok((failed, code)),
        false => Err(format!(
            "it names {} events that failed, and counts {}",
            failed.len(),
            answer.failed_entry_count
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_not_taken_is_sent_again() {
        fn check(answer: &str, expected: Result<&[u64], &str>) {
            let answer = serde_json::from_str(answer).unwrap();
            let entries = vec![json!(0), json!(1)];
            let left = failed(entries, &answer).map(|(left, code)| {
                assert_eq!(code.is_some(), !left.is_empty());
                left.iter().map(|one| one.as_u64().unwrap()).collect()
            });
            let expected = expected.map(<[u64]>::to_vec).map_err(str::to_owned);
            assert_eq!(left, expected);
        }
        let (fine, bad) = (
            r#"{ "EventId": "1" }"#,
            r#"{ "ErrorCode": "ThrottlingException", "ErrorMessage": "slow" }"#,
        );
        let answer = |count, entries: &str| {
            format!(r#"{{ "FailedEntryCount": {count}, "Entries": [{entries}] }}"#)
        };
        check(&answer(0, &format!("{fine}, {fine}")), Ok(&[]));
        check(&answer(1, &format!("{fine}, {bad}")), Ok(&[1]));
        check(&answer(2, &format!("{bad}, {bad}")), Ok(&[0, 1]));
        check(
            &answer(0, &format!("{fine}, {bad}")),
            Err("it names 1 events that failed, and counts 0"),
        );
        check(&answer(0, fine), Err("it answered for 1 of 2 events"));
    }
}
