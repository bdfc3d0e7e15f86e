//! The way of blocking code to AWS: the runtime that requests run on, and the clients that make them.

use std::{collections::HashMap, sync::Arc};

use sluice_courier::Authorization;
use tokio::{
    runtime::Handle,
    task::{JoinError, JoinHandle},
};

use super::Clients;

/// Lets its holder wait for AWS, which would stop every other task of the thread inside an asynchronous one.
///
/// So there is one way to get a session: to be [handed](Session::blocking) one on a thread that may wait. Every adapter is
/// made of one, and what holds an adapter belongs to such threads.
#[derive(Debug, Clone)]
pub struct Session {
    runtime: Handle,
    clients: Arc<Clients>,
}

impl Session {
    /// Hands `work` a session, on a thread that may wait. Fails where `work` panics.
    pub async fn blocking<T: Send + 'static>(
        clients: Clients,
        work: impl FnOnce(Session) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let session = Session {
            runtime: Handle::current(),
            clients: Arc::new(clients),
        };
        tokio::task::spawn_blocking(move || work(session)).await
    }

    /// Waits for a request.
    pub(crate) fn wait_for<T>(&self, request: impl Future<Output = T>) -> T {
        self.runtime.block_on(request)
    }

    /// Lets a request run while the caller goes on.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        request: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn(request)
    }

    /// The runtime, for requests that are waited for together.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Objects.
    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        self.clients.s3()
    }

    /// Items.
    pub(crate) fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.clients.dynamodb()
    }

    /// Alerts.
    pub(crate) fn sns(&self) -> &aws_sdk_sns::Client {
        self.clients.sns()
    }

    /// Messages.
    pub(crate) fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.clients.sqs()
    }

    /// The values of SSM parameters by their names, without those that do not exist. `ssm` is where SSM usually is. The
    /// error is for people.
    pub(crate) fn parameters(
        &self,
        ssm: &str,
        names: &[&str],
    ) -> Result<HashMap<String, String>, String> {
        self.wait_for(self.clients.parameters(ssm, names))
    }

    /// The text of an entry of Secrets Manager. The error is for people.
    pub(crate) fn secret(&self, name: &str) -> Result<String, String> {
        self.wait_for(self.clients.secret(name))
    }

    /// Hands records over to Firehose. The error is for people.
    pub(super) async fn put_record_batch<T>(
        &self,
        arguments: serde_json::Value,
    ) -> Result<T, String>
    where
        T: serde::de::DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let call = self.clients.json_call("firehose");
        call.call("Firehose_20150804.PutRecordBatch", arguments)
            .await
    }

    /// Asks the Glue Data Catalog. The error is for people.
    pub(super) async fn glue<T>(
        &self,
        target: &'static str,
        arguments: serde_json::Value,
    ) -> Result<T, String>
    where
        T: serde::de::DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        self.clients.json_call("glue").call(target, arguments).await
    }

    /// Puts events on a bus. The error is for people.
    pub(super) async fn put_events<T>(&self, arguments: serde_json::Value) -> Result<T, String>
    where
        T: serde::de::DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let call = self.clients.json_call("events");
        call.call("AWSEvents.PutEvents", arguments).await
    }

    /// Signs requests as this function, for a service in a region, or in the function's own.
    pub(crate) fn signed(&self, region: Option<&str>, service: &'static str) -> Authorization {
        self.clients.signed(region, service)
    }
}
