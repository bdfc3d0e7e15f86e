//! Serves a role. This is asynchronous code, and it does nothing but to hand work to threads that may wait.

use std::{pin::Pin, sync::Arc};

use anyhow::Context as _;
use lambda_runtime::{LambdaEvent, service_fn};

use super::Handler;
use crate::{
    aws::{Clients, Session},
    environment::{BadEnvironment, Variables},
};

/// Serves a role, with its variables and the clients of AWS.
pub type Serve = fn(Variables, Clients) -> Pin<Box<dyn Future<Output = anyhow::Result<()>>>>;

/// Serves invocations until Lambda stops the process.
pub(super) async fn serve<H: Handler>(
    variables: Variables,
    clients: Clients,
) -> anyhow::Result<()> {
    let made = Session::blocking(clients, move |session| {
        let settings = variables.settings(&session)?;
        let environment = variables.resolve(&settings)?;
        Ok::<_, BadEnvironment>(H::new(environment, session))
    });
    let handler = Arc::new(made.await.context("a defect of the host stopped it")??);
    let service = service_fn(move |event: LambdaEvent<H::Event>| {
        let handler = Arc::clone(&handler);
        async move {
            let LambdaEvent { payload, context } = event;
            let handled =
                tokio::task::spawn_blocking(move || handler.handle(payload, &context.request_id));
            match handled.await {
                Ok(answer) => answer.map_err(lambda_runtime::Error::from),
                // A panic. Its place is in the log.
                Err(_) => Err("a defect of the host stopped it; the log says where".into()),
            }
        }
    });
    lambda_runtime::run(service)
        .await
        .map_err(anyhow::Error::from_boxed)
}
