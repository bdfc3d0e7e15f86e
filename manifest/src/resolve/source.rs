//! Where a pipeline's objects come from and how their records are written.

use super::json;
use super::number::number;
use crate::manifest::Source;
use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, Word, Written, in_backticks};
use sluice_contract::stack::{self, Format, Host, Items, QUEUE_RETENTION_SECONDS, Via};

/// Object keys have at most 1,024 bytes; what comes after the prefix needs some too.
const MOST_PREFIX_BYTES: usize = 512;

/// What one invocation takes of a large object, in MB: some seconds of work.
const DEFAULT_SPLIT_MB: u32 = 256;

/// The formats, each once; all of them where none is named.
pub(super) fn formats(
    given: &Given<Vec<Written<Word<Format>>>>,
    sink: &mut ProblemSink,
) -> Vec<Format> {
    let Some(written) = given.written() else {
        return Format::ALL.to_vec();
    };
    if written.value.is_empty() && sink.is_clean_at(written.span) {
        sink.report(
            written.span,
            "`formats` is empty",
            "name at least one format, or leave it out for all of them",
        );
    }
    let mut formats = Vec::new();
    for format in &written.value {
        if formats.contains(&format.value.0) {
            sink.report(format.span, "format is listed twice", "leave one out");
        }
        formats.push(format.value.0);
    }
    formats
}

/// The source of the pipeline whose name is at `pipeline`, whose objects have these formats, and whose functions run on
/// `host`.
pub(super) fn source(
    given: &Given<Source>,
    pipeline: &Written<String>,
    formats: &[Format],
    host: &Host,
    sink: &mut ProblemSink,
) -> stack::Source {
    let fallback = |prefix| stack::Source {
        prefix,
        via: Via::S3,
        batch_size: 1,
        max_receive_count: 5,
        delimiter: ',',
        split_mb: DEFAULT_SPLIT_MB,
        records: Vec::new(),
        items: Items::default(),
    };
    let Some(written) = given.written() else {
        if given.is_absent() {
            sink.report(
                pipeline.span,
                format!("pipeline `{}` has no source", pipeline.value),
                "add `source = { prefix = \"incoming/\" }`",
            );
        }
        return fallback(String::new());
    };
    let source = &written.value;
    let fallback = fallback(prefix(&source.prefix, written.key, &pipeline.value, sink));
    stack::Source {
        via: source.via.value().map_or(fallback.via, |Word(via)| *via),
        batch_size: number(
            &source.batch_size,
            "`batch_size`",
            1..=10,
            fallback.batch_size,
            sink,
        ),
        max_receive_count: max_receive_count(&source.max_receive_count, host, &fallback, sink),
        delimiter: delimiter(&source.delimiter, sink).unwrap_or(fallback.delimiter),
        split_mb: number(
            &source.split_mb,
            "`split_mb`",
            0..=10_240,
            fallback.split_mb,
            sink,
        ),
        records: json::records(&source.records, formats, sink),
        items: json::items(&source.items, formats, sink),
        prefix: fallback.prefix,
    }
}

/// How often an event is tried. SQS deletes it at the end of its retention, and then it never comes to the dead-letter
/// queue; an attempt that dies without a word lasts as long as the queue hides its event.
fn max_receive_count(
    given: &Given<i64>,
    host: &Host,
    fallback: &stack::Source,
    sink: &mut ProblemSink,
) -> u32 {
    let count = number(
        given,
        "`max_receive_count`",
        1..=1000,
        fallback.max_receive_count,
        sink,
    );
    let visibility_seconds = host.visibility_seconds();
    let most = QUEUE_RETENTION_SECONDS / visibility_seconds.max(1);
    if count > most
        && let Some(written) = given.written()
    {
        sink.report(
            written.span,
            format!(
                "`max_receive_count` cannot be reached: {count} attempts of up to {visibility_seconds} s take longer \
                 than the {} days for which SQS keeps an event",
                QUEUE_RETENTION_SECONDS / 86_400
            ),
            format!("choose {most} or fewer, or lower `timeout_seconds` of `[host]`"),
        );
    }
    count
}

/// A prefix that means the same in an S3 notification, an EventBridge pattern and an IAM policy.
fn prefix(given: &Given<String>, source: Span, pipeline: &str, sink: &mut ProblemSink) -> String {
    let Some(written) = given.written() else {
        if given.is_absent() {
            sink.report(
                source,
                format!("the source of pipeline `{pipeline}` has no prefix"),
                "add `prefix = \"incoming/\"`: objects whose keys start with it are the pipeline's",
            );
        }
        return String::new();
    };
    let prefix = written.value.as_str();
    // What the S3 user guide calls safe characters, without `*`, which IAM takes for anything.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/!-_.'()".contains(c);
    let refusal = if prefix.is_empty() {
        Some((
            written.span,
            "prefix is empty".to_owned(),
            "write one, such as `incoming/`".to_owned(),
        ))
    } else if prefix.starts_with('/') {
        Some((
            written.inside(0..1, sink),
            format!(
                "prefix {} starts with `/`, which no key does",
                in_backticks(prefix)
            ),
            "leave out the first `/`".to_owned(),
        ))
    } else if let Some((at, c)) = prefix.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((
            written.inside(at..at + c.len_utf8(), sink),
            format!(
                "prefix {} holds {}",
                in_backticks(prefix),
                in_backticks(&c.to_string())
            ),
            "use letters, digits and `/ ! - _ . ' ( )`".to_owned(),
        ))
    } else if prefix.split('/').any(|part| part == "." || part == "..") {
        Some((
            written.span,
            format!(
                "prefix {} has `.` or `..` as a folder",
                in_backticks(prefix)
            ),
            "S3 has no such folders: name it in full".to_owned(),
        ))
    } else if prefix.len() > MOST_PREFIX_BYTES {
        Some((
            written.span,
            format!(
                "prefix is too long: got {} bytes, limit {MOST_PREFIX_BYTES}",
                prefix.len()
            ),
            "shorten it".to_owned(),
        ))
    } else {
        None
    };
    if let Some((span, message, help)) = refusal {
        sink.report(span, message, help);
    }
    prefix.to_owned()
}

/// One ASCII character that cannot be taken for a part of a value or the end of a line.
fn delimiter(given: &Given<String>, sink: &mut ProblemSink) -> Option<char> {
    let written = given.written()?;
    let mut characters = written.value.chars();
    let delimiter = match (characters.next(), characters.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    let valid = |c: &char| {
        c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '"' | '\r' | '\n' | '\0')
    };
    let delimiter = delimiter.filter(valid);
    if delimiter.is_none() {
        sink.report(
            written.span,
            format!("{} cannot separate columns", in_backticks(&written.value)),
            r#"use one ASCII character that is no letter, digit, quote or line break, such as `";"`, `"|"` or `"\t"`"#,
        );
    }
    delimiter
}
