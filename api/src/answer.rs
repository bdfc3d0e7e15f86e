//! An answer, and the form in which one is kept to be given once more.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::media::JSON;

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
}

impl Answer {
    /// Without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// With a text of JSON.
    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let answer = Self {
            body: body.into(),
            ..Self::empty(status)
        };
        answer.with("content-type", JSON)
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, for whoever looks into it; null where it is none.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// An answer in the form in which it is kept: compressed, because the results of a batch are much alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer(
    /// The bytes.
    pub Vec<u8>,
);

/// What was kept is no answer.
#[derive(Debug, thiserror::Error)]
#[error("what was kept of an earlier answer cannot be read: {0}")]
pub struct NotAnAnswer(String);

#[derive(Serialize, Deserialize)]
struct Written {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl KeptAnswer {
    /// Of an answer.
    pub fn of(answer: &Answer) -> Self {
        let written = Written {
            status: answer.status,
            headers: answer.headers.clone(),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        };
        let json = serde_json::to_vec(&written).expect("texts and numbers are JSON");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        let done = packed.write_all(&json).and_then(|()| packed.finish());
        Self(done.expect("memory takes whatever is written"))
    }

    /// The answer.
    pub fn answer(&self) -> Result<Answer, NotAnAnswer> {
        let mut json = Vec::new();
        GzDecoder::new(self.0.as_slice())
            .read_to_end(&mut json)
            .map_err(|error| NotAnAnswer(error.to_string()))?;
        let written: Written =
            serde_json::from_slice(&json).map_err(|error| NotAnAnswer(error.to_string()))?;
        Ok(Answer {
            status: written.status,
            headers: written.headers,
            body: written.body.into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_kept_is_the_answer() {
        let answer = Answer::json(201, "{\"a\": \"ä\"}").with("location", "/a/1");
        assert_eq!(KeptAnswer::of(&answer).answer().unwrap(), answer);
        assert!(KeptAnswer(b"garbage".to_vec()).answer().is_err());
        assert!(KeptAnswer(Vec::new()).answer().is_err());
    }
}
