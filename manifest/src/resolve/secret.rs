//! Names of entries of Secrets Manager.

use crate::problem::ProblemSink;
use crate::reader::Written;

/// The longest name of an entry of Secrets Manager.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
const MOST_SECRET_BYTES: usize = 512;

/// The name, if it can be one.
pub(super) fn secret_name(written: &Written<String>, sink: &mut ProblemSink) -> Option<String> {
    let name = written.value.as_str();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if name.is_empty() || name.len() > MOST_SECRET_BYTES || !name.chars().all(is_allowed) {
        sink.report(
            written.span,
            "`secret` is no name of an entry of Secrets Manager".to_owned(),
            "name the entry that holds the value, in letters, digits and `/_+=.@-`; the value itself does not belong here",
        );
        return None;
    }
    Some(name.to_owned())
}
