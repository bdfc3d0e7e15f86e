//! PagerDuty and Slack, as far as an alert needs them: they take what has the documented shape, remember it in its order, and
//! know of PagerDuty which incidents are open. What anything is about is not known here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

use crate::aws::http::{self, Message};

/// Where each of them is.
pub(crate) const PAGERDUTY: &str = "/v2/enqueue";
pub(crate) const SLACK: &str = "/services/T/B/x";

/// The key by which PagerDuty knows the service.
pub(crate) const ROUTING_KEY: &str = "KEY";

/// The server. It ends with this.
pub(crate) struct People {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Heard>,
    closed: AtomicBool,
}

/// What they were told.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    /// What PagerDuty took, in the order in which it did.
    pub(crate) pagerduty: Vec<Value>,
    /// What Slack took.
    pub(crate) slack: Vec<Value>,
    /// Requests that nobody should make.
    pub(crate) findings: Vec<String>,
}

impl People {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if own.closed.load(Ordering::SeqCst) {
                    break;
                }
                let own = Arc::clone(&own);
                std::thread::spawn(move || {
                    // Whoever was killed hears no answer.
                    let _ = own.serve(client);
                });
            }
        });
        Self { port, shared }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn heard(&self) -> Heard {
        self.shared.heard.lock().unwrap().clone()
    }
}

impl Drop for People {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut reader = BufReader::new(client.try_clone()?);
        let Some(request) = Message::read(&mut reader)? else {
            return Ok(());
        };
        let status = self.heard.lock().unwrap().take(&request);
        http::answer(&mut client, status, &[], "")
    }
}

impl Heard {
    /// Takes a request; what it is answered.
    fn take(&mut self, request: &Message) -> &'static str {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let wrong = match request.path.as_str() {
            PAGERDUTY => wrong_event(&body),
            SLACK => wrong_message(&body),
            other => Some(format!("there is nobody at `{other}`")),
        };
        match (wrong, request.path.as_str()) {
            (Some(wrong), _) => {
                self.findings.push(format!("{wrong}: {body}"));
                "400 Bad Request"
            }
            (None, PAGERDUTY) => {
                self.pagerduty.push(body);
                "202 Accepted"
            }
            (None, _) => {
                self.slack.push(body);
                "200 OK"
            }
        }
    }

    /// The keys of the incidents that are open, as PagerDuty keeps them: a trigger opens one, or adds to the one that is
    /// open; a resolve closes one, where there is one.
    pub(crate) fn open(&self) -> BTreeSet<&str> {
        let mut open = BTreeSet::new();
        for event in &self.pagerduty {
            let key = event["dedup_key"].as_str().unwrap_or_default();
            match event["event_action"] == "trigger" {
                true => open.insert(key),
                false => open.remove(key),
            };
        }
        open
    }

    /// The keys under which something was told, by a text that is in what was told.
    pub(crate) fn keys_with<'h>(&'h self, marks: &[String]) -> BTreeMap<String, BTreeSet<&'h str>> {
        let mut keys: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for event in self
            .pagerduty
            .iter()
            .filter(|it| it["event_action"] == "trigger")
        {
            let text = event["payload"].to_string();
            for mark in marks.iter().filter(|mark| text.contains(mark.as_str())) {
                let key = event["dedup_key"].as_str().unwrap_or_default();
                keys.entry(mark.clone()).or_default().insert(key);
            }
        }
        keys
    }
}

/// What PagerDuty would not take of an event.
/// <https://developer.pagerduty.com/docs/send-alert-event>
fn wrong_event(body: &Value) -> Option<String> {
    let is_text = |value: &Value, most: usize| {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.is_some_and(|text| text.chars().count() <= most)
    };
    let is_known = body["routing_key"] == ROUTING_KEY && is_text(&body["dedup_key"], 255);
    let payload = &body["payload"];
    let is_right = match body["event_action"].as_str() {
        Some("trigger") => {
            let severities = ["critical", "error", "warning", "info"];
            is_text(&payload["summary"], 1024)
                && is_text(&payload["source"], 1024)
                && severities
                    .iter()
                    .any(|severity| payload["severity"] == *severity)
        }
        Some("resolve") => true,
        _ => false,
    };
    (!is_known || !is_right).then(|| "PagerDuty was sent what is no event".to_owned())
}

/// What Slack would not take of a message.
/// <https://docs.slack.dev/reference/block-kit/blocks>
fn wrong_message(body: &Value) -> Option<String> {
    let blocks = body["blocks"].as_array();
    let is_right = blocks.is_some_and(|blocks| (1..=50).contains(&blocks.len()));
    (!body["text"].is_string() || !is_right).then(|| "Slack was sent what is no message".to_owned())
}
