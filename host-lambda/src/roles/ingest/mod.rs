//! Role `ingest`: a batch of queue messages in, objects processed, and the messages that failed out.
//!
//! Objects are processed one after the other, each with all the processors there are. A message whose objects are all
//! done is never delivered again; one that fails is, until it has failed so often that the queue gives it to the
//! dead-letter queue. How a record is cleaned is known to `sluice_pipeline` alone.

mod again;
mod alert;
mod attempt;
mod chain;
mod choice;
mod environment;
mod event;
mod metrics;
mod plugin_alert;
mod publishing;
mod reading;
mod sharing;
mod sinks;
mod told;
mod trial;
mod work;

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use sluice_contract::stack::{READING_SHARE, VISIBILITY_FACTOR, WORKING_SHARE};
use sluice_pipeline::{part::Part, ports::SourceObject};

pub(crate) use self::alert::OVERWRITTEN;
pub use self::environment::IngestEnvironment;
use self::{alert::Alerter, attempt::Ended, work::Work};
use super::{Calls, Handler};
use crate::{
    aws::{self, CatalogTable, CompactedFolders, Session, SourceQueue},
    events::{self, BatchAnswer, Message, Notice, ObjectCreated, QueueBatch, Rest, notices},
    plugins::{self, PluginFiles, PluginRegistry, PluginStore, SampleFiles},
    tell::{self, Outbox, Untold, now_micros, print_line},
};

/// The role, ready for invocations.
pub struct Ingest {
    environment: IngestEnvironment,
    session: Session,
    /// Where the pipeline has a plugin.
    plugin: Option<OwnPlugin>,
    /// Where the pipeline's lake has partitions.
    catalog: Option<CatalogTable>,
    /// Those of its folders that are compacted.
    compacted: Option<CompactedFolders>,
    outbox: Outbox,
    threads: usize,
}

/// The versions of the pipeline's plugin, and the records that new ones are tried on.
struct OwnPlugin {
    store: PluginStore,
    samples: SampleFiles,
}

/// When and by whom a message is processed.
#[derive(Debug, Clone)]
struct Invocation {
    /// Differs from invocation to invocation.
    id: String,
    /// Whether what may be dangerous is put off.
    puts_off: bool,
    /// When reading stops at the next best place.
    stop_at: Instant,
    /// When it stops at any.
    deadline: Instant,
}

/// What became of a message. Of several objects in one, the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Handled {
    /// It is not needed any more.
    Done,
    /// It has to be delivered again.
    Failed {
        /// When.
        again: Again,
    },
    /// It comes last.
    PutOff,
}

/// When a message is delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Again {
    /// As soon as it makes sense.
    Soon,
    /// When the queue would bring it by itself: whoever has it now is surely done by then, or dead.
    InTime,
}

impl Handled {
    /// An attempt failed, and nobody is at it any more.
    const FAILED: Handled = Handled::Failed { again: Again::Soon };
}

