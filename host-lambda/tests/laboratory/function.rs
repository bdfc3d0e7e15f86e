//! One execution environment of the function: a process of the real program, with a Runtime API and a network of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use serde_json::Value;

use super::runtime_api::{Clock, Ended, RuntimeApi};
use crate::aws::{
    faults::{Call, Network},
    proxy::{Held, Proxy},
};

/// Ends a process as Lambda does: at once, wherever it is.
#[derive(Clone, Default)]
pub(crate) struct Killer(Arc<Mutex<Option<Child>>>);

impl Killer {
    pub(crate) fn kill(&self) {
        if let Some(process) = &mut *self.0.lock().unwrap() {
            let _ = process.kill();
        }
    }
}

/// A running process.
pub(crate) struct Function {
    api: RuntimeApi,
    /// Before AWS, and before the API that records are sent to.
    proxies: [Proxy; 2],
    killer: Killer,
    /// They read what the process prints.
    readers: [JoinHandle<()>; 2],
    /// Of the invocation at hand.
    pub(crate) clock: Arc<Clock>,
}

impl Function {
    /// Starts the program, with the ports of AWS and of the API that it sends to. What it prints is added to `log`.
    pub(crate) fn start(
        variables: &[(&str, String)],
        [aws, api_of_others]: [u16; 2],
        clock: Arc<Clock>,
        network: impl FnOnce(Killer) -> Arc<dyn Network>,
        log: &Arc<Mutex<Vec<String>>>,
    ) -> Self {
        let api = RuntimeApi::start(Arc::clone(&clock));
        let killer = Killer::default();
        let network = network(killer.clone());
        let proxies = [
            Proxy::start(aws, Arc::clone(&network)),
            Proxy::before(api_of_others, |message| Call::of_an_api(message), network),
        ];
        let [aws, api_of_others] = &proxies;
        let mut process = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_FUNCTION_NAME", "laboratory")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env(
                "AWS_LAMBDA_RUNTIME_API",
                format!("127.0.0.1:{}", api.port()),
            )
            .env(
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{}", aws.port()),
            )
            .env(
                "SLUICE_HTTP_URL",
                format!("http://127.0.0.1:{}/records", api_of_others.port()),
            )
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = process.stdout.take().unwrap();
        let errors = process.stderr.take().unwrap();
        *killer.0.lock().unwrap() = Some(process);
        let (own_log, is_dead) = (Arc::clone(log), api.death_notice());
        let output = std::thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                own_log.lock().unwrap().push(line);
            }
            // Whoever has no standard output any more is dead.
            is_dead();
        });
        let own_log = Arc::clone(log);
        let errors = std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                own_log.lock().unwrap().push(line);
            }
        });
        Self {
            api,
            proxies,
            killer,
            readers: [output, errors],
            clock,
        }
    }

    /// The port of its own network behind which somebody else is.
    pub(crate) fn others(&self) -> u16 {
        self.proxies[1].port()
    }

    /// Invokes the function. One that takes longer than its clock says is killed, and so is one that `killed_after` says so
    /// of, that long after the process has taken it.
    pub(crate) fn invoke(
        &self,
        request_id: &str,
        event: &Value,
        killed_after: Option<Duration>,
    ) -> Ended {
        let (ended, is_over) = std::sync::mpsc::channel::<()>();
        let killer = self.killer.clone();
        let outcome = self.api.invoke(request_id, event, || {
            let Some(delay) = killed_after else { return };
            std::thread::spawn(move || {
                if is_over.recv_timeout(delay) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    killer.kill();
                }
            });
        });
        drop(ended);
        outcome
    }

    /// Ends the process, and waits for its requests that are on their way. Gives those that were held.
    pub(crate) fn end(self) -> Vec<Held> {
        self.killer.kill();
        if let Some(mut process) = self.killer.0.lock().unwrap().take() {
            let _ = process.wait();
        }
        for reader in self.readers {
            let _ = reader.join();
        }
        self.proxies.into_iter().flat_map(Proxy::close).collect()
    }
}
