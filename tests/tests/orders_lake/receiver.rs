//! Somebody's server for alerts on this machine: it keeps what it is sent, and says that all is well.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use serde_json::Value;

/// A server that keeps what it is sent. It lives as long as the test.
pub(crate) struct Receiver {
    /// Where it is.
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    /// One that answers with this status, such as `202 Accepted`.
    pub(crate) fn start(status: &'static str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let received: Arc<Mutex<Vec<Value>>> = Arc::default();
        let own = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(body) = answer(stream, status) {
                    own.lock()
                        .unwrap_or_else(|lock| lock.into_inner())
                        .push(body);
                }
            }
        });
        Ok(Self { url, received })
    }

    /// All that it was sent.
    pub(crate) fn received(&self) -> Vec<Value> {
        self.received
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .clone()
    }
}

fn answer(stream: TcpStream, status: &str) -> Option<Value> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line).ok()? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.get_mut().write_all(answer.as_bytes()).ok()?;
    serde_json::from_slice(&body).ok()
}
