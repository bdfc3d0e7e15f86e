//! A load of requests: so many connections, each of which sends its next request when the one before is answered.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;

/// What all requests took together, and how long one did.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Load {
    pub(super) seconds: f64,
    /// In milliseconds.
    pub(super) p50: f64,
    /// In milliseconds.
    pub(super) p99: f64,
}

/// POSTs every body once. Each answer must have the status `right`, and none of `wrong` in it.
pub(super) fn load(
    address: &str,
    path: &str,
    bodies: &[Vec<u8>],
    connections: usize,
    right: u16,
    wrong: &str,
) -> Result<Load> {
    let host = address
        .strip_prefix("http://")
        .context("a server has an address")?;
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let work = || -> Result<Vec<Duration>> {
        let mut connection = Connection::open(host)?;
        let mut times = Vec::new();
        while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = Instant::now();
            let (status, answer) = connection.post(host, path, body)?;
            times.push(start.elapsed());
            ensure!(
                status == right && !answer.contains(wrong),
                "{address}{path} answered with {status}: {answer:.500}"
            );
        }
        Ok(times)
    };
    let times: Result<Vec<Vec<Duration>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(work)).collect();
        let times = threads.into_iter().map(|thread| thread.join());
        times
            .map(|times| times.unwrap_or_else(|_| bail!("a connection panicked")))
            .collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let mut times = times?.concat();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1e3;
    ensure!(!times.is_empty(), "there is nothing to send");
    Ok(Load {
        seconds,
        p50: at(50),
        p99: at(99),
    })
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Connection {
    fn open(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).with_context(|| format!("`{host}` is not there"))?;
        stream.set_nodelay(true)?;
        let reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
        Ok(Self { stream, reader })
    }

    fn post(&mut self, host: &str, path: &str, body: &[u8]) -> Result<(u16, String)> {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request)?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.with_context(|| format!("no answer of HTTP: `{line}`"))?;
        let mut length = None;
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            }
        }
        let mut answer = vec![0; length.context("an answer does not say how long it is")?];
        self.reader.read_exact(&mut answer)?;
        Ok((status, String::from_utf8_lossy(&answer).into_owned()))
    }
}
