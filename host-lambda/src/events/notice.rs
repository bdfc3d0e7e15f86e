//! What the body of a queue message says about objects, whichever way it came: from S3 directly, through SNS (wrapped
//! in its envelope or raw) or from EventBridge.
//!
//! Shapes: S3's event message structure 2.x, SNS's notification JSON, EventBridge's S3 events. Whether an object is of
//! interest to a pipeline is not known here.

use serde::{Deserialize, Serialize};
use sluice_contract::literal;

use super::object_key::{MalformedKey, decode_key};
use super::rest::Rest;

/// Envelopes inside each other, at the most: EventBridge to SNS to SQS has two.
const MAX_ENVELOPES: u32 = 4;

/// Hexadecimal digits that sequencers are padded to. S3's own have 16 to 18.
const SEQUENCER_DIGITS: usize = 32;

/// One thing that happened in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An object was written.
    Created(ObjectCreated),
    /// A part of an object was left by an earlier invocation.
    Rest(Rest),
    /// Something else, such as `ObjectRemoved:Delete` or `s3:TestEvent`.
    Ignored {
        /// The name of the event.
        event: String,
    },
}

/// An object was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectCreated {
    /// Its bucket.
    pub bucket: String,
    /// Its key, decoded.
    pub key: String,
    /// Its size in bytes, where the event tells.
    pub size: Option<u64>,
    /// Its ETag without quotes, where the event tells.
    pub etag: Option<String>,
    /// Its version, in a bucket that keeps versions.
    pub version_id: Option<String>,
    /// Orders the events of one key: hexadecimal digits in upper case, padded on the right with zeros to one length, as S3's
    /// documentation says to compare them, so that comparing texts is enough. Empty where the event has none.
    pub sequencer: String,
    /// When it was written: microseconds since 1970-01-01T00:00:00Z.
    pub written_at: i64,
}

/// A body that is none of the known events. The message belongs into the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBody {
    /// No JSON object, or one whose known members have unexpected types.
    #[error("the message is not a JSON event: {reason}; send S3 events only to this queue")]
    NotJson {
        /// What the parser said, without the text.
        reason: String,
    },
    /// A JSON object of another kind.
    #[error(
        "the message is neither an S3 event nor an SNS notification nor an EventBridge event; \
         send S3 events only to this queue"
    )]
    NotAnEvent,
    /// Envelopes without end.
    #[error("the message has more than {MAX_ENVELOPES} envelopes inside each other")]
    TooManyEnvelopes,
    /// A creation without a bucket, a key or a time.
    #[error("record {record} of the message has no usable `{member}`")]
    Incomplete {
        /// Counted from 1.
        record: usize,
        /// The member that is missing or wrong.
        member: &'static str,
    },
    /// A key that cannot have come from S3.
    #[error("record {record} of the message: {source}")]
    Key {
        /// Counted from 1.
        record: usize,
        /// What is wrong with it.
        source: MalformedKey,
    },
}

/// Every member that one of the known events is recognised by.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    #[serde(rename = "Event")]
    test_event: Option<String>,
    #[serde(rename = "Type")]
    sns_type: Option<String>,
    #[serde(rename = "Message")]
    sns_message: Option<String>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    source: Option<String>,
    time: Option<String>,
    detail: Option<Detail>,
    #[serde(rename = "sluice-rest")]
    rest: Option<Rest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_source: Option<String>,
    event_name: Option<String>,
    event_time: Option<String>,
    s3: Option<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Option<Bucket>,
    object: Option<Object>,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    size: Option<u64>,
    #[serde(alias = "eTag")]
    etag: Option<String>,
    #[serde(rename = "versionId", alias = "version-id")]
    version_id: Option<String>,
    sequencer: Option<String>,
}

/// Reads a message's body. One body may tell of several objects.
pub fn notices(body: &str) -> Result<Vec<Notice>, UnknownBody> {
    unwrap_envelopes(body, MAX_ENVELOPES)
}

