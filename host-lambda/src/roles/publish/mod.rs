//! Role `publish`: an upload to `plugins/<pipeline>.wasm` in, and a version that is in use, or a refusal, out.
//!
//! What makes a component good is known to [`sluice_pipeline::vet`] alone. Here it is fetched, stored under its
//! hash, and brought into use, in this order, so that whatever the pointer names is there. A refusal leaves the pointer
//! alone. An event may come twice, late or out of order: every step is bound to the upload's sequencer.

mod alert;
mod environment;
mod metrics;
mod outcome;
mod told;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sluice_contract::{Sha256, control::plugin::VersionStatus, stack::Plugin};
use sluice_pipeline::{
    plugin::{PluginEngine, PluginError, PluginVersion},
    ports::SinkError,
    vet::{Candidate, MAX_COMPONENT_BYTES, Vetted, vet},
};

pub use self::environment::PublishEnvironment;
use self::outcome::{Outcome, Refused};
use super::{Calls, Handler};
use crate::{
    aws::{self, Session},
    events::{Notice, ObjectCreated, UnknownBody, notices},
    plugins::{
        self, Fetched, Flip, PluginFiles, PluginRegistry, PluginStore, PluginUnavailable, Pointer,
        PublishedVersion, SampleFiles, UploadedBytes,
    },
    tell::{self, Outbox},
};

/// The role, ready for invocations.
pub struct Publish {
    environment: PublishEnvironment,
    files: PluginFiles,
    registry: PluginRegistry,
    samples: SampleFiles,
    outbox: Outbox,
}

