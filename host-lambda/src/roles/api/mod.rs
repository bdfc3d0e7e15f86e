//! Role `api`: a request of API Gateway in, an answer out.
//!
//! How a request is answered is known to `sluice_api` alone; here it gets its ports, and the version of the plugin that is
//! in use. One version answers a request. A version on trial is counted by requests, as it is by objects elsewhere.

mod environment;
mod event;
mod metrics;

use std::convert::Infallible;

use sluice_api::{Handled, Handler as ApiHandler, Request, ports::Ports};
use sluice_pipeline::plugin::PluginVersion;

pub use self::{
    environment::ApiEnvironment,
    event::{GatewayAnswer, GatewayEvent},
};
use super::{Calls, Handler};
use crate::{
    aws::{self, AnswersTable, DeliveryStream, RecordTable, Session},
    plugins::{self, FailedTrial, PluginFiles, PluginRegistry, PluginStore, Trial},
    tell::{self, Outbox, Untold, now_micros, print_line},
};

/// The role, ready for invocations.
pub struct Api {
    environment: ApiEnvironment,
    handler: ApiHandler,
    /// Where the pipeline has a plugin.
    plugin: Option<PluginStore>,
    store: Option<RecordTable>,
    forward: Option<DeliveryStream>,
    answers: AnswersTable,
    outbox: Outbox,
}

impl Handler for Api {
    const CALLS: &'static [Calls] = &[
        aws::record_table::CALLS,
        aws::answers::CALLS,
        aws::delivery::CALLS,
        plugins::files::CALLS,
        plugins::registry::CALLS,
        aws::event_bus::CALLS,
        tell::ALERT_CALLS,
    ];

    type Environment = ApiEnvironment;
    type Event = GatewayEvent;
    type Answer = GatewayAnswer;
    type Failure = Infallible;

    fn new(environment: ApiEnvironment, session: Session) -> Self {
        let pipeline = &environment.settings.pipeline;
        let plugin = pipeline
            .plugin
            .as_ref()
            .zip(environment.artifacts_bucket.as_ref());
        let plugin = plugin.map(|(plugin, bucket)| {
            let files = PluginFiles::new(&session, bucket.clone(), pipeline.name.clone());
            let control_table = environment.control_table.clone();
            let registry = PluginRegistry::new(&session, control_table, pipeline.name.clone());
            PluginStore::new(files, registry, plugin.clone())
        });
        let table = environment.table.clone();
        let stream = environment.delivery_stream.clone();
        Self {
            handler: ApiHandler::new(pipeline).expect("only a pipeline with an API has this role"),
            plugin,
            store: table.and_then(|table| RecordTable::new(&session, table, pipeline)),
            forward: stream.map(|stream| DeliveryStream::new(&session, stream)),
            answers: AnswersTable::new(&session, environment.control_table.clone()),
            outbox: Outbox::new(
                &session,
                environment.event_bus.clone(),
                environment.alerts_topic.clone(),
            ),
            environment,
        }
    }

    /// Answers a request.
    fn handle(&self, event: GatewayEvent, _: &str) -> Result<GatewayAnswer, Infallible> {
        let begun = now_micros();
        let request = match event.request(self.handler.api()) {
            Ok(request) => request,
            Err(answer) => return Ok(answer),
        };
        let plugin = match self.plugin() {
            Ok(plugin) => plugin,
            Err(reason) => {
                tracing::error!(reason, "no plugin to clean with");
                return Ok(GatewayAnswer::unavailable());
            }
        };
        let ports = Ports {
            store: self.store.as_ref().map(|store| store as _),
            forward: self.forward.as_ref().map(|forward| forward as _),
            idempotency: &self.answers,
        };
        let handled = self.handler.handle(&request, plugin.as_ref(), &ports);
        self.tell(&request, &handled, plugin.as_ref(), begun);
        Ok(handled.answer.into())
    }
}

impl Api {
    /// The version in use, if the pipeline has a plugin. The error is for the log.
    fn plugin(&self) -> Result<Option<PluginVersion>, String> {
        let Some(store) = &self.plugin else {
            return Ok(None);
        };
        let current = store
            .current()
            .map_err(|unavailable| unavailable.to_string())?;
        if current.untold {
            store.tell_left(&self.outbox);
        }
        if let Some(unused) = &current.unused {
            let in_use = current.version.sha256();
            let reason = unused.reason.to_string();
            tracing::error!(reason, %in_use, "the published plugin is not used");
            if unused.tell {
                let settings = &self.environment.settings;
                let (place, name) = (settings.into(), &settings.pipeline.name);
                let alert = plugins::alert::of_unused_version(place, name, &reason, in_use);
                self.outbox.topic().send(&alert);
            }
        }
        Ok(Some(current.version))
    }

    /// Tells the log and the metrics of a request, and counts it for the trial of the version that cleaned its records.
    fn tell(
        &self,
        request: &Request,
        handled: &Handled,
        plugin: Option<&PluginVersion>,
        begun: u64,
    ) {
        let now = now_micros();
        let settings = &self.environment.settings;
        let latency_ms = now.saturating_sub(begun) / 1_000;
        if let Some(trouble) = &handled.trouble {
            tracing::error!(
                request = request.id,
                reason = trouble,
                "a request is in trouble"
            );
        }
        let accounts = handled.accounts;
        tracing::info!(
            request = request.id,
            method = request.method,
            status = handled.answer.status,
            read = accounts.read,
            stored = accounts.stored,
            dropped = accounts.dropped,
            duplicate = accounts.duplicate,
            rejected = accounts.rejected,
            latency_ms,
            "request done"
        );
        print_line(&metrics::of(
            settings,
            handled,
            &request.id,
            latency_ms,
            now / 1_000,
        ));
        if accounts.read == 0 {
            return;
        }
        if let (Some(store), Some(plugin)) = (&self.plugin, plugin) {
            let sha256 = plugin.sha256();
            let untold = |trial: &FailedTrial| {
                let (place, name) = (settings.into(), &settings.pipeline.name);
                let rejects =
                    "Whoever sent a record that it rejected was told so, and may send it again.";
                let alert = plugins::alert::of_failed_trial(place, name, trial, rejects);
                let event = plugins::event::of_failed_trial(settings, trial);
                Untold::new(event, Some(alert))
            };
            match store.record(sha256, accounts.read, accounts.rejected, false, untold) {
                Ok(Trial::Failed(trial)) => {
                    tracing::error!(%sha256, reason = trial.to_string(), "plugin has failed its trial");
                    store.tell_left(&self.outbox);
                }
                Ok(Trial::None | Trial::Goes { .. } | Trial::Passed) => {}
                Err(error) => tracing::warn!(
                    %sha256,
                    reason = error.to_string(),
                    "a request is not counted for the plugin's trial"
                ),
            }
        }
    }
}
