//! A source object as a stream of bytes, however large it is.
//!
//! The object is fetched in parts, a few of them ahead of the reader, so that the network works while records are
//! cleaned; the parts in flight are all the memory it takes. One version of the object is read: where it is overwritten
//! meanwhile, reading stops instead of mixing two versions.

use std::{
    collections::VecDeque,
    io::{self, Read},
    ops::Range,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use aws_sdk_s3::{
    config::http::HttpResponse, error::SdkError, operation::get_object::GetObjectError,
};
use bytes::{Buf, Bytes, BytesMut};
use sluice_contract::access::Resource;
use tokio::task::JoinHandle;

use super::{
    Session,
    backoff::Backoff,
    refusal::{is_passing, reason, status},
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("s3:GetObject", Resource::RawObjects),
    ("s3:GetObjectVersion", Resource::RawObjects),
];

/// Bytes of a part. Three at once at the 80 MB/s or so of one connection are more than a function's network takes.
const PART_BYTES: u64 = 4 << 20;

/// Parts that are fetched or waiting to be read. With the one being read this takes 16 MiB.
const PARTS_AHEAD: usize = 3;

/// How often a part is asked for again after an answer broke without one more byte.
const RETRIES: u32 = 6;

/// Where one version of an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAddress {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version, in a bucket that keeps versions.
    pub version_id: Option<String>,
    /// The ETag that it must have, without quotes.
    pub etag: Option<String>,
}

/// Which bytes of an object are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// The first.
    pub start: u64,
    /// Behind the last; `None` for the object's end.
    pub end: Option<u64>,
}

impl ByteRange {
    /// The whole object.
    pub const ALL: ByteRange = ByteRange {
        start: 0,
        end: None,
    };
}

/// Why an object cannot be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// It was deleted before it was read.
    #[error("the object was deleted before it was read")]
    Missing,
    /// It was overwritten before or while it was read. The newer version has an event of its own.
    #[error(
        "the object was overwritten while it was being processed; the newer version follows with its own event"
    )]
    Overwritten,
    /// S3 does not let the function read it.
    #[error(
        "S3 refuses to hand out the object ({reason}); check that it still exists and that the function's role and the \
         key it is encrypted with allow reading it"
    )]
    Forbidden {
        /// What S3 said.
        reason: String,
    },
    /// It is in an archive class.
    #[error("the object is in an archive, where it cannot be read")]
    Archived,
    /// The invocation is nearly over.
    #[error(
        "there is not enough time to process the object within the function's timeout of {timeout_seconds} seconds; \
         raise `timeout_seconds` or `memory_mb` under `[host]`, or upload smaller objects"
    )]
    OutOfTime {
        /// The function's timeout.
        timeout_seconds: u32,
    },
    /// Network or service trouble that retries did not overcome.
    #[error("reading the object broke off at byte {at}: {reason}")]
    Broken {
        /// Bytes that were read before.
        at: u64,
        /// What happened.
        reason: String,
    },
}

/// What went wrong with a reader, told to whoever handed the reader away.
#[derive(Debug, Clone, Default)]
pub struct Trouble(Arc<OnceLock<ReadFailure>>);

impl Trouble {
    /// The first failure, if there was one.
    pub fn failure(&self) -> Option<&ReadFailure> {
        self.0.get()
    }
}

/// Reads one version of an object from its first to its last byte. It must not be read inside an asynchronous task.
#[derive(Debug)]
pub struct ObjectReader {
    session: Session,
    fetcher: Arc<Fetcher>,
    ahead: VecDeque<JoinHandle<Result<Bytes, ReadFailure>>>,
    current: Bytes,
    /// The byte to be handed out next.
    read: u64,
    /// The start of the next part to be asked for.
    next_part: u64,
    end: u64,
    deadline: Instant,
    timeout_seconds: u32,
    trouble: Trouble,
}

