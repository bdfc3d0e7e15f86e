//! From the web server's requests to the handlers', and back. What is answered is not decided here.

use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request as HttpRequest, Response, StatusCode};
use serde_json::{Value, json};
use sluice_api::{Accounts, Answer, Handled, Handler, Request, Target, problem};

use super::local::LocalPorts;
use super::plugin::CurrentPlugin;
use super::tally::Tally;
use crate::terminal::say;

/// One pipeline that is served.
pub(super) struct Served {
    pub(super) name: String,
    pub(super) handler: Handler,
    pub(super) plugin: CurrentPlugin,
    pub(super) ports: LocalPorts,
}

/// Everything that is served.
pub(super) struct Service {
    pub(super) served: Vec<Served>,
    pub(super) tally: Tally,
    openapi: String,
    /// Tells the requests of this run from those of every other.
    run: u64,
    next: AtomicU64,
}

impl Service {
    pub(super) fn new(served: Vec<Served>, openapi: Value) -> Service {
        Service {
            served,
            tally: Tally::new(),
            openapi: openapi.to_string(),
            run: RandomState::new().build_hasher().finish(),
            next: AtomicU64::new(0),
        }
    }

    /// What is answered at a path of ours.
    fn own(&self, method: &str, path: &str) -> Option<Answer> {
        let body = match path {
            "/health" => {
                let names: Vec<&str> = self.served.iter().map(|it| it.name.as_str()).collect();
                json!({ "status": "ok", "pipelines": names }).to_string()
            }
            "/openapi.json" => self.openapi.clone(),
            _ => return None,
        };
        if !matches!(method, "GET" | "HEAD") {
            let answer = problem::METHOD_NOT_ALLOWED.because("possible are GET, HEAD");
            let mut answer = answer.answer();
            answer
                .headers
                .push(("allow".to_owned(), "GET, HEAD".to_owned()));
            return Some(answer);
        }
        Some(Answer {
            status: 200,
            headers: vec![("content-type".to_owned(), sluice_api::JSON.to_owned())],
            body: body.into_bytes(),
        })
    }

    /// Whose path it is, and what it means there.
    fn find(&self, path: &str) -> Option<(usize, Target)> {
        let targets = self
            .served
            .iter()
            .map(|served| Target::of(served.handler.api(), path));
        let mut known = targets
            .enumerate()
            .filter(|(_, target)| *target != Target::Unknown);
        known.next()
    }

    fn handle(&self, served: usize, request: &Request) -> Handled {
        let served = &self.served[served];
        let plugin = served.plugin.version();
        served
            .handler
            .handle(request, plugin.as_ref(), &served.ports.ports())
    }
}

/// Answers one request. Paths are the manifest's, so that there are no other routes.
pub(super) async fn answer(
    service: Arc<Service>,
    request: HttpRequest<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let handled = handle(&service, request).await;
    if let Some(trouble) = &handled.trouble {
        say("error", trouble);
    }
    service.tally.add(handled.answer.status, handled.accounts);
    Ok(response(handled.answer))
}

async fn handle(service: &Arc<Service>, request: HttpRequest<Incoming>) -> Handled {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str().to_owned(), parts.uri.path());
    if let Some(answer) = service.own(&method, path) {
        return without_records(answer);
    }
    let Some((served, target)) = service.find(path) else {
        return without_records(
            problem::NOT_FOUND
                .because("no pipeline has this path")
                .answer(),
        );
    };
    let limit = service.served[served].handler.api().max_body_bytes();
    let Some(body) = read(body, limit).await else {
        let detail = format!("got more than {limit} bytes, which is the limit");
        return without_records(problem::BODY_TOO_LARGE.because(detail).answer());
    };
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let number = service.next.fetch_add(1, Ordering::Relaxed);
    let request = Request {
        method,
        target,
        headers: headers.collect(),
        body,
        principal: None,
        id: format!("{:016x}-{number}", service.run),
        received_at: now.map_or(0, |now| now.as_micros() as i64),
    };
    let by = service.clone();
    // The plugin computes, and SQLite waits for the disk.
    let handled = tokio::task::spawn_blocking(move || by.handle(served, &request)).await;
    handled.unwrap_or_else(|error| Handled {
        answer: problem::FAILED.because("this is a defect of ours").answer(),
        accounts: Accounts::default(),
        trouble: Some(format!("a request could not be dealt with: {error}")),
    })
}

/// A body of at most so many bytes; `None` where there are more, or the client went away. What is too much is read all the
/// same, as far as is decent: who still writes does not hear the answer.
async fn read(mut body: Incoming, limit: usize) -> Option<Vec<u8>> {
    const MOST_READ: usize = 64 << 20;
    let (mut kept, mut read) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        read += data.len();
        if read <= limit {
            kept.extend_from_slice(&data);
        } else if read > MOST_READ {
            break;
        }
    }
    (read <= limit).then_some(kept)
}

fn without_records(answer: Answer) -> Handled {
    Handled {
        answer,
        accounts: Accounts::default(),
        trouble: None,
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(answer.body));
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
