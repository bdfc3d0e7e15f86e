//! `gen serve` and `gen openapi` as a person and a program use them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const MANUAL: &str = include_str!("../../docs/api.md");

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gen"));
    command.current_dir(folder);
    command
}

/// A server that runs. It is killed where a test fails.
struct Server {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    errors: BufReader<ChildStderr>,
    address: String,
}

impl Server {
    fn start(folder: &Path, args: &[&str]) -> Server {
        let mut child = command(folder)
            .args([
                "serve",
                "manifest.toml",
                "--port",
                "0",
                "--out",
                "out",
                "--format",
                "json",
            ])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        let address = listening["listening"].as_str().unwrap().to_owned();
        Server {
            child,
            output,
            errors,
            address,
        }
    }

    /// Sends a request; returns the status and the body.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let host = self.address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Ends it as a terminal or a supervisor would; returns its summary and what it said.
    fn end(mut self, signal: &str) -> (Value, String) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let mut summary = String::new();
        self.output.read_to_string(&mut summary).unwrap();
        let mut said = String::new();
        self.errors.read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        (serde_json::from_str(&summary).unwrap(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The manifest of the manual, with something else in it.
fn folder(change: impl Fn(String) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = MANUAL.split("```toml\n").nth(1).unwrap();
    let manifest = change(manifest.split("```").next().unwrap().to_owned());
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    folder
}

/// The commands of the manual print what it says.
#[test]
fn the_manual_is_right() {
    let folder = folder(|manifest| manifest);
    let server = Server::start(folder.path(), &[]);
    let mut commands = 0;
    for block in MANUAL.split("```sh test\n").skip(1) {
        let (command, rest) = block.split_once("```").unwrap();
        let command = command.replace("http://127.0.0.1:8080", &server.address);
        let output = Command::new("bash")
            .args(["-c", &command])
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap().replace('\r', "");
        let expected = rest.split("```text\n").nth(1).unwrap();
        let expected = expected.split("```").next().unwrap().trim_end();
        assert!(
            is_like(printed.trim_end(), expected),
            "{command}\n{printed}"
        );
        commands += 1;
    }
    assert_eq!(commands, 5);
    let (summary, said) = server.end("-INT");
    assert_eq!(summary["requests"], json!(6));
    assert_eq!(
        summary["records"],
        json!({ "read": 6, "stored": 3, "dropped": 0, "duplicate": 1, "rejected": 2 })
    );
    assert!(said.contains("nobody is asked here who they are"), "{said}");
}

/// `…` stands for anything in a line, and for any lines where it is one.
fn is_like(printed: &str, expected: &str) -> bool {
    let mut rest = printed;
    let mut anywhere = false;
    for piece in expected.split('…') {
        let found = match anywhere {
            true => rest.find(piece.trim_matches('\n')),
            false => rest.starts_with(piece).then_some(0),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + piece.trim_matches('\n').len().min(rest.len() - at)..];
        anywhere = true;
    }
    rest.is_empty() || expected.ends_with('…')
}

#[test]
fn it_answers_for_itself_too() {
    let folder = folder(|manifest| manifest);
    let server = Server::start(folder.path(), &[]);
    assert_eq!(
        server.ask("GET", "/health", ""),
        (200, json!({ "status": "ok", "pipelines": ["orders"] }))
    );
    assert_eq!(server.ask("POST", "/health", "").0, 405);
    let printed = command(folder.path())
        .args(["openapi", "manifest.toml"])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(server.ask("GET", "/openapi.json", ""), (200, printed));
    let (status, problem) = server.ask("GET", "/nowhere", "");
    assert_eq!(
        (status, &problem["type"]),
        (404, &json!("urn:sluice:problem:not_found"))
    );
    let large = format!("{{\"email\": \"{}\"}}", "x".repeat(1024 << 10));
    assert_eq!(server.ask("POST", "/orders", &large).0, 413);
    let (summary, _) = server.end("-TERM");
    assert_eq!(
        summary["answers"],
        json!({ "200": 2, "404": 1, "405": 1, "413": 1 })
    );
}

#[test]
fn its_table_is_that_of_gen_run() {
    let folder = folder(|manifest| manifest);
    let server = Server::start(folder.path(), &[]);
    let newer = r#"{"id": "a", "amount": 1, "version": 5}"#;
    assert_eq!(server.ask("POST", "/orders", newer).0, 201);
    server.end("-TERM");
    let file = folder.path().join("orders.csv");
    fs::write(&file, "id,version,amount,email\na,4,2,\nb,1,3,\n").unwrap();
    let run = command(folder.path())
        .args(["run", "manifest.toml", "orders.csv", "--out", "out"])
        .output()
        .unwrap();
    assert!(run.status.success());
    let server = Server::start(folder.path(), &[]);
    assert_eq!(server.ask("GET", "/orders/a", "").1["version"], 5);
    assert_eq!(server.ask("GET", "/orders/b", "").1["amount"], json!(3.00));
    server.end("-TERM");
}

#[test]
fn a_lake_gets_files_that_gen_run_reads() {
    let folder = folder(|manifest| manifest.replace("table    = true", "lake = true"));
    let server = Server::start(folder.path(), &[]);
    let (status, accepted) = server.ask("POST", "/orders", r#"{"amount": 1}"#);
    assert_eq!(status, 202);
    server.end("-TERM");
    let run = command(folder.path())
        .args([
            "run",
            "manifest.toml",
            "out/raw",
            "--out",
            "out",
            "--format",
            "json",
        ])
        .output()
        .unwrap();
    let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(summary["totals"]["stored"], 1, "{summary}");
    assert!(accepted["record"]["id"].is_string());
}

#[test]
fn a_plugin_is_loaded_again_when_its_file_changes() {
    let folder = folder(|manifest| {
        let steps = "plugin = { name = \"tidy\", config = { email = [\"trim\", { drop_if = { starts_with = \"drop\" } }] } }\ntable ";
        manifest.replacen("table ", steps, 1)
    });
    fs::create_dir(folder.path().join("plugins")).unwrap();
    let file = folder.path().join("plugins/tidy.wasm");
    let export = command(folder.path())
        .args(["plugin", "export", "tidy", "--out", "plugins/tidy.wasm"])
        .output()
        .unwrap();
    assert!(
        export.status.success(),
        "{}",
        String::from_utf8_lossy(&export.stderr)
    );
    let server = Server::start(folder.path(), &[]);
    let record = r#"{"id": "a", "amount": 1, "email": " a@b "}"#;
    let (status, answer) = server.ask("POST", "/orders", record);
    assert_eq!((status, &answer["record"]["email"]), (201, &json!("a@b")));

    let (status, answer) = server.ask("POST", "/orders", r#"{"amount": 1, "email": "drop@me"}"#);
    assert_eq!((status, &answer["outcome"]), (200, &json!("dropped")));

    // Another component that does the same: it has a section more, which nobody reads.
    let mut component = fs::read(&file).unwrap();
    component.extend([0, 4, 1, b'x', b'y', b'z']);
    fs::write(&file, &component).unwrap();
    assert_eq!(server.ask("POST", "/orders", record).0, 200);
    // What cannot be used changes nothing.
    fs::write(&file, "no component").unwrap();
    let (status, answer) = server.ask(
        "POST",
        "/orders",
        r#"{"id": "b", "amount": 1, "email": " a@b "}"#,
    );
    assert_eq!((status, &answer["record"]["email"]), (201, &json!("a@b")));
    let (_, said) = server.end("-TERM");
    assert!(said.contains("is in use now"), "{said}");
    assert!(
        said.contains("the version before it stays in use"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_served_is_told() {
    let plain = folder(|manifest| manifest.replace("api      = true", ""));
    for subcommand in [
        &["serve", "manifest.toml", "--out", "out"][..],
        &["openapi", "manifest.toml"],
    ] {
        let output = command(plain.path()).args(subcommand).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("no pipeline of the manifest has an API"),
            "{said}"
        );
    }
    let folder = folder(|manifest| manifest);
    let server = Server::start(folder.path(), &[]);
    let port = server.address.rsplit(':').next().unwrap();
    let second = command(folder.path())
        .args(["serve", "manifest.toml", "--out", "out", "--port", port])
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("cannot listen on port {port}")),
        "{said}"
    );
    assert!(said.contains("--port"), "{said}");
}
