//! What a bad network and a busy service do to a request, and how the services of AWS say so.

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
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
    /// Its connection is reset before it reaches the service.
    Reset,
    /// It is served after a while.
    Slow(Duration),
    /// It never reaches the service, and its connection breaks after a while.
    Hangs(Duration),
    /// The service has too much to do.
    Throttle,
    /// Trouble inside the service.
    Error,
    /// The service does not let the caller do this, which asking again does not change.
    Refuse,
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

    /// Hears of a request that the host has no reason to make. It is not served.
    fn unexpected(&self, request: &Unexpected);

    /// Ends whoever makes the requests.
    fn kill(&self) {}
}

/// A network whose first requests meet a fault.
pub(crate) struct FirstFew {
    pub(crate) fault: Fault,
    /// The only action whose requests meet it, where that is not every one.
    pub(crate) only: Option<&'static str>,
    pub(crate) left: AtomicU32,
    pub(crate) met: AtomicU32,
    pub(crate) unexpected: Mutex<Vec<String>>,
}

impl FirstFew {
    pub(crate) fn new(fault: Fault, times: u32) -> Self {
        Self {
            fault,
            only: None,
            left: times.into(),
            met: 0.into(),
            unexpected: Mutex::default(),
        }
    }
}

impl Network for FirstFew {
    fn meet(&self, call: &Call<'_>) -> Fault {
        if self.only.is_some_and(|only| only != call.action) {
            return Fault::None;
        }
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left.is_err() {
            return Fault::None;
        }
        self.met.fetch_add(1, Ordering::SeqCst);
        self.fault
    }

    fn unexpected(&self, request: &Unexpected) {
        self.unexpected.lock().unwrap().push(request.to_string());
    }
}

/// A service of AWS, or what a function sends records to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    DynamoDb,
    Events,
    Glue,
    S3,
    Secrets,
    Sns,
    Sqs,
    /// Somebody's API.
    Api,
}

/// A request, as AWS understands it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    /// Such as `PutItem` or `GetObject`.
    pub(crate) action: &'a str,
    /// A table's name, a bucket and a key, or a path and an `Idempotency-Key`; empty for the other services.
    pub(crate) target: String,
    /// The parameters, where they are JSON.
    pub(crate) parameters: Value,
}

/// Status, headers and body.
pub(crate) type Answer = (&'static str, Vec<(&'static str, &'static str)>, String);

/// A request that is none of the host's calls.
#[derive(Debug)]
pub(crate) struct Unexpected(String);

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a request that nobody expects: {}", self.0)
    }
}

/// The services that speak JSON, by how their calls are called, and what the host asks of them.
const JSON_CALLS: [(&str, Service, &[&str]); 5] = [
    (
        "DynamoDB_20120810",
        Service::DynamoDb,
        &[
            "BatchGetItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "UpdateItem",
        ],
    ),
    (
        "AWSGlue",
        Service::Glue,
        &[
            "BatchCreatePartition",
            "BatchGetPartition",
            "BatchUpdatePartition",
            "GetPartitions",
            "StartCrawler",
        ],
    ),
    ("AmazonSQS", Service::Sqs, SQS_CALLS),
    ("AWSEvents", Service::Events, &["PutEvents"]),
    ("secretsmanager", Service::Secrets, &["GetSecretValue"]),
];

const SQS_CALLS: &[&str] = &["SendMessage", "ChangeMessageVisibility"];

