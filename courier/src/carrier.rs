//! One attempt at a request. The one place that knows the HTTP client.

use std::{
    io,
    time::{Duration, SystemTime},
};

use ureq::{
    Agent, Error, Timeout,
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
};

use crate::{Answer, Request, retry_after};

/// Sends one request once.
pub trait Carrier: Send + Sync {
    /// Sends it, with these headers besides its own. `most` is how long it may take.
    fn carry(
        &self,
        request: &Request,
        headers: &[(String, String)],
        most: Duration,
    ) -> Result<Answer, Lost>;
}

/// What became of a request that was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Lost {
    /// Whether the server may have got it.
    pub sent: Sent,
    /// Why there is no answer, for people.
    pub reason: String,
}

/// Whether a server may have got a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// There was no connection.
    No,
    /// Nobody knows.
    Maybe,
    /// It is of no use to send it again.
    Never,
}

/// What requests may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until there is a connection, its encryption included.
    pub connect: Duration,
    /// Requests at the same time, for each of which a connection is kept.
    pub in_flight: usize,
    /// Bytes of an answer that are read.
    pub answer_bytes: u64,
}

/// Sends over the network.
#[derive(Debug, Clone)]
pub struct HttpCarrier {
    agent: Agent,
    limits: Limits,
}

impl HttpCarrier {
    /// Makes no connection yet. Redirections are answers: where records go is for the manifest to say. Trusted are the usual
    /// authorities; or those of `authorities`, a text of certificates (PEM) as the variable `SSL_CERT_FILE` names one.
    pub fn new(limits: Limits, authorities: Option<&[u8]>) -> Self {
        let mut tls = TlsConfig::builder();
        if let Some(text) = authorities {
            let certificates = parse_pem(text).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            });
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates.collect::<Vec<_>>()));
        }
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(limits.connect))
            .max_idle_connections(limits.in_flight)
            .max_idle_connections_per_host(limits.in_flight)
            .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
            limits,
        }
    }
}

impl Carrier for HttpCarrier {
    fn carry(
        &self,
        request: &Request,
        headers: &[(String, String)],
        most: Duration,
    ) -> Result<Answer, Lost> {
        let mut builder = self
            .agent
            .post(&request.url)
            .config()
            .timeout_global(Some(most))
            .build();
        for (name, value) in request.headers() {
            builder = builder.header(name, value);
        }
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let mut response = builder.send(&request.body[..]).map_err(lost)?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| retry_after::parse(value.to_str().ok()?, SystemTime::now()));
        let body = response
            .body_mut()
            .with_config()
            .limit(self.limits.answer_bytes)
            .read_to_vec();
        Ok(Answer {
            status,
            retry_after,
            // An answer of which the rest does not come is none, and what one says that is too long is not known.
            body: body.map_err(lost)?,
        })
    }
}

impl Request {
    /// Its own headers, in lower case.
    pub(crate) fn headers(&self) -> [(&str, &str); 2] {
        [
            ("content-type", self.content_type),
            ("idempotency-key", &self.idempotency_key),
        ]
    }
}

fn lost(error: Error) -> Lost {
    let sent = match &error {
        Error::HostNotFound | Error::ConnectionFailed => Sent::No,
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => Sent::No,
        Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Sent::No,
        Error::BadUri(_)
        | Error::Http(_)
        | Error::RequireHttpsOnly(_)
        | Error::BodyExceedsLimit(_) => Sent::Never,
        _ => Sent::Maybe,
    };
    let reason = match &error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            "no connection within `connect_timeout_ms`".to_owned()
        }
        Error::Timeout(_) => "no answer within `timeout_ms`".to_owned(),
        Error::BodyExceedsLimit(most) => {
            format!("the answer is too long: limit {most} bytes; send fewer records in a `batch`")
        }
        // A URL may hold what nobody is to read.
        Error::BadUri(_) => "the URL is none that a request can go to".to_owned(),
        error => error.to_string(),
    };
    Lost { sent, reason }
}
