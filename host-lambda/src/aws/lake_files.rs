//! The files in the lake bucket: which there are, and what is in them.

use aws_sdk_s3::operation::get_object::GetObjectError;
use bytes::Bytes;
use sluice_contract::access::Resource;
use sluice_pipeline::ports::SinkError;
use tokio::task::JoinHandle;

use super::{
    Session,
    refusal::{is_passing, reason, status},
    table::new_backoff,
};

pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("s3:ListBucket", Resource::LakeNames),
    ("s3:GetObject", Resource::LakeObjects),
];

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its key.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// Tells its content from any other.
    pub etag: String,
    /// When it was stored: seconds since 1970-01-01T00:00:00Z.
    pub stored_at: i64,
}

/// The lake bucket, for reading.
#[derive(Debug, Clone)]
pub struct LakeFiles {
    session: Session,
    bucket: String,
}

impl LakeFiles {
    /// Reads from `bucket`.
    pub fn new(session: &Session, bucket: String) -> Self {
        Self {
            session: session.clone(),
            bucket,
        }
    }

    /// Hands on every file whose name begins with `prefix`, in the order of names, from the one behind `after`, for as long
    /// as `take` wants more.
    pub fn each(
        &self,
        prefix: &str,
        after: &str,
        mut take: impl FnMut(StoredFile) -> bool,
    ) -> Result<(), SinkError> {
        let mut next = None;
        loop {
            let request = self
                .session
                .s3()
                .list_objects_v2()
                .bucket(&self.bucket)
                .prefix(prefix)
                .set_start_after((!after.is_empty()).then(|| after.to_owned()))
                .set_continuation_token(next);
            let listed = self.session.wait_for(async {
                let mut backoff = new_backoff();
                loop {
                    match request.clone().send().await {
                        Ok(listed) => return Ok(listed),
                        Err(error) if is_passing(&error) && backoff.wait().await => {}
                        Err(error) => return Err(reason(&error)),
                    }
                }
            });
            let listed = listed.map_err(|reason| SinkError {
                target: format!("bucket `{}`", self.bucket),
                action: format!("list `{prefix}`"),
                reason,
            })?;
            for object in listed.contents.unwrap_or_default() {
                let file = StoredFile {
                    name: object.key.unwrap_or_default(),
                    bytes: object
                        .size
                        .and_then(|size| size.try_into().ok())
                        .unwrap_or(0),
                    etag: object.e_tag.unwrap_or_default(),
                    stored_at: object.last_modified.map_or(0, |time| time.secs()),
                };
                if !take(file) {
                    return Ok(());
                }
            }
            next = listed.next_continuation_token;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// All files whose names begin with `prefix`.
    pub fn list(&self, prefix: &str) -> Result<Vec<StoredFile>, SinkError> {
        let mut files = Vec::new();
        self.each(prefix, "", |file| {
            files.push(file);
            true
        })?;
        Ok(files)
    }

    /// What is in files, all of them at once; `None` where one is gone, or is another by now.
    pub fn read(&self, files: &[StoredFile]) -> Result<Option<Vec<Bytes>>, SinkError> {
        let fetches: Vec<_> = files.iter().map(|file| self.fetch(file)).collect();
        let mut contents = Vec::with_capacity(files.len());
        let mut is_gone = false;
        for (file, fetch) in files.iter().zip(fetches) {
            let fetched = self.session.wait_for(fetch);
            let fetched = fetched.unwrap_or_else(|error| Err(error.to_string()));
            match fetched {
                Ok(Some(content)) => contents.push(content),
                Ok(None) => is_gone = true,
                Err(reason) => {
                    return Err(SinkError {
                        target: format!("bucket `{}`", self.bucket),
                        action: format!("read `{}`", file.name),
                        reason,
                    });
                }
            }
        }
        Ok((!is_gone).then_some(contents))
    }

    fn fetch(&self, file: &StoredFile) -> JoinHandle<Result<Option<Bytes>, String>> {
        let request = self
            .session
            .s3()
            .get_object()
            .bucket(&self.bucket)
            .key(&file.name)
            .if_match(&file.etag);
        self.session.spawn(async move {
            let mut backoff = new_backoff();
            loop {
                let broken = match request.clone().send().await {
                    Ok(answer) => match answer.body.collect().await {
                        Ok(body) => return Ok(Some(body.into_bytes())),
                        Err(error) => error.to_string(),
                    },
                    Err(error) if is_gone(&error) => return Ok(None),
                    Err(error) if is_passing(&error) => reason(&error),
                    Err(error) => return Err(reason(&error)),
                };
                if !backoff.wait().await {
                    return Err(broken);
                }
            }
        })
    }
}

/// Whether a file is not there any more as it was.
fn is_gone(
    error: &aws_sdk_s3::error::SdkError<GetObjectError, aws_sdk_s3::config::http::HttpResponse>,
) -> bool {
    let missing = error
        .as_service_error()
        .is_some_and(GetObjectError::is_no_such_key);
    missing || status(error) == Some(412)
}
