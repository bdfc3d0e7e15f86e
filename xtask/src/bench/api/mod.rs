//! `cargo xtask bench api`: records by HTTP, taken in and sent, beside what one would write by hand.
//!
//! The same customers go to `gen serve` and to a handler in FastAPI, pydantic and SQLite, each with an empty database; and
//! `gen run` and two scripts send the same file to `gen serve`. Programs alternate in rounds, and after each of them every
//! customer must be in the database once.

mod load;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;

use self::load::{Load, load};
use super::{
    OutputFormat,
    measure::{Cost, cost_of},
    table::grouped,
};
use crate::{
    build::build_gen,
    program::{finished_programs, output, program, repository},
    serve::Server,
    step::Steps,
    venv::Venv,
};

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Rounds, in each of which every program runs once.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// What is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
}

/// Customers that are sent to servers one by one, and those that senders send.
const SINGLE: usize = 10_000;
const SENT: usize = 5_000;
/// Customers that are sent in batches, and how many of them in one.
const BATCHED: usize = 100_000;
const BATCH: usize = 500;
/// Connections of single requests, and of batches.
const CONNECTIONS: [usize; 2] = [16, 4];

#[derive(Debug, Serialize)]
struct Results {
    servers: Vec<ServerResult>,
    senders: Vec<SenderResult>,
}

/// All rounds of one server with one kind of request.
#[derive(Debug, Serialize)]
struct ServerResult {
    name: &'static str,
    batch: usize,
    records: usize,
    loads: Vec<Load>,
}

/// All rounds of one sender.
#[derive(Debug, Serialize)]
struct SenderResult {
    name: &'static str,
    costs: Vec<Cost>,
}

pub(crate) fn run(args: &ApiArgs) -> Result<()> {
    let root = repository();
    let out = root.join("bench-out/api");
    let mut steps = Steps::new(5);
    let venv = steps.step("peers", || {
        Venv::ensure(
            root.join("bench-out/venv-api"),
            &root.join("xtask/bench/api/requirements.txt"),
        )
    })?;
    steps.step("build", build_gen)?;
    let bench = steps.step("customers", || Bench::new(venv, out))?;
    let servers = steps.step("servers", || bench.servers(args.runs))?;
    let senders = steps.step("senders", || bench.senders(args.runs))?;
    let results = Results { servers, senders };
    match args.format {
        OutputFormat::Text => print!("{}", markdown(&results)),
        OutputFormat::Json => println!("{}", serde_json::to_string_pretty(&results)?),
    }
    Ok(())
}

/// What is needed to run all of it.
struct Bench {
    venv: Venv,
    out: PathBuf,
    manifest: PathBuf,
    /// Bodies of one customer, and of several.
    single: Vec<Vec<u8>>,
    batches: Vec<Vec<u8>>,
}

impl Bench {
    fn new(venv: Venv, out: PathBuf) -> Result<Self> {
        fs::create_dir_all(&out).with_context(|| format!("cannot make `{}`", out.display()))?;
        let manifest = repository().join("examples/customers/manifest.toml");
        let data = |rows: usize, format: &str| -> Result<String> {
            let mut data = program(finished_programs()?.join("gen"));
            data.arg("data").arg(&manifest).args(["--seed", "7"]);
            output(data.args(["--format", format, "--rows", &rows.to_string()]))
        };
        let lines = data(BATCHED, "ndjson")?;
        let lines: Vec<&str> = lines.lines().collect();
        fs::write(out.join("customers.csv"), data(SENT, "csv")?)?;
        let batches = lines.chunks(BATCH);
        Ok(Self {
            single: lines[..SINGLE]
                .iter()
                .map(|line| line.as_bytes().to_vec())
                .collect(),
            batches: batches
                .map(|lines| format!("[{}]", lines.join(",")).into_bytes())
                .collect(),
            venv,
            out,
            manifest,
        })
    }

    fn script(&self, name: &str) -> Command {
        let mut command = self.venv.tool("python");
        command.arg(repository().join("xtask/bench/api").join(name));
        command
    }

