//! Records by HTTP on a cloud: a stack with an API, a stack that sends to it, and everything that may be answered.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use sluice_tests::{Cloud, Deployment, Manifest, eventually, generate, on_a_cloud, tool};
use ureq::{
    Body,
    http::Response,
    tls::{Certificate, RootCerts, TlsConfig},
};

const JSON: (&str, &str) = ("content-type", "application/json");

/// Customers that are sent, unless `SLUICE_CUSTOMERS` says how many. The emulator stores some 250 a second.
const CUSTOMERS: usize = 400;

fn customers() -> anyhow::Result<usize> {
    match std::env::var("SLUICE_CUSTOMERS") {
        Ok(number) => Ok(number.parse()?),
        Err(_) => Ok(CUSTOMERS),
    }
}

fn api() -> anyhow::Result<Manifest> {
    Ok(Manifest::example("customers")?
        .set("pipeline.customers.api.auth", "none")
        .set("pipeline.customers.api.public", true))
}

struct Api {
    agent: ureq::Agent,
    url: String,
}

struct Reply {
    status: u16,
    replayed: bool,
    body: Value,
}

impl Api {
    /// The API of a stack, as the emulator serves it.
    fn of(cloud: &Cloud, stack: &Deployment<'_>) -> anyhow::Result<Self> {
        let id = stack.resource("CustomersApiGateway")?;
        let certificate = Certificate::from_pem(&cloud.certificate()?)?;
        let roots = RootCerts::new_with_certs(&[certificate]);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Ok(Self {
            agent: agent.into(),
            url: format!(
                "{}/_aws/execute-api/{id}/$default/customers",
                cloud.endpoint()
            ),
        })
    }

    fn get(&self, below: &str) -> anyhow::Result<Reply> {
        Reply::of(self.agent.get(format!("{}{below}", self.url)).call()?)
    }

