//! The AWS calls of each role, collected from the modules that make them.

use sluice_contract::{
    access::{Access, Call},
    roles::Role,
};

use crate::{
    aws, environment,
    roles::{self, Calls},
    tell,
};

/// What every role calls.
const OF_ALL: [Calls; 3] = [environment::CALLS, aws::KEY_CALLS, tell::log::CALLS];

/// Every call that a role makes, in the order of `templates/access.json`.
pub fn access() -> Access {
    let calls_of = |role: &Role| {
        let own = roles::player(*role).calls.iter().copied();
        (role.name().to_owned(), calls(own.chain(OF_ALL)))
    };
    Role::ALL.iter().map(calls_of).collect()
}

/// Sorted, each once.
fn calls(declared: impl Iterator<Item = Calls>) -> Vec<Call> {
    let mut calls: Vec<_> = declared
        .flatten()
        .map(|(action, resource)| Call {
            action: (*action).to_owned(),
            resource: *resource,
        })
        .collect();
    calls.sort_by(|a, b| (a.resource, &a.action).cmp(&(b.resource, &b.action)));
    calls.dedup();
    calls
}

/// [`access`] as the text of `templates/access.json`.
pub fn access_json() -> String {
    let mut json = "{\n".to_owned();
    let roles = access();
    for (position, (role, calls)) in roles.iter().enumerate() {
        let lines: Vec<String> = calls
            .iter()
            .map(|call| format!("    {}", line(call)))
            .collect();
        let comma = if position + 1 < roles.len() { "," } else { "" };
        json.push_str(&format!(
            "  \"{role}\": [\n{}\n  ]{comma}\n",
            lines.join(",\n")
        ));
    }
    json.push_str("}\n");
    json
}

/// One call on one line, so that a review sees one line for one permission.
fn line(call: &Call) -> String {
    let resource = serde_json::to_string(&call.resource).expect("a resource is a plain name");
    format!(
        "{{ \"action\": \"{}\", \"resource\": {resource} }}",
        call.action
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Rewrites the file where `BLESS` is set.
    #[test]
    fn the_templates_grant_what_is_called() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/access.json");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, access_json()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            written,
            access_json(),
            "run this test with BLESS=1 to rewrite `templates/access.json`"
        );
    }

    #[test]
    fn the_text_is_the_value() {
        let read: Access = serde_json::from_str(&access_json()).unwrap();
        assert_eq!(read, access());
    }

    #[test]
    fn no_call_is_a_pattern() {
        for call in access().into_values().flatten() {
            let (service, action) = call.action.split_once(':').unwrap();
            assert!(
                service
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                call.action
            );
            assert!(
                action.chars().all(|c| c.is_ascii_alphabetic()),
                "{}",
                call.action
            );
        }
    }
}
