//! What the control table says of a pipeline's plugin: which version is in use, and what became of every version that
//! was uploaded. Bytes of plugins, and how they are run, are not known here.
//!
//! | `pk` | `sk` | holds |
//! | --- | --- | --- |
//! | `plugin#<pipeline>` | `pointer` | the version in use ([`Pointer`](super::Pointer)) |
//! | `plugin#<pipeline>` | `version#<sha256>` | what became of one version ([`VersionRecord`](super::VersionRecord)) |
//! | `plugin#<pipeline>` | `upload#<sequencer>` | an upload that was refused unread; for 30 days |
//!
//! Every write is conditional: whoever comes too late changes nothing, and learns of it.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::AttributeValue,
};
use sluice_contract::{
    Sha256,
    access::Resource,
    control::{PARTITION_KEY, SORT_KEY, plugin},
};
use sluice_pipeline::ports::SinkError;

use crate::aws::{
    Session,
    attribute::{Attributes, text, text_of},
    refusal::reason,
};

/// Of every role that uses plugins.
pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::ControlTable),
    ("dynamodb:UpdateItem", Resource::ControlTable),
];

/// Of the role that publishes them.
pub(crate) const PUBLISH_CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::ControlTable),
    ("dynamodb:PutItem", Resource::ControlTable),
    ("dynamodb:UpdateItem", Resource::ControlTable),
];

/// Names that are words of DynamoDB's own, and stand in expressions as `#…`.
const RESERVED: &[(&str, &str)] = &[
    ("#status", "status"),
    ("#reason", "reason"),
    ("#name", "name"),
    ("#bytes", "bytes"),
    ("#previous", "previous"),
];

/// A version that was published: what it is called, and which bytes it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// Of the component.
    pub sha256: Sha256,
    /// Of the compiled file.
    pub compiled_sha256: Sha256,
    /// Which engine the compiled file is for: [`fingerprint`](sluice_pipeline::plugin::PluginEngine::fingerprint).
    pub engine: String,
    /// The plugin's name for itself.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
}

impl PublishedVersion {
    /// The attributes that both kinds of items have, except for the sha256.
    pub(super) fn attributes(&self) -> [(&'static str, String); 4] {
        [
            ("compiled_sha256", self.compiled_sha256.to_string()),
            ("engine", self.engine.clone()),
            ("name", self.name.clone()),
            ("version", self.version.clone()),
        ]
    }

    /// The reverse; `None` where the version has never been published.
    pub(super) fn of(sha256: Sha256, item: &Attributes) -> Option<Self> {
        Some(Self {
            sha256,
            compiled_sha256: sha256_of(item, "compiled_sha256")?,
            engine: text_of(item, "engine")?,
            name: text_of(item, "name").unwrap_or_default(),
            version: text_of(item, "version").unwrap_or_default(),
        })
    }
}

/// The sha256 in an attribute, if it holds one.
pub(super) fn sha256_of(item: &Attributes, name: &str) -> Option<Sha256> {
    text_of(item, name)?.parse().ok()
}

/// The entries of one pipeline's plugin.
#[derive(Debug, Clone)]
pub struct PluginRegistry {
    pub(super) session: Session,
    pub(super) table: String,
    pub(super) pipeline: String,
}

impl PluginRegistry {
    /// The plugin of a pipeline, in the control table of this name.
    pub fn new(session: &Session, table: String, pipeline: String) -> Self {
        Self {
            session: session.clone(),
            table,
            pipeline,
        }
    }

    /// The partition key of all entries.
    pub(super) fn partition(&self) -> AttributeValue {
        text(plugin::partition_key(&self.pipeline))
    }

    /// The entry of that sort key as it is now.
    pub(super) fn entry(&self, sort_key: &str) -> Result<Option<Attributes>, SinkError> {
        let request = self
            .session
            .dynamodb()
            .get_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), self.partition())
            .key(SORT_KEY.name(), text(sort_key))
            .consistent_read(true);
        match self.session.wait_for(request.send()) {
            Ok(answer) => Ok(answer.item),
            Err(error) => Err(self.refused("read", sort_key, &error)),
        }
    }

    /// An update of the entry of that sort key. Expressions may hold the names of [`RESERVED`].
    pub(super) fn update(
        &self,
        sort_key: &str,
        update: &str,
        condition: &str,
    ) -> UpdateItemFluentBuilder {
        let mut request = self
            .session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), self.partition())
            .key(SORT_KEY.name(), text(sort_key))
            .update_expression(update)
            .condition_expression(condition);
        for (placeholder, name) in RESERVED {
            // DynamoDB refuses names that no expression uses.
            if update.contains(placeholder) || condition.contains(placeholder) {
                request = request.expression_attribute_names(*placeholder, *name);
            }
        }
        request
    }

    /// Makes an update; gives the new attributes, where it asked for them, or `None` where the condition does not hold.
    pub(super) fn make(
        &self,
        action: &str,
        sort_key: &str,
        update: UpdateItemFluentBuilder,
    ) -> Result<Option<Attributes>, SinkError> {
        match self.session.wait_for(update.send()) {
            Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
            Err(error) if is_unmet(&error) => Ok(None),
            Err(error) => Err(self.refused(action, sort_key, &error)),
        }
    }

    pub(super) fn refused<E>(
        &self,
        action: &str,
        sort_key: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> SinkError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        SinkError {
            target: format!("control table `{}`", self.table),
            action: format!("{action} `{sort_key}` of plugin `{}`", self.pipeline),
            reason: reason(error),
        }
    }
}

/// Whether the condition of a write does not hold.
pub(super) fn is_unmet<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}
