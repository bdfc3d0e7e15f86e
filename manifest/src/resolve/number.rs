//! Numbers with a range and a default.

use std::ops::RangeInclusive;

use crate::problem::ProblemSink;
use crate::reader::Given;

/// A number of the manifest, or its default. `what` names it for people, such as `` `memory_mb` of `[host]` ``.
pub(crate) fn number(
    given: &Given<i64>,
    what: &str,
    range: RangeInclusive<u32>,
    default: u32,
    sink: &mut ProblemSink,
) -> u32 {
    let Some(written) = given.written() else {
        return default;
    };
    match u32::try_from(written.value)
        .ok()
        .filter(|value| range.contains(value))
    {
        Some(value) => value,
        None => {
            let (least, most) = (range.start(), range.end());
            sink.report(
                written.span,
                format!(
                    "{what} is out of range: got {}, allowed {least} to {most}",
                    written.value
                ),
                format!("choose a number from {least} to {most}, or leave it out for {default}"),
            );
            default
        }
    }
}
