//! What an answer says of the rows of its request.
//!
//! An answer is about records only where its status says so. One that is about the request itself (who sends it, where to)
//! refuses no record: the object is tried again, and people are told.

use serde::Deserialize;
use serde_json::Value;
use sluice_courier::Answer;

use super::results::Fate;

/// What a refused record may be called besides `http_422` and its like: codes of our own checks, which an API of ours
/// answers with. Others are words of whoever answers, and alerts show what a record is called.
const OWN_CODES: [&str; 16] = [
    "does_not_fit_the_table",
    "missing",
    "not_a_boolean",
    "not_a_date",
    "not_a_decimal",
    "not_a_number",
    "not_a_timestamp",
    "not_allowed",
    "not_an_integer",
    "not_json",
    "pattern",
    "record_too_large",
    "too_great",
    "too_long",
    "too_short",
    "too_small",
];

/// The longest reason that is kept.
const MOST_REASON_BYTES: usize = 1024;

/// What an answer says.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    /// The same of every row.
    All(Fate),
    /// Of each row, with the status that it has.
    Each(Vec<(u16, Fate)>),
    /// One of the rows is at fault, and it does not say which.
    OneOfThem,
    /// The request is at fault, and no row.
    Fault(String),
}

/// An answer's body, as far as it says something of records: problem details (RFC 9457), or a result for each record.
#[derive(Debug, Default, Deserialize)]
struct Body {
    #[serde(default)]
    results: Option<Value>,
    #[serde(flatten)]
    problem: Problem,
}

/// A result of one record.
#[derive(Debug, Deserialize)]
struct Entry {
    status: u16,
    /// What our own API says of a record.
    #[serde(default)]
    outcome: Option<String>,
    #[serde(flatten)]
    problem: Problem,
}

/// Why something was refused, in the notations that are common.
#[derive(Debug, Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: Option<Value>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    detail: Option<Value>,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    errors: Option<Value>,
}

/// What the answer to a request for so many rows says.
pub(super) fn meaning(answer: &Answer, rows: usize) -> Meaning {
    let status = answer.status;
    let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let (Some(Value::Array(results)), 200..=299 | 400 | 422) = (&body.results, status) {
        let entries: Result<Vec<Entry>, _> = results.iter().map(Entry::deserialize).collect();
        match entries {
            Ok(entries) if entries.len() == rows => {
                return of_each(&entries, body.problem.errors.as_ref());
            }
            Ok(entries) => {
                return Meaning::Fault(format!(
                    "it answered for {} of {rows} records",
                    entries.len()
                ));
            }
            // To one record, an answer may have results of its own kind; of several, these say which are stored.
            Err(_) if rows > 1 => {
                return Meaning::Fault(
                    "its `results` do not have the `status` of each record".to_owned(),
                );
            }
            Err(_) => {}
        }
    }
    match status {
        200..=299 => Meaning::All(Fate::Stored),
        300..=399 => Meaning::Fault(format!(
            "HTTP status {status}: it is somewhere else; write the new `url`"
        )),
        400 | 409 | 413 | 422 if rows > 1 => Meaning::OneOfThem,
        400 | 409 | 413 | 422 => Meaning::All(refusal(status, &body.problem, None)),
        401 | 403 => Meaning::Fault(format!(
            "HTTP status {status}: it does not let this sender in; see `auth`"
        )),
        status => Meaning::Fault(format!("HTTP status {status}")),
    }
}

/// `errors` are those of all records, each with a pointer that begins with the number of its record: where none of them is
/// stored, they may be there and not with the results.
fn of_each(results: &[Entry], errors: Option<&Value>) -> Meaning {
    let mut fates = Vec::with_capacity(results.len());
    for (index, entry) in results.iter().enumerate() {
        let fate = match entry.status {
            200..=299 => Fate::Stored,
            409 if entry.outcome.as_deref() == Some("older") => Fate::Stale,
            400..=499 => {
                let own = errors_of(index, errors);
                refusal(entry.status, &entry.problem, own)
            }
            // It was not asked to store some of them later.
            status => {
                return Meaning::Fault(format!("HTTP status {status} of one of the records"));
            }
        };
        fates.push((entry.status, fate));
    }
    Meaning::Each(fates)
}

/// What a refused record is called: by the code that the answer has, if it is one of ours, and else by the status.
fn refusal(status: u16, problem: &Problem, elsewhere: Option<Value>) -> Fate {
    let errors = problem.errors.as_ref().or(elsewhere.as_ref());
    let first = errors.and_then(|errors| errors.get(0));
    let nested = first.and_then(|error| error.get("code"));
    let codes = [problem.code.as_ref(), nested];
    let kind = problem.kind.as_deref();
    let kind = kind.and_then(|kind| kind.rsplit(['/', ':', '#']).next());
    let is_newer = |code: &str| matches!(code, "newer_version" | "newer-version");
    let mut names = codes
        .iter()
        .flatten()
        .filter_map(|code| code.as_str())
        .chain(kind);
    if status == 409 && names.clone().any(is_newer) {
        return Fate::Stale;
    }
    let code = names.find(|code| OWN_CODES.contains(code));
    Fate::Refused {
        code: code.map_or_else(|| format!("http_{status}"), str::to_owned),
        reason: reason(problem, errors),
    }
}

