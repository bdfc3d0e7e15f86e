//! Finished files, Parquet and rejects, in the lake bucket.
//!
//! An object of S3 is there as a whole or not at all, so that nobody ever sees half a file. What is in the files is not
//! known here.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use aws_sdk_s3::{
    primitives::{ByteStream, Length},
    types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier},
};
use sluice_contract::access::Resource;
use sluice_pipeline::{
    ports::{Outputs, SinkError},
    sink::FinishedFile,
};
use tokio::task::JoinSet;

use super::{
    Session,
    backoff::Backoff,
    refusal::{is_passing, reason},
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("s3:PutObject", Resource::LakeObjects),
    ("s3:AbortMultipartUpload", Resource::LakeObjects),
    ("s3:DeleteObject", Resource::LakeObjects),
    ("s3:PutObject", Resource::RejectObjects),
    ("s3:AbortMultipartUpload", Resource::RejectObjects),
    ("s3:PutObject", Resource::ResultObjects),
    ("s3:AbortMultipartUpload", Resource::ResultObjects),
    ("s3:PutObject", Resource::CountObjects),
    ("s3:AbortMultipartUpload", Resource::CountObjects),
];

/// Files from this size on are uploaded in parts of this size.
const PART_BYTES: u64 = 16 << 20;

/// The most parts that S3 takes for one object.
const MAX_PARTS: u64 = 10_000;

/// Objects that one call removes, at the most.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const MOST_DELETES: usize = 1_000;

/// Parts on their way at the same time. They are read from disk as they are sent, and take no memory to speak of.
const PARTS_IN_FLIGHT: usize = 4;

/// How often a request is made again after passing trouble, beyond what the SDK does by itself.
const RETRIES: u32 = 6;

/// The lake bucket.
#[derive(Debug)]
pub struct LakeBucket {
    session: Session,
    bucket: String,
}

impl LakeBucket {
    /// Uploads to `bucket`.
    pub fn new(session: &Session, bucket: String) -> Self {
        Self {
            session: session.clone(),
            bucket,
        }
    }

    async fn upload(&self, file: &Path, key: &str, size: u64) -> Result<(), String> {
        if size < PART_BYTES {
            return self.put(file, key).await;
        }
        let upload_id = self.start(key).await?;
        let done = match self.upload_parts(file, key, &upload_id, size).await {
            Ok(parts) => self.complete(key, &upload_id, parts).await,
            Err(reason) => Err(reason),
        };
        if done.is_err() {
            self.abort(key, &upload_id).await;
        }
        done
    }

    async fn put(&self, file: &Path, key: &str) -> Result<(), String> {
        retry(|| async {
            let body = ByteStream::from_path(file)
                .await
                .map_err(|error| Refusal::Final(error.to_string()))?;
            let request = self
                .session
                .s3()
                .put_object()
                .bucket(&self.bucket)
                .key(key)
                .content_type(content_type(key));
            request
                .body(body)
                .send()
                .await
                .map(drop)
                .map_err(|error| Refusal::of(&error))
        })
        .await
    }

    async fn start(&self, key: &str) -> Result<String, String> {
        retry(|| async {
            let request = self
                .session
                .s3()
                .create_multipart_upload()
                .bucket(&self.bucket)
                .key(key)
                .content_type(content_type(key));
            let answer = request.send().await.map_err(|error| Refusal::of(&error))?;
            answer
                .upload_id
                .ok_or_else(|| Refusal::Final("S3 gave the upload no id".to_owned()))
        })
        .await
    }

    async fn upload_parts(
        &self,
        file: &Path,
        key: &str,
        upload_id: &str,
        size: u64,
    ) -> Result<Vec<CompletedPart>, String> {
        let mut uploads = JoinSet::new();
        let mut parts = Vec::new();
        for (index, (offset, length)) in cut(size).enumerate() {
            if uploads.len() == PARTS_IN_FLIGHT {
                parts.push(joined(&mut uploads).await?);
            }
            let number = i32::try_from(index + 1).expect("at most 10,000 parts");
            let part = Part {
                client: self.session.s3().clone(),
                bucket: self.bucket.clone(),
                key: key.to_owned(),
                upload_id: upload_id.to_owned(),
                file: file.to_owned(),
                offset,
                length,
                number,
            };
            uploads.spawn(async move { retry(|| part.upload()).await });
        }
        while !uploads.is_empty() {
            parts.push(joined(&mut uploads).await?);
        }
        parts.sort_by_key(|part| part.part_number);
        Ok(parts)
    }

    async fn complete(
        &self,
        key: &str,
        upload_id: &str,
        parts: Vec<CompletedPart>,
    ) -> Result<(), String> {
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        retry(|| async {
            let request = self
                .session
                .s3()
                .complete_multipart_upload()
                .bucket(&self.bucket)
                .key(key)
                .upload_id(upload_id);
            let request = request.multipart_upload(parts.clone());
            request
                .send()
                .await
                .map(drop)
                .map_err(|error| Refusal::of(&error))
        })
        .await
    }

    /// Gives up the parts that were uploaded. Where this fails too, the bucket's lifecycle rule clears them away.
    async fn abort(&self, key: &str, upload_id: &str) {
        let request = self
            .session
            .s3()
            .abort_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(upload_id);
        if let Err(error) = request.send().await {
            tracing::warn!(
                key,
                reason = reason(&error),
                "the parts of a failed upload could not be deleted"
            );
        }
    }
}

impl Outputs for LakeBucket {
    fn publish(&mut self, files: &[FinishedFile]) -> Result<(), SinkError> {
        files
            .iter()
            .try_for_each(|file| self.store(&file.path, &file.name))
    }
}

