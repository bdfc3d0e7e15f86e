//! `[pipeline.NAME.api]`: where records are taken by HTTP, from whom, and how many.

use super::number::number;
use crate::manifest::{Api, Pipeline, Throttle, WrittenAuth};
use crate::problem::{ProblemSink, Span};
use crate::reader::{Entry, Given, OneOrMany, Toggle, Word, Written, in_backticks};
use sluice_contract::stack::{self, Auth, Format, Items, Jwt, Sink};

/// A request's line and headers have 10,240 bytes, and the record's key and others are in there too.
const MOST_PATH_BYTES: usize = 256;

/// The longest record that Firehose takes (Amazon Data Firehose API Reference, *PutRecord*).
const MOST_DELIVERED_BYTES: u32 = 1000 << 10;

const DEFAULT_MAX_RECORDS: u32 = 500;
const DEFAULT_MAX_BODY_KB: u32 = 1024;
const DEFAULT_RATE: u32 = 100;
const DEFAULT_TIMEOUT_SECONDS: u32 = 20;

/// What `gen serve` and an API's own pages are called.
const OUR_PATHS: [&str; 2] = ["/health", "/openapi.json"];

/// The API of a pipeline of which everything else is known, if it has one.
pub(super) fn api(
    written: &Pipeline,
    pipeline: &stack::Pipeline,
    sink: &mut ProblemSink,
) -> Option<stack::Api> {
    let given = written.api.written()?;
    let api = given.value.0.as_ref()?;
    check_sinks(given.key, pipeline, sink);
    // A format that could not be read may have been the one that is wanted.
    let formats = written.formats.written().map(|formats| formats.span);
    if formats.is_none_or(|formats| sink.is_clean_at(formats)) {
        check_files_of_the_lake(given.key, pipeline, sink);
    }
    let auth = auth(api, given.key, &pipeline.name, sink);
    Some(stack::Api {
        path: path(&api.path, &pipeline.name, sink),
        max_records: number(
            &api.max_records,
            "`max_records`",
            1..=5000,
            DEFAULT_MAX_RECORDS,
            sink,
        ),
        max_body_kb: number(
            &api.max_body_kb,
            "`max_body_kb`",
            1..=stack::Api::MOST_BODY_KB,
            DEFAULT_MAX_BODY_KB,
            sink,
        ),
        cors: cors(&api.cors, &auth, sink),
        throttle: throttle(&api.throttle, sink),
        timeout_seconds: timeout_seconds(&api.timeout_seconds, pipeline, sink),
        auth,
    })
}

/// Two APIs of one stack are told apart by their paths.
pub(super) fn refuse_overlapping_paths(entries: &[Entry<Pipeline>], sink: &mut ProblemSink) {
    let mut seen: Vec<(&str, String)> = Vec::new();
    for entry in entries {
        let Some(Toggle(Some(api))) = entry.value.as_ref().and_then(|it| it.api.value()) else {
            continue;
        };
        let name = entry.name.value.as_str();
        let path = api.path.value().cloned();
        let path = path.unwrap_or_else(|| default_path(name));
        let overlaps = |other: &str| {
            other == path
                || other.starts_with(&format!("{path}/"))
                || path.starts_with(&format!("{other}/"))
        };
        if let Some((other_name, other)) = seen.iter().find(|(_, other)| overlaps(other)) {
            let span = api.path.written().map_or(entry.name.span, |path| path.span);
            sink.report(
                span,
                format!(
                    "path {} of pipeline `{name}` overlaps with {} of pipeline `{other_name}`",
                    in_backticks(&path),
                    in_backticks(other)
                ),
                "choose a `path` that is no other's, and below no other's",
            );
        }
        seen.push((name, path));
    }
}

fn default_path(pipeline: &str) -> String {
    format!("/{pipeline}")
}

/// A path that means the same in a route of API Gateway, in an ARN and in a URL.
fn path(given: &Given<String>, pipeline: &str, sink: &mut ProblemSink) -> String {
    let Some(written) = given.written() else {
        return default_path(pipeline);
    };
    let path = written.value.as_str();
    let shown = in_backticks(path);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    let (span, message, help) = if !path.starts_with('/') {
        let help = "begin it with `/`, such as `/feedback`";
        (
            written.span,
            format!("path {shown} does not start with `/`"),
            help,
        )
    } else if let Some((at, c)) = path.char_indices().find(|(_, c)| !allowed(*c)) {
        let message = format!("path {shown} holds {}", in_backticks(&c.to_string()));
        let place = written.inside(at..at + c.len_utf8(), sink);
        (place, message, "use letters, digits and `/ - _ . ~`")
    } else if path[1..]
        .split('/')
        .any(|part| matches!(part, "" | "." | ".."))
    {
        let message = format!("path {shown} has a part that is empty or only dots");
        let help = "leave it out, also a `/` at the end: records are at `PATH/KEY`";
        (written.span, message, help)
    } else if OUR_PATHS.contains(&path) {
        let help = "choose another: `gen serve` answers there itself";
        (written.span, format!("path {shown} is taken"), help)
    } else if path.len() > MOST_PATH_BYTES {
        let bytes = path.len();
        let message = format!("path is too long: got {bytes} bytes, limit {MOST_PATH_BYTES}");
        (written.span, message, "shorten it")
    } else {
        return path.to_owned();
    };
    sink.report(span, message, help);
    path.to_owned()
}

