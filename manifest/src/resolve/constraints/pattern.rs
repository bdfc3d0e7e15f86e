//! Regular expressions, with the place of what is wrong in them.

use regex_syntax::Error;

use crate::problem::ProblemSink;
use crate::reader::{Written, in_backticks};

/// Reports what is wrong with the pattern of a field.
pub(super) fn check(field: &str, pattern: &Written<String>, sink: &mut ProblemSink) {
    let shown = in_backticks(field);
    let (range, reason) = match regex_syntax::parse(&pattern.value) {
        Ok(_) => {
            if regex::Regex::new(&pattern.value).is_err() {
                sink.report(
                    pattern.span,
                    format!("`pattern` of field {shown} is too large a regular expression"),
                    "lower its counts of repetition, such as `{1000}`",
                );
            }
            return;
        }
        Err(Error::Parse(error)) => (
            error.span().start.offset..error.span().end.offset,
            error.kind().to_string(),
        ),
        Err(Error::Translate(error)) => (
            error.span().start.offset..error.span().end.offset,
            error.kind().to_string(),
        ),
        Err(other) => (0..pattern.value.len(), other.to_string()),
    };
    sink.report(
        pattern.inside(range, sink),
        format!("`pattern` of field {shown} is not a regular expression: {reason}"),
        "write it in the syntax of Rust's `regex`, which has no look-around and no back-references",
    );
}