/// Why an upload was neither published nor refused. Lambda delivers its event again.
#[derive(Debug, thiserror::Error)]
pub enum PublishFailure {
    /// The function was invoked with something else.
    #[error(transparent)]
    Event(#[from] UnknownBody),
    /// An entry or a file could not be read or written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The version in use could not be read.
    #[error(transparent)]
    InUse(#[from] PluginUnavailable),
    /// The function can run no plugin at all.
    #[error(transparent)]
    Engine(#[from] PluginError),
    /// The upload could not be read.
    #[error("the upload `s3://{bucket}/{key}` cannot be read: {reason}")]
    Unreadable {
        /// The artifacts bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// What S3 said.
        reason: String,
    },
    /// What became of an upload could not be told.
    #[error("what became of the plugin cannot be told: {0}")]
    Untold(String),
}

impl Handler for Publish {
    const CALLS: &'static [Calls] = &[
        plugins::files::CALLS,
        plugins::files::PUBLISH_CALLS,
        plugins::registry::PUBLISH_CALLS,
        plugins::samples::READ_CALLS,
        aws::event_bus::CALLS,
        tell::ALERT_CALLS,
    ];

    type Environment = PublishEnvironment;
    type Event = serde_json::Value;
    type Answer = ();
    type Failure = PublishFailure;

    fn new(environment: PublishEnvironment, session: Session) -> Self {
        let pipeline = &environment.settings.pipeline.name;
        let bucket = environment.artifacts_bucket.clone();
        let table = environment.control_table.clone();
        let files = PluginFiles::new(&session, bucket, pipeline.clone());
        Self {
            samples: SampleFiles::new(files.clone(), pipeline.clone()),
            files,
            registry: PluginRegistry::new(&session, table, pipeline.clone()),
            outbox: Outbox::new(
                &session,
                environment.event_bus.clone(),
                environment.alerts_topic.clone(),
            ),
            environment,
        }
    }

    /// Handles an event of the bus.
    fn handle(&self, event: serde_json::Value, request_id: &str) -> Result<(), PublishFailure> {
        let done = self.event(&event.to_string(), request_id);
        if let Err(failure) = &done {
            tracing::error!(reason = failure.to_string(), "attempt failed");
        }
        done
    }
}

impl Publish {
    fn event(&self, event: &str, request_id: &str) -> Result<(), PublishFailure> {
        for notice in notices(event)? {
            match notice {
                Notice::Ignored { event } => tracing::info!(event, request_id, "event ignored"),
                Notice::Rest(_) => tracing::warn!(request_id, "a part of an object is no plugin"),
                Notice::Created(upload) => {
                    // What an upload before has left must not be written over.
                    self.tell_left(&upload, None)?;
                    let outcome = self.upload(&upload)?;
                    self.tell(&upload, &outcome, request_id);
                    self.tell_left(&upload, outcome.sha256())?;
                }
            }
        }
        Ok(())
    }

    /// Publishes an upload, or says why not.
    fn upload(&self, upload: &ObjectCreated) -> Result<Outcome, PublishFailure> {
        let (files, registry) = (&self.files, &self.registry);
        let pipeline = &self.environment.settings.pipeline;
        let own_key = files.upload_key();
        let refuse_unread = |reason: String| {
            let in_use = registry.pointer()?.map(|pointer| pointer.version.sha256);
            let refused = Refused::new(None, &reason, in_use);
            let untold = self.untold_refusal(upload, &refused);
            let first = registry.refuse_unread(&upload.sequencer, &reason, &untold)?;
            Ok(Outcome::Refused { refused, first })
        };
        let Some(plugin) = &pipeline.plugin else {
            return refuse_unread(format!(
                "pipeline `{}` has no plugin; add `plugin` to its manifest entry and deploy it, then upload the file again",
                pipeline.name
            ));
        };
        if upload.bucket != files.bucket() || upload.key != own_key {
            return refuse_unread(format!(
                "the plugin of pipeline `{}` is `s3://{}/{own_key}`; upload the file there",
                pipeline.name,
                files.bucket(),
            ));
        }
        let pointer = registry.pointer()?;
        if let Some(pointer) = &pointer
            && pointer.sequencer >= upload.sequencer
        {
            return Ok(Outcome::Known { sha256: None });
        }
        let bytes = upload.size.or_else(|| files.upload_size(upload));
        if let Some(bytes) = bytes.filter(|bytes| *bytes > MAX_COMPONENT_BYTES as u64) {
            return refuse_unread(format!(
                "component too large: got {bytes} bytes, limit {MAX_COMPONENT_BYTES} bytes; leave out what it does not need"
            ));
        }
        match files.read_upload(upload) {
            Fetched::Whole(component) => self.component(upload, component, plugin, pointer),
            // Whatever took its place brings its own event.
            Fetched::Replaced => Ok(Outcome::Replaced),
            Fetched::Missing { reason } | Fetched::Unreadable { reason } => {
                Err(PublishFailure::Unreadable {
                    bucket: upload.bucket.clone(),
                    key: upload.key.clone(),
                    reason,
                })
            }
        }
    }

    /// Publishes the component of an upload that is newer than the pointer.
    fn component(
        &self,
        upload: &ObjectCreated,
        component: Vec<u8>,
        plugin: &Plugin,
        pointer: Option<Pointer>,
    ) -> Result<Outcome, PublishFailure> {
        let (files, registry) = (&self.files, &self.registry);
        let store = PluginStore::new(files.clone(), registry.clone(), plugin.clone());
        let sha256 = Sha256::of(&component);
        let uploaded = UploadedBytes {
            sha256,
            bytes: component.len() as u64,
            sequencer: &upload.sequencer,
        };
        // An attempt that died after it had refused leaves only this.
        if let Some(known) = registry.version(sha256)?
            && known.status == VersionStatus::Refused
            && known.sequencer >= upload.sequencer
        {
            return Ok(Outcome::Known {
                sha256: Some(sha256),
            });
        }
        let in_use = pointer.map(|pointer| pointer.version);
        let current = match &in_use {
            Some(in_use) if in_use.sha256 == sha256 => {
                if is_whole(&store, files, in_use, &component)? {
                    registry.confirm(sha256, &upload.sequencer)?;
                    registry.clear(sha256, &upload.sequencer)?;
                    return Ok(Outcome::InUse { sha256 });
                }
                None
            }
            Some(in_use) => current(&store, in_use)?,
            None => None,
        };
        let in_use = in_use.map(|in_use| in_use.sha256);
        let engine = store.engine()?;
        let vetted = match self.vet(&engine, &component, plugin, current.as_ref()) {
            Ok(vetted) => vetted,
            Err(reason) => {
                let refused = Refused::new(Some(sha256), &reason, in_use);
                let untold = self.untold_refusal(upload, &refused);
                let first = registry.refuse(uploaded, &reason, &untold)?;
                return Ok(Outcome::Refused { refused, first });
            }
        };
        let descriptor = vetted.version.descriptor();
        let version = PublishedVersion {
            sha256,
            compiled_sha256: vetted.compiled.sha256(),
            engine: engine.fingerprint(),
            name: descriptor.name.clone(),
            version: descriptor.version.clone(),
        };
        files.write(&files.component_key(sha256), component)?;
        files.write(
            &files.compiled_key(&version.engine, sha256),
            vetted.compiled.into_code(),
        )?;
        registry.approve(uploaded, &version)?;
        let untold = |previous| self.untold_version(upload, &version, previous);
        match registry.flip(&version, &upload.sequencer, plugin.canary.as_ref(), untold)? {
            Flip::Flipped { previous } => Ok(Outcome::Published {
                version,
                bytes: uploaded.bytes,
                previous,
                trial: vetted.trial,
            }),
            Flip::Superseded => Ok(Outcome::Known {
                sha256: Some(sha256),
            }),
        }
    }

    /// Tries a component. Errors are for people.
    fn vet(
        &self,
        engine: &PluginEngine,
        component: &[u8],
        plugin: &Plugin,
        current: Option<&PluginVersion>,
    ) -> Result<Vetted, String> {
        let pipeline = &self.environment.settings.pipeline;
        let samples = if plugin.samples == 0 {
            Vec::new()
        } else {
            self.samples.read()
        };
        let candidate = Candidate {
            component,
            plugin,
            pipeline: Some(pipeline),
            samples: &samples,
            current,
        };
        // Whoever makes the host stumble over a component is not to take the function with it.
        catch_unwind(AssertUnwindSafe(|| vet(engine, &candidate)))
            .map_err(|_| {
                "the host stumbled over it, which is a defect of Sluice; the log says where"
                    .to_owned()
            })?
            .map_err(|refusal| refusal.to_string())
    }
}

/// Whether all that is stored of a version is there, unchanged, and made for this program. Where it is not, the upload
/// puts it right.
fn is_whole(
    store: &PluginStore,
    files: &PluginFiles,
    version: &PublishedVersion,
    component: &[u8],
) -> Result<bool, PluginUnavailable> {
    let stored = files.read(&files.component_key(version.sha256));
    if !matches!(stored, Fetched::Whole(stored) if stored == component) {
        return Ok(false);
    }
    match store.load_compiled(version) {
        Ok(loaded) => Ok(loaded.is_some()),
        Err(unavailable) if unavailable.is_passing() => Err(unavailable),
        Err(_) => Ok(false),
    }
}

/// The version in use, to compare the new one with. One that cannot be loaded is no measure.
fn current(
    store: &PluginStore,
    version: &PublishedVersion,
) -> Result<Option<PluginVersion>, PluginUnavailable> {
    match store.version(version.sha256) {
        Ok(version) => Ok(Some(version)),
        Err(unavailable) if unavailable.is_passing() => Err(unavailable),
        Err(unavailable) => {
            tracing::warn!(
                plugin_sha256 = %version.sha256,
                reason = unavailable.to_string(),
                "nothing to compare the upload with"
            );
            Ok(None)
        }
    }
}