/// Who may call; `api` is where the API's own key is.
fn auth(written: &Api, api: Span, pipeline: &str, sink: &mut ProblemSink) -> Auth {
    let word = written.auth.value().map(|Word(auth)| *auth);
    let public = written.public.written().filter(|public| public.value);
    if let (WrittenAuth::None, Some(auth), None) = (
        word.unwrap_or(WrittenAuth::Iam),
        written.auth.written(),
        public,
    ) {
        sink.report(
            auth.span,
            format!("everybody could write to pipeline `{pipeline}`"),
            "add `public = true` if that is meant, or use `\"iam\"` or `\"jwt\"`",
        );
    }
    if let Some(public) = public.filter(|_| word != Some(WrittenAuth::None))
        && !matches!(written.auth, Given::Wrong)
    {
        sink.report(
            public.key,
            "`public` says that nobody is asked who they are, but `auth` asks",
            "leave it out, or write `auth = \"none\"`",
        );
    }
    if word != Some(WrittenAuth::Jwt) {
        let keys = [
            ("issuer", written.issuer.written().map(|it| it.key)),
            ("audience", written.audience.written().map(|it| it.key)),
            ("scopes", written.scopes.written().map(|it| it.key)),
        ];
        for (key, span) in keys {
            if let Some(span) = span.filter(|_| !matches!(written.auth, Given::Wrong)) {
                sink.report(
                    span,
                    format!("`{key}` is about tokens, which this API does not ask for"),
                    "add `auth = \"jwt\"`, or leave it out",
                );
            }
        }
    }
    match word {
        None | Some(WrittenAuth::Iam) => Auth::Iam,
        Some(WrittenAuth::None) => Auth::None,
        Some(WrittenAuth::Jwt) => Auth::Jwt(jwt(written, api, sink)),
    }
}

fn jwt(written: &Api, api: Span, sink: &mut ProblemSink) -> Jwt {
    let span = written.auth.written().map_or(api, |auth| auth.span);
    Jwt {
        issuer: issuer(&written.issuer, span, sink),
        audience: some(
            &written.audience,
            span,
            "for whom tokens are",
            "add `audience = [\"…\"]`: names of which a token's `aud` or `client_id` is one",
            sink,
        ),
        scopes: some(
            &written.scopes,
            span,
            "what tokens must allow",
            "add `scopes = [\"…\"]`, of which a token must have one: without any, a token that only says who somebody is \
             would do",
            sink,
        ),
    }
}

fn issuer(given: &Given<String>, auth: Span, sink: &mut ProblemSink) -> String {
    const REMEDY: &str =
        "write the address that tokens have as `iss`, such as `https://login.example.com`";
    let Some(written) = given.written() else {
        if given.is_absent() {
            sink.report(
                auth,
                "it is not said who issues the tokens",
                format!("add `issuer`: {REMEDY}"),
            );
        }
        return String::new();
    };
    let rest = written.value.strip_prefix("https://");
    let valid = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest
                .chars()
                .all(|c| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@'))
    });
    if !valid {
        sink.report(
            written.span,
            format!("{} is no issuer's address", in_backticks(&written.value)),
            REMEDY,
        );
    }
    written.value.clone()
}

/// At least one of them, each once. `auth` is where what is missing is said.
fn some(
    given: &Given<OneOrMany<String>>,
    auth: Span,
    what: &str,
    help: &str,
    sink: &mut ProblemSink,
) -> Vec<String> {
    let written = given.written();
    let values = written.map_or(&[][..], |written| written.value.0.as_slice());
    if values.is_empty() && !matches!(given, Given::Wrong) {
        let span = written.map_or(auth, |written| written.span);
        if written.is_none() || sink.is_clean_at(span) {
            sink.report(span, format!("it is not said {what}"), help);
        }
    }
    once(values, sink)
}

/// The values, of which each is there once and says something.
fn once(values: &[Written<String>], sink: &mut ProblemSink) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for written in values {
        let shown = in_backticks(&written.value);
        if written.value.is_empty() || written.value.contains(char::is_whitespace) {
            let message = format!("{shown} is empty or holds a blank");
            sink.report(written.span, message, "write one name, without blanks");
        } else if seen.contains(&written.value) {
            let message = format!("{shown} is listed twice");
            sink.report(written.span, message, "leave one out");
        }
        seen.push(written.value.clone());
    }
    seen
}

