//! A request, as whoever received it tells it.

use sluice_contract::stack::Api;

/// One request to the API of one pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Its method, in upper case.
    pub method: String,
    /// What it is about.
    pub target: Target,
    /// Its headers, with names in any case.
    pub headers: Vec<(String, String)>,
    /// Its body, without any encoding of the transport.
    pub body: Vec<u8>,
    /// Who calls, where that is known: an `Idempotency-Key` is the caller's own.
    pub principal: Option<String>,
    /// What tells it from every other request, and from its own retries.
    pub id: String,
    /// When it arrived: microseconds since 1970-01-01T00:00:00Z.
    pub received_at: i64,
}

/// What a request is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Target {
    /// `{path}`: one record.
    #[default]
    Records,
    /// `{path}/batch`: several records. To `GET` it is the record with the key `batch`.
    Batch,
    /// `{path}/{key}`: the record of this key, of which nothing is percent-encoded any more.
    Record(String),
    /// Something that this API does not have.
    Unknown,
}

impl Target {
    /// The last part of the path that takes several records.
    pub const BATCH: &'static str = "batch";

    /// What a path means to an API. The path is as in the request's line, without its query.
    pub fn of(api: &Api, path: &str) -> Target {
        let Some(rest) = path.strip_prefix(&api.path) else {
            return Target::Unknown;
        };
        match rest.strip_prefix('/') {
            None if rest.is_empty() => Target::Records,
            Some(Self::BATCH) => Target::Batch,
            Some(key) if !key.is_empty() => match percent_decoded(key) {
                Some(key) => Target::Record(key),
                None => Target::Unknown,
            },
            None | Some(_) => Target::Unknown,
        }
    }
}

impl Request {
    /// The value of a header; `None` where it is not there. Of several the first.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A part of a path without percent-encoding; `None` where it is wrong, or no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        #[track_caller]
        fn check(path: &str, expected: Target) {
            let api = crate::tests::pipeline("").api;
            let target = api.map(|api| Target::of(&api, path));
            assert_eq!(target, Some(expected), "{path}");
        }
        check("/people", Target::Records);
        check("/people/batch", Target::Batch);
        check("/people/1", Target::Record("1".to_owned()));
        check("/people/a%2Fb%c3%A4", Target::Record("a/bä".to_owned()));
        check("/people/a/b", Target::Record("a/b".to_owned()));
        check("/people/", Target::Unknown);
        check("/peoples", Target::Unknown);
        check("/people/%", Target::Unknown);
        check("/people/%zz", Target::Unknown);
        check("/people/%ff", Target::Unknown);
        check("/", Target::Unknown);
        check("", Target::Unknown);
    }
}
