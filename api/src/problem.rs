//! What can be wrong with a request, and with us: one list, from which the handler answers and the documents tell.
//!
//! Problems are written as RFC 9457 has it. None of them holds a value of a record.

use serde_json::{Map, Value, json};

use crate::answer::Answer;

/// The media type of a problem.
pub const MEDIA: &str = "application/problem+json";

/// What the names of our types start with.
pub const TYPE_PREFIX: &str = "urn:sluice:problem:";

/// Declares the problems: name in Rust, code, status, title, and when it is answered.
macro_rules! problems {
    ($($(#[$about:meta])* $name:ident = $code:literal, $status:literal, $title:literal, $when:literal;)*) => {
        $($(#[$about])* pub const $name: &ProblemType = &ProblemType { code: $code, status: $status, title: $title, when: $when };)*

        /// Every type of problem that the handler answers with.
        pub const ALL: &[&ProblemType] = &[$($name),*];
    };
}

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemType {
    /// A short stable name.
    pub code: &'static str,
    /// The status of its answer.
    pub status: u16,
    /// What it is, for people; the same each time.
    pub title: &'static str,
    /// When it is answered, for the documents.
    pub when: &'static str,
}

problems! {
    /// The body is empty.
    EMPTY_BODY = "empty_body", 400, "the body is empty", "there is nothing but blanks in it";
    /// The body is not UTF-8.
    NOT_UTF8 = "not_utf8", 400, "the body is not UTF-8", "`detail` says at which byte";
    /// The body is not JSON.
    BROKEN_JSON = "broken_json", 400, "the body is not JSON", "`detail` says at which line and column; of NDJSON only the record of the line is refused";
    /// The body is JSON, but of another shape.
    WRONG_SHAPE = "wrong_shape", 400, "the body is no record", "it is no object, or in a batch no array";
    /// The key of idempotency cannot be one.
    BAD_IDEMPOTENCY_KEY = "bad_idempotency_key", 400, "the `Idempotency-Key` cannot be used", "it is empty, longer than 255 characters, or has others than visible ASCII";
    /// There is nothing at the path.
    NOT_FOUND = "not_found", 404, "there is nothing here", "the path is none of this API";
    /// There is no record of the key.
    NO_SUCH_RECORD = "no_such_record", 404, "there is no record of this key", "also of a key that no record can have";
    /// The path has other methods.
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "this method is not possible here", "`Allow` says which are";
    /// A newer version is stored.
    NEWER_VERSION = "newer_version", 409, "a newer version of the record is stored", "by `order_by`; without one, a record that arrived later";
    /// The first request with this key is under way.
    UNDER_WAY = "under_way", 409, "a request with this `Idempotency-Key` is under way", "`Retry-After` says when to ask again";
    /// The body is too long.
    BODY_TOO_LARGE = "body_too_large", 413, "the body is too long", "longer than `max_body_kb`";
    /// There are too many records.
    TOO_MANY_RECORDS = "too_many_records", 413, "there are too many records", "more than `max_records`";
    /// The record is too long.
    RECORD_TOO_LARGE = "record_too_large", 413, "the record is too long", "longer than `limits.max_record_bytes`; in a batch it is one of the results";
    /// The media type is another.
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, "the body has another media type", "`detail` says which are taken; UTF-8 only, and no `Content-Encoding`";
    /// The record was refused.
    REJECTED = "rejected", 422, "the record was refused", "by the plugin, the checks or the table; `errors` says why. Of a batch: every record that the plugin did not leave out was";
    /// The key was used with another body.
    OTHER_BODY = "other_body", 422, "the `Idempotency-Key` was used for another request", "another body, or another path";
    /// Too many requests.
    TOO_MANY_REQUESTS = "too_many_requests", 429, "too many requests", "more than `throttle` allows; `Retry-After` says when to ask again";
    /// The plugin or we failed.
    FAILED = "failed", 500, "the request could not be dealt with", "the plugin failed as a whole, or records are unaccounted for; people are told. Nothing is known of what was stored";
    /// What we need cannot be reached.
    UNAVAILABLE = "unavailable", 503, "the records cannot be stored now", "the table, the stream or the memory of keys does not answer; `Retry-After` says when to try again, best with an `Idempotency-Key`";
}

impl ProblemType {
    /// Its name as a URI.
    pub fn uri(&self) -> String {
        format!("{TYPE_PREFIX}{}", self.code)
    }

    /// A problem of this type. `detail` says what it is this time, without a value of a record.
    pub fn because(&'static self, detail: impl Into<String>) -> Problem {
        Problem {
            of: self,
            detail: detail.into(),
            members: Map::new(),
            retry_after_seconds: None,
            allow: None,
        }
    }
}

/// What is wrong this time.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What kind of problem it is.
    pub of: &'static ProblemType,
    /// What it is this time, for people.
    pub detail: String,
    /// What else there is to say.
    pub(crate) members: Map<String, Value>,
    /// When to try again.
    pub(crate) retry_after_seconds: Option<u32>,
    /// What is possible instead.
    pub(crate) allow: Option<&'static str>,
}

impl Problem {
    /// With one more member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// With a time to wait.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds.max(1));
        self
    }

    /// With what is possible instead.
    pub(crate) fn allow(mut self, methods: &'static str) -> Self {
        self.allow = Some(methods);
        self
    }

    /// As an answer.
    pub fn answer(self) -> Answer {
        let mut body = json!({
            "type": self.of.uri(),
            "title": self.of.title,
            "status": self.of.status,
            "detail": self.detail,
        });
        if let Value::Object(body) = &mut body {
            body.extend(self.members);
        }
        let mut answer = Answer::json(self.of.status, body.to_string());
        answer.headers.clear();
        answer = answer.with("content-type", MEDIA);
        if let Some(seconds) = self.retry_after_seconds {
            answer = answer.with("retry-after", seconds.to_string());
        }
        if let Some(methods) = self.allow {
            answer = answer.with("allow", methods);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_differ_and_statuses_are_in_order() {
        let codes: BTreeSet<&str> = ALL.iter().map(|of| of.code).collect();
        assert_eq!(codes.len(), ALL.len());
        assert!(ALL.is_sorted_by_key(|of| of.status));
    }
}
