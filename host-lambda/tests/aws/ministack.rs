//! An emulated AWS of a test's own: a process, a port and a folder that end with the test.

use std::{
    collections::{BTreeSet, HashMap},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::Ordering, mpsc},
    time::Duration,
};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_s3::config::Credentials;
use sluice_contract::control::{EXPIRES_AT, PARTITION_KEY, SORT_KEY, path::Declared};
use sluice_host::aws::{Clients, Session};
use tokio::runtime::Runtime;

use super::{
    faults::{Fault, FirstFew},
    proxy::Proxy,
};

pub(crate) const REGION: &str = "eu-central-1";

/// A process that is not up after this long hangs, however slow the machine is.
const HANGS: Duration = Duration::from_secs(600);

pub(crate) struct Ministack {
    process: Child,
    port: u16,
    runtime: Runtime,
    clients: Clients,
    _folder: tempfile::TempDir,
}

impl Ministack {
    pub(crate) fn start() -> Self {
        // Somebody else may take the port between its being found free and its being used.
        let (process, port, folder) = (0..5)
            .find_map(|_| launch(free_port()))
            .expect("ministack starts");
        let clients = clients_of(port);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        Self {
            process,
            port,
            runtime,
            clients,
            _folder: folder,
        }
    }

    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A session whose first requests meet a fault, and what sees to it that one does.
    pub(crate) fn faulty_session(&self, fault: Fault, times: u32) -> (Session, Faults) {
        self.session_of_network(FirstFew::new(fault, times))
    }

    /// A session whose requests for this action all meet a fault, and what sees to it that one does.
    pub(crate) fn session_faulty_at(
        &self,
        action: &'static str,
        fault: Fault,
    ) -> (Session, Faults) {
        self.session_of_network(FirstFew {
            only: Some(action),
            ..FirstFew::new(fault, u32::MAX)
        })
    }

    fn session_of_network(&self, network: FirstFew) -> (Session, Faults) {
        let network = Arc::new(network);
        let proxy = Proxy::start(self.port, Arc::clone(&network) as Arc<_>);
        let session = self.session_of(clients_of(proxy.port()));
        (session, Faults(network))
    }

    /// A session as a function has one, with clients of its own.
    pub(crate) fn session(&self) -> Session {
        self.session_of(clients_of(self.port))
    }

    fn session_of(&self, clients: Clients) -> Session {
        self.run(Session::blocking(clients, |session| session))
            .unwrap()
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn create_bucket(&self, name: &str) {
        let request = self
            .clients
            .s3()
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(
                aws_sdk_s3::types::CreateBucketConfiguration::builder()
                    .location_constraint(REGION.into())
                    .build(),
            );
        self.run(request.send()).unwrap();
    }

    /// Returns the ETag, without quotes.
    pub(crate) fn put_object(&self, bucket: &str, key: &str, body: Vec<u8>) -> String {
        let request = self
            .clients
            .s3()
            .put_object()
            .bucket(bucket)
            .key(key)
            .body(body.into());
        self.run(request.send())
            .unwrap()
            .e_tag
            .unwrap()
            .trim_matches('"')
            .to_owned()
    }

    pub(crate) fn get_object(&self, bucket: &str, key: &str) -> Vec<u8> {
        self.run(async {
            let answer = self
                .clients
                .s3()
                .get_object()
                .bucket(bucket)
                .key(key)
                .send()
                .await
                .unwrap();
            answer.body.collect().await.unwrap().to_vec()
        })
    }

    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let answer = self
            .run(self.clients.s3().list_objects_v2().bucket(bucket).send())
            .unwrap();
        answer
            .contents()
            .iter()
            .map(|object| object.key().unwrap().to_owned())
            .collect()
    }

    /// Calls SQS.
    pub(crate) fn sqs(&self, action: &str, request: serde_json::Value) -> serde_json::Value {
        self.call("sqs", &format!("AmazonSQS.{action}"), request)
    }

    /// Makes an entry of Secrets Manager.
    pub(crate) fn create_secret(&self, name: &str, text: &str) {
        let request = serde_json::json!({ "Name": name, "SecretString": text });
        self.call("secretsmanager", "secretsmanager.CreateSecret", request);
    }

    /// Calls SSM.
    pub(crate) fn ssm(&self, action: &str, request: serde_json::Value) -> serde_json::Value {
        self.call("ssm", &format!("AmazonSSM.{action}"), request)
    }

    /// Calls EventBridge.
    pub(crate) fn events(&self, action: &str, request: serde_json::Value) -> serde_json::Value {
        self.call("events", &format!("AWSEvents.{action}"), request)
    }

    /// Calls Firehose.
    pub(crate) fn firehose(&self, action: &str, request: serde_json::Value) -> serde_json::Value {
        self.call("firehose", &format!("Firehose_20150804.{action}"), request)
    }

    /// Makes a call of a service that speaks JSON, of which the host has no client.
    /// Asks the catalog.
    pub(crate) fn glue(&self, action: &str, request: serde_json::Value) -> serde_json::Value {
        self.call("glue", &format!("AWSGlue.{action}"), request)
    }

    /// A table of the catalog, without a word on its columns.
    pub(crate) fn create_catalog_table(&self, database: &str, table: &str) {
        self.glue(
            "CreateDatabase",
            serde_json::json!({ "DatabaseInput": { "Name": database } }),
        );
        let input = serde_json::json!({ "Name": table });
        self.glue(
            "CreateTable",
            serde_json::json!({ "DatabaseName": database, "TableInput": input }),
        );
    }

