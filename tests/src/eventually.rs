//! Waiting for something that another process will have done soon, which is the only thing that a test waits for.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

/// After this long without success something hangs, however slow the machine is: what is waited for takes seconds, and half
/// a minute where the largest plugin is compiled.
const PATIENCE: Duration = Duration::from_secs(1200);

/// The shortest time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Looks until `look` succeeds, and hands over what it saw. A look is a process of its own most of the time; at least half of
/// the time is left to what is waited for.
///
/// # Errors
/// When patience is over: what was waited for, and why the last look did not succeed.
pub fn eventually<T>(
    awaited: &str,
    mut look: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        let looked = Instant::now();
        match look() {
            Ok(seen) => {
                eprintln!("{:6.1} s until {awaited}", start.elapsed().as_secs_f64());
                return Ok(seen);
            }
            Err(error) if start.elapsed() > PATIENCE => {
                return Err(error)
                    .with_context(|| format!("waited {PATIENCE:?} in vain until {awaited}"));
            }
            Err(_) => thread::sleep(looked.elapsed().max(PAUSE)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn looks_again_until_it_succeeds() {
        let mut looks = 0;
        let seen = eventually("the third look", || {
            looks += 1;
            anyhow::ensure!(looks == 3, "look {looks}");
            Ok(looks)
        });
        assert_eq!(seen.unwrap(), 3);
    }
}
