//! Time, so that a test need not wait for it.

use std::time::{Duration, Instant, SystemTime};

/// What time it is, and waiting.
pub trait Clock: Send + Sync {
    /// Now, for durations.
    fn now(&self) -> Instant;
    /// Now, for signatures and dates.
    fn wall(&self) -> SystemTime;
    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
