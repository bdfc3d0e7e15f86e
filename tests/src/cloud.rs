//! An emulated AWS of a test's own: started on a free port, with folders of its own and permissions enforced, and gone
//! with the test. What is deployed on it is not known here.
//!
//! It speaks TLS, because the stacks under test refuse everything else.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    aws::{Aws, REGION},
    programs,
};

/// One that is not up after this long hangs, however slow the machine is; one that ends says so itself.
const START_PATIENCE: Duration = Duration::from_secs(600);

/// It ends the functions that it runs, and then itself. One that has not after this long hangs, and is ended.
const STOP_PATIENCE: Duration = Duration::from_secs(60);

/// Lines of its log that are shown with a failure.
const SHOWN_LOG_LINES: usize = 150;

/// Another process may take the free port that was found, so that another one is tried.
const START_ATTEMPTS: u32 = 3;

/// A running cloud.
#[derive(Debug)]
pub struct Cloud {
    process: Child,
    aws: Aws,
    log: PathBuf,
    folder: TempDir,
}

/// Tells a story on a cloud of its own.
///
/// # Panics
/// Where the story ends in an error; the cloud's log, with what the functions wrote, is shown then.
pub fn on_a_cloud(story: impl FnOnce(&Cloud) -> anyhow::Result<()>) {
    let cloud = Cloud::start().unwrap_or_else(|error| panic!("{error:#}"));
    story(&cloud).unwrap_or_else(|error| panic!("{error:#}"));
}

impl Cloud {
    /// Starts a cloud and waits until it answers.
    ///
    /// # Errors
    /// Where the emulator is not installed or does not come up; its log is part of the message.
    pub fn start() -> anyhow::Result<Self> {
        let mut attempt = 1;
        loop {
            match Self::try_start() {
                Err(error) if attempt < START_ATTEMPTS => {
                    eprintln!("attempt {attempt} to start a cloud: {error:#}")
                }
                outcome => return outcome,
            }
            attempt += 1;
        }
    }

    fn try_start() -> anyhow::Result<Self> {
        let emulator = programs::tool("ministack")?;
        let folder = tempfile::tempdir().context("a cloud needs a temporary folder")?;
        let path = |name: &str| folder.path().join(name);
        for name in ["home", "state", "objects", "scratch"] {
            fs::create_dir(path(name))?;
        }
        let certificate = path("scratch").join("ministack-tls/server.crt");
        let log = path("cloud.log");
        let port = free_port()?;
        let endpoint = format!("https://127.0.0.1:{port}");

        let mut command = Command::new(emulator);
        // The functions inherit this environment: the endpoint, and the certificate to trust.
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "LANG"));
        command
            .env("GATEWAY_PORT", port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "localhost");
        command
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("USE_SSL", "1")
            .env("SSL_CERT_FILE", &certificate);
        command.env("AUTH", "true").env("MINISTACK_REGION", REGION);
        command
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0");
        command
            .env("S3_DATA_DIR", path("objects"))
            .env("STATE_DIR", path("state"))
            .env("HOME", path("home"));
        command
            .env("TMPDIR", path("scratch"))
            .current_dir(path("scratch"));
        let output = File::create(&log)?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let process = command.spawn().context("the emulated AWS does not start")?;

        let aws = Aws::new(programs::tool("aws")?, endpoint, certificate, path("home"));
        let mut cloud = Self {
            process,
            aws,
            log,
            folder,
        };
        cloud
            .wait_until_up(port)
            .with_context(|| cloud.log_tail())?;
        Ok(cloud)
    }

    fn wait_until_up(&mut self, port: u16) -> anyhow::Result<()> {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("the emulated AWS ended at its start: {status}");
            }
            ensure!(
                start.elapsed() < START_PATIENCE,
                "the emulated AWS is not up after {START_PATIENCE:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
        // A connection proves a listener; an answer proves the certificate, the credentials and the services.
        self.aws.call(&["sts", "get-caller-identity"]).map(drop)
    }

    /// The AWS CLI, as root.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// What answers requests of every service: `https://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        self.aws.endpoint()
    }

    /// The certificate that it shows, in PEM.
    ///
    /// # Errors
    /// Where the cloud did not write it.
    pub fn certificate(&self) -> anyhow::Result<Vec<u8>> {
        let file = self.folder.path().join("scratch/ministack-tls/server.crt");
        fs::read(&file).with_context(|| format!("`{}` cannot be read", file.display()))
    }

    /// A folder for the test's files, which goes with the cloud.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn log_tail(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let shown = &lines[lines.len().saturating_sub(SHOWN_LOG_LINES)..];
        format!(
            "the last {} lines of the emulated AWS:\n{}",
            shown.len(),
            shown.join("\n")
        )
    }

    /// Asks it to end, so that it ends its functions too, and insists after a while.
    fn stop(&mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw)
            .context("a process has an id")?;
        kill_process(pid, Signal::TERM)?;
        let start = Instant::now();
        while self.process.try_wait()?.is_none() {
            if start.elapsed() > STOP_PATIENCE {
                self.process.kill()?;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.log_tail());
        }
        if let Err(error) = self.stop() {
            eprintln!("the emulated AWS may still be running: {error:#}");
        }
    }
}

/// A port that nobody listens on.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a cloud needs a port")?;
    Ok(listener.local_addr()?.port())
}
