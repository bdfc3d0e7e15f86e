//! Lambda's Runtime API for one process: it hands out invocations, and takes answers. A request that is not of that API, or
//! not about the invocation at hand, is told, and not answered as if it were.

use std::{
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::aws::http::{self, Message};

/// What every path of the API begins with.
const ROOT: &str = "/2018-06-01/runtime/";

/// A process that takes no invocation for so long hangs, however slow the machine is.
const HANGS: Duration = Duration::from_secs(600);

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    /// With an answer.
    Answered(Value),
    /// With an error of the function's.
    Failed(String),
    /// Its process ended.
    Died,
    /// It took longer than it may.
    TimedOut,
    /// Its process asked for something that the API does not have.
    Unexpected(String),
}

/// What a process lets the API know.
enum Heard {
    /// It has taken an invocation.
    Taken,
    Ended(Ended),
}

/// How much of the time of an invocation is over. It begins when the process takes it: a start is not counted.
#[derive(Debug)]
pub(crate) struct Clock {
    begun: Mutex<Instant>,
    timeout: Duration,
}

impl Clock {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            begun: Mutex::new(Instant::now()),
            timeout,
        }
    }

    /// How long it is until so many hundredths of the time are over.
    pub(crate) fn until(&self, hundredths: u32) -> Duration {
        let share = self.timeout * hundredths / 100;
        share.saturating_sub(self.elapsed())
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How long the invocation at hand has been going on.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.lock().unwrap().elapsed()
    }

    fn begin(&self) {
        *self.begun.lock().unwrap() = Instant::now();
    }
}

/// The server. It ends with its last handle.
pub(crate) struct RuntimeApi {
    port: u16,
    shared: Arc<Shared>,
    heard: Receiver<Heard>,
}

struct Shared {
    next: Mutex<Next>,
    changed: Condvar,
    heard: Sender<Heard>,
    clock: Arc<Clock>,
}

#[derive(Default)]
struct Next {
    invocation: Option<Invocation>,
    /// The id of the one that was handed out last.
    current: String,
    closed: bool,
}

struct Invocation {
    request_id: String,
    event: String,
}

impl RuntimeApi {
    /// Starts the server. Each invocation may take as long as the clock says.
    pub(crate) fn start(clock: Arc<Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, heard) = channel();
        let shared = Arc::new(Shared {
            next: Mutex::default(),
            changed: Condvar::new(),
            heard: sender,
            clock,
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
            heard,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Tells that the process has ended.
    pub(crate) fn death_notice(&self) -> impl FnOnce() + Send + 'static {
        let heard = self.shared.heard.clone();
        move || drop(heard.send(Heard::Ended(Ended::Died)))
    }

    /// Hands out an invocation, calls `taken` once the process has it, and waits for its end.
    pub(crate) fn invoke(&self, request_id: &str, event: &Value, taken: impl FnOnce()) -> Ended {
        self.shared.next.lock().unwrap().invocation = Some(Invocation {
            request_id: request_id.to_owned(),
            event: event.to_string(),
        });
        self.shared.changed.notify_all();
        match self.heard.recv_timeout(HANGS) {
            Ok(Heard::Taken) => taken(),
            Ok(Heard::Ended(ended)) => return ended,
            Err(_) => return Ended::Unexpected("nothing at all: it hangs at its start".to_owned()),
        }
        match self.heard.recv_timeout(self.shared.clock.until(100)) {
            Ok(Heard::Taken) => {
                Ended::Unexpected("another invocation without an answer".to_owned())
            }
            Ok(Heard::Ended(ended)) => ended,
            Err(_) => Ended::TimedOut,
        }
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
        let path = request.path.strip_prefix(ROOT).unwrap_or_default();
        if (request.method.as_str(), path) == ("GET", "invocation/next") {
            return self.hand_out(&mut client);
        }
        let ended = self.ending(&request, path);
        let is_expected = !matches!(ended, Ended::Unexpected(_));
        let _ = self.heard.send(Heard::Ended(ended));
        if is_expected {
            http::answer(&mut client, "202 Accepted", &[], "{\"status\":\"OK\"}")
        } else {
            http::answer(&mut client, "404 Not Found", &[], "")
        }
    }

    /// Answers with the next invocation, once there is one.
    fn hand_out(&self, client: &mut TcpStream) -> io::Result<()> {
        let Some(invocation) = self.wait() else {
            return Ok(());
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.clock.begin();
        let deadline_ms = (since + self.clock.until(100)).as_millis().to_string();
        let _ = self.heard.send(Heard::Taken);
        let arn = "arn:aws:lambda:eu-central-1:000000000000:function:laboratory";
        let headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", &invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", &deadline_ms),
            ("Lambda-Runtime-Invoked-Function-Arn", arn),
            ("Lambda-Runtime-Trace-Id", "Root=1-0-0;Sampled=0"),
        ];
        http::answer(client, "200 OK", &headers, &invocation.event)
    }

    /// What a request says of how the invocation ended.
    fn ending(&self, request: &Message, path: &str) -> Ended {
        let current = self.next.lock().unwrap().current.clone();
        let verb = path
            .strip_prefix("invocation/")
            .and_then(|rest| rest.strip_prefix(current.as_str()));
        match (request.method.as_str(), verb, path) {
            ("POST", Some("/response"), _) => match serde_json::from_slice(&request.body) {
                Ok(answer) => Ended::Answered(answer),
                Err(error) => Ended::Unexpected(format!("an answer that is no JSON: {error}")),
            },
            ("POST", Some("/error"), _) | ("POST", _, "init/error") => {
                Ended::Failed(String::from_utf8_lossy(&request.body).into_owned())
            }
            (method, ..) => Ended::Unexpected(format!("{method} {}", request.path)),
        }
    }

    /// Waits for an invocation; `None` where there will be no more.
    fn wait(&self) -> Option<Invocation> {
        let next = self.next.lock().unwrap();
        let nothing = |next: &mut Next| next.invocation.is_none() && !next.closed;
        let mut next = self.changed.wait_while(next, nothing).unwrap();
        let invocation = next.invocation.take()?;
        next.current.clone_from(&invocation.request_id);
        Some(invocation)
    }
}
