//! As much of HTTP/1.1 as a proxy and a server in a test need: one message at a time, read whole.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
};

/// A request with its body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads a request; `None` where the connection was closed before one.
    pub(crate) fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let mut message = Self {
            method,
            path,
            ..Self::default()
        };
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            message
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if message.header("expect").is_some() {
            stream
                .get_ref()
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        message.body = if message.header("transfer-encoding") == Some("chunked") {
            chunks(stream)?
        } else {
            let length = message.header("content-length");
            let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            stream.read_exact(&mut body)?;
            body
        };
        Ok(Some(message))
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Writes the request as one whose connection ends with its answer.
    pub(crate) fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let own = [
            "connection",
            "content-length",
            "expect",
            "transfer-encoding",
        ];
        for (name, value) in &self.headers {
            if !own.contains(&name.as_str()) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let length = self.body.len();
        head.push_str(&format!(
            "connection: close\r\ncontent-length: {length}\r\n\r\n"
        ));
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)
    }
}

/// A body of chunks.
fn chunks(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        let start = body.len();
        // The line end after the chunk is read with it, and cut off again.
        body.resize(start + length + 2, 0);
        stream.read_exact(&mut body[start..])?;
        body.truncate(start + length);
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Answers a request, and closes the connection.
pub(crate) fn answer(
    stream: &mut TcpStream,
    status: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())?;
    stream.shutdown(std::net::Shutdown::Write)
}
