//! `[pipeline.NAME.http]`: an API that cleaned records are sent to.

use crate::manifest::{Http, HttpAuth};
use crate::problem::{ProblemSink, Span};
use crate::reader::{Given, Short, Written, in_backticks};
use crate::resolve::number::number;
use crate::resolve::secret::secret_name;
use sluice_contract::stack::{self, Host};

/// The longest URL: it is a variable of a function, and all of these together have 4 KB.
const MOST_URL_BYTES: usize = 512;

/// The most records of a request.
const MOST_RECORDS: u32 = 1000;

/// Headers that a request has already, or that belong to the connection.
const TAKEN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "transfer-encoding",
];

/// The API, if the pipeline has one.
pub(super) fn http(
    given: &Given<Short<Http>>,
    host: &Host,
    sink: &mut ProblemSink,
) -> Option<stack::Http> {
    let written = given.written()?;
    let Short(http) = &written.value;
    let mut numbered = |given, what, range, default| number(given, what, range, default, sink);
    let (batch, in_flight) = (
        numbered(&http.batch, "`batch`", 1..=MOST_RECORDS, 1),
        numbered(&http.in_flight, "`in_flight`", 1..=64, 8),
    );
    let (connect_timeout_ms, timeout_ms, retry_seconds) = (
        numbered(
            &http.connect_timeout_ms,
            "`connect_timeout_ms`",
            50..=30_000,
            3000,
        ),
        numbered(&http.timeout_ms, "`timeout_ms`", 50..=120_000, 30_000),
        numbered(&http.retry_seconds, "`retry_seconds`", 0..=3600, 120),
    );
    let rate = rate(&http.rate, sink);
    let url = match http.url.written() {
        Some(url) => is_url(url, sink).then(|| url.value.clone()),
        None => {
            if http.url.is_absent() {
                sink.report(
                    written.key,
                    "`http` does not say where records are sent",
                    "add `url = \"https://…\"`",
                );
            }
            None
        }
    };
    let auth = http.auth.written().and_then(|written| auth(written, sink));
    if let (Some(url), Some(written), Some(stack::HttpAuth::SigV4)) =
        (&url, http.url.written(), &auth)
        && url.contains(".lambda-url.")
    {
        sink.report(
            written.span,
            "requests to the URL of a function are not signed",
            "put an HTTP API of API Gateway before the function, and write its URL",
        );
    }
    let meant = stack::Http {
        url: url.unwrap_or_default(),
        batch,
        in_flight,
        rate,
        connect_timeout_ms,
        timeout_ms,
        retry_seconds,
        auth,
    };
    fits_an_invocation(http, &meant, written.key, host, sink);
    (!meant.url.is_empty()).then_some(meant)
}

/// Refuses what no invocation has the time for: an object gets on only by what is sent within one.
fn fits_an_invocation(
    written: &Http,
    http: &stack::Http,
    key: Span,
    host: &Host,
    sink: &mut ProblemSink,
) {
    let timeout = f64::from(host.timeout_seconds);
    let has = timeout * stack::WORKING_SHARE;
    let request = f64::from(http.timeout_ms) / 1000.0;
    if request >= has {
        let span = written.timeout_ms.written();
        sink.report(
            span.map_or(key, |written| written.span),
            format!(
                "a request may take {} s, and an invocation has {} s of the function's {timeout} s for it",
                shown(request),
                shown(has)
            ),
            "choose a smaller `timeout_ms`, or a greater `timeout_seconds` of `[host]`",
        );
    }
    let (Some(rate), Some((records, seconds))) = (written.rate.written(), http.at_a_time()) else {
        return;
    };
    // When reading stops, all of what was read last may still have to be sent.
    let has = has - timeout * stack::READING_SHARE;
    if seconds <= has {
        return;
    }
    let needed = f64::from(records) / has;
    let least_rate = (needed / f64::from(http.batch) * 100.0).ceil() / 100.0;
    let least_batch = (needed / rate.value).ceil();
    let batch = match least_batch <= f64::from(MOST_RECORDS) {
        true => format!("a `batch` of at least {least_batch}, "),
        false => String::new(),
    };
    sink.report(
        rate.span,
        format!(
            "no object would get on: {records} records, which are read at a time, take {} s at this `rate`, and an \
             invocation has {} s of the function's {timeout} s to send them",
            shown(seconds),
            shown(has)
        ),
        format!(
            "choose a `rate` of at least {least_rate}, {batch}or a greater `timeout_seconds` of `[host]`"
        ),
    );
}

