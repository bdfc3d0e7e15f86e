//! The program of every function: `bootstrap` serves the role that its environment names, and `bootstrap access` prints
//! the AWS calls of every role.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use lambda_runtime::{LambdaEvent, service_fn};
use sluice_host::{
    access, aws::Clients, environment::Variables, events::QueueBatch, ingest::Ingest, observe,
};

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
    observe::start(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let variables = Variables::read(variable)?;
    let clients = Clients::new(
        variables.region.clone(),
        variables.endpoint.clone(),
        EnvironmentVariableCredentialsProvider::new(),
    );
    // One thread moves bytes; records are cleaned on threads of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(async {
        let settings = variables.settings(&clients).await?;
        let environment = variables.resolve(&settings)?;
        let ingest = Arc::new(Ingest::new(
            environment,
            clients,
            tokio::runtime::Handle::current(),
        ));
        let handler = service_fn(|event: LambdaEvent<QueueBatch>| {
            let ingest = Arc::clone(&ingest);
            async move {
                Ok::<_, lambda_runtime::Error>(
                    ingest
                        .handle(event.payload, &event.context.request_id)
                        .await,
                )
            }
        });
        lambda_runtime::run(handler)
            .await
            .map_err(anyhow::Error::from_boxed)
    })
}