    fn call(&self, service: &str, target: &str, request: serde_json::Value) -> serde_json::Value {
        let body = request.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: {target}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20261122/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=none\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        // The answer may be empty, or come in chunks of which there is only one.
        let json = body
            .find('{')
            .map_or("{}", |start| &body[start..=body.rfind('}').unwrap()]);
        serde_json::from_str(json).unwrap()
    }

    /// Makes a table whose keys are strings.
    pub(crate) fn create_table(&self, name: &str, partition_key: &str, sort_key: Option<&str>) {
        let mut request = self
            .clients
            .dynamodb()
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest);
        for (attribute, kind) in [
            (Some(partition_key), KeyType::Hash),
            (sort_key, KeyType::Range),
        ] {
            let Some(attribute) = attribute else { continue };
            request = request
                .key_schema(
                    KeySchemaElement::builder()
                        .attribute_name(attribute)
                        .key_type(kind)
                        .build()
                        .unwrap(),
                )
                .attribute_definitions(
                    AttributeDefinition::builder()
                        .attribute_name(attribute)
                        .attribute_type(ScalarAttributeType::S)
                        .build()
                        .unwrap(),
                );
        }
        self.run(request.send()).unwrap();
    }

    /// All items of a table, as they are stored.
    pub(crate) fn stored(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let pages = self
            .clients
            .dynamodb()
            .scan()
            .table_name(table)
            .into_paginator()
            .items()
            .send();
        self.run(pages.collect::<Result<Vec<_>, _>>()).unwrap()
    }

    /// Names and types of the attributes of all items, except for the table's keys and for what lets items expire.
    pub(crate) fn attributes(&self, table: &str) -> BTreeSet<Declared> {
        self.attributes_of(table, "")
    }

    /// The same of the items whose partition keys begin with `start`.
    pub(crate) fn attributes_of(&self, table: &str, start: &str) -> BTreeSet<Declared> {
        let keys = [PARTITION_KEY.name(), SORT_KEY.name(), EXPIRES_AT.name()];
        let is_meant = |item: &HashMap<String, AttributeValue>| match item.get(keys[0]) {
            Some(AttributeValue::S(key)) => key.starts_with(start),
            _ => false,
        };
        let items = self.stored(table).into_iter().filter(is_meant);
        items
            .flatten()
            .filter(|(name, _)| !keys.contains(&name.as_str()))
            .map(|(name, value)| Declared {
                name: String::leak(name),
                tag: match value {
                    AttributeValue::S(_) => "S",
                    AttributeValue::N(_) => "N",
                    AttributeValue::Bool(_) => "BOOL",
                    AttributeValue::M(_) => "M",
                    other => panic!("no attribute is {other:?}"),
                },
            })
            .collect()
    }

    /// All items of a table, each as `attribute=value` in the order of the names; the items in order, too.
    pub(crate) fn items(&self, table: &str) -> Vec<String> {
        let mut lines: Vec<String> = self
            .stored(table)
            .into_iter()
            .map(|item| {
                let mut attributes: Vec<String> = item
                    .iter()
                    .map(|(name, value)| format!("{name}={}", written(value)))
                    .collect();
                attributes.sort();
                attributes.join(" ")
            })
            .collect();
        lines.sort();
        lines
    }
}

/// The faults of some clients. A test whose requests have met none has tested nothing, and fails when this is dropped.
#[must_use]
pub(crate) struct Faults(Arc<FirstFew>);

impl Drop for Faults {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let FirstFew {
            fault,
            met,
            unexpected,
            ..
        } = &*self.0;
        assert!(met.load(Ordering::SeqCst) > 0, "nothing has met {fault:?}");
        let unexpected = unexpected.lock().unwrap();
        assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A value, in the order of its members' names.
fn written(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => format!("{text:?}"),
        AttributeValue::N(number) => number.clone(),
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::Null(_) => "null".to_owned(),
        AttributeValue::L(values) => format!(
            "[{}]",
            values.iter().map(written).collect::<Vec<_>>().join(",")
        ),
        AttributeValue::M(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}:{}", written(value)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        other => format!("{other:?}"),
    }
}

/// The virtual environment of the repository.
fn venv() -> PathBuf {
    std::env::var_os("SLUICE_VENV").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv")),
        PathBuf::from,
    )
}

/// Clients of whatever listens on a port.
fn clients_of(port: u16) -> Clients {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let endpoint = format!("http://127.0.0.1:{port}");
    Clients::new(REGION.to_owned(), Some(endpoint), credentials)
}

/// A port that is free now, below those that the system gives to outgoing connections.
fn free_port() -> u16 {
    std::iter::repeat_with(|| fastrand::u16(20_000..32_000))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of them is free")
}

/// Starts the process, and waits until it listens.
fn launch(port: u16) -> Option<(Child, u16, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(venv().join("bin/ministack"))
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "localhost")
        .env("AUTH", "false")
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("S3_DATA_DIR", folder.path().join("s3"))
        .env("STATE_DIR", folder.path().join("state"))
        .env("TMPDIR", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ministack is in the virtual environment");
    let log = BufReader::new(process.stderr.take().unwrap());
    let (ready, is_ready) = mpsc::channel();
    // The thread goes on reading, so that the process never waits for its log.
    std::thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            if line.contains("Running on http") {
                let _ = ready.send(());
            }
        }
    });
    // Where the process ends, the end of its log tells.
    if is_ready.recv_timeout(HANGS).is_ok() {
        return Some((process, port, folder));
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}
