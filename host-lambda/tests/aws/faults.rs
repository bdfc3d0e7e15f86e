//! What a bad network and a busy service do to a request, and how the services of AWS say so.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use super::http::Message;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: it is served.
    None,
    /// It is served, but its answer breaks after this many bytes.
    Cut(usize),
    /// Its connection breaks before it reaches the service.
    Lost,
    /// It is served after a while.
    Slow(Duration),
    /// The service has too much to do.
    Throttle,
    /// Trouble inside the service.
    Error,
    /// The service does not let the caller do this, which asking again does not change.
    Refuse,
    /// BatchWriteItem takes nothing.
    Unprocessed,
    /// BatchWriteItem takes one half.
    PartlyUnprocessed,
    /// Whoever made it dies before it reaches the service.
    KillBefore,
    /// Whoever made it dies after it was served, without the answer.
    KillAfter,
    /// Whoever made it dies, and the request is served long after.
    KillAndHold,
}

/// Who decides what happens.
pub(crate) trait Network: Send + Sync + 'static {
    /// What happens to a request.
    fn meet(&self, call: &Call<'_>) -> Fault;

    /// Hears that a request was served.
    fn served(&self, _: &Call<'_>) {}

    /// Ends whoever makes the requests.
    fn kill(&self) {}
}

/// A network whose first requests meet a fault.
pub(crate) struct FirstFew {
    pub(crate) fault: Fault,
    pub(crate) left: AtomicU32,
}

impl Network for FirstFew {
    fn meet(&self, _: &Call<'_>) -> Fault {
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        left.map_or(Fault::None, |_| self.fault)
    }
}

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    DynamoDb,
    S3,
    Sns,
    Sqs,
}

/// A request, as AWS understands it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    /// Such as `PutItem` or `GetObject`.
    pub(crate) action: &'a str,
    /// A table's name, or a bucket and a key; empty for the other services.
    pub(crate) target: String,
    /// The parameters, where they are JSON.
    pub(crate) parameters: Value,
}

impl<'a> Call<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        if let Some((service, action)) = message
            .header("x-amz-target")
            .and_then(|target| target.split_once('.'))
        {
            let parameters: Value = serde_json::from_slice(&message.body).unwrap_or_default();
            let batch = parameters["RequestItems"].as_object();
            let target = parameters["TableName"]
                .as_str()
                .or(batch.and_then(|tables| tables.keys().next().map(String::as_str)));
            let target = target.unwrap_or_default().to_owned();
            let service = if service.starts_with("DynamoDB") {
                Service::DynamoDb
            } else {
                Service::Sqs
            };
            return Self {
                service,
                action,
                target,
                parameters,
            };
        }
        let (path, query) = message.path.split_once('?').unwrap_or((&message.path, ""));
        let has = |name: &str| {
            let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
            names.any(|own| own == name)
        };
        let (service, action) = match message.method.as_str() {
            "POST" if path == "/" => (Service::Sns, "Publish"),
            "POST" if has("uploads") => (Service::S3, "CreateMultipartUpload"),
            "POST" => (Service::S3, "CompleteMultipartUpload"),
            "PUT" if has("partNumber") => (Service::S3, "UploadPart"),
            "PUT" => (Service::S3, "PutObject"),
            "DELETE" if has("uploadId") => (Service::S3, "AbortMultipartUpload"),
            "DELETE" => (Service::S3, "DeleteObject"),
            "HEAD" => (Service::S3, "HeadObject"),
            _ if has("list-type") => (Service::S3, "ListObjectsV2"),
            _ => (Service::S3, "GetObject"),
        };
        Self {
            service,
            action,
            target: path.trim_start_matches('/').to_owned(),
            parameters: Value::Null,
        }
    }

    /// Status, media type and body of the answer to a call that the service does not serve.
    pub(crate) fn answer_to(&self, fault: Fault) -> (&'static str, &'static str, String) {
        let (json_code, xml_code) = match fault {
            Fault::Throttle if self.action == "PutItem" => {
                ("ProvisionedThroughputExceededException", "SlowDown")
            }
            Fault::Throttle => ("ThrottlingException", "SlowDown"),
            Fault::Error => ("InternalServerError", "InternalError"),
            _ => ("AccessDeniedException", "AccessDenied"),
        };
        match self.service {
            Service::DynamoDb | Service::Sqs => {
                let status = if fault == Fault::Error {
                    "500 Internal Server Error"
                } else {
                    "400 Bad Request"
                };
                let kind = format!("com.amazonaws.dynamodb.v20120810#{json_code}");
                let body = json!({ "__type": kind, "message": "slow" });
                (status, "application/x-amz-json-1.0", body.to_string())
            }
            Service::S3 => {
                let status = match fault {
                    Fault::Throttle => "503 Slow Down",
                    Fault::Error => "500 Internal Server Error",
                    _ => "403 Forbidden",
                };
                let body = format!("<Error><Code>{xml_code}</Code><Message>slow</Message></Error>");
                (status, "application/xml", body)
            }
            Service::Sns => {
                let (status, code) = match fault {
                    Fault::Throttle => ("400 Bad Request", "Throttling"),
                    Fault::Error => ("500 Internal Server Error", "InternalFailure"),
                    _ => ("403 Forbidden", "AuthorizationError"),
                };
                let body = format!(
                    "<ErrorResponse><Error><Code>{code}</Code><Message>slow</Message></Error></ErrorResponse>"
                );
                (status, "text/xml", body)
            }
        }
    }
}