    /// An empty folder.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.out.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove `{}`", folder.display()))?;
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        Ok(folder)
    }

    fn sluice(&self, folder: &Path) -> Result<(Server, PathBuf)> {
        let server = Server::of_manifest(&self.manifest, folder)?;
        Ok((server, folder.join("sluice.sqlite")))
    }

    fn fastapi(&self, folder: &Path) -> Result<(Server, PathBuf)> {
        let database = folder.join("fastapi.sqlite");
        let mut command = self.script("serve_fastapi.py");
        command.arg(&database);
        Ok((Server::of_command(command)?, database))
    }

    fn servers(&self, runs: u32) -> Result<Vec<ServerResult>> {
        let mut results = Vec::new();
        for (batch, records) in [(1, SINGLE), (BATCH, BATCHED)] {
            for name in ["Sluice", "FastAPI"] {
                results.push(ServerResult {
                    name,
                    batch,
                    records,
                    loads: Vec::new(),
                });
            }
        }
        for round in 1..=runs {
            for result in &mut results {
                let folder = self.folder("server")?;
                let (server, database) = match result.name {
                    "Sluice" => self.sluice(&folder)?,
                    _ => self.fastapi(&folder)?,
                };
                let address = &server.address;
                let taken = match result.batch {
                    1 => load(
                        address,
                        "/customers",
                        &self.single,
                        CONNECTIONS[0],
                        201,
                        "\u{0}",
                    )?,
                    _ => {
                        let (path, refused) = ("/customers/batch", "\"errors\"");
                        load(address, path, &self.batches, CONNECTIONS[1], 200, refused)?
                    }
                };
                self.check_count(&database, result.records)?;
                eprintln!(
                    "{round}/{runs} {}, {} in a request: {:.2} s",
                    result.name, result.batch, taken.seconds
                );
                result.loads.push(taken);
            }
        }
        Ok(results)
    }

    fn senders(&self, runs: u32) -> Result<Vec<SenderResult>> {
        let names = [
            "`gen run`, 8 in flight",
            "`requests`, one after the other",
            "`httpx`, 8 connections",
            "`gen run`, batches of 500",
        ];
        let mut results = names.map(|name| SenderResult {
            name,
            costs: Vec::new(),
        });
        for round in 1..=runs {
            for (number, result) in results.iter_mut().enumerate() {
                let (server, database) = self.sluice(&self.folder("server")?)?;
                let (file, url) = (
                    self.out.join("customers.csv"),
                    format!("{}/customers", server.address),
                );
                let mut command = match number {
                    0 => self.sender(&url, 1)?,
                    1 => self.script("send_requests.py"),
                    2 => self.script("send_httpx.py"),
                    _ => self.sender(&format!("{url}/batch"), BATCH)?,
                };
                command.arg(&file);
                if matches!(number, 1 | 2) {
                    command.arg(&url);
                }
                let cost = cost_of(&command)?;
                self.check_count(&database, SENT)?;
                eprintln!("{round}/{runs} {}: {:.2} s", result.name, cost.seconds);
                result.costs.push(cost);
            }
        }
        Ok(results.into())
    }

    /// `gen run` of the example that sends customers.
    fn sender(&self, url: &str, batch: usize) -> Result<Command> {
        let example =
            fs::read_to_string(repository().join("examples/customers-send/manifest.toml"))?;
        let changed: Vec<String> = example
            .lines()
            .map(|line| match line.split_whitespace().next() {
                Some("url") => format!("url = \"{url}\""),
                Some("batch") => format!("batch = {batch}"),
                Some("auth") => String::new(),
                _ => line.to_owned(),
            })
            .collect();
        let folder = self.folder("sender")?;
        let manifest = folder.join("manifest.toml");
        fs::write(&manifest, changed.join("\n"))?;
        let mut command = program(finished_programs()?.join("gen"));
        command.arg("run").arg(manifest).args(["--format", "json"]);
        command.arg("--out").arg(folder.join("out"));
        Ok(command)
    }

    /// Every customer is there once.
    fn check_count(&self, database: &Path, expected: usize) -> Result<()> {
        let count = output(self.script("count.py").arg(database))?;
        ensure!(
            count.trim() == expected.to_string(),
            "`{}` has {} customers, expected {expected}",
            database.display(),
            count.trim()
        );
        Ok(())
    }
}

/// Both tables.
fn markdown(results: &Results) -> String {
    let mut text = String::from(
        "| server | records in a request | records/s | p50 ms | p99 ms | time against Sluice |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    let seconds = |server: &ServerResult| median(server.loads.iter().map(|load| load.seconds));
    for server in &results.servers {
        let mut first = results.servers.iter();
        let first = first.find(|other| other.batch == server.batch);
        let ratio = first.map_or(1.0, |first| seconds(server) / seconds(first));
        text.push_str(&format!(
            "| {} | {} | {} | {:.1} | {:.1} | {ratio:.2} × |\n",
            server.name,
            server.batch,
            grouped((server.records as f64 / seconds(server)) as u64),
            median(server.loads.iter().map(|load| load.p50)),
            median(server.loads.iter().map(|load| load.p99)),
        ));
    }
    text.push_str(
        "\n| sender | records/s | processor seconds | peak MiB | time against `gen run` |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    let seconds = |sender: &SenderResult| median(sender.costs.iter().map(|cost| cost.seconds));
    for sender in &results.senders {
        let costs = || sender.costs.iter();
        text.push_str(&format!(
            "| {} | {} | {:.2} | {:.0} | {:.2} × |\n",
            sender.name,
            grouped((SENT as f64 / seconds(sender)) as u64),
            median(costs().map(|cost| cost.processor_seconds)),
            median(costs().map(|cost| cost.peak_bytes as f64 / f64::from(1 << 20))),
            seconds(sender) / seconds(&results.senders[0]),
        ));
    }
    text
}

/// The one in the middle; of an even number, the lesser.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}
