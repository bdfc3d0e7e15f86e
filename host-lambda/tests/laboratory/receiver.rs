//! Somebody's API that takes records: it does each request once, by its `Idempotency-Key`, and remembers what it was sent.
//!
//! It goes by that key alone and not by what a record is called, so that one that comes under two keys is there twice. Half
//! of the batches in which a record is refused are refused as a whole, without a word about which one it is.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};

use super::objects::is_refused;
use crate::aws::http::{self, Message};

/// The server. It ends with this.
pub(crate) struct Receiver {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    memory: Mutex<Memory>,
    closed: AtomicBool,
}

/// What it was sent.
#[derive(Debug, Default)]
struct Memory {
    /// By their keys, requests and what they were answered.
    requests: HashMap<String, (Vec<u8>, Answer)>,
    /// How often each mark is stored.
    stored: BTreeMap<String, u64>,
    findings: Vec<String>,
}

type Answer = (&'static str, String);

impl Receiver {
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

    /// How often each mark is stored.
    pub(crate) fn stored(&self) -> BTreeMap<String, u64> {
        self.shared.memory.lock().unwrap().stored.clone()
    }

    /// Requests that nobody should make.
    pub(crate) fn findings(&self) -> Vec<String> {
        self.shared.memory.lock().unwrap().findings.clone()
    }

    /// Changes what it has stored, to see who notices.
    pub(crate) fn spoil(&self, change: impl FnOnce(&mut BTreeMap<String, u64>)) {
        change(&mut self.shared.memory.lock().unwrap().stored);
    }
}

impl Drop for Receiver {
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
        let (status, body) = self.memory.lock().unwrap().answer(&request);
        let headers = [("Content-Type", "application/json")];
        http::answer(&mut client, status, &headers, &body)
    }
}

impl Memory {
    fn answer(&mut self, request: &Message) -> Answer {
        let Some(key) = request.header("idempotency-key") else {
            return self.complain("a request without an `Idempotency-Key`".to_owned());
        };
        if let Some((body, answer)) = self.requests.get(key) {
            if *body == request.body {
                return answer.clone();
            }
            return self.complain(format!("the key {key} was used for another body"));
        }
        let answer = match serde_json::from_slice(&request.body) {
            Ok(Value::Array(records)) => self.take_batch(&records, key.ends_with(even)),
            Ok(record @ Value::Object(_)) => self.take_one(&record),
            _ => return self.complain(format!("the key {key} has no records")),
        };
        let entry = (request.body.clone(), answer.clone());
        self.requests.insert(key.to_owned(), entry);
        answer
    }

    fn take_one(&mut self, record: &Value) -> Answer {
        if is_refused(record) {
            let problem = json!({ "code": "too_small", "detail": "nothing was ordered" });
            return ("422 Unprocessable Content", problem.to_string());
        }
        self.store(record);
        ("201 Created", "{}".to_owned())
    }

    /// Stores each record that is right, and says so of each; or, where it is told that each is to be right, none.
    fn take_batch(&mut self, records: &[Value], all_or_nothing: bool) -> Answer {
        if all_or_nothing && records.iter().any(is_refused) {
            return ("422 Unprocessable Content", "{}".to_owned());
        }
        let results: Vec<Value> = records
            .iter()
            .map(|record| match is_refused(record) {
                true => json!({ "status": 422, "code": "too_small" }),
                false => {
                    self.store(record);
                    json!({ "status": 201 })
                }
            })
            .collect();
        ("200 OK", json!({ "results": results }).to_string())
    }

    fn store(&mut self, record: &Value) {
        let mark = record["mark"].as_str().unwrap_or_default().to_owned();
        *self.stored.entry(mark).or_default() += 1;
    }

    fn complain(&mut self, what: String) -> Answer {
        self.findings.push(format!("the API was sent {what}"));
        ("400 Bad Request", "{}".to_owned())
    }
}

/// Whether a hexadecimal digit is an even one.
fn even(digit: char) -> bool {
    digit.to_digit(16).is_some_and(|digit| digit % 2 == 0)
}