fn unwrap_envelopes(text: &str, envelopes_left: u32) -> Result<Vec<Notice>, UnknownBody> {
    let body: Body = serde_json::from_str(text).map_err(|error| UnknownBody::NotJson {
        reason: position(&error),
    })?;
    if let Some(records) = body.records {
        return records
            .into_iter()
            .enumerate()
            .map(|(index, record)| s3_record(record, index + 1))
            .collect();
    }
    if let Some(rest) = body.rest {
        return Ok(vec![Notice::Rest(rest)]);
    }
    if body.sns_type.as_deref() == Some("Notification")
        && let Some(message) = body.sns_message
    {
        let envelopes_left = envelopes_left
            .checked_sub(1)
            .ok_or(UnknownBody::TooManyEnvelopes)?;
        return unwrap_envelopes(&message, envelopes_left);
    }
    if body.source.as_deref() == Some("aws.s3")
        && let (Some(detail_type), Some(detail)) = (body.detail_type, body.detail)
    {
        return Ok(vec![bus_event(detail_type, body.time, detail)?]);
    }
    match body.test_event {
        Some(event) if event == "s3:TestEvent" => Ok(vec![Notice::Ignored { event }]),
        _ => Err(UnknownBody::NotAnEvent),
    }
}

/// A record of S3's own notification.
fn s3_record(record: Record, number: usize) -> Result<Notice, UnknownBody> {
    let incomplete = |member| UnknownBody::Incomplete {
        record: number,
        member,
    };
    if record.event_source.as_deref() != Some("aws:s3") {
        return Err(incomplete("eventSource"));
    }
    let event = record.event_name.ok_or(incomplete("eventName"))?;
    if !event
        .trim_start_matches("s3:")
        .starts_with("ObjectCreated:")
    {
        return Ok(Notice::Ignored { event });
    }
    let Entity { bucket, mut object } = record.s3.ok_or(incomplete("s3"))?;
    object.key = decode_key(&object.key).map_err(|source| UnknownBody::Key {
        record: number,
        source,
    })?;
    let written_at = time(record.event_time).ok_or(incomplete("eventTime"))?;
    Ok(Notice::Created(object_created(bucket, object, written_at)))
}

/// An event of EventBridge, whose keys are not encoded.
fn bus_event(
    detail_type: String,
    sent: Option<String>,
    detail: Detail,
) -> Result<Notice, UnknownBody> {
    let incomplete = |member| UnknownBody::Incomplete { record: 1, member };
    if detail_type != "Object Created" {
        return Ok(Notice::Ignored { event: detail_type });
    }
    let bucket = detail.bucket.ok_or(incomplete("detail.bucket"))?;
    let object = detail.object.ok_or(incomplete("detail.object"))?;
    let written_at = time(sent).ok_or(incomplete("time"))?;
    Ok(Notice::Created(object_created(bucket, object, written_at)))
}

fn object_created(bucket: Bucket, object: Object, written_at: i64) -> ObjectCreated {
    let known = |text: Option<String>| text.filter(|text| !text.is_empty() && text != "null");
    ObjectCreated {
        bucket: bucket.name,
        key: object.key,
        size: object.size,
        etag: known(object.etag).map(|etag| etag.trim_matches('"').to_owned()),
        version_id: known(object.version_id),
        sequencer: known(object.sequencer)
            .map(|digits| format!("{:0<SEQUENCER_DIGITS$}", digits.to_ascii_uppercase()))
            .unwrap_or_default(),
        written_at,
    }
}

fn time(text: Option<String>) -> Option<i64> {
    literal::timestamp(text?.as_bytes())
}

