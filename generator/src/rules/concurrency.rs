//! How many functions run at the same time.

use sluice_contract::Stack;

use super::{Finding, Look, Rule, Severity};

/// What an account may have in a region, unless it asked for more; a new account has less.
const OF_AN_ACCOUNT: usize = 1000;

pub(super) const OF_THE_ACCOUNT: Rule = Rule {
    name: "account-concurrency",
    source: "Lambda Developer Guide, Lambda quotas: concurrent executions",
    otherwise: "the functions of the account throttle each other, those that are not of this stack too",
    severity: Severity::Warning,
    look: Look::Meaning {
        find,
        breaks: |stack| {
            stack.host.max_concurrency = 1000;
            let more = stack.pipelines[0].clone();
            stack.pipelines.push(more);
        },
    },
};

fn find(stack: &Stack) -> Vec<Finding> {
    let most = stack.pipelines.len() * stack.host.max_concurrency as usize;
    let finding = Finding {
        place: String::new(),
        fact: format!(
            "{} pipelines may run {most} functions at once, and an account has {OF_AN_ACCOUNT}",
            stack.pipelines.len()
        ),
        remedy: "lower `max_concurrency` of `[host]`, or see that the account's quota was raised"
            .to_owned(),
    };
    (most > OF_AN_ACCOUNT)
        .then_some(finding)
        .into_iter()
        .collect()
}
