//! What a plugin may do when it is configured.

use sluice_sdk::Failure;
use sluice_sdk::contract::Field;

use crate::field;

/// The misbehaviour of that name, if it is one of `configure`.
pub(crate) fn misbehave(name: &str) -> Option<Result<Vec<Field>, Failure>> {
    Some(match name {
        "configure-trap" => panic!("cannot be configured"),
        "configure-refuse" => Err(Failure {
            code: "no_thanks".into(),
            message: "these columns are not for me".into(),
        }),
        "configure-nothing" => Ok(Vec::new()),
        "configure-twice" => Ok(vec![field("value", "text"), field("value", "text")]),
        "configure-type" => Ok(vec![field("value", "varchar(20)")]),
        "configure-nameless" => Ok(vec![field("", "text")]),
        "configure-flood" => Ok(vec![field("value", "text"); 100_000]),
        _ => return None,
    })
}
