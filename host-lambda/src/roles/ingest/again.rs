//! When a message comes again that could not be processed.
//!
//! The queue hides a message for several times the function's timeout, so that nobody else takes it while it is worked
//! on. After a failure that is said in time nobody is at it any more, and waiting so long would only put off the alert.

/// The shortest wait, in seconds.
const SHORTEST: u32 = 30;

/// The longest, in seconds.
const LONGEST: u32 = 300;

/// How many seconds a message that was received `receives` times waits: up to twice as long each time, with full jitter,
/// so that many that failed together do not come back together. `jitter` is from 0 to 1. `None` where the queue itself
/// hides it no longer than that, which is `visibility_seconds`.
pub(super) fn wait_seconds(receives: u32, jitter: f64, visibility_seconds: u32) -> Option<u32> {
    let longest = SHORTEST
        .saturating_mul(2u32.saturating_pow(receives))
        .min(LONGEST);
    let spread = f64::from(longest - SHORTEST) * jitter.clamp(0.0, 1.0);
    // Between 0 and 270.
    let wait = SHORTEST + spread as u32;
    (wait < visibility_seconds).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_never_longer_than_the_queues_own() {
        for (receives, shortest, longest) in [
            (1, 30, 60),
            (2, 30, 120),
            (3, 30, 240),
            (4, 30, 300),
            (1000, 30, 300),
        ] {
            let wait = |jitter| wait_seconds(receives, jitter, 1800);
            assert_eq!((wait(0.0), wait(1.0)), (Some(shortest), Some(longest)));
        }
        assert_eq!(wait_seconds(1, 0.0, 6), None);
        assert_eq!(wait_seconds(1, 0.5, 45), None);
        assert_eq!(wait_seconds(1, 0.5, 46), Some(45));
    }
}
