//! A bad network: a proxy in front of the emulated AWS that breaks the first answers and then lets everything through.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::{Value, json};

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// Its answer breaks after this many bytes.
    Cut(usize),
    /// DynamoDB answers that it has too much to do.
    Throttle,
    /// BatchWriteItem takes nothing.
    Unprocessed,
}

/// Starts a proxy of the port; gives its own port. The first `times` requests meet the fault. It ends with the process.
pub(super) fn proxy(port: u16, fault: Fault, times: u32) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own_port = listener.local_addr().unwrap().port();
    let left = Arc::new(AtomicU32::new(times));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let left = Arc::clone(&left);
            std::thread::spawn(move || {
                // A connection that breaks is what this is for.
                let _ = serve(client, port, fault, &left);
            });
        }
    });
    own_port
}

/// Serves one request of a connection, and closes it.
fn serve(mut client: TcpStream, port: u16, fault: Fault, left: &AtomicU32) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "connection" => continue,
                _ => {}
            }
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let broken = left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok();
    match fault {
        Fault::Throttle if broken => {
            let error = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow" });
            return answer(&mut client, "400 Bad Request", &error);
        }
        Fault::Unprocessed if broken => {
            let request: Value = serde_json::from_slice(&body).unwrap();
            return answer(
                &mut client,
                "200 OK",
                &json!({ "UnprocessedItems": request["RequestItems"] }),
            );
        }
        _ => {}
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", port))?;
    write!(upstream, "{head}Connection: close\r\n\r\n")?;
    upstream.write_all(&body)?;
    let limit = match fault {
        Fault::Cut(bytes) if broken => bytes as u64,
        _ => u64::MAX,
    };
    std::io::copy(&mut upstream.take(limit), &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}

fn answer(client: &mut TcpStream, status: &str, body: &Value) -> std::io::Result<()> {
    let body = body.to_string();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    client.shutdown(std::net::Shutdown::Both)
}
