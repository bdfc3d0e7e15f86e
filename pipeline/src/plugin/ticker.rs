//! The clock of the sandbox: advances wasmtime's epoch while a plugin runs, and rests while none does, so that an idle
//! host costs no processor time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::Engine;

/// How long an epoch lasts. A deadline is missed by this much at the most.
const TICK: Duration = Duration::from_millis(5);

/// A thread that advances an engine's epoch.
#[derive(Debug)]
pub(super) struct Ticker {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    demand: Mutex<Demand>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Demand {
    calls: usize,
    stop: bool,
}

/// Keeps the clock going until it is dropped.
pub(super) struct Ticking<'a>(&'a State);

impl Ticker {
    /// Starts the thread, at rest. Fails where the system gives no thread.
    pub(super) fn start(engine: &Engine) -> std::io::Result<Ticker> {
        let state = Arc::new(State::default());
        let (of_thread, engine) = (state.clone(), engine.weak());
        std::thread::Builder::new()
            .name("plugin-clock".into())
            .spawn(move || {
                while of_thread.wait_for_demand() {
                    std::thread::sleep(TICK);
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => break,
                    }
                }
            })?;
        Ok(Ticker { state })
    }

    /// Lets the clock run as long as the answer lives.
    pub(super) fn run(&self) -> Ticking<'_> {
        let mut demand = self.state.lock();
        demand.calls += 1;
        if demand.calls == 1 {
            self.state.changed.notify_one();
        }
        Ticking(&self.state)
    }

    /// How many epochs a deadline is. One more than it divides into, for the epoch that has begun already.
    pub(super) fn ticks(deadline: Duration) -> u64 {
        u64::try_from(deadline.as_micros().div_ceil(TICK.as_micros())).unwrap_or(u64::MAX / 2) + 1
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Demand> {
        self.demand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until somebody runs a plugin; `false` when the engine goes away.
    fn wait_for_demand(&self) -> bool {
        let mut demand = self.lock();
        while demand.calls == 0 && !demand.stop {
            demand = self
                .changed
                .wait(demand)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !demand.stop
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.lock().calls -= 1;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.lock().stop = true;
        self.state.changed.notify_one();
    }
}
