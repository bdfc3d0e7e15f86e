//! Plugins as files of the artifacts bucket.
//!
//! | key | written by | holds |
//! | --- | --- | --- |
//! | `plugins/<pipeline>.wasm` | people | what is to be published |
//! | `components/<pipeline>/<sha256>.wasm` | `publish` | a component that passed |
//! | `compiled/<pipeline>/<engine>/<sha256>.cwasm` | `publish` | its machine code for one engine |
//!
//! What is read is handed out as it is: whoever loads it compares its hash first.

use std::time::Duration;

use aws_sdk_s3::{
    operation::get_object::builders::GetObjectFluentBuilder, primitives::ByteStream,
    types::ChecksumAlgorithm,
};
use sluice_contract::{Sha256, access::Resource, objects};
use sluice_pipeline::ports::SinkError;

use crate::{
    aws::{
        Session,
        backoff::Backoff,
        refusal::{reason, status},
    },
    events::ObjectCreated,
};

/// Of every role that loads plugins.
pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("s3:GetObject", Resource::ComponentObjects),
    ("s3:GetObject", Resource::CompiledObjects),
];

/// Of the role that publishes them.
pub(crate) const PUBLISH_CALLS: &[(&str, Resource)] = &[
    ("s3:GetObject", Resource::PluginObject),
    ("s3:GetObjectVersion", Resource::PluginObject),
    ("s3:PutObject", Resource::ComponentObjects),
    ("s3:PutObject", Resource::CompiledObjects),
];

/// How often an answer that breaks off is asked for again. Requests that are refused are tried again by the SDK.
const RETRIES: u32 = 4;

/// What became of a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The whole file.
    Whole(Vec<u8>),
    /// S3 has no such file, or not for this role: to a role that may not list the bucket, both are forbidden.
    Missing {
        /// What S3 said.
        reason: String,
    },
    /// The version that was asked for is not there any more.
    Replaced,
    /// Another attempt may succeed.
    Unreadable {
        /// What S3 said.
        reason: String,
    },
}

/// The files of one pipeline's plugin.
#[derive(Debug, Clone)]
pub struct PluginFiles {
    session: Session,
    bucket: String,
    pipeline: String,
}

impl PluginFiles {
    /// The plugin of a pipeline, in the artifacts bucket of this name.
    pub fn new(session: &Session, bucket: String, pipeline: String) -> Self {
        Self {
            session: session.clone(),
            bucket,
            pipeline,
        }
    }

    /// The artifacts bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Where people upload the plugin.
    pub fn upload_key(&self) -> String {
        objects::upload(&self.pipeline)
    }

    /// Where the component of this sha256 is kept.
    pub fn component_key(&self, sha256: Sha256) -> String {
        objects::component(&self.pipeline, sha256)
    }

    /// Where the machine code of the component is kept that an engine understands.
    pub fn compiled_key(&self, engine: &str, sha256: Sha256) -> String {
        objects::compiled(&self.pipeline, engine, sha256)
    }

    /// Reads a file.
    pub fn read(&self, key: &str) -> Fetched {
        self.fetch(|| self.get(key))
    }

    /// Reads exactly what was uploaded, even if something else has been uploaded since.
    pub fn read_upload(&self, upload: &ObjectCreated) -> Fetched {
        self.fetch(|| {
            let request = self
                .get(&upload.key)
                .set_version_id(upload.version_id.clone());
            match (&upload.version_id, &upload.etag) {
                (None, Some(etag)) => request.if_match(format!("\"{etag}\"")),
                _ => request,
            }
        })
    }

    /// The length of what was uploaded, where the event does not tell. `None` where it is not there any more, or S3 does
    /// not answer: reading it says which.
    pub fn upload_size(&self, upload: &ObjectCreated) -> Option<u64> {
        let request = self
            .session
            .s3()
            .head_object()
            .bucket(&self.bucket)
            .key(&upload.key)
            .set_version_id(upload.version_id.clone());
        let answer = self.session.wait_for(request.send()).ok()?;
        u64::try_from(answer.content_length?).ok()
    }

    /// Writes a file. S3 keeps its sha256 beside it, and refuses bytes that arrive changed.
    pub fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), SinkError> {
        let request = self
            .session
            .s3()
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .body(ByteStream::from(bytes));
        match self.session.wait_for(request.send()) {
            Ok(_) => Ok(()),
            Err(error) => Err(SinkError {
                target: format!("bucket `{}`", self.bucket),
                action: format!("store `{key}`"),
                reason: reason(&error),
            }),
        }
    }

    fn get(&self, key: &str) -> GetObjectFluentBuilder {
        self.session.s3().get_object().bucket(&self.bucket).key(key)
    }

    fn fetch(&self, request: impl Fn() -> GetObjectFluentBuilder) -> Fetched {
        self.session.wait_for(async {
            let mut backoff = Backoff::new(Duration::from_millis(50), RETRIES);
            loop {
                let answer = match request().send().await {
                    Ok(answer) => answer,
                    Err(error) => {
                        let reason = reason(&error);
                        return match status(&error) {
                            Some(403 | 404) => Fetched::Missing { reason },
                            Some(412) => Fetched::Replaced,
                            _ => Fetched::Unreadable { reason },
                        };
                    }
                };
                match answer.body.collect().await {
                    Ok(body) => return Fetched::Whole(body.to_vec()),
                    Err(error) if !backoff.wait().await => {
                        return Fetched::Unreadable {
                            reason: error.to_string(),
                        };
                    }
                    Err(_) => {}
                }
            }
        })
    }
}