impl ObjectReader {
    /// Starts to fetch bytes of an object that has `size` of them, or however many S3 says it has. Reading fails with
    /// [`ReadFailure::OutOfTime`] after `deadline`, which is a little before the function's timeout.
    pub fn open(
        session: &Session,
        address: ObjectAddress,
        size: Option<u64>,
        range: ByteRange,
        deadline: Instant,
        timeout_seconds: u32,
    ) -> Self {
        let fetcher = Arc::new(Fetcher {
            client: session.s3().clone(),
            address,
        });
        let trouble = Trouble::default();
        let size = size
            .map_or_else(|| session.wait_for(fetcher.size()), Ok)
            .unwrap_or_else(|failure| {
                let _ = trouble.0.set(failure);
                0
            });
        let mut reader = Self {
            session: session.clone(),
            fetcher,
            ahead: VecDeque::with_capacity(PARTS_AHEAD),
            current: Bytes::new(),
            read: range.start,
            next_part: range.start,
            end: size.min(range.end.unwrap_or(size)),
            deadline,
            timeout_seconds,
            trouble,
        };
        reader.fetch_ahead();
        reader
    }

    /// Where this reader's failure can be seen after it was handed away.
    pub fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    /// Asks for parts until enough are on their way.
    fn fetch_ahead(&mut self) {
        while self.ahead.len() < PARTS_AHEAD && self.next_part < self.end {
            let range = self.next_part..self.end.min(self.next_part + PART_BYTES);
            self.next_part = range.end;
            let fetcher = Arc::clone(&self.fetcher);
            self.ahead.push_back(
                self.session
                    .spawn(async move { fetcher.fetch(range).await }),
            );
        }
    }

    /// The next part; `None` at the end.
    fn next_part(&mut self) -> Result<Option<Bytes>, ReadFailure> {
        let Some(part) = self.ahead.front_mut() else {
            return Ok(None);
        };
        let out_of_time = ReadFailure::OutOfTime {
            timeout_seconds: self.timeout_seconds,
        };
        let fetched = self.session.wait_for(async {
            // The timer belongs to the runtime, and must be made inside of it.
            tokio::time::timeout_at(self.deadline.into(), part).await
        });
        self.ahead.pop_front();
        let bytes = fetched.map_err(|_| out_of_time)?.unwrap_or_else(|error| {
            Err(ReadFailure::Broken {
                at: self.read,
                reason: format!("the task that fetched it failed: {error}"),
            })
        })?;
        self.fetch_ahead();
        Ok(Some(bytes))
    }
}

impl Read for ObjectReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = self.trouble.failure() {
            return Err(io::Error::other(failure.clone()));
        }
        if self.current.is_empty() && !out.is_empty() {
            // The part that was read is given back before the next one is waited for.
            self.current = Bytes::new();
            match self.next_part() {
                Ok(part) => self.current = part.unwrap_or_default(),
                Err(failure) => {
                    self.ahead.drain(..).for_each(|part| part.abort());
                    let failure = self.trouble.0.get_or_init(|| failure).clone();
                    return Err(io::Error::other(failure));
                }
            }
        }
        let length = out.len().min(self.current.len());
        self.current.copy_to_slice(&mut out[..length]);
        self.read += length as u64;
        Ok(length)
    }
}

impl Drop for ObjectReader {
    fn drop(&mut self) {
        self.ahead.drain(..).for_each(|part| part.abort());
    }
}

/// Fetches parts of one object.
#[derive(Debug)]
struct Fetcher {
    client: aws_sdk_s3::Client,
    address: ObjectAddress,
}

/// Why an attempt to fetch a part ended.
enum Interruption {
    /// Another attempt may go on from where this one broke.
    Passing(String),
    Final(ReadFailure),
}

impl Fetcher {
    /// Asks for the size of the object. Events of S3 have it, so that this is rare.
    async fn size(&self) -> Result<u64, ReadFailure> {
        let request = self
            .client
            .head_object()
            .bucket(&self.address.bucket)
            .key(&self.address.key);
        match request
            .set_version_id(self.address.version_id.clone())
            .send()
            .await
        {
            Ok(answer) => Ok(answer
                .content_length
                .and_then(|length| u64::try_from(length).ok())
                .unwrap_or_default()),
            Err(error) => match status(&error) {
                Some(404) => Err(ReadFailure::Missing),
                Some(403) => Err(ReadFailure::Forbidden {
                    reason: reason(&error),
                }),
                _ => Err(ReadFailure::Broken {
                    at: 0,
                    reason: reason(&error),
                }),
            },
        }
    }

