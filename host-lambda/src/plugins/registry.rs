//! What the control table says of a pipeline's plugin: which version is in use, and what became of every version that
//! was uploaded. Bytes of plugins, and how they are run, are not known here.
//!
//! What an item is called and what it holds is said in [`sluice_contract::control::plugin`].
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
    control::{
        PARTITION_KEY, SORT_KEY,
        plugin::{self, COMPILED_SHA256, ENGINE, NAME, VERSION},
    },
};
use sluice_pipeline::ports::SinkError;

use crate::aws::{
    Session,
    attribute::{Attributes, Stored as _, entry, sha256_of, text_of},
    expression::{self, Condition, Update},
    refusal::reason,
};

/// Of every role that uses plugins.
pub(crate) const CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::PluginItems),
    ("dynamodb:UpdateItem", Resource::PluginItems),
];

/// Of the role that publishes them.
pub(crate) const PUBLISH_CALLS: &[(&str, Resource)] = &[
    ("dynamodb:GetItem", Resource::PluginItems),
    ("dynamodb:PutItem", Resource::PluginItems),
    ("dynamodb:UpdateItem", Resource::PluginItems),
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
    /// An update that writes what both kinds of items have, except for the sha256.
    pub(super) fn written(&self, update: Update) -> Update {
        update
            .set(COMPILED_SHA256, self.compiled_sha256)
            .set(ENGINE, &self.engine)
            .set(NAME, &self.name)
            .set(VERSION, &self.version)
    }

    /// The same attributes of an item that is written as a whole.
    pub(super) fn attributes(&self) -> [(String, AttributeValue); 4] {
        [
            entry(COMPILED_SHA256, self.compiled_sha256),
            entry(ENGINE, &self.engine),
            entry(NAME, &self.name),
            entry(VERSION, &self.version),
        ]
    }

    /// The reverse; `None` where the version has never been published.
    pub(super) fn of(sha256: Sha256, item: &Attributes) -> Option<Self> {
        Some(Self {
            sha256,
            compiled_sha256: sha256_of(item, COMPILED_SHA256)?,
            engine: text_of(item, ENGINE)?,
            name: text_of(item, NAME).unwrap_or_default(),
            version: text_of(item, VERSION).unwrap_or_default(),
        })
    }
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
    pub(super) fn partition(&self) -> String {
        plugin::partition_key(&self.pipeline)
    }

    /// The entry of that sort key as it is now.
    pub(super) fn entry(&self, sort_key: &str) -> Result<Option<Attributes>, SinkError> {
        let request = self
            .session
            .dynamodb()
            .get_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), self.partition().stored())
            .key(SORT_KEY.name(), sort_key.stored())
            .consistent_read(true);
        match self.session.wait_for(request.send()) {
            Ok(answer) => Ok(answer.item),
            Err(error) => Err(self.refused("read", sort_key, &error)),
        }
    }

    /// An update of the entry of that sort key.
    pub(super) fn update(
        &self,
        sort_key: &str,
        update: &Update,
        condition: &Condition,
    ) -> UpdateItemFluentBuilder {
        let request = self
            .session
            .dynamodb()
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY.name(), self.partition().stored())
            .key(SORT_KEY.name(), sort_key.stored());
        expression::update(request, update, condition)
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
