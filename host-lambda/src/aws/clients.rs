//! The SDK's clients, made when first asked for: a start that needs none pays for none.
//!
//! Lambda hands a function its credentials and its region in the environment, so that nothing else is looked for.
//! Neither is read here: the edge hands them in.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, retry::RetryConfig,
};
use aws_types::SdkConfig;
use sluice_courier::Authorization;

use super::{json_call::JsonCall, parameters, secrets};

/// Where AWS is, and the clients of its services.
#[derive(Debug)]
pub struct Clients {
    region: String,
    endpoint: Option<String>,
    credentials: Credentials,
    shared: OnceLock<SdkConfig>,
    s3: OnceLock<aws_sdk_s3::Client>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
}

impl Clients {
    /// Clients for a region, or for whatever answers at `endpoint` (the variable `AWS_ENDPOINT_URL`).
    pub fn new(region: String, endpoint: Option<String>, credentials: Credentials) -> Self {
        Self {
            region,
            endpoint,
            credentials,
            shared: OnceLock::new(),
            s3: OnceLock::new(),
            dynamodb: OnceLock::new(),
            sns: OnceLock::new(),
            sqs: OnceLock::new(),
        }
    }

    /// Objects.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(self.shared())
                // An emulator has no host name for every bucket.
                .force_path_style(self.endpoint.is_some())
                .build();
            aws_sdk_s3::Client::from_conf(config)
        })
    }

    /// Items.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb
            .get_or_init(|| aws_sdk_dynamodb::Client::new(self.shared()))
    }

    /// Alerts.
    pub fn sns(&self) -> &aws_sdk_sns::Client {
        self.sns
            .get_or_init(|| aws_sdk_sns::Client::new(self.shared()))
    }

    /// Messages.
    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.sqs
            .get_or_init(|| aws_sdk_sqs::Client::new(self.shared()))
    }

    /// The values of SSM parameters by their names, without those that do not exist. `ssm` is where SSM is, unless AWS is
    /// not at its usual addresses. The error is for people.
    pub(super) async fn parameters(
        &self,
        ssm: &str,
        names: &[&str],
    ) -> Result<HashMap<String, String>, String> {
        let call = JsonCall {
            service: "ssm",
            region: self.region.clone(),
            endpoint: self.endpoint.clone().unwrap_or_else(|| ssm.to_owned()),
            credentials: self.credentials.clone(),
        };
        parameters::get(&call, names).await
    }

    /// The text of an entry of Secrets Manager. The error is for people.
    pub(super) async fn secret(&self, name: &str) -> Result<String, String> {
        secrets::get(&self.json_call("secretsmanager"), name).await
    }

    /// Calls of a service that has no client, at its usual address.
    pub(super) fn json_call(&self, service: &'static str) -> JsonCall {
        let usual = || format!("https://{service}.{}.{}", self.region, domain(&self.region));
        JsonCall {
            service,
            region: self.region.clone(),
            endpoint: self.endpoint.clone().unwrap_or_else(usual),
            credentials: self.credentials.clone(),
        }
    }

    /// Signs requests with the function's credentials, for a service in a region, or in the function's own.
    pub(super) fn signed(&self, region: Option<&str>, service: &'static str) -> Authorization {
        let credentials = self.credentials.clone();
        Authorization::SigV4 {
            region: region.unwrap_or(&self.region).to_owned(),
            service,
            credentials: Arc::new(move || Ok(credentials.clone())),
        }
    }

    /// Credentials, region, transport and retries, which all clients share.
    fn shared(&self) -> &SdkConfig {
        self.shared.get_or_init(|| {
            let mut builder = SdkConfig::builder();
            builder.set_endpoint_url(self.endpoint.clone());
            builder
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(self.region.clone()))
                .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
                .retry_config(RetryConfig::standard())
                .build()
        })
    }
}

/// The domain of AWS in the partition of a region.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn domain(region: &str) -> &'static str {
    match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    }
}
