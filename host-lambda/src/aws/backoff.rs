//! How long to wait before asking again: exponential, with full jitter, so that many functions that were refused
//! together do not come back together.

use std::time::Duration;

/// The waits of one request. Ends after a number of attempts.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    next: Duration,
    attempts_left: u32,
}

impl Backoff {
    /// The longest wait.
    const LONGEST: Duration = Duration::from_secs(5);

    /// Starts with waits of up to `first`; there are `retries` of them.
    pub(crate) fn new(first: Duration, retries: u32) -> Self {
        Self {
            next: first,
            attempts_left: retries,
        }
    }

    /// Waits. `false` where there were enough attempts.
    pub(crate) async fn wait(&mut self) -> bool {
        match self.next() {
            Some(wait) => {
                tokio::time::sleep(wait).await;
                true
            }
            None => false,
        }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.attempts_left = self.attempts_left.checked_sub(1)?;
        let longest = self.next;
        self.next = (longest * 2).min(Self::LONGEST);
        Some(longest.mul_f64(fastrand::f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let first = Duration::from_millis(50);
        let waits: Vec<_> = Backoff::new(first, 12).collect();
        assert_eq!(waits.len(), 12);
        for (index, wait) in waits.iter().enumerate() {
            let longest =
                (first * 2u32.pow(index.try_into().expect("a small number"))).min(Backoff::LONGEST);
            assert!(*wait <= longest, "{wait:?} > {longest:?}");
        }
    }
}
