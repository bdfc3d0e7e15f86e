//! Where a pipeline's objects come from and how their records are written.

use super::dialect::dialect;
use super::json;
use super::number::number;
use crate::manifest::Source;
use crate::nearest::{listed, nearest};
use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, OneOrMany, Word, Written, in_backticks};
use sluice_contract::stack::{
    self, Dialect, Encoding, Format, Host, Items, QUEUE_RETENTION_SECONDS, UnknownEncoding, Via,
};

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
        split_mb: DEFAULT_SPLIT_MB,
        records: Vec::new(),
        items: Items::default(),
        format: None,
        encoding: Encoding::Auto,
        max_window_mb: stack::Source::LEAST_WINDOW_MB,
        ignore: Vec::new(),
        dialect: Dialect::default(),
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
        split_mb: number(
            &source.split_mb,
            "`split_mb`",
            0..=10_240,
            fallback.split_mb,
            sink,
        ),
        records: json::records(&source.records, formats, sink),
        items: json::items(&source.items, formats, sink),
        format: format(&source.format, formats, sink),
        encoding: encoding(&source.encoding, sink),
        max_window_mb: max_window_mb(&source.max_window_mb, host, sink),
        ignore: ignore(&source.ignore, sink),
        dialect: dialect(source, sink),
        prefix: fallback.prefix,
    }
}

/// The format of objects whose names tell none, which is one that the pipeline takes.
fn format(
    given: &Given<Word<Format>>,
    formats: &[Format],
    sink: &mut ProblemSink,
) -> Option<Format> {
    let written = given.written()?;
    let Word(format) = written.value;
    if !formats.contains(&format) {
        let taken = formats.iter().map(|format| format.name());
        sink.report(
            written.span,
            format!(
                "`format` is `{}`, which `formats` leaves out",
                format.name()
            ),
            format!("add it to `formats`, or choose {}", listed(taken, "or")),
        );
    }
    Some(format)
}

fn encoding(given: &Given<String>, sink: &mut ProblemSink) -> Encoding {
    let Some(written) = given.written() else {
        return Encoding::Auto;
    };
    Encoding::try_from(written.value.clone()).unwrap_or_else(|UnknownEncoding(label)| {
        let labels = || Encoding::LABELS.iter().copied();
        let help = match nearest(&label, labels()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!(
                "use a label of the Encoding Standard, such as {}, or `{}`",
                listed(labels().take(6), "or"),
                Encoding::AUTO
            ),
        };
        sink.report(
            written.span,
            format!("{} is no encoding", in_backticks(&label)),
            help,
        );
        Encoding::Auto
    })
}

/// How much a frame may ask for, which must leave the function room for everything else.
fn max_window_mb(given: &Given<i64>, host: &Host, sink: &mut ProblemSink) -> u32 {
    let least = stack::Source::LEAST_WINDOW_MB;
    let mb = number(given, "`max_window_mb`", least..=2048, least, sink);
    let most = host.memory_mb / 2;
    if mb > most
        && let Some(written) = given.written()
    {
        sink.report(
            written.span,
            format!(
                "a window of {mb} MB does not fit the function: half of its {} MB are {most} MB",
                host.memory_mb
            ),
            "lower it, or raise `memory_mb` of `[host]`",
        );
    }
    mb
}

/// Patterns that leave something over.
fn ignore(given: &Given<OneOrMany<String>>, sink: &mut ProblemSink) -> Vec<String> {
    let Some(written) = given.written() else {
        return Vec::new();
    };
    for pattern in &written.value.0 {
        let refusal = if pattern.value.is_empty() {
            "an empty pattern in `ignore` is no object's name"
        } else if pattern.value.chars().all(|c| c == '*' || c == '/') {
            "this pattern ignores everything"
        } else {
            continue;
        };
        sink.report(
            pattern.span,
            refusal,
            "write the end of a name, such as `\"*.bak\"`, or a folder behind the prefix, such as `\"drafts/*\"`",
        );
    }
    let patterns = written.value.0.iter().map(|pattern| pattern.value.clone());
    patterns.collect()
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
