//! The program of every function: `bootstrap` serves the role that its environment names, and `bootstrap access` prints
//! the AWS calls of every role.

use std::process::ExitCode;

use anyhow::Context as _;
use aws_sdk_s3::config::Credentials;
use sluice_host::{access, aws::Clients, environment::Variables, roles, tell::log};

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        None => serve(),
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