/// Seconds, with a tenth where it matters.
fn shown(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

fn rate(given: &Given<f64>, sink: &mut ProblemSink) -> Option<f64> {
    let written = given.written()?;
    if (0.01..=100_000.0).contains(&written.value) {
        return Some(written.value);
    }
    sink.report(
        written.span,
        format!("`rate` is out of range: got {}, allowed 0.01 to 100000", written.value),
        "say how many requests a second are begun, or leave it out for as many as there is room for",
    );
    None
}

/// Whether a text is a URL that requests can go to. `http://` would send records in the clear, but to this machine.
fn is_url(written: &Written<String>, sink: &mut ProblemSink) -> bool {
    let url = written.value.as_str();
    let mut wrong = |message: String, help: &str| {
        sink.report(written.span, message, help);
        false
    };
    if url.len() > MOST_URL_BYTES {
        return wrong(
            format!(
                "`url` is too long: got {} bytes, limit {MOST_URL_BYTES} bytes",
                url.len()
            ),
            "choose a shorter path",
        );
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic())
        || url.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        return wrong(
            "`url` holds characters that a URL cannot have".to_owned(),
            "write them as `%` and two hexadecimal digits",
        );
    }
    if url.contains('#') {
        return wrong(
            "`url` has a fragment, which is never sent".to_owned(),
            "leave out `#` and what follows",
        );
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return wrong(
            "`url` holds a user or a password, which a manifest must not".to_owned(),
            "leave it out, and use `auth = { header = \"authorization\", secret = \"NAME\" }`",
        );
    }
    if !matches!(scheme, "https" | "http") || authority.is_empty() {
        return wrong(
            format!("{} is no URL of an API", in_backticks(url)),
            "write `https://HOST/PATH`",
        );
    }
    if scheme == "http" && !stack::Http::is_local(url) {
        return wrong(
            "records would be sent in the clear".to_owned(),
            "write `https://`; `http://` is for an API on the same machine, at `127.0.0.1` or `localhost`",
        );
    }
    true
}

fn auth(written: &Written<Short<HttpAuth>>, sink: &mut ProblemSink) -> Option<stack::HttpAuth> {
    let Short(auth) = &written.value;
    let (header, secret) = (auth.header.written(), auth.secret.written());
    match (auth.scheme.written(), header, secret) {
        (Some(_), None, None) => Some(stack::HttpAuth::SigV4),
        (Some(scheme), _, _) => {
            sink.report(
                scheme.span,
                "a request has a signature or a header with a secret, and not both",
                "leave out `scheme`, or `header` and `secret`",
            );
            None
        }
        (None, Some(header), Some(secret)) => {
            let name = header_name(header, sink);
            let secret = secret_name(secret, sink);
            Some(stack::HttpAuth::Header {
                name: name?,
                secret: secret?,
            })
        }
        (None, ..) => {
            if sink.is_clean_at(written.span) {
                sink.report(
                    written.span,
                    "a header needs a name and a secret",
                    "write `auth = { header = \"x-api-key\", secret = \"NAME\" }`",
                );
            }
            None
        }
    }
}

/// A header's name (RFC 9110, section 5.6.2), in lower case.
fn header_name(written: &Written<String>, sink: &mut ProblemSink) -> Option<String> {
    let name = written.value.to_ascii_lowercase();
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        sink.report(
            written.span,
            format!("{} is no name of a header", in_backticks(&written.value)),
            "write the name alone, such as `x-api-key` or `authorization`",
        );
        return None;
    }
    if TAKEN_HEADERS.contains(&name.as_str()) {
        sink.report(
            written.span,
            format!("every request has a header {} already", in_backticks(&name)),
            "choose the header that the API wants its key in",
        );
        return None;
    }
    Some(name)
}
