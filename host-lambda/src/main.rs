//! The program of every function: `bootstrap` serves the role that its environment names, and `bootstrap access` prints
//! the AWS calls of every role.

use std::process::ExitCode;

use anyhow::Context as _;
use aws_sdk_s3::config::Credentials;
use sluice_host::{access, aws::Clients, environment::Variables, roles, tell::log};
use sluice_pipeline::plugin::{COMPILE, CompileLimits, compile_in_a_process, compile_plugin};

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        None => serve(),
        Some(COMPILE) => return compile_plugin(std::env::args_os().skip(2)),
        Some("access") => {
            print!("{}", access::access_json());
            Ok(())
        }
        Some(other) => {
            eprintln!("error: unknown command `{other}`; use `access`, or none inside Lambda");
            return ExitCode::from(1);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

/// Serves invocations until Lambda stops the process.
fn serve() -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var(name).ok();
    log::start(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    compile_in_a_process(compile_limits(variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")))
        .context("nothing to compile plugins with")?;
    let variables = Variables::read(variable)?;
    let clients = Clients::new(
        variables.region.clone(),
        variables.endpoint.clone(),
        credentials(&variable)?,
    );
    // One thread moves bytes; records are cleaned on threads of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    let player = roles::player(variables.role);
    runtime.block_on((player.serve)(variables, clients))
}

/// What compiling a plugin may take: three quarters of the function's memory, so that what is there already has room, and less
/// than half of the time that `publish` has.
fn compile_limits(memory_mb: Option<String>) -> CompileLimits {
    const SECONDS: u32 = 120;
    const LEAST_MB: u32 = 1024;
    let memory_mb = memory_mb.and_then(|memory_mb| memory_mb.parse::<u32>().ok());
    CompileLimits {
        memory_mb: (memory_mb.unwrap_or(LEAST_MB) / 4 * 3).max(LEAST_MB),
        seconds: SECONDS,
    }
}

/// The credentials of the function's IAM role, which Lambda hands to the process once and for all (AWS Lambda Developer
/// Guide, *Defined runtime environment variables*).
fn credentials(variable: &impl Fn(&str) -> Option<String>) -> anyhow::Result<Credentials> {
    let needed =
        |name: &str| variable(name).with_context(|| format!("`{name}` is not set; Lambda sets it"));
    Ok(Credentials::new(
        needed("AWS_ACCESS_KEY_ID")?,
        needed("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN"),
        None,
        "environment",
    ))
}