/// The errors of one record among those of all.
fn errors_of(index: usize, errors: Option<&Value>) -> Option<Value> {
    let whole = format!("/{index}");
    let inside = format!("/{index}/");
    let is_own = |error: &&Value| {
        let pointer = error["pointer"].as_str().unwrap_or_default();
        pointer == whole || pointer.starts_with(&inside)
    };
    let own: Vec<Value> = errors?.as_array()?.iter().filter(is_own).cloned().collect();
    (!own.is_empty()).then_some(Value::Array(own))
}

/// What people may want to read of it, in the file of results alone.
fn reason(problem: &Problem, errors: Option<&Value>) -> String {
    let texts = [problem.detail.as_ref(), problem.message.as_ref(), errors];
    let texts = texts.into_iter().flatten().map(|value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    });
    let mut reason: String = problem
        .title
        .iter()
        .cloned()
        .chain(texts)
        .collect::<Vec<_>>()
        .join("; ");
    let mut end = reason.len().min(MOST_REASON_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str, rows: usize) -> Meaning {
        let answer = Answer {
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
        };
        meaning(&answer, rows)
    }

    fn refused(code: &str, reason: &str) -> Fate {
        Fate::Refused {
            code: code.to_owned(),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn of_one_row() {
        let check = |status, body, expected| {
            assert_eq!(
                of(status, body, 1),
                Meaning::All(expected),
                "{status} {body}"
            )
        };
        check(200, "", Fate::Stored);
        check(201, "{\"id\": 1}", Fate::Stored);
        check(202, "<html>", Fate::Stored);
        check(409, r#"{"code": "newer_version"}"#, Fate::Stale);
        check(
            409,
            r#"{"type": "https://example.com/problems/newer-version"}"#,
            Fate::Stale,
        );
        check(409, "{}", refused("http_409", ""));
        check(
            422,
            r#"{"code": "too_short", "title": "no", "detail": "ada@"}"#,
            refused("too_short", "no; ada@"),
        );
        check(
            400,
            r#"{"message": ["a", "b"], "code": 17}"#,
            refused("http_400", r#"["a","b"]"#),
        );
        // Whoever answers has no say in what alerts show.
        for code in [
            "Ada Lovelace",
            "call_this_number_now",
            "bad_email",
            "",
            "too_long\nand more",
        ] {
            let kind = format!("https://example.com/{code}");
            let body = serde_json::json!({ "code": code, "type": kind }).to_string();
            let expected = Meaning::All(refused("http_422", ""));
            assert_eq!(of(422, &body, 1), expected, "{body}");
            let body = serde_json::json!({ "results": [{ "status": 413, "code": code }] });
            let expected = vec![(413, refused("http_413", ""))];
            assert_eq!(of(200, &body.to_string(), 1), Meaning::Each(expected));
        }
        check(
            422,
            r#"{"code": 7, "type": "urn:x:too_long"}"#,
            refused("too_long", ""),
        );
        check(
            422,
            r#"{"errors": [{"code": "too_long", "pointer": "/name"}]}"#,
            refused("too_long", r#"[{"code":"too_long","pointer":"/name"}]"#),
        );
        check(413, "not JSON", refused("http_413", ""));
    }

    #[test]
    fn of_several_rows() {
        assert_eq!(of(201, "", 3), Meaning::All(Fate::Stored));
        assert_eq!(of(422, "{}", 3), Meaning::OneOfThem);
        assert_eq!(of(413, "", 2), Meaning::OneOfThem);
        let body = r#"{"results": [{"status": 201}, {"status": 422, "code": "too_long"}, {"status": 409, "code": "newer_version"}]}"#;
        let expected = vec![
            (201, Fate::Stored),
            (422, refused("too_long", "")),
            (409, Fate::Stale),
        ];
        assert_eq!(of(200, body, 3), Meaning::Each(expected));
        assert_eq!(
            of(200, body, 4),
            Meaning::Fault("it answered for 3 of 4 records".to_owned())
        );
        let unknown = r#"{"results": [{"ok": true}, {"ok": false}]}"#;
        assert!(matches!(of(200, unknown, 2), Meaning::Fault(_)));
        let one = r#"{"results": [{"ok": true}]}"#;
        assert_eq!(of(200, one, 1), Meaning::All(Fate::Stored));
        let body = r#"{"results": [{"status": 422}, {"status": 422}],
            "errors": [{"pointer": "/1/name", "code": "too_long"}, {"pointer": "/11", "code": "other"}]}"#;
        let expected = vec![
            (422, refused("http_422", "")),
            (
                422,
                refused("too_long", r#"[{"code":"too_long","pointer":"/1/name"}]"#),
            ),
        ];
        assert_eq!(of(422, body, 2), Meaning::Each(expected));
        assert!(matches!(
            of(200, r#"{"results": [{"status": 503}]}"#, 1),
            Meaning::Fault(_)
        ));
    }

    #[test]
    fn what_is_no_record_s_fault() {
        for status in [
            301, 302, 308, 401, 402, 403, 404, 405, 406, 410, 415, 451, 501, 505, 100,
        ] {
            for rows in [1, 2] {
                assert!(
                    matches!(of(status, "{}", rows), Meaning::Fault(_)),
                    "{status}"
                );
            }
        }
    }
}