impl Handler for Ingest {
    const CALLS: &'static [Calls] = &[
        aws::source::CALLS,
        aws::table::CALLS,
        aws::outputs::CALLS,
        aws::catalog::CALLS,
        aws::compacted::CHANGE_CALLS,
        aws::lake_versions::CALLS,
        aws::secrets::CALLS,
        sinks::HTTP_CALLS,
        aws::ledger::CALLS,
        aws::seen_keys::CALLS,
        aws::source_queue::CALLS,
        events::CALLS,
        plugins::files::CALLS,
        plugins::registry::CALLS,
        plugins::samples::KEEP_CALLS,
        aws::event_bus::CALLS,
        tell::ALERT_CALLS,
    ];

    type Environment = IngestEnvironment;
    type Event = QueueBatch;
    type Answer = BatchAnswer;
    type Failure = Infallible;

    fn new(environment: IngestEnvironment, session: Session) -> Self {
        let pipeline = &environment.settings.pipeline;
        let plugin = pipeline
            .plugin
            .as_ref()
            .zip(environment.artifacts_bucket.as_ref());
        let plugin = plugin.map(|(plugin, bucket)| {
            let files = PluginFiles::new(&session, bucket.clone(), pipeline.name.clone());
            let registry = PluginRegistry::new(
                &session,
                environment.control_table.clone(),
                pipeline.name.clone(),
            );
            OwnPlugin {
                samples: SampleFiles::new(files.clone(), pipeline.name.clone()),
                store: PluginStore::new(files, registry, plugin.clone()),
            }
        });
        let catalog = environment.catalog_database.clone().zip(pipeline.lake());
        let catalog = catalog.map(|(database, lake)| {
            let bucket = &environment.lake_bucket;
            CatalogTable::new(&session, database, bucket, pipeline, lake)
        });
        let compacted = catalog.as_ref().map(|_| {
            CompactedFolders::new(
                &session,
                environment.control_table.clone(),
                pipeline.name.clone(),
            )
        });
        Self {
            catalog,
            compacted,
            outbox: Outbox::new(
                &session,
                environment.event_bus.clone(),
                environment.alerts_topic.clone(),
            ),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            environment,
            session,
            plugin,
        }
    }

    /// Processes a batch.
    fn handle(&self, batch: QueueBatch, request_id: &str) -> Result<BatchAnswer, Infallible> {
        let timeout = Duration::from_secs(self.environment.settings.timeout_seconds.into());
        let mut invocation = Invocation {
            id: format!("{request_id}/{:016x}", fastrand::u64(..)),
            puts_off: batch.messages.len() > 1,
            stop_at: Instant::now() + timeout.mul_f64(READING_SHARE),
            deadline: Instant::now() + timeout.mul_f64(WORKING_SHARE),
        };
        let mut answer = BatchAnswer::default();
        let mut messages = batch.messages;
        while !messages.is_empty() {
            let mut put_off = Vec::new();
            for message in messages {
                let handled =
                    catch_unwind(AssertUnwindSafe(|| self.message(&message, &invocation)));
                // A panic is a defect of this program, and the message is delivered again like after any other failure.
                match handled.unwrap_or(Handled::FAILED) {
                    Handled::Done => {}
                    Handled::PutOff => put_off.push(message),
                    Handled::Failed { again } => {
                        answer.fail(&message);
                        if again == Again::Soon {
                            self.give_back(&message);
                        }
                    }
                }
            }
            messages = put_off;
            invocation.puts_off = false;
        }
        Ok(answer)
    }
}

impl Ingest {
    /// Processes a message.
    fn message(&self, message: &Message, invocation: &Invocation) -> Handled {
        let notices = match notices(&message.body) {
            Ok(notices) => notices,
            Err(unknown) => {
                let (message_id, reason) = (&message.message_id, unknown.to_string());
                self.report_failure(
                    &format!("queue message {message_id}"),
                    message,
                    &reason,
                    |attempts| Untold {
                        alerts: vec![self.alerter().of_message(message_id, attempts, &reason)],
                        ..Untold::default()
                    },
                );
                return Handled::FAILED;
            }
        };
        let mut handled = Handled::Done;
        for notice in notices {
            handled = handled.max(match notice {
                Notice::Ignored { event } => {
                    tracing::info!(event, message_id = message.message_id, "event ignored");
                    Handled::Done
                }
                Notice::Created(object) if self.ignores(&object) => {
                    tracing::info!(key = object.key, "object ignored");
                    Handled::Done
                }
                Notice::Created(created) => {
                    let work = Work {
                        object: source_object(&created),
                        created: &created,
                        part: Part::WHOLE,
                        plugin: None,
                        links: 0,
                    };
                    self.part(&work, message, invocation)
                }
                Notice::Rest(Rest {
                    object: created,
                    part,
                    plugin,
                    links,
                }) => {
                    let work = Work {
                        object: source_object(&created),
                        created: &created,
                        part,
                        plugin,
                        links,
                    };
                    self.part(&work, message, invocation)
                }
            });
        }
        handled
    }

    /// Whether an object is none of the pipeline's: an empty one that stands for a folder, or one that its name tells.
    fn ignores(&self, object: &ObjectCreated) -> bool {
        let is_folder = object.key.ends_with('/') && object.size == Some(0);
        is_folder
            || self
                .environment
                .settings
                .pipeline
                .source
                .ignores(&object.key)
    }

