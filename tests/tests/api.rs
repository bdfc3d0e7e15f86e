//! Records by HTTP on a cloud: a stack with an API, a stack that sends to it, and everything that may be answered.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use sluice_tests::{Cloud, Deployment, Manifest, eventually, generate, on_a_cloud};
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
