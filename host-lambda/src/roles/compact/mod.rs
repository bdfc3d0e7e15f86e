//! Role `compact`: many files of a lake's folder in, few out, and queries that read these.
//!
//! A folder's own files stay where they are: they are what the lake has, and whoever reads them by their names always finds
//! every record once. What is made of them lies beside them, and the folder's partition in the catalog leads queries to it,
//! all at once, until the folder changes. So nothing is lost or doubled wherever this ends, and nobody waits for it.
//!
//! A look at all folders sends a message for each that has to be dealt with; each of them is dealt with by itself.

mod environment;
mod folder;
mod generation;
mod walk;

use std::convert::Infallible;

use sluice_contract::{
    access::Resource,
    compaction::Order,
    stack::{Lake, Pipeline},
};
use sluice_pipeline::{ports::SinkError, sink::lake::compact::CompactError};

pub use self::environment::CompactEnvironment;
use super::{Calls, Handler};
use crate::{
    aws::{self, CatalogTable, CompactedFolders, LakeBucket, LakeFiles, Session, SourceQueue},
    events::{BatchAnswer, Message, QueueBatch},
    tell::now_micros,
};

/// Lambda's poller makes the first three with the function's role.
const QUEUE_CALLS: &[(&str, Resource)] = &[
    ("sqs:ReceiveMessage", Resource::CompactQueue),
    ("sqs:DeleteMessage", Resource::CompactQueue),
    ("sqs:GetQueueAttributes", Resource::CompactQueue),
    ("sqs:SendMessage", Resource::CompactQueue),
];

/// Of the files that are made.
const FILE_CALLS: &[(&str, Resource)] = &[
    ("s3:PutObject", Resource::CompactedObjects),
    ("s3:AbortMultipartUpload", Resource::CompactedObjects),
    ("s3:DeleteObject", Resource::CompactedObjects),
];

/// Of all partitions, and of one that is registered where it was not.
const CATALOG_CALLS: &[(&str, Resource)] = &[("glue:GetPartitions", Resource::CatalogTable)];

/// Seconds for which a generation stays that queries are no longer led to: some that have begun may still read it.
const STAYS_SECONDS: i64 = 24 * 60 * 60;

/// The role, ready for invocations.
pub struct Compact {
    environment: CompactEnvironment,
    catalog: CatalogTable,
    compacted: CompactedFolders,
    files: LakeFiles,
    bucket: LakeBucket,
    queue: SourceQueue,
}

/// Why a folder was not dealt with. Its message comes again.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Aws(#[from] SinkError),
    #[error("folder `{folder}`: {source}")]
    Folder {
        folder: String,
        source: CompactError,
    },
    #[error("scratch disk: {0}")]
    Disk(#[from] std::io::Error),
    #[error("`{0}` is no folder: write it as in `submitted_at_day=2026-11-22/`")]
    NoFolder(String),
    #[error("a message is not one of this queue: {0}")]
    Unknown(#[from] serde_json::Error),
}

impl Handler for Compact {
    const CALLS: &'static [Calls] = &[
        QUEUE_CALLS,
        FILE_CALLS,
        CATALOG_CALLS,
        aws::catalog::CALLS,
        aws::compacted::CHANGE_CALLS,
        aws::lake_files::CALLS,
    ];

    type Environment = CompactEnvironment;
    type Event = QueueBatch;
    type Answer = BatchAnswer;
    type Failure = Infallible;

    fn new(environment: CompactEnvironment, session: Session) -> Self {
        let pipeline = &environment.settings.pipeline;
        let bucket = environment.lake_bucket.clone();
        Self {
            catalog: CatalogTable::new(
                &session,
                environment.catalog_database.clone(),
                &bucket,
                pipeline,
                lake(pipeline),
            ),
            compacted: CompactedFolders::new(
                &session,
                environment.control_table.clone(),
                pipeline.name.clone(),
            ),
            files: LakeFiles::new(&session, bucket.clone()),
            bucket: LakeBucket::new(&session, bucket),
            queue: SourceQueue::new(&session, environment.queue.clone()),
            environment,
        }
    }

    fn handle(&self, batch: QueueBatch, _: &str) -> Result<BatchAnswer, Infallible> {
        let mut answer = BatchAnswer::default();
        for message in &batch.messages {
            if let Err(failure) = self.obey(message) {
                let pipeline = &self.pipeline().name;
                tracing::error!(pipeline, reason = failure.to_string(), "attempt failed");
                answer.fail(message);
            }
        }
        Ok(answer)
    }
}

impl Compact {
    fn obey(&self, message: &Message) -> Result<(), Failure> {
        match serde_json::from_str(&message.body)? {
            Order::Walk(walk) => self.walk(&walk),
            Order::Folder(folder) => self.folder(&folder),
        }
    }

    fn pipeline(&self) -> &Pipeline {
        &self.environment.settings.pipeline
    }
}

/// The lake of a pipeline that has one, as every pipeline has that this role works for.
fn lake(pipeline: &Pipeline) -> &Lake {
    pipeline
        .lake()
        .expect("the role is of pipelines with a lake")
}

/// The second before which something was stored that has been there for so many seconds.
fn before(seconds: i64) -> i64 {
    i64::try_from(now_micros() / 1_000_000).unwrap_or(i64::MAX) - seconds
}
