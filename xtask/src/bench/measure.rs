//! What one run of one program costs, as the kernel counts it.
//!
//! The kernel keeps the peak of the greatest of all children that a process has had, so every measurement is made by a
//! process of its own: this program, once more, with one child.

use std::{ffi::OsString, fs::File, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use serde::{Deserialize, Serialize};

use crate::program::{output, program};

/// The program to run.
#[derive(Debug, Args)]
pub(crate) struct MeasureArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// What a process cost from start to end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Wall-clock time.
    pub(crate) seconds: f64,
    /// Processor time of all threads, user and system.
    pub(crate) processor_seconds: f64,
    /// The most memory that was resident, in bytes.
    pub(crate) peak_bytes: u64,
}

/// Runs a program and prints its [`Cost`]. What it writes to standard output is thrown away.
pub(crate) fn measure(args: &MeasureArgs) -> Result<()> {
    let (name, arguments) = args
        .command
        .split_first()
        .context("there is no program to measure")?;
    let start = Instant::now();
    let nowhere = File::options()
        .write(true)
        .open("/dev/null")
        .context("cannot open `/dev/null`")?;
    let status = Command::new(name)
        .args(arguments)
        .stdout(nowhere)
        .status()
        .context("cannot start the program")?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(status.success(), "the program ended with {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .context("the kernel does not tell what the program cost")?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Linux counts in KiB.
    let peak_bytes =
        u64::try_from(usage.max_rss()).context("the kernel reports a negative size")? * 1024;
    let cost = Cost {
        seconds,
        processor_seconds: microseconds as f64 / 1e6,
        peak_bytes,
    };
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

/// Measures a command from outside. Its standard error is shown where it fails.
pub(super) fn cost_of(command: &Command) -> Result<Cost> {
    let this = std::env::current_exe().context("cannot tell where this program is")?;
    let mut measured = program(this);
    measured
        .arg("measure")
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => measured.env(name, value),
            None => measured.env_remove(name),
        };
    }
    let text = output(&mut measured)?;
    serde_json::from_str(&text).with_context(|| format!("a measurement is no JSON: {text}"))
}