    /// Fetches the bytes of a range, going on where an answer breaks.
    async fn fetch(&self, range: Range<u64>) -> Result<Bytes, ReadFailure> {
        let length = usize::try_from(range.end - range.start).expect("a part is a few MiB");
        let mut part = BytesMut::with_capacity(length);
        let new_backoff = || Backoff::new(Duration::from_millis(50), RETRIES);
        let mut backoff = new_backoff();
        loop {
            let before = part.len();
            let reason = match self.append(&mut part, &range).await {
                Ok(()) => return Ok(part.freeze()),
                Err(Interruption::Final(failure)) => return Err(failure),
                Err(Interruption::Passing(reason)) => reason,
            };
            tracing::warn!(
                at = range.start + part.len() as u64,
                reason,
                "an answer of S3 broke off"
            );
            if part.len() > before {
                backoff = new_backoff();
            }
            if !backoff.wait().await {
                return Err(ReadFailure::Broken {
                    at: range.start + part.len() as u64,
                    reason,
                });
            }
        }
    }

    /// Makes one request for what `part` still lacks of `range`.
    async fn append(&self, part: &mut BytesMut, range: &Range<u64>) -> Result<(), Interruption> {
        let first = range.start + part.len() as u64;
        let mut request = self
            .client
            .get_object()
            .bucket(&self.address.bucket)
            .key(&self.address.key)
            .range(format!("bytes={first}-{}", range.end - 1))
            .set_version_id(self.address.version_id.clone());
        if let (None, Some(etag)) = (&self.address.version_id, &self.address.etag) {
            request = request.if_match(format!("\"{etag}\""));
        }
        let mut answer = request
            .send()
            .await
            .map_err(|error| interruption(&error, first))?;
        let mut surplus = surplus(answer.content_range.as_deref(), first)?;
        while let Some(chunk) = answer.body.next().await {
            let mut chunk = chunk.map_err(|error| Interruption::Passing(error.to_string()))?;
            let before = surplus.min(chunk.len() as u64);
            surplus -= before;
            chunk.advance(usize::try_from(before).expect("no more than the chunk has"));
            let missing =
                usize::try_from(range.end - range.start).expect("a part is a few MiB") - part.len();
            part.extend_from_slice(&chunk[..chunk.len().min(missing)]);
        }
        if range.start + part.len() as u64 == range.end {
            Ok(())
        } else {
            Err(Interruption::Passing(
                "the answer ended too early".to_owned(),
            ))
        }
    }
}

/// How many bytes of an answer come before byte `first`, which was asked for. HTTP lets a server ignore the range and send
/// the whole, and then it says nothing of a range.
fn surplus(content_range: Option<&str>, first: u64) -> Result<u64, Interruption> {
    let Some(range) = content_range else {
        return Ok(first);
    };
    let start = range
        .strip_prefix("bytes ")
        .and_then(|range| range.split('-').next())
        .and_then(|start| start.parse().ok());
    start
        .and_then(|start| first.checked_sub(start))
        .ok_or_else(|| Interruption::Passing(format!("asked for byte {first}, got `{range}`")))
}

/// What a refusal means for the part that starts at byte `at`.
fn interruption(error: &SdkError<GetObjectError, HttpResponse>, at: u64) -> Interruption {
    let failure = match status(error) {
        _ if error
            .as_service_error()
            .is_some_and(GetObjectError::is_invalid_object_state) =>
        {
            ReadFailure::Archived
        }
        Some(404) => ReadFailure::Missing,
        // The version is gone, or the whole object is smaller than it was.
        Some(412 | 416) => ReadFailure::Overwritten,
        Some(403) => ReadFailure::Forbidden {
            reason: reason(error),
        },
        _ if is_passing(error) => return Interruption::Passing(reason(error)),
        _ => ReadFailure::Broken {
            at,
            reason: reason(error),
        },
    };
    Interruption::Final(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_begin_elsewhere() {
        fn check(content_range: Option<&str>, first: u64, expected: Option<u64>) {
            let surplus = surplus(content_range, first).ok();
            assert_eq!(surplus, expected, "{content_range:?}");
        }
        check(None, 0, Some(0));
        check(None, 7, Some(7));
        check(Some("bytes 7-9/10"), 7, Some(0));
        check(Some("bytes 5-9/10"), 7, Some(2));
        check(Some("bytes 8-9/10"), 7, None);
        check(Some("lines 7-9/10"), 7, None);
        check(Some("bytes */10"), 7, None);
    }
}
