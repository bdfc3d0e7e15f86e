//! `gen serve`: the APIs of a manifest on this machine, with SQLite and a folder in the place of DynamoDB and Firehose.
//!
//! It is the host's handler over local ports, so that what answers on a laptop is what answers on AWS. Nobody is asked who
//! they are, and so nobody but this machine is heard.

mod local;
mod plugin;
mod service;
mod tally;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::json;
use sluice_api::Handler;
use sluice_contract::Stack;
use sluice_pipeline::plugin::PluginEngine;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use self::local::LocalPorts;
use self::plugin::CurrentPlugin;
use self::service::{Served, Service};
use crate::component;
use crate::failure::Failure;
use crate::openapi;
use crate::project;
use crate::run::DATABASE;
use crate::terminal::{Format, say, write_result};

/// Takes records by HTTP on this machine, as the stack would on AWS.
///
/// Serves each pipeline of the manifest that has an `api`, at its path, on 127.0.0.1 alone. Records are stored in
/// `DIR/sluice.sqlite`, as `gen run` stores them; those for a lake are appended to files of NDJSON under `DIR/raw/`, which
/// `gen run` brings into it. A plugin is loaded again when its file changes. SIGINT and SIGTERM end it, once the requests
/// that are under way are answered.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gen serve manifest.toml --out out
  gen serve manifest.toml --port 0 --out out --format json
  curl -s http://127.0.0.1:8080/feedback -H 'content-type: application/json' -d '{\"id\": \"1\"}'
  curl -s http://127.0.0.1:8080/openapi.json

Exit codes: 0 ended by a signal; 1 what was given is wrong, or the port is taken; 2 anything else.")]
pub(crate) struct ServeArgs {
    /// The project's manifest.
    manifest: PathBuf,
    /// The port to listen on; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where results go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where plugins are found, as NAME.wasm with `_` for `-`; `tidy` comes with this program. [default: the folder
    /// `plugins` beside the manifest]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// How to say where it listens, and what became of all requests in the end.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.manifest, None)?;
    let service = Arc::new(service(args, &stack)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    runtime.block_on(serve(args, &service))?;
    match args.format {
        Format::Text => write_result(&service.tally.text())?,
        Format::Json => write_result(&format!("{}\n", service.tally.json()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens what is kept open.
fn service(args: &ServeArgs, stack: &Stack) -> Result<Service, Failure> {
    let with_api = stack
        .pipelines
        .iter()
        .filter(|pipeline| pipeline.api.is_some());
    let pipelines: Vec<_> = with_api.collect();
    if pipelines.is_empty() {
        return Err(Failure::Input(
            "no pipeline of the manifest has an API\nhelp: add `api = true` to one".to_owned(),
        ));
    }
    std::fs::create_dir_all(&args.out).map_err(|error| {
        Failure::Input(format!(
            "the output folder `{}` cannot be made: {error}",
            args.out.display()
        ))
    })?;
    let beside = || component::folder_beside(&args.manifest);
    let folder = args.plugins.clone().unwrap_or_else(beside);
    let engine = PluginEngine::new().map_err(anyhow::Error::from)?;
    let (mut served, mut refusals) = (Vec::new(), Vec::new());
    for pipeline in pipelines {
        let handler = Handler::new(pipeline).expect("pipelines without an API are left out");
        let (plugin, refusal) = CurrentPlugin::load(&engine, pipeline, &folder)?;
        refusals.extend(refusal);
        let ports = LocalPorts::open(&args.out, DATABASE, pipeline)
            .map_err(|error| Failure::Other(anyhow::Error::new(error)))?;
        served.push(Served {
            name: pipeline.name.clone(),
            handler,
            plugin,
            ports,
        });
    }
    project::refused(&args.manifest, &refusals)?;
    Ok(Service::new(served, openapi::document(stack, None)))
}

async fn serve(args: &ServeArgs, service: &Arc<Service>) -> Result<(), Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::Input(format!(
            "cannot listen on port {}: {error}\nhelp: choose another with --port, or 0 for any that is free",
            args.port
        ))
    })?;
    let address = listener.local_addr().map_err(anyhow::Error::from)?;
    // Who wants to end it may do so as soon as it says that it is there.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(anyhow::Error::from)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(anyhow::Error::from)?;
    listening(args, service, address)?;
    let ended = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let progress = tokio::spawn(progress(service.clone()));
    accept(&listener, service, ended).await;
    progress.abort();
    service.tally.clear_progress();
    Ok(())
}

/// Takes connections until it is to end, and then waits until what is under way is answered.
async fn accept(listener: &TcpListener, service: &Arc<Service>, ended: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut ended = std::pin::pin!(ended);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut ended => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                say("warning", &format!("a connection was not taken: {error}"));
                // Too many open files are fewer in a moment.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // An answer is one piece; nothing follows that it could wait for.
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        let answer = service_fn(move |request| service::answer(service.clone(), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), answer);
        let connection = connections.watch(connection);
        // Who goes away in the middle gets no answer, and needs none.
        tokio::spawn(async move { connection.await.ok() });
    }
    connections.shutdown().await;
}

/// Says where it listens, and what is other than on AWS.
fn listening(args: &ServeArgs, service: &Service, address: SocketAddr) -> Result<(), Failure> {
    let base = format!("http://{address}");
    let urls = service.served.iter().map(|served| {
        let path = &served.handler.api().path;
        (served.name.as_str(), format!("{base}{path}"))
    });
    match args.format {
        Format::Text => {
            let lines: Vec<String> = urls.map(|(name, url)| format!("{name}: {url}\n")).collect();
            write_result(&lines.concat())?;
        }
        Format::Json => {
            let pipelines: serde_json::Map<String, serde_json::Value> = urls
                .map(|(name, url)| (name.to_owned(), url.into()))
                .collect();
            let line = json!({ "listening": base, "pipelines": pipelines });
            write_result(&format!("{line}\n"))?;
        }
    }
    for served in &service.served {
        let auth = served.handler.api().auth.name();
        if auth != "none" {
            say(
                "note",
                &format!(
                    "nobody is asked here who they are; on AWS, `{}` asks (`auth = \"{auth}\"`)",
                    served.name
                ),
            );
        }
    }
    Ok(())
}

/// Shows how many requests there were, where somebody watches.
async fn progress(service: Arc<Service>) {
    let mut interval = tokio::time::interval(Duration::from_millis(200));
    loop {
        interval.tick().await;
        service.tally.show_progress();
    }
}
