//! An invocation gets further, or says why not: for each message that a function gives back, its log has a reason, and one
//! that met no fault has only two that are good, that somebody else is at the object, and that the time is up.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use super::queue::{Batch, Message};

/// Reasons that need no fault, by how they begin.
const GOOD: [&str; 3] = [
    "another attempt has not ended yet",
    "another attempt at this object has not ended yet",
    "there is not enough time to process the object",
];

/// A reason of a busy machine: a request to an API took longer than it may.
const TOO_SLOW: &str = "no answer within `timeout_ms`";

/// A message, and how often it was received.
type Receive = (String, u64);

/// The messages of a run that were given back.
#[derive(Debug, Default)]
pub(crate) struct GivenBack(Mutex<Vec<Return>>);

#[derive(Debug)]
struct Return {
    request_id: String,
    receive: Receive,
    /// Whether nothing went wrong with the network or any process meanwhile.
    undisturbed: bool,
}

impl GivenBack {
    /// Notes the messages of a batch that an invocation wants to see again.
    pub(crate) fn note(
        &self,
        request_id: &str,
        batch: &Batch,
        failed: impl Fn(&Message) -> bool,
        undisturbed: bool,
    ) {
        let messages = batch.messages.iter().filter(|message| failed(message));
        let returns = messages.map(|message| Return {
            request_id: request_id.to_owned(),
            receive: (message.id.clone(), message.receives.into()),
            undisturbed,
        });
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.extend(returns);
    }

    /// Those for which the log has no reason, or none that will do.
    pub(crate) fn unexplained(&self, log: &[String]) -> Vec<String> {
        let reasons = reasons(log);
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let complaint = |back: &Return| {
            let (request_id, (message, receives)) = (&back.request_id, &back.receive);
            let Some(reason) = reasons.get(&back.receive) else {
                return Some(format!(
                    "{request_id} gives message {message} back, received {receives} times, and does not say why"
                ));
            };
            let is_good =
                GOOD.iter().any(|good| reason.starts_with(good)) || reason.contains(TOO_SLOW);
            (back.undisturbed && !is_good).then(|| {
                format!("{request_id} met no fault, and gives message {message} back: {reason}")
            })
        };
        list.iter().filter_map(complaint).collect()
    }
}

/// What the log says of messages that were not processed.
fn reasons(log: &[String]) -> HashMap<Receive, String> {
    let lines = log
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let reasons = lines.filter_map(|line| {
        let receive = (
            line["message_id"].as_str()?.to_owned(),
            line["attempts"].as_u64()?,
        );
        let reason = line["reason"].as_str().or(line["message"].as_str())?;
        Some((receive, reason.to_owned()))
    });
    reasons.collect()
}

#[test]
fn a_message_is_given_back_for_a_reason() {
    let check = |undisturbed: bool, log: &str| {
        let message = Message::received("m", 2);
        let batch = Batch {
            invocation: 1,
            messages: vec![message],
        };
        let back = GivenBack::default();
        back.note("r", &batch, |_| true, undisturbed);
        back.unexplained(&[log.to_owned()])
    };
    let busy = r#"{"message_id":"m","attempts":2,"message":"another attempt has not ended yet"}"#;
    let refused =
        r#"{"message_id":"m","attempts":2,"message":"attempt failed","reason":"refused"}"#;
    let other = r#"{"message_id":"m","attempts":1,"message":"attempt failed","reason":"refused"}"#;
    assert_eq!(check(true, busy), [""; 0]);
    assert_eq!(check(false, refused), [""; 0]);
    assert_eq!(
        check(true, refused),
        ["r met no fault, and gives message m back: refused"]
    );
    for log in [other, "no line of the log"] {
        assert_eq!(
            check(false, log),
            ["r gives message m back, received 2 times, and does not say why"]
        );
    }
}
