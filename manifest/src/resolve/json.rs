//! How records are written in JSON: where they are, and what their values look like.

use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, Word, Written, in_backticks};
use sluice_contract::format::{Format, Layout};
use sluice_contract::stack::Items;

/// Names of the members that lead to the array of records. A name stands for itself, and a JSON Pointer (RFC 6901), which
/// begins with `/`, for all of its parts.
pub(super) fn records(
    given: &Given<String>,
    formats: &[Format],
    sink: &mut ProblemSink,
) -> Vec<String> {
    let Some(written) = given.written() else {
        return Vec::new();
    };
    fits(written.key, "records", formats, sink);
    let text = written.value.as_str();
    let Some(pointer) = text.strip_prefix('/') else {
        let path = text.strip_prefix("$.").or(text.strip_prefix('$'));
        if text.is_empty() || path.is_some() {
            report(written, path.unwrap_or_default(), sink);
        }
        return vec![text.to_owned()];
    };
    let mut names = Vec::new();
    let mut start = 1;
    for part in pointer.split('/') {
        let end = start + part.len();
        match unescaped(part) {
            Ok(name) if !name.is_empty() => names.push(name),
            Ok(_) => sink.report(
                written.inside(start - 1..start, sink),
                format!(
                    "`records` is {}, and a name in it is empty",
                    in_backticks(text)
                ),
                "write a name behind each `/`, and none at the end, such as `/result/data`",
            ),
            Err(at) => sink.report(
                written.inside(start + at..start + at + 1, sink),
                format!(
                    "`records` is {}, and a `~` in it stands for nothing",
                    in_backticks(text)
                ),
                "write `~0` for `~` and `~1` for `/`",
            ),
        }
        start = end + 1;
    }
    names
}

/// A name that is empty, or written as other systems have it.
fn report(written: &Written<String>, path: &str, sink: &mut ProblemSink) {
    let path = path.replace("[*]", "").replace('.', "/");
    let example = if path.is_empty() {
        "data"
    } else {
        path.as_str()
    };
    sink.report(
        written.span,
        format!("`records` cannot be {}", in_backticks(&written.value)),
        format!(
            "name the member that holds the array of records, such as `data`, or write the way to it: `/{example}`"
        ),
    );
}

/// A part of a JSON Pointer, or where in it a `~` stands that stands for nothing.
fn unescaped(part: &str) -> Result<String, usize> {
    for (at, _) in part.match_indices('~') {
        if !matches!(part.as_bytes().get(at + 1), Some(b'0' | b'1')) {
            return Err(at);
        }
    }
    Ok(part.replace("~1", "/").replace("~0", "~"))
}

/// How the values of records are written.
pub(super) fn items(
    given: &Given<Word<Items>>,
    formats: &[Format],
    sink: &mut ProblemSink,
) -> Items {
    let Some(written) = given.written() else {
        return Items::default();
    };
    fits(written.key, "items", formats, sink);
    written.value.0
}

/// Reports a key that is about JSON where no object is JSON.
fn fits(key: Span, name: &str, formats: &[Format], sink: &mut ProblemSink) {
    let is_json = |format: &Format| match format.layout() {
        Layout::JsonLines | Layout::JsonValues => true,
        Layout::Separated { .. } | Layout::ColumnFile | Layout::Workbook => false,
    };
    if !formats.is_empty() && !formats.iter().any(is_json) {
        sink.report(
            key,
            format!("`{name}` is about JSON, which is not among the formats of the pipeline"),
            "leave it out, or add `json` or `ndjson` to `formats`",
        );
    }
}
