//! A network of a test's own: a proxy in front of the emulated AWS, in which a [`Network`] decides what becomes of each
//! request.

use std::{
    io::{self, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use socket2::SockRef;

use super::{
    faults::{Call, Fault, Network, Unexpected},
    http::{self, Message},
};

/// A proxy that listens until it is closed, or for as long as the process lives.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    listener: JoinHandle<()>,
}

/// What a request asks for, in the language of what is behind the proxy.
type Understand = for<'a> fn(&'a Message) -> Result<Call<'a>, Unexpected>;

/// A request that nobody has served yet, and whose maker is dead.
#[derive(Debug)]
pub(crate) struct Held {
    upstream: u16,
    pub(crate) request: Message,
}

struct Shared {
    upstream: u16,
    understand: Understand,
    network: Arc<dyn Network>,
    closed: AtomicBool,
    connections: Mutex<usize>,
    idle: Condvar,
    held: Mutex<Vec<Held>>,
}

impl Proxy {
    /// Starts a proxy of the port `upstream`, where AWS is.
    pub(crate) fn start(upstream: u16, network: Arc<dyn Network>) -> Self {
        Self::before(upstream, |message| Call::of(message), network)
    }

    /// Starts a proxy of the port `upstream`, where somebody is who understands requests like this.
    pub(crate) fn before(upstream: u16, understand: Understand, network: Arc<dyn Network>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            upstream,
            understand,
            network,
            closed: AtomicBool::new(false),
            connections: Mutex::new(0),
            idle: Condvar::new(),
            held: Mutex::default(),
        });
        let listener = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if shared.closed.load(Ordering::SeqCst) {
                        break;
                    }
                    *shared.connections.lock().unwrap() += 1;
                    let shared = Arc::clone(&shared);
                    std::thread::spawn(move || {
                        // A connection that breaks is what this is for.
                        let _ = shared.serve(client);
                        *shared.connections.lock().unwrap() -= 1;
                        shared.idle.notify_all();
                    });
                }
            })
        };
        Self {
            port,
            shared,
            listener,
        }
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for what is on its way. To be called when nobody makes requests any more. Gives the requests that were held.
    pub(crate) fn close(self) -> Vec<Held> {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Connections are accepted in their order, so that this one is the last.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.listener.join().unwrap();
        let connections = self.shared.connections.lock().unwrap();
        let idle = self
            .shared
            .idle
            .wait_while(connections, |connections| *connections > 0);
        drop(idle.unwrap());
        std::mem::take(&mut *self.shared.held.lock().unwrap())
    }
}

/// Serves a request that was held, whoever made it.
pub(crate) fn release(held: &Held) {
    let _ = forward(held.upstream, &held.request);
}

impl Shared {
    /// Serves one request of a connection, and closes it.
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut reader = BufReader::new(client.try_clone()?);
        let Some(request) = Message::read(&mut reader)? else {
            return Ok(());
        };
        let call = match (self.understand)(&request) {
            Ok(call) => call,
            Err(unexpected) => {
                self.network.unexpected(&unexpected);
                let mut client = client;
                let body = unexpected.to_string();
                return http::answer(&mut client, "501 Not Implemented", &[], &body);
            }
        };
        let fault = self.network.meet(&call);
        let outcome = self.treat(fault, &request, &call, client);
        let is_served = matches!(
            fault,
            Fault::None | Fault::Cut(_) | Fault::Slow(_) | Fault::KillAfter
        );
        if is_served {
            self.network.served(&call);
        }
        outcome
    }

    /// Does to a request what the network wants.
    fn treat(
        &self,
        fault: Fault,
        request: &Message,
        call: &Call<'_>,
        mut client: TcpStream,
    ) -> io::Result<()> {
        match fault {
            Fault::None => self.pass(request, &mut client, u64::MAX),
            Fault::Cut(bytes) => self.pass(request, &mut client, bytes as u64),
            Fault::Lost => client.shutdown(Shutdown::Both),
            Fault::Reset => SockRef::from(&client).set_linger(Some(Duration::ZERO)),
            Fault::Slow(delay) => {
                std::thread::sleep(delay);
                self.pass(request, &mut client, u64::MAX)
            }
            Fault::Hangs(delay) => {
                std::thread::sleep(delay);
                client.shutdown(Shutdown::Both)
            }
            fault @ (Fault::Throttle | Fault::Error | Fault::Refuse) => {
                let (status, headers, body) = call.answer_to(fault);
                http::answer(&mut client, status, &headers, &body)
            }
            Fault::KillBefore => {
                self.network.kill();
                Ok(())
            }
            Fault::KillAfter => {
                let served = forward(self.upstream, request);
                self.network.kill();
                served.map(drop)
            }
            Fault::KillAndHold => {
                self.network.kill();
                self.held.lock().unwrap().push(Held {
                    upstream: self.upstream,
                    request: request.clone(),
                });
                Ok(())
            }
        }
    }

    /// Has a request served, and gives up to so many bytes of the answer.
    fn pass(&self, request: &Message, client: &mut TcpStream, bytes: u64) -> io::Result<()> {
        let mut upstream = TcpStream::connect(("127.0.0.1", self.upstream))?;
        request.write(&mut upstream)?;
        if bytes == 0 {
            // The service has done it when it answers.
            io::copy(&mut upstream, &mut io::sink())?;
        } else {
            io::copy(&mut upstream.take(bytes), client)?;
        }
        client.shutdown(Shutdown::Both)
    }
}

/// Has a request served, without anybody hearing the answer.
fn forward(upstream: u16, request: &Message) -> io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(("127.0.0.1", upstream))?;
    request.write(&mut upstream)?;
    upstream.flush()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    Ok(answer)
}