/// Origins as browsers send them.
fn cors(given: &Given<OneOrMany<String>>, auth: &Auth, sink: &mut ProblemSink) -> Vec<String> {
    let Some(OneOrMany(written)) = given.value() else {
        return Vec::new();
    };
    let origins = once(written, sink);
    for origin in written {
        let shown = in_backticks(&origin.value);
        if origin.value == "*" {
            if *auth != Auth::None {
                sink.report(
                    origin.span,
                    "pages of any origin could use what their visitors may do here",
                    "name the origins, or let everybody call with `auth = \"none\"` and `public = true`",
                );
            } else if origins.len() > 1 {
                let help = "leave out the others, or the `*`";
                sink.report(origin.span, "`*` stands for every origin already", help);
            }
        } else if !origin.value.is_empty() && !is_origin(&origin.value) {
            sink.report(
                origin.span,
                format!("{shown} is no origin"),
                "write it as browsers send it: `https://www.example.com`, with a port where there is one, in lower case \
                 and without a path",
            );
        }
    }
    origins
}

fn is_origin(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        let (host, port) = host.split_once(':').unwrap_or((host, "443"));
        !host.is_empty()
            && host
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'.'))
            && port.parse::<u16>().is_ok()
    })
}

fn throttle(given: &Given<Throttle>, sink: &mut ProblemSink) -> stack::Throttle {
    let absent = Throttle::default();
    let written = given.value().unwrap_or(&absent);
    let rate = number(
        &written.rate,
        "`rate` of `throttle`",
        1..=10_000,
        DEFAULT_RATE,
        sink,
    );
    let burst = number(
        &written.burst,
        "`burst` of `throttle`",
        1..=10_000,
        rate.saturating_mul(2).min(10_000),
        sink,
    );
    stack::Throttle { rate, burst }
}

/// Less than API Gateway waits, so that nobody is told of a failure while their record is stored; and more than the plugin
/// may take for it.
fn timeout_seconds(given: &Given<i64>, pipeline: &stack::Pipeline, sink: &mut ProblemSink) -> u32 {
    let seconds = number(
        given,
        "`timeout_seconds` of `api`",
        2..=stack::Api::MOST_TIMEOUT_SECONDS,
        DEFAULT_TIMEOUT_SECONDS,
        sink,
    );
    let batch_ms = pipeline
        .plugin
        .as_ref()
        .map_or(0, |plugin| plugin.limits.batch_timeout_ms);
    if let Some(written) = given.written()
        && batch_ms >= seconds * 1000
    {
        sink.report(
            written.span,
            format!("a request may take {seconds} s, but the plugin {batch_ms} ms for its records"),
            "lower `batch_timeout_ms` of the plugin, or raise this",
        );
    }
    seconds
}

/// Whatever is answered as taken must be somewhere afterwards: in the table, or in files on their way to every other sink.
fn check_sinks(api: Span, pipeline: &stack::Pipeline, sink: &mut ProblemSink) {
    if pipeline.lake().is_some() {
        return;
    }
    let mut others = pipeline.sinks.iter().filter(|it| match it {
        Sink::Table(_) | Sink::Lake(_) => false,
        Sink::Http(_) => true,
    });
    if let Some(other) = others.next() {
        sink.report(
            api,
            format!(
                "records that come by HTTP would not reach `{}` of pipeline `{}`",
                other.name(),
                pipeline.name
            ),
            "add `lake = true`: they are written to files then, which every sink gets; or give the API a pipeline of its own",
        );
    }
}

/// What comes by HTTP goes into the lake in files below the raw prefix, which the pipeline then reads like any other.
fn check_files_of_the_lake(api: Span, pipeline: &stack::Pipeline, sink: &mut ProblemSink) {
    if pipeline.lake().is_none() {
        return;
    }
    let source = &pipeline.source;
    let fact = if !pipeline.formats.contains(&Format::Ndjson) {
        "`formats` leaves out `ndjson`"
    } else if source.items != Items::Plain {
        "`items` of the source are not plain"
    } else if !["auto", "utf-8"].contains(&String::from(source.encoding).as_str()) {
        "the `encoding` of the source is not UTF-8"
    } else if pipeline.limits.max_record_bytes > MOST_DELIVERED_BYTES {
        "`limits.max_record_bytes` is more than the 1,000 KiB that Firehose delivers"
    } else {
        return;
    };
    sink.report(
        api,
        format!(
            "records that come by HTTP go into the lake of pipeline `{}` as files of NDJSON, which it does not take: {fact}",
            pipeline.name
        ),
        "let it take them, or give the API a pipeline of its own",
    );
}
