//! The role `publish` of one pipeline on an emulated AWS of its own, and everything it touches.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use sluice_contract::Sha256;
use sluice_contract::settings::Settings;
use sluice_host::{
    aws::Session,
    plugins::{PluginFiles, PluginRegistry, PluginStore, SampleFiles},
    roles::{
        Handler,
        publish::{Publish, PublishEnvironment, PublishFailure},
    },
};

use super::{inbox::Inbox, ministack::Ministack};

pub(super) const KEY: &str = "plugins/orders.wasm";

pub(super) struct Press {
    pub(super) aws: Ministack,
    pub(super) environment: PublishEnvironment,
    inbox: Inbox,
    uploads: AtomicU32,
}

impl Press {
    /// `plugin` changes what the manifest says of the plugin.
    pub(super) fn new(plugin: Value) -> Self {
        let aws = Ministack::start();
        aws.create_bucket("artifacts");
        aws.create_table("control", "pk", Some("sk"));
        let inbox = Inbox::new(&aws);
        let mut settings: Value =
            serde_json::from_str(include_str!("../settings/lake.json")).unwrap();
        let pipeline = &mut settings["pipeline"];
        pipeline["key"] = json!([]);
        pipeline["order_by"] = Value::Null;
        pipeline["lake"]["partition_by"] = json!([]);
        pipeline["fields"] = json!([
            { "name": "value", "type": "text", "required": true },
            { "name": "capitals", "type": "text", "required": true },
        ]);
        // The pointer is asked each time.
        pipeline["plugin"]["refresh_seconds"] = json!(0);
        let changes = plugin.as_object().unwrap().clone();
        pipeline["plugin"].as_object_mut().unwrap().extend(changes);
        let environment = PublishEnvironment {
            settings: serde_json::from_value::<Settings>(settings).unwrap(),
            artifacts_bucket: "artifacts".to_owned(),
            control_table: "control".to_owned(),
            alerts_topic: inbox.topic.clone(),
            event_bus: inbox.bus.clone(),
        };
        Self {
            aws,
            environment,
            inbox,
            uploads: AtomicU32::new(0),
        }
    }

    /// Uploads a file, and gives its event.
    pub(super) fn upload(&self, bytes: &[u8]) -> Value {
        let etag = self.aws.put_object("artifacts", KEY, bytes.to_vec());
        self.event(KEY, bytes.len() as u64, &etag)
    }

    /// The event of the next upload.
    pub(super) fn event(&self, key: &str, size: u64, etag: &str) -> Value {
        let number = self.uploads.fetch_add(1, Ordering::SeqCst) + 1;
        json!({
            "source": "aws.s3", "detail-type": "Object Created", "time": "2026-11-22T10:00:00Z",
            "detail": {
                "bucket": { "name": "artifacts" },
                "object": { "key": key, "size": size, "etag": etag, "sequencer": format!("{number:016X}") },
            },
        })
    }

    pub(super) fn publish(&self, event: &Value) -> Result<(), PublishFailure> {
        self.publish_with(self.aws.session(), event)
    }

    /// In a function of its own, whose session meets what this one meets.
    pub(super) fn publish_with(
        &self,
        session: Session,
        event: &Value,
    ) -> Result<(), PublishFailure> {
        Publish::new(self.environment.clone(), session).handle(event.clone(), "request")
    }

    /// Uploads and publishes a component; gives its sha256.
    pub(super) fn put(&self, component: &[u8]) -> Sha256 {
        self.publish(&self.upload(component)).unwrap();
        Sha256::of(component)
    }

    pub(super) fn alerts(&self) -> Vec<String> {
        self.inbox.alerts(&self.aws)
    }

    /// Kinds of the events since the last time.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.inbox.kinds(&self.aws)
    }

    pub(super) fn files(&self) -> PluginFiles {
        PluginFiles::new(
            &self.aws.session(),
            "artifacts".to_owned(),
            "orders".to_owned(),
        )
    }

    pub(super) fn registry(&self) -> PluginRegistry {
        PluginRegistry::new(
            &self.aws.session(),
            "control".to_owned(),
            "orders".to_owned(),
        )
    }

    pub(super) fn samples(&self) -> SampleFiles {
        SampleFiles::new(self.files(), "orders".to_owned())
    }

    /// What an `ingest` process that has just started has.
    pub(super) fn store(&self) -> PluginStore {
        let plugin = self.environment.settings.pipeline.plugin.clone().unwrap();
        PluginStore::new(self.files(), self.registry(), plugin)
    }

    /// The sha256 that the pointer names, if there is a pointer.
    pub(super) fn in_use(&self) -> Option<Sha256> {
        let pointer = self.registry().pointer().unwrap()?;
        Some(pointer.version.sha256)
    }
}