impl LakeBucket {
    /// Removes files; those that are not there are removed already.
    pub fn remove(&self, names: &[String]) -> Result<(), SinkError> {
        for some in names.chunks(MOST_DELETES) {
            self.session
                .wait_for(self.delete(some))
                .map_err(|reason| SinkError {
                    target: format!("bucket `{}`", self.bucket),
                    action: format!("remove {} files", some.len()),
                    reason,
                })?;
        }
        Ok(())
    }

    async fn delete(&self, names: &[String]) -> Result<(), String> {
        let object = |name: &String| ObjectIdentifier::builder().key(name).build();
        let objects: Result<Vec<_>, _> = names.iter().map(object).collect();
        let objects = objects.map_err(|error| error.to_string())?;
        let delete = Delete::builder()
            .quiet(true)
            .set_objects(Some(objects))
            .build()
            .map_err(|error| error.to_string())?;
        let answer = retry(|| async {
            let request = self.session.s3().delete_objects().bucket(&self.bucket);
            let answer = request.delete(delete.clone()).send().await;
            answer.map_err(|error| Refusal::of(&error))
        })
        .await?;
        match answer.errors().first() {
            Some(error) => Err(format!(
                "{} of {}",
                error.code().unwrap_or("an error"),
                error.key().unwrap_or("a file")
            )),
            None => Ok(()),
        }
    }

    /// Stores one file, and removes it from the scratch disk.
    pub(crate) fn store(&self, file: &Path, name: &str) -> Result<(), SinkError> {
        let refused = |reason: String| SinkError {
            target: format!("bucket `{}`", self.bucket),
            action: format!("store `{name}`"),
            reason,
        };
        let size = std::fs::metadata(file)
            .map_err(|error| refused(error.to_string()))?
            .len();
        self.session
            .wait_for(self.upload(file, name, size))
            .map_err(&refused)?;
        // The scratch disk is small, and the file is in the bucket now.
        std::fs::remove_file(file).map_err(|error| refused(error.to_string()))
    }
}

/// One part of a file on its way.
struct Part {
    client: aws_sdk_s3::Client,
    bucket: String,
    key: String,
    upload_id: String,
    file: PathBuf,
    offset: u64,
    length: u64,
    number: i32,
}

impl Part {
    async fn upload(&self) -> Result<CompletedPart, Refusal> {
        let body = ByteStream::read_from()
            .path(&self.file)
            .offset(self.offset)
            .length(Length::Exact(self.length));
        let body = body
            .build()
            .await
            .map_err(|error| Refusal::Final(error.to_string()))?;
        let request = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.upload_id);
        let answer = request
            .part_number(self.number)
            .body(body)
            .send()
            .await
            .map_err(|error| Refusal::of(&error))?;
        Ok(CompletedPart::builder()
            .part_number(self.number)
            .set_e_tag(answer.e_tag)
            .set_checksum_crc32(answer.checksum_crc32)
            .set_checksum_crc64_nvme(answer.checksum_crc64_nvme)
            .build())
    }
}

/// Offsets and lengths of the parts of a file.
fn cut(size: u64) -> impl Iterator<Item = (u64, u64)> {
    let part = PART_BYTES.max(size.div_ceil(MAX_PARTS));
    (0..size.div_ceil(part)).map(move |index| (index * part, part.min(size - index * part)))
}

/// The media type of an output.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "parquet")) => "application/vnd.apache.parquet",
        Some((_, "ndjson")) => "application/x-ndjson",
        _ => "application/octet-stream",
    }
}

/// Waits for one upload of several.
async fn joined(
    uploads: &mut JoinSet<Result<CompletedPart, String>>,
) -> Result<CompletedPart, String> {
    let finished = uploads.join_next().await.expect("an upload is running");
    finished.map_err(|error| format!("the task that uploaded a part failed: {error}"))?
}

/// Why a request failed.
enum Refusal {
    Passing(String),
    Final(String),
}

impl Refusal {
    fn of<E>(error: &aws_sdk_s3::error::SdkError<E, aws_sdk_s3::config::http::HttpResponse>) -> Self
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        if is_passing(error) {
            Self::Passing(reason(error))
        } else {
            Self::Final(reason(error))
        }
    }
}

/// Makes a request until it succeeds, is refused for good, or was made often enough.
async fn retry<T, F>(request: impl Fn() -> F) -> Result<T, String>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let mut backoff = Backoff::new(Duration::from_millis(100), RETRIES);
    loop {
        match request().await {
            Ok(answer) => return Ok(answer),
            Err(Refusal::Final(reason)) => return Err(reason),
            Err(Refusal::Passing(reason)) if !backoff.wait().await => return Err(reason),
            Err(Refusal::Passing(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn content_types() {
        fn check(name: &str, expected: &str) {
            assert_eq!(content_type(name), expected, "{name}");
        }
        check(
            "lake/feedback/submitted_at_day=2026-11-22/a.parquet",
            "application/vnd.apache.parquet",
        );
        check("rejects/feedback/a.ndjson", "application/x-ndjson");
        check("rejects/feedback/a.ndjson.zst", "application/octet-stream");
    }

    proptest! {
        #[test]
        fn parts_cover_a_file_once(size in PART_BYTES..=5 << 40) {
            let mut end = 0;
            let mut parts = 0u64;
            for (offset, length) in cut(size) {
                prop_assert_eq!(offset, end);
                prop_assert!(length > 0);
                end += length;
                parts += 1;
            }
            prop_assert_eq!(end, size);
            prop_assert!(parts <= MAX_PARTS);
        }
    }
}