impl<'a> Call<'a> {
    /// What a request asks for.
    pub(crate) fn of(message: &'a Message) -> Result<Self, Unexpected> {
        let Message { method, path, .. } = message;
        if let Some(target) = message.header("x-amz-target") {
            let known = target.split_once('.').and_then(|(prefix, action)| {
                let (_, service, calls) = JSON_CALLS.iter().find(|(own, ..)| *own == prefix)?;
                calls.contains(&action).then_some((*service, action))
            });
            let (service, action) = known.ok_or_else(|| Unexpected(target.to_owned()))?;
            let parameters: Value = serde_json::from_slice(&message.body)
                .map_err(|error| Unexpected(format!("{target} without JSON: {error}")))?;
            let target = parameters["TableName"].as_str().unwrap_or_default();
            return Ok(Self {
                service,
                action,
                target: target.to_owned(),
                parameters,
            });
        }
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let has = |name: &str| {
            let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
            names.any(|own| own == name)
        };
        let is_object = path.trim_matches('/').contains('/');
        let (service, action) = match method.as_str() {
            "POST" if path == "/" && message.body.starts_with(b"Action=Publish&") => {
                (Service::Sns, "Publish")
            }
            "POST" if !is_object && has("delete") => (Service::S3, "DeleteObjects"),
            "POST" if is_object && has("uploads") => (Service::S3, "CreateMultipartUpload"),
            "POST" if is_object && has("uploadId") => (Service::S3, "CompleteMultipartUpload"),
            "PUT" if is_object && has("partNumber") => (Service::S3, "UploadPart"),
            "PUT" if is_object => (Service::S3, "PutObject"),
            "DELETE" if is_object && has("uploadId") => (Service::S3, "AbortMultipartUpload"),
            "GET" if !is_object && has("list-type") => (Service::S3, "ListObjectsV2"),
            "HEAD" if is_object => (Service::S3, "HeadObject"),
            "GET" if is_object && !has("uploadId") => (Service::S3, "GetObject"),
            _ => return Err(Unexpected(format!("{method} {}", message.path))),
        };
        Ok(Self {
            service,
            action,
            target: path.trim_start_matches('/').to_owned(),
            parameters: Value::Null,
        })
    }

    /// What a request to somebody's API asks for.
    pub(crate) fn of_an_api(message: &'a Message) -> Result<Self, Unexpected> {
        let Message { method, path, .. } = message;
        match (method.as_str(), message.header("idempotency-key")) {
            ("POST", Some(key)) => Ok(Self {
                service: Service::Api,
                action: method,
                target: format!("{path} {key}"),
                parameters: Value::Null,
            }),
            (_, key) => Err(Unexpected(format!("{method} {path} with the key {key:?}"))),
        }
    }

    /// Status, headers and body of the answer to a call that the service does not serve.
    pub(crate) fn answer_to(&self, fault: Fault) -> Answer {
        let (json_code, xml_code) = match fault {
            Fault::Throttle if self.action == "PutItem" => {
                ("ProvisionedThroughputExceededException", "SlowDown")
            }
            Fault::Throttle => ("ThrottlingException", "SlowDown"),
            Fault::Error => ("InternalServerError", "InternalError"),
            _ => ("AccessDeniedException", "AccessDenied"),
        };
        match self.service {
            Service::DynamoDb
            | Service::Events
            | Service::Glue
            | Service::Secrets
            | Service::Sqs => {
                let status = if fault == Fault::Error {
                    "500 Internal Server Error"
                } else {
                    "400 Bad Request"
                };
                let kind = format!("com.amazonaws.dynamodb.v20120810#{json_code}");
                let body = json!({ "__type": kind, "message": "slow" });
                (
                    status,
                    typed("application/x-amz-json-1.0"),
                    body.to_string(),
                )
            }
            Service::S3 => {
                let status = match fault {
                    Fault::Throttle => "503 Slow Down",
                    Fault::Error => "500 Internal Server Error",
                    _ => "403 Forbidden",
                };
                let body = format!("<Error><Code>{xml_code}</Code><Message>slow</Message></Error>");
                (status, typed("application/xml"), body)
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
                (status, typed("text/xml"), body)
            }
            Service::Api => {
                let mut headers = typed("application/problem+json");
                let status = match fault {
                    Fault::Throttle => {
                        headers.push(("Retry-After", "1"));
                        "429 Too Many Requests"
                    }
                    Fault::Error => "503 Service Unavailable",
                    _ => "403 Forbidden",
                };
                (status, headers, json!({ "title": "slow" }).to_string())
            }
        }
    }
}

/// The header of a body.
fn typed(media_type: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("Content-Type", media_type)]
}