    fn send(&self, below: &str, headers: &[(&str, &str)], body: &str) -> anyhow::Result<Reply> {
        let mut request = self.agent.post(format!("{}{below}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::of(request.send(body)?)
    }

    fn post(&self, below: &str, body: &Value) -> anyhow::Result<Reply> {
        self.send(below, &[JSON], &body.to_string())
    }

    fn post_with_key(&self, key: &str, body: &Value) -> anyhow::Result<Reply> {
        self.send("", &[JSON, ("idempotency-key", key)], &body.to_string())
    }
}

impl Reply {
    fn of(mut response: Response<Body>) -> anyhow::Result<Self> {
        let text = response.body_mut().read_to_string()?;
        Ok(Self {
            status: response.status().as_u16(),
            replayed: response.headers().contains_key("idempotency-replayed"),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }
}

fn ada(change: Value) -> Value {
    let mut ada = json!({
        "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "city": "London", "country": "GB",
        "signed_up_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        ada[name] = value.clone();
    }
    ada
}

#[test]
fn every_answer() {
    on_a_cloud(|cloud| {
        let stack = Deployment::new(cloud, "customers", &api()?.render(cloud.folder())?)?;
        let api = Api::of(cloud, &stack)?;
        let check = |reply: &Reply, status: u16| {
            ensure!(
                reply.status == status,
                "expected {status}, got {}: {}",
                reply.status,
                reply.body
            );
            Ok(())
        };

        let first = api.post_with_key("one", &ada(json!({})))?;
        check(&first, 201)?;
        let id = first.body["record"]["id"]
            .as_str()
            .context("it has an id now")?
            .to_owned();
        let again = api.post_with_key("one", &ada(json!({})))?;
        check(&again, 201)?;
        ensure!(again.body == first.body, "another answer: {}", again.body);
        ensure!(again.replayed, "nothing says that it was answered before");
        check(
            &api.post_with_key("one", &ada(json!({ "city": "Bath" })))?,
            422,
        )?;

        let read = api.get(&format!("/{id}"))?;
        check(&read, 200)?;
        ensure!(read.body["email"] == "ada@example.com", "{}", read.body);
        check(&api.get("/nobody")?, 404)?;

        check(&api.post("", &ada(json!({ "id": id })))?, 200)?;
        let older = json!({ "id": id, "updated_at": "2026-02-01T10:00:00Z" });
        check(&api.post("", &ada(older))?, 409)?;
        let rejected = api.post("", &ada(json!({ "country": "Atlantis", "email": "ada" })))?;
        check(&rejected, 422)?;
        let text = rejected.body.to_string();
        ensure!(
            text.contains("/country") && text.contains("/email"),
            "{text}"
        );
        ensure!(
            !text.contains("\"ada\"") && !text.contains("Lovelace"),
            "no content: {text}"
        );
        check(&api.send("", &[JSON], "{\"id\": ")?, 400)?;
        check(&api.send("", &[("content-type", "text/csv")], "a,b")?, 415)?;
        let many: Vec<Value> = (0..501).map(|_| ada(json!({}))).collect();
        check(&api.post("/batch", &many.into())?, 413)?;

        let batch = json!([
            ada(json!({ "email": "a@example.com" })),
            ada(json!({ "country": "XX" }))
        ]);
        let batch = api.post("/batch", &batch)?;
        check(&batch, 200)?;
        let counts = ["read", "stored", "rejected"].map(|name| batch.body[name].as_u64());
        ensure!(counts == [Some(2), Some(1), Some(1)], "{}", batch.body);
        check(
            &api.post("/batch", &json!([ada(json!({ "country": "XX" }))]))?,
            422,
        )
    });
}

/// Tokens of an issuer whose keys lie in a bucket of the same cloud that everybody may read.
struct Issuer {
    url: String,
    tokens: Value,
}

impl Issuer {
    fn on(cloud: &Cloud) -> anyhow::Result<Self> {
        let url = format!("{}/issuer", cloud.endpoint());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api_token.py");
        let mut python = Command::new(tool("python")?);
        python
            .arg(script)
            .args([&url, "customers", "customers/write"]);
        let made = python.output()?;
        let errors = String::from_utf8_lossy(&made.stderr);
        ensure!(made.status.success(), "no tokens are made: {errors}");
        let made: Value = serde_json::from_slice(&made.stdout)?;
        let aws = cloud.aws();
        aws.call(&["s3", "mb", "s3://issuer"])?;
        aws.call(&["s3api", "delete-public-access-block", "--bucket", "issuer"])?;
        let public = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::issuer/*",
        }]});
        let policy = [
            "s3api",
            "put-bucket-policy",
            "--bucket",
            "issuer",
            "--policy",
        ];
        aws.call(&[&policy[..], &[&public.to_string()]].concat())?;
        let keys = cloud.folder().join("jwks.json");
        std::fs::write(&keys, made["jwks"].to_string())?;
        let keys = keys.display().to_string();
        let (put, key) = (
            ["s3api", "put-object", "--bucket", "issuer"],
            ".well-known/jwks.json",
        );
        aws.call(&[&put[..], &["--key", key, "--body", &keys]].concat())?;
        let tokens = made["tokens"].clone();
        Ok(Self { url, tokens })
    }

    fn header(&self, token: &str) -> String {
        format!("Bearer {}", self.tokens[token].as_str().unwrap_or_default())
    }
}

#[test]
fn whoever_has_a_token() {
    on_a_cloud(|cloud| {
        let issuer = Issuer::on(cloud)?;
        let manifest = Manifest::example("customers")?
            .set("pipeline.customers.api.auth", "jwt")
            .set("pipeline.customers.api.issuer", &issuer.url)
            .set("pipeline.customers.api.audience", "customers")
            .set("pipeline.customers.api.scopes", "customers/write");
        let stack = Deployment::new(cloud, "customers", &manifest.render(cloud.folder())?)?;
        let api = Api::of(cloud, &stack)?;
        let post = |token: &str, city: &str| {
            let headers = [
                JSON,
                ("authorization", &*issuer.header(token)),
                ("idempotency-key", "one"),
            ];
            let body = ada(json!({ "city": city })).to_string();
            api.send("", &headers, &body)
        };
        for (token, status) in [
            ("over", 401),
            ("of_another_audience", 401),
            ("of_another_issuer", 401),
            ("signed_by_a_stranger", 401),
            ("without_the_scope", 403),
        ] {
            let got = post(token, "London")?.status;
            ensure!(
                got == status,
                "a token {token}: expected {status}, got {got}"
            );
        }
        let unsaid = api.post("", &ada(json!({})))?.status;
        ensure!(unsaid == 401, "without a token: expected 401, got {unsaid}");
        let first = post("good", "London")?;
        ensure!(first.status == 201, "{}", first.body);
        // Keys belong to who calls.
        let other = post("somebody_else", "Bath")?;
        ensure!(other.status == 201 && !other.replayed, "{}", other.body);
        let again = post("good", "London")?;
        ensure!(again.replayed && again.body == first.body, "{}", again.body);
        Ok(())
    });
}

#[test]
fn customers_are_sent_from_one_stack_to_another() {
    on_a_cloud(|cloud| {
        // Signed requests, as the example has it.
        let receiver = Manifest::example("customers")?.render(cloud.folder())?;
        let receiver = Deployment::new(cloud, "customers", &receiver)?;
        let api = Api::of(cloud, &receiver)?;
        let unsigned = api.post("", &ada(json!({})))?;
        ensure!(
            [401, 403].contains(&unsigned.status),
            "anybody gets in: {}",
            unsigned.status
        );

        let arn = format!("{}/batch", receiver.output("CustomersApiArn")?);
        let parameters = [
            format!("CustomersSendHttpUrl={}/batch", api.url),
            format!("CustomersSendHttpApi={arn}"),
        ];
        let sender = Manifest::example("customers-send")?
            .set("pipeline.customers-send.http.batch", 100)
            .render(cloud.folder())?;
        let sender = Deployment::with_parameters(cloud, "customers-send", &sender, &parameters)?;
        let file = cloud.folder().join("customers.csv");
        let customers = customers()?;
        let rows = customers.to_string();
        let text = generate(&[
            "data",
            "examples/customers/manifest.toml",
            "--rows",
            &rows,
            "--seed",
            "7",
        ])?;
        std::fs::write(&file, text)?;
        for name in ["first.csv", "second.csv"] {
            sender.drop_file(&file, "CustomersSendUploadTo", name)?;
            eventually("every customer is accounted for", || {
                let ledger = sender.ledger()?;
                let entry = ledger.iter().find(|entry| {
                    entry["source"]["S"]
                        .as_str()
                        .is_some_and(|source| source.ends_with(name))
                });
                let entry = entry.context("nothing is known of it")?;
                ensure!(entry["status"]["S"] == "done", "{entry}");
                let stored = entry["report"]["M"]["stored"]["N"].as_str();
                ensure!(stored == Some(&rows), "stored {stored:?}: {entry}");
                Ok(())
            })?;
            let table = receiver.output("CustomersRecordsTable")?;
            let count = cloud.aws().call(&[
                "dynamodb",
                "scan",
                "--table-name",
                table,
                "--select",
                "COUNT",
            ])?;
            ensure!(count["Count"] == customers, "in the table: {count}");
        }
        let lake = sender.output("LakeBucket")?;
        let counts = cloud.aws().call(&[
            "s3api",
            "list-objects-v2",
            "--bucket",
            lake,
            "--prefix",
            "counts/",
        ])?;
        let files = counts["Contents"].as_array().map_or(0, Vec::len);
        ensure!(files == 2, "files of counts: {counts}");
        Ok(())
    });
}
