//! A body taken apart into its records, strictly: what is not JSON is told with its line and column, and nobody guesses
//! what was meant. What a record holds is for the record path.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer as _,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    media::Media,
    problem::{BROKEN_JSON, EMPTY_BODY, NOT_UTF8, Problem, TOO_MANY_RECORDS, WRONG_SHAPE},
};

/// One of the records that a body should have.
pub(crate) struct Piece<'a> {
    /// Its text.
    pub(crate) text: &'a str,
    pub(crate) what: What<'a>,
}

pub(crate) enum What<'a> {
    /// An object.
    Object(Members<'a>),
    /// Another JSON value.
    Other,
    /// No JSON, for this reason.
    Broken(String),
}

/// The members of an object, in their order: names, and the texts of their values.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// The text of a body, without a byte-order mark.
pub(crate) fn text(body: &[u8]) -> Result<&str, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        NOT_UTF8.because(format!("it is UTF-8 up to byte {}", error.valid_up_to()))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_blank(text) {
        return Err(EMPTY_BODY.because("send a record as JSON"));
    }
    Ok(text)
}

/// The only record of a body. `batch` is the path for several.
pub(crate) fn one<'a>(text: &'a str, batch: &str) -> Result<Piece<'a>, Problem> {
    check(text)?;
    let text = text.trim_matches(BLANKS);
    if !text.starts_with('{') {
        let several = match text.starts_with('[') {
            true => format!("; arrays go to `{batch}`"),
            false => String::new(),
        };
        return Err(WRONG_SHAPE.because(format!("send one object{several}")));
    }
    Ok(object(text))
}

/// The records of a body that may have `most` of them.
pub(crate) fn many(text: &str, media: Media, most: u32) -> Result<Vec<Piece<'_>>, Problem> {
    let pieces: Vec<Piece<'_>> = match media {
        Media::Ndjson => text
            .split('\n')
            .enumerate()
            .filter(|(_, line)| !is_blank(line))
            .map(|(number, line)| line_of(number + 1, line))
            .collect(),
        Media::Json => {
            check(text)?;
            if !text.trim_start_matches(BLANKS).starts_with('[') {
                return Err(WRONG_SHAPE.because("send an array of objects"));
            }
            let items: Vec<&RawValue> =
                serde_json::from_str(text).map_err(|error| broken(&error))?;
            items.into_iter().map(|item| value(item.get())).collect()
        }
    };
    if pieces.len() > most as usize {
        let got = pieces.len();
        return Err(TOO_MANY_RECORDS.because(format!("got {got} records, limit {most}")));
    }
    Ok(pieces)
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether a text is one JSON value. It may be nested as deeply as it likes: nothing recurs.
fn check(text: &str) -> Result<(), Problem> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(broken(&error)),
    }
}

/// Where the parser stopped, and why: it tells what it expected, never what it got.
fn broken(error: &serde_json::Error) -> Problem {
    BROKEN_JSON.because(error.to_string())
}

fn line_of(number: usize, line: &str) -> Piece<'_> {
    match serde_json::from_str::<IgnoredAny>(line) {
        Ok(_) => value(line.trim_matches(BLANKS)),
        Err(error) => {
            let message = error.to_string();
            // Each line is a text of its own to the parser.
            let reason = message
                .rsplit_once(" at line ")
                .map_or(message.as_str(), |(reason, _)| reason);
            Piece {
                text: line,
                what: What::Broken(format!(
                    "{reason} at line {number} column {}",
                    error.column()
                )),
            }
        }
    }
}

/// A text that is JSON, without blanks around it.
fn value(text: &str) -> Piece<'_> {
    match text.starts_with('{') {
        true => object(text),
        false => Piece {
            text,
            what: What::Other,
        },
    }
}

/// A text that is a JSON object.
fn object(text: &str) -> Piece<'_> {
    let what = match serde_json::Deserializer::from_str(text).deserialize_map(Object) {
        Ok(members) => What::Object(members),
        // A name that is no text, such as one with half of a surrogate pair.
        Err(error) => What::Broken(error.to_string()),
    };
    Piece { text, what }
}

/// Reads an object.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Name(name)) = members.next_key()? {
            read.push((name, members.next_value()?));
        }
        Ok(read)
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece<'_>]) -> Vec<String> {
        let pieces = pieces.iter().map(|piece| match &piece.what {
            What::Object(members) => {
                let names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
                format!("object {}", names.join(" "))
            }
            What::Other => format!("other {}", piece.text),
            What::Broken(reason) => format!("broken {reason}"),
        });
        pieces.collect()
    }

    #[test]
    fn bodies() {
        #[track_caller]
        fn check(media: Media, body: &str, expected: Result<&[&str], (&str, &str)>) {
            let pieces = text(body.as_bytes()).and_then(|text| many(text, media, 4));
            match (pieces, expected) {
                (Ok(pieces), Ok(expected)) => assert_eq!(shown(&pieces), expected, "{body}"),
                (Err(problem), Err((code, detail))) => {
                    assert_eq!(
                        (problem.of.code, problem.detail.as_str()),
                        (code, detail),
                        "{body}"
                    );
                }
                (Ok(pieces), Err(_)) => panic!("{body}: {:?}", shown(&pieces)),
                (Err(problem), Ok(_)) => panic!("{body}: {problem:?}"),
            }
        }
        let json = Media::Json;
        check(json, "[]", Ok(&[]));
        check(
            json,
            "\u{feff} [{\"a\": 1, \"b\\n\": {}}, 5]\r\n",
            Ok(&["object a b\n", "other 5"]),
        );
        check(json, "", Err(("empty_body", "send a record as JSON")));
        check(
            json,
            " \r\n\t",
            Err(("empty_body", "send a record as JSON")),
        );
        check(json, "{}", Err(("wrong_shape", "send an array of objects")));
        check(
            json,
            "[1,2,3,4,5]",
            Err(("too_many_records", "got 5 records, limit 4")),
        );
        check(
            json,
            "[\n {\"a\": nul}]",
            Err(("broken_json", "expected ident at line 2 column 11")),
        );
        check(
            json,
            "[{}",
            Err(("broken_json", "EOF while parsing a list at line 1 column 3")),
        );
        check(
            json,
            "[] x",
            Err(("broken_json", "trailing characters at line 1 column 4")),
        );
        let lines = Media::Ndjson;
        check(
            lines,
            "{\"a\":1}\r\n\n{\"a\" 1}\n7\n{} {}",
            Ok(&[
                "object a",
                "broken expected `:` at line 3 column 6",
                "other 7",
                "broken trailing characters at line 5 column 4",
            ]),
        );
    }

    #[test]
    fn one_body() {
        #[track_caller]
        fn check(body: &str, expected: &str) {
            let detail = match one(body, "/people/batch") {
                Ok(piece) => shown(&[piece]).concat(),
                Err(problem) => problem.detail,
            };
            assert_eq!(detail, expected, "{body}");
        }
        check(" {\"a\":1} ", "object a");
        check("[]", "send one object; arrays go to `/people/batch`");
        check("5", "send one object");
        check("{\"a\"", "EOF while parsing an object at line 1 column 4");
    }

    #[test]
    fn depth_is_no_matter_here() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(many(&deep, Media::Json, 4).is_ok());
        let deep = format!("{{\"a\":{deep}}}");
        assert!(one(&deep, "").is_ok());
    }
}
