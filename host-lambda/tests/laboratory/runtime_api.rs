//! Lambda's Runtime API for one process: it hands out invocations, and takes answers.

use std::{
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::aws::http::{self, Message};

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    /// With an answer.
    Answered(Value),
    /// With an error of the function's.
    Failed(String),
    /// Its process ended.
    Died,
}

/// The server. It ends with its last handle.
pub(crate) struct RuntimeApi {
    port: u16,
    shared: Arc<Shared>,
    ended: Receiver<Ended>,
}

struct Shared {
    next: Mutex<Next>,
    changed: Condvar,
    ended: Sender<Ended>,
}

#[derive(Default)]
struct Next {
    invocation: Option<Invocation>,
    closed: bool,
}

struct Invocation {
    request_id: String,
    deadline_ms: u128,
    event: String,
}

impl RuntimeApi {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, ended) = channel();
        let shared = Arc::new(Shared {
            next: Mutex::default(),
            changed: Condvar::new(),
            ended: sender,
        });
        {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if shared.next.lock().unwrap().closed {
                        break;
                    }
                    let shared = Arc::clone(&shared);
                    std::thread::spawn(move || {
                        // Whoever was killed hears no answer.
                        let _ = shared.serve(client);
                    });
                }
            });
        }
        Self {
            port,
            shared,
            ended,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Tells that the process has ended.
    pub(crate) fn death_notice(&self) -> impl FnOnce() + Send + 'static {
        let ended = self.shared.ended.clone();
        move || drop(ended.send(Ended::Died))
    }

    /// Hands out an invocation, and waits for its end; `None` where it takes longer than it may.
    pub(crate) fn invoke(
        &self,
        request_id: &str,
        event: &Value,
        timeout: Duration,
    ) -> Option<Ended> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.shared.next.lock().unwrap().invocation = Some(Invocation {
            request_id: request_id.to_owned(),
            deadline_ms: (since + timeout).as_millis(),
            event: event.to_string(),
        });
        self.shared.changed.notify_all();
        self.ended.recv_timeout(timeout).ok()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.shared.next.lock().unwrap().closed = true;
        self.shared.changed.notify_all();
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
        let body = || serde_json::from_slice(&request.body).unwrap_or_default();
        match request.path.rsplit('/').next().unwrap_or_default() {
            "next" => {
                let Some(invocation) = self.wait() else {
                    return Ok(());
                };
                let arn = "arn:aws:lambda:eu-central-1:000000000000:function:laboratory";
                let headers = [
                    ("Content-Type", "application/json"),
                    ("Lambda-Runtime-Aws-Request-Id", &invocation.request_id),
                    (
                        "Lambda-Runtime-Deadline-Ms",
                        &invocation.deadline_ms.to_string(),
                    ),
                    ("Lambda-Runtime-Invoked-Function-Arn", arn),
                    ("Lambda-Runtime-Trace-Id", "Root=1-0-0;Sampled=0"),
                ];
                return http::answer(&mut client, "200 OK", &headers, &invocation.event);
            }
            "response" => drop(self.ended.send(Ended::Answered(body()))),
            _ => drop(self.ended.send(Ended::Failed(body().to_string()))),
        }
        http::answer(&mut client, "202 Accepted", &[], "{\"status\":\"OK\"}")
    }

    /// Waits for an invocation; `None` where there will be no more.
    fn wait(&self) -> Option<Invocation> {
        let next = self.next.lock().unwrap();
        let nothing = |next: &mut Next| next.invocation.is_none() && !next.closed;
        let mut next = self.changed.wait_while(next, nothing).unwrap();
        next.invocation.take()
    }
}
