//! One request until it is answered for good, or its time is up.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::{
    Answer, Request,
    authorization::{Authorization, NotSigned},
    carrier::{Carrier, Sent},
    clock::Clock,
};

/// How long is waited between attempts: at random, up to a bound that doubles ("full jitter").
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The bound after the first attempt.
    pub first: Duration,
    /// The greatest bound.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            most: Duration::from_secs(20),
        }
    }
}

impl Backoff {
    /// The bound behind an attempt; the first is 1.
    fn bound(self, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << (attempt - 1).min(16));
        doubled.min(self.most)
    }
}

/// Delivers requests to one server.
pub struct Courier<C, K> {
    carrier: C,
    clock: K,
    authorization: Authorization,
    /// How long one attempt may take.
    timeout: Duration,
    backoff: Backoff,
    random: Mutex<fastrand::Rng>,
}

/// How long a request is tried.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    /// When the last attempt may begin.
    pub retry: Instant,
    /// When the last attempt is over, whether or not it was answered.
    pub deadline: Instant,
}

/// What became of a request.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The answer that settles it.
    pub outcome: Result<Answer, GaveUp>,
    /// How often it was tried.
    pub attempts: u32,
    /// The status of every answer that did not settle it, and 0 where there was none, in their order.
    pub passing: Vec<u16>,
}

/// Why a request was not settled. Whether the server has served it is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GaveUp {
    /// There is no time for another attempt.
    #[error("after {attempts} attempts: {last}")]
    OutOfTime {
        /// How often it was tried.
        attempts: u32,
        /// What was wrong with the last attempt.
        last: String,
    },
    /// It cannot be sent.
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
    /// It cannot be sent, or what is answered cannot be read, however often that is tried.
    #[error("{0}")]
    Unsendable(String),
}

impl<C: Carrier, K: Clock> Courier<C, K> {
    /// Delivers with `carrier`, one attempt taking `timeout` at the most.
    pub fn new(
        carrier: C,
        clock: K,
        authorization: Authorization,
        timeout: Duration,
        backoff: Backoff,
    ) -> Self {
        Self {
            carrier,
            clock,
            authorization,
            timeout,
            backoff,
            random: Mutex::new(fastrand::Rng::new()),
        }
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &K {
        &self.clock
    }

    /// Sends a request until an answer settles it, or its time is up. It is tried once, however late it is.
    pub fn deliver(&self, request: &Request, until: Until) -> Delivery {
        let last_begin = until.retry.min(until.deadline);
        let mut passing = Vec::new();
        let mut attempts = 0;
        let outcome = loop {
            attempts += 1;
            let (status, last, asked) = match self.attempt(request, until.deadline) {
                Err(gave_up) => break Err(gave_up),
                Ok(Attempt::Settled(answer)) => break Ok(answer),
                Ok(Attempt::Passing {
                    status,
                    reason,
                    retry_after,
                }) => (status, reason, retry_after),
            };
            passing.push(status);
            let wait = self.wait(attempts, asked);
            let now = self.clock.now();
            if now + wait >= last_begin {
                break Err(GaveUp::OutOfTime { attempts, last });
            }
            self.clock.sleep(wait);
        };
        Delivery {
            outcome,
            attempts,
            passing,
        }
    }

    fn attempt(&self, request: &Request, deadline: Instant) -> Result<Attempt, GaveUp> {
        let own = request.headers();
        let headers = self
            .authorization
            .headers(request, &own, self.clock.wall())?;
        let left = deadline.saturating_duration_since(self.clock.now());
        let most = self.timeout.min(left).max(Duration::from_millis(1));
        match self.carrier.carry(request, &headers, most) {
            Ok(answer) if is_passing(&answer) => Ok(Attempt::Passing {
                status: answer.status,
                reason: format!("HTTP status {}", answer.status),
                retry_after: answer.retry_after,
            }),
            Ok(answer) => Ok(Attempt::Settled(answer)),
            Err(lost) if lost.sent == Sent::Never => Err(GaveUp::Unsendable(lost.reason)),
            Err(lost) => Ok(Attempt::Passing {
                status: 0,
                reason: lost.reason,
                retry_after: None,
            }),
        }
    }

    /// How long to wait: as the server asks, and a little longer, so that not all come back at the same moment.
    fn wait(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let mut random = self.random.lock().unwrap_or_else(|lock| lock.into_inner());
        let jitter = self.backoff.bound(attempt).mul_f64(random.f64());
        asked.unwrap_or_default() + jitter
    }
}

enum Attempt {
    Settled(Answer),
    Passing {
        /// 0 where there was no answer.
        status: u16,
        reason: String,
        retry_after: Option<Duration>,
    },
}

/// Whether the same request may be answered otherwise in a while: the server says so, or it is not well. 409 with
/// `Retry-After` is what a server says of a request that it is working on already.
fn is_passing(answer: &Answer) -> bool {
    match answer.status {
        408 | 425 | 429 => true,
        409 => answer.retry_after.is_some(),
        // Not implemented, and another version of HTTP.
        501 | 505 => false,
        status => status >= 500,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