    /// Processes a part of an object, and says so to everybody who wants to know.
    fn part(&self, work: &Work<'_>, message: &Message, invocation: &Invocation) -> Handled {
        let source = &work.object.uri;
        let max_receive_count = self.environment.settings.pipeline.source.max_receive_count;
        let mut told = false;
        let reason = match self.attempt(work, message, invocation) {
            Ok(Ended::Done) => return Handled::Done,
            Ok(Ended::PutOff) => return Handled::PutOff,
            // All of it is stored. The message comes again, and whoever gets it tells; in the end it waits in the dead-letter
            // queue until somebody has mended what keeps the event bus or the topic from being told.
            Ok(Ended::Untold(reason)) => {
                tracing::error!(
                    source,
                    reason,
                    attempts = message.attributes.approximate_receive_count,
                    message_id = message.message_id,
                    "it is done, and nobody could be told"
                );
                return Handled::FAILED;
            }
            // Usually it is done when the message comes again. If not, and it does not come again, nobody would know.
            Ok(Ended::Busy) if !message.is_last_receive(max_receive_count) => {
                tracing::info!(
                    source,
                    attempts = message.attributes.approximate_receive_count,
                    message_id = message.message_id,
                    "another attempt has not ended yet"
                );
                // The last receive must find that attempt's claim ended, or it would be taken for a failure.
                let again = match message.is_last_receive(max_receive_count.saturating_sub(1)) {
                    true => Again::InTime,
                    false => Again::Soon,
                };
                return Handled::Failed { again };
            }
            Ok(Ended::Busy) => "another attempt at this object has not ended yet".to_owned(),
            Err(failed) => {
                told = failed.told;
                failed.reason
            }
        };
        self.report_failure(source, message, &reason, |attempts| match told {
            true => Untold::default(),
            false => self.untold_failure(work, &message.message_id, attempts, &reason),
        });
        Handled::FAILED
    }

    /// Has the queue deliver a message again sooner than it would by itself. Where that fails, it does so by itself.
    fn give_back(&self, message: &Message) {
        let receives = message.attributes.approximate_receive_count;
        let visibility_seconds = VISIBILITY_FACTOR * self.environment.settings.timeout_seconds;
        let wait = again::wait_seconds(receives, fastrand::f64(), visibility_seconds);
        let (Some(seconds), Some(receipt_handle)) = (wait, &message.receipt_handle) else {
            return;
        };
        if let Err(error) = self.source_queue().hide(receipt_handle, seconds) {
            tracing::warn!(
                reason = error.to_string(),
                message_id = message.message_id,
                "a message could not be given back, and comes when the queue brings it"
            );
        }
    }

    /// Tells the log and the metrics of a failed attempt and, where it was the last, everybody else: what `untold` makes of
    /// the number of attempts.
    fn report_failure(
        &self,
        source: &str,
        message: &Message,
        reason: &str,
        untold: impl Fn(u32) -> Untold,
    ) {
        let settings = &self.environment.settings;
        let attempts = message.attributes.approximate_receive_count;
        let last = self.is_last(message);
        tracing::error!(
            source,
            attempts,
            last,
            reason,
            message_id = message.message_id,
            "attempt failed"
        );
        print_line(&metrics::failed(settings, source, now_micros() / 1_000));
        if last && let Err(reason) = self.outbox.tell(&untold(attempts)) {
            tracing::error!(source, reason, "a failure could not be told");
        }
    }

    /// Whether the queue gives the message up if this attempt fails.
    fn is_last(&self, message: &Message) -> bool {
        let source = &self.environment.settings.pipeline.source;
        message.is_last_receive(source.max_receive_count)
    }

    fn source_queue(&self) -> SourceQueue {
        SourceQueue::new(&self.session, self.environment.source_queue.clone())
    }

    fn alerter(&self) -> Alerter<'_> {
        Alerter {
            settings: &self.environment.settings,
            lake_bucket: &self.environment.lake_bucket,
        }
    }
}

/// The object as the record path knows it.
///
/// Where the bucket keeps no versions, the ETag alone would not tell an object that was written again with what it held
/// before; its sequencer does.
fn source_object(created: &ObjectCreated) -> SourceObject {
    let uri = format!("s3://{}/{}", created.bucket, created.key);
    let version = created.version_id.clone().unwrap_or_else(|| {
        format!(
            "{}@{}",
            created.etag.as_deref().unwrap_or_default(),
            created.sequencer
        )
    });
    SourceObject {
        stem: SourceObject::stem_of(&uri, &version),
        uri,
        size: created.size,
        version,
        sequencer: created.sequencer.clone(),
        received_at: created.written_at,
    }
}