/// What the parser says, without the text that it quotes.
fn position(error: &serde_json::Error) -> String {
    let category = match error.classify() {
        serde_json::error::Category::Syntax => "syntax error",
        serde_json::error::Category::Eof => "it ends too early",
        _ => "a member has an unexpected type",
    };
    format!(
        "{category} at line {}, column {}",
        error.line(),
        error.column()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn wrapped(message: &str) -> String {
        serde_json::json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": message }).to_string()
    }

    /// Golden bodies: `tests/events/NAME.json` in, the snapshot out.
    #[test]
    fn golden_bodies() {
        for (name, body) in [
            (
                "s3-direct",
                include_str!("../../tests/events/s3-direct.json"),
            ),
            (
                "s3-several-records",
                include_str!("../../tests/events/s3-several-records.json"),
            ),
            (
                "s3-versioned",
                include_str!("../../tests/events/s3-versioned.json"),
            ),
            (
                "s3-removed",
                include_str!("../../tests/events/s3-removed.json"),
            ),
            (
                "s3-test-event",
                include_str!("../../tests/events/s3-test-event.json"),
            ),
            (
                "sns-wrapped",
                include_str!("../../tests/events/sns-wrapped.json"),
            ),
            (
                "eventbridge-created",
                include_str!("../../tests/events/eventbridge-created.json"),
            ),
            (
                "eventbridge-deleted",
                include_str!("../../tests/events/eventbridge-deleted.json"),
            ),
        ] {
            insta::assert_debug_snapshot!(name, notices(body).unwrap());
        }
    }

    #[test]
    fn the_envelope_changes_nothing() {
        let direct = include_str!("../../tests/events/s3-direct.json");
        let expected = notices(direct).unwrap();
        assert_eq!(notices(&wrapped(direct)).unwrap(), expected);
        assert_eq!(notices(&wrapped(&wrapped(direct))).unwrap(), expected);
    }

    #[test]
    fn unknown_bodies() {
        fn check(body: &str, expected: &str) {
            assert_eq!(notices(body).unwrap_err().to_string(), expected, "{body}");
        }
        let other = "the message is neither an S3 event nor an SNS notification nor an EventBridge event; \
                     send S3 events only to this queue";
        check("{}", other);
        check(
            r#"{"Type":"SubscriptionConfirmation","Message":"{}"}"#,
            other,
        );
        check(
            r#"{"source":"aws.ec2","detail-type":"Object Created","detail":{}}"#,
            other,
        );
        check(r#"{"Event":"s3:SomethingElse"}"#, other);
        let not_json = |what: &str| {
            format!("the message is not a JSON event: {what}; send S3 events only to this queue")
        };
        check("", &not_json("it ends too early at line 1, column 0"));
        check("hello", &not_json("syntax error at line 1, column 1"));
        check(
            "[1]",
            &not_json("a member has an unexpected type at line 1, column 2"),
        );
        check(
            r#"{"Records":"secret"}"#,
            &not_json("a member has an unexpected type at line 1, column 19"),
        );
        check(
            &wrapped("hello"),
            &not_json("syntax error at line 1, column 1"),
        );
        check(
            r#"{"Records":[{"eventSource":"aws:sns"}]}"#,
            "record 1 of the message has no usable `eventSource`",
        );
        check(
            r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}"#,
            "record 1 of the message has no usable `s3`",
        );
        check(
            r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventTime":"yesterday",
                "s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}"#,
            "record 1 of the message has no usable `eventTime`",
        );
        check(
            r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put",
                "s3":{"bucket":{"name":"b"},"object":{"key":"100%"}}}]}"#,
            "record 1 of the message: the object's key has a `%` without two hexadecimal digits at byte 3",
        );
        let mut nested = "{}".to_owned();
        for _ in 0..=MAX_ENVELOPES {
            nested = wrapped(&nested);
        }
        check(
            &nested,
            "the message has more than 4 envelopes inside each other",
        );
    }

    #[test]
    fn sequencers_compare_as_text() {
        fn check(earlier: &str, later: &str) {
            let sequencer = |digits: &str| {
                let object = Object {
                    key: String::new(),
                    size: None,
                    etag: None,
                    version_id: None,
                    sequencer: Some(digits.to_owned()),
                };
                object_created(
                    Bucket {
                        name: String::new(),
                    },
                    object,
                    0,
                )
                .sequencer
            };
            assert!(sequencer(earlier) < sequencer(later), "{earlier} < {later}");
        }
        check("0055AED6DCD90281E5", "0055AED6DCD90281E6");
        check("0055aed6dcd90281e5", "0055AED6DCD90281E6");
        check("0055AED6DCD90281", "0055AED6DCD90281E5");
        check("00A", "00B");
    }

    proptest! {
        #[test]
        fn nothing_panics(text: String) {
            let _ = notices(&text);
        }

        #[test]
        fn every_key_comes_through_the_bus_as_it_is(key: String) {
            let body = serde_json::json!({
                "source": "aws.s3", "detail-type": "Object Created", "time": "2026-11-22T10:00:00Z",
                "detail": { "bucket": { "name": "b" }, "object": { "key": key, "size": 1 } },
            });
            match &notices(&body.to_string()).unwrap()[..] {
                [Notice::Created(object)] => prop_assert_eq!(&object.key, &key),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
