//! The program of every function: `bootstrap` serves the role that its environment names, and `bootstrap access` prints
//! the AWS calls of every role.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use lambda_runtime::{LambdaEvent, service_fn};
use sluice_host::{
    access,
    aws::Clients,
    environment::{Role, Variables},
    events::QueueBatch,
    roles::{ingest::Ingest, publish::Publish},
    tell::log,
};
use tokio::runtime::Handle;

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
        EnvironmentVariableCredentialsProvider::new(),
    );
    // One thread moves bytes; records are cleaned on threads of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(async {
        let role = variables.role;
        let settings = variables.settings(&clients).await?;
        let environment = variables.resolve(&settings)?;
        let served = match role {
            Role::Ingest => {
                let ingest = Arc::new(Ingest::new(environment, clients, Handle::current()));
                lambda_runtime::run(service_fn(move |event: LambdaEvent<QueueBatch>| {
                    let ingest = Arc::clone(&ingest);
                    let request_id = event.context.request_id;
                    async move {
                        Ok::<_, lambda_runtime::Error>(
                            ingest.handle(event.payload, &request_id).await,
                        )
                    }
                }))
                .await
            }
            Role::Publish => {
                let publish = Arc::new(Publish::new(environment, clients, Handle::current()));
                lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| {
                    let publish = Arc::clone(&publish);
                    let request_id = event.context.request_id;
                    async move {
                        let done = publish.handle(event.payload, &request_id).await;
                        done.map_err(lambda_runtime::Error::from)
                    }
                }))
                .await
            }
        };
        served.map_err(anyhow::Error::from_boxed)
    })
}
