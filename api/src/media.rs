//! The media types that a body may have.

/// One object, or an array of objects.
pub const JSON: &str = "application/json";
/// Objects, one a line.
pub const NDJSON: &str = "application/x-ndjson";

/// How the records of a body are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// As one JSON text.
    Json,
    /// As JSON texts, one a line.
    Ndjson,
}

impl Media {
    /// What clients write, and what it means.
    pub const NAMES: &'static [(&'static str, Media)] = &[
        (JSON, Media::Json),
        (NDJSON, Media::Ndjson),
        ("application/ndjson", Media::Ndjson),
        ("application/jsonl", Media::Ndjson),
    ];

    /// The media type of a `Content-Type`; `None` where it is another, or in another encoding than UTF-8.
    pub fn of(content_type: &str) -> Option<Media> {
        let mut parts = content_type.split(';');
        let name = parts.next()?.trim();
        let (_, media) = Self::NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        for parameter in parts {
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            let is_charset = name.trim().eq_ignore_ascii_case("charset");
            // ASCII is a part of UTF-8.
            let is_known =
                ["utf-8", "utf8", "us-ascii"].map(|known| known.eq_ignore_ascii_case(value));
            if is_charset && !is_known.contains(&true) {
                return None;
            }
        }
        Some(*media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        #[track_caller]
        fn check(content_type: &str, expected: Option<Media>) {
            assert_eq!(Media::of(content_type), expected, "{content_type}");
        }
        check("application/json", Some(Media::Json));
        check("Application/JSON; charset=\"UTF-8\"", Some(Media::Json));
        check("application/json;charset=utf8;x", Some(Media::Json));
        check("application/x-ndjson", Some(Media::Ndjson));
        check("application/ndjson", Some(Media::Ndjson));
        check("application/jsonl", Some(Media::Ndjson));
        check("application/json; charset=latin1", None);
        check("application/jsonx", None);
        check("text/json", None);
        check("text/plain", None);
        check("", None);
    }
}
