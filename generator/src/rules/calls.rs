//! Calls that belong together: who makes one of them needs the others, too.

use sluice_contract::access::{Access, Call};

use super::{Finding, Look, Rule, Severity};

/// What Lambda's poller calls with the function's role.
const OF_THE_POLLER: [&str; 3] = [
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

/// Calls that write what is encrypted with the stack's key. They read it too: parts of an upload, and the message's key.
const ENCRYPT: [&str; 3] = ["s3:PutObject", "sns:Publish", "sqs:SendMessage"];

pub(super) const POLLER: Rule = Rule {
    name: "calls-of-the-poller",
    source: "Lambda Developer Guide, Using Lambda with Amazon SQS: setting up execution role permissions",
    otherwise: "the mapping between queue and function is refused",
    severity: Severity::Error,
    look: Look::Calls {
        find: poller,
        breaks: |access| remove(access, "sqs:DeleteMessage"),
    },
};

pub(super) const KEY: Rule = Rule {
    name: "calls-of-the-key",
    source: "S3 User Guide, Using server-side encryption with KMS; SQS and SNS Developer Guides, Key management",
    otherwise: "writing to a bucket, topic or queue that is encrypted with the stack's key is refused",
    severity: Severity::Error,
    look: Look::Calls {
        find: key,
        breaks: |access| remove(access, "kms:GenerateDataKey"),
    },
};

fn poller(access: &Access) -> Vec<Finding> {
    let polls = |calls: &[Call]| OF_THE_POLLER.iter().any(|action| makes(calls, action));
    let needed = |_: &[Call]| OF_THE_POLLER.to_vec();
    missing(access, polls, needed)
}

fn key(access: &Access) -> Vec<Finding> {
    let writes = |calls: &[Call]| ENCRYPT.iter().any(|action| makes(calls, action));
    let needed = |_: &[Call]| vec!["kms:Decrypt", "kms:GenerateDataKey"];
    missing(access, writes, needed)
}

/// Roles to which something applies, and which lack a call that they then need.
fn missing(
    access: &Access,
    applies: impl Fn(&[Call]) -> bool,
    needed: impl Fn(&[Call]) -> Vec<&'static str>,
) -> Vec<Finding> {
    let roles = access.iter().filter(|(_, calls)| applies(calls));
    let lacking = roles.flat_map(|(role, calls)| {
        let lacks = needed(calls)
            .into_iter()
            .filter(|action| !makes(calls, action));
        lacks.map(move |action| Finding {
            place: role.clone(),
            fact: format!("the role does not declare `{action}`"),
            remedy: "declare it beside the code that makes the call".to_owned(),
        })
    });
    lacking.collect()
}

fn makes(calls: &[Call], action: &str) -> bool {
    calls.iter().any(|call| call.action == action)
}

fn remove(access: &mut Access, action: &str) {
    for calls in access.values_mut() {
        calls.retain(|call| call.action != action);
    }
}
