//! Requests to a handler whose ports are in memory: what is answered, and what is stored.

#![allow(clippy::unwrap_used)]

mod any;
mod manual;
mod memory;
#[path = "../../src/tests.rs"]
mod shared;

use serde_json::{Value, json};
use sluice_api::{Accounts, Handled, Handler, Request, Target, problem};

use crate::{
    memory::{Memory, REFUSED},
    shared::pipeline,
};

/// An API and those who call it.
struct Scene {
    handler: Handler,
    memory: Memory,
    /// Seconds since the beginning; each request is a second later than the one before.
    seconds: i64,
    headers: Vec<(String, String)>,
    principal: Option<String>,
}

impl Scene {
    fn new(keys: &str) -> Self {
        let pipeline = pipeline(keys);
        Self {
            handler: Handler::new(&pipeline).unwrap(),
            memory: Memory::new(&pipeline),
            seconds: 1_000_000,
            headers: Vec::new(),
            principal: None,
        }
    }

    fn with(&mut self, name: &str, value: &str) -> &mut Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn request(&mut self, method: &str, path: &str, body: &str) -> Request {
        self.seconds += 1;
        let mut headers = std::mem::take(&mut self.headers);
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        Request {
            method: method.to_owned(),
            target: Target::of(self.handler.api(), path),
            headers,
            body: body.as_bytes().to_vec(),
            principal: self.principal.clone(),
            id: format!("request-{}", self.seconds),
            received_at: self.seconds * 1_000_000,
        }
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Handled {
        let request = self.request(method, path, body);
        let handled = self.handler.handle(&request, None, &self.memory.ports());
        assert!(handled.accounts.add_up(), "{:?}", handled.accounts);
        let status = handled.answer.status;
        if let Some(of) = handled.answer.body_json()["type"].as_str() {
            let known = problem::ALL.iter().find(|known| known.uri() == of);
            assert_eq!(known.map(|of| of.status), Some(status), "{of}");
            assert_eq!(handled.answer.header("content-type"), Some(problem::MEDIA));
        } else {
            assert!(status < 300, "{status}");
        }
        handled
    }

    /// Sends a request; returns status and body.
    #[track_caller]
    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let answer = self.send(method, path, body).answer;
        (answer.status, answer.body_json())
    }

    #[track_caller]
    fn post(&mut self, body: &str) -> (u16, Value) {
        self.ask("POST", "/people", body)
    }

    #[track_caller]
    fn batch(&mut self, body: &str) -> (u16, Value) {
        self.ask("POST", "/people/batch", body)
    }

    /// Sends a request that cannot be dealt with; returns status, code and detail.
    #[track_caller]
    fn wrong(&mut self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let (status, body) = self.ask(method, path, body);
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let code = text("type").replace(problem::TYPE_PREFIX, "");
        (status, code, text("detail"))
    }
}

fn wrong(status: u16, code: &str, detail: &str) -> (u16, String, String) {
    (status, code.to_owned(), detail.to_owned())
}

#[test]
fn a_record_is_stored_and_read_back() {
    let mut scene = Scene::new("order_by = \"version\"");
    let handled = scene.send(
        "POST",
        "/people",
        r#"{"id": "a/1", "name": "Ann", "age": 7, "notes": {"x": [1]}}"#,
    );
    let stored = json!({
        "id": "a/1", "shop": "main", "day": "2026-11-22", "name": "Ann", "age": 7, "email": null, "version": 1,
        "notes": {"x": [1]},
    });
    let expected = json!({ "outcome": "stored", "record": stored, "warnings": [] });
    assert_eq!(
        (handled.answer.status, handled.answer.body_json()),
        (201, expected)
    );
    assert_eq!(handled.answer.header("location"), Some("/people/a%2F1"));
    let stored_one = Accounts {
        read: 1,
        stored: 1,
        ..Accounts::default()
    };
    assert_eq!(handled.accounts, stored_one);
    assert_eq!(scene.ask("GET", "/people/a%2F1", ""), (200, stored.clone()));
    let head = scene.send("HEAD", "/people/a%2F1", "").answer;
    assert_eq!((head.status, head.body.len()), (200, 0));

    // The same version, a newer one, and one that is older.
    let (status, body) = scene.post(r#"{"id": "a/1", "name": "Other"}"#);
    assert_eq!(
        (status, &body["outcome"], &body["record"]),
        (200, &json!("duplicate"), &stored)
    );
    let (status, body) = scene.post(r#"{"id": "a/1", "version": 3, "name": "Bob"}"#);
    assert_eq!((status, &body["record"]["name"]), (201, &json!("Bob")));
    assert_eq!(
        scene.wrong("POST", "/people", r#"{"id": "a/1", "version": 2}"#),
        wrong(
            409,
            "newer_version",
            "what was sent is older, and was not stored"
        )
    );
    assert_eq!(scene.memory.records(), 1);
}

#[test]
fn what_arrives_later_is_newer_without_an_order() {
    let mut scene = Scene::new("");
    let late = scene.request("POST", "/people", r#"{"id": "a", "name": "late"}"#);
    assert_eq!(scene.post(r#"{"id": "a", "name": "first"}"#).0, 201);
    assert_eq!(scene.post(r#"{"id": "a", "name": "second"}"#).0, 201);
    let handled = scene.handler.handle(&late, None, &scene.memory.ports());
    assert_eq!(handled.answer.status, 409);
    assert_eq!(handled.accounts.duplicate, 1);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let mut scene = Scene::new("");
    let (status, body) =
        scene.post(r#"{"name": "much too long for a name", "age": "x", "nick/name": 1}"#);
    let expected = json!({
        "type": "urn:sluice:problem:rejected", "title": "the record was refused", "status": 422,
        "detail": "too_long: 24 characters, at most 20 allowed",
        "errors": [
            { "pointer": "/name", "code": "too_long", "detail": "24 characters, at most 20 allowed" },
            { "pointer": "/age", "code": "not_an_integer", "detail": "not an integer" },
        ],
        "warnings": [
            { "pointer": "/nick~1name", "code": "ignored", "detail": "no field is called so, and nothing reads it" },
        ],
    });
    assert_eq!((status, body), (422, expected));
    let (status, body) = scene.post(r#"{"name": "a", "ann@example.com": 1}"#);
    assert_eq!(status, 201);
    assert_eq!(
        body["warnings"],
        json!([
            { "pointer": "", "code": "ignored", "detail": "no field is called so, and nothing reads it" },
        ])
    );
    let (status, body) = scene.post(r#"{"name": "a", "name": "b"}"#);
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (422, &json!("bad_json"))
    );
}

#[test]
fn a_batch_is_told_record_by_record() {
    let mut scene = Scene::new("order_by = \"version\"");
    let body = r#"[{"id": "a", "x": 1}, {"id": "a"}, {"id": "b", "age": 200}, 5]"#;
    let handled = scene.send("POST", "/people/batch", body);
    let expected = json!({
        "read": 4, "stored": 1, "dropped": 0, "duplicate": 1, "rejected": 2,
        "results": [
            { "index": 0, "status": 201, "outcome": "stored", "locations": ["/people/a"],
              "warnings": [{ "pointer": "/0/x", "code": "ignored", "detail": "no field is called so, and nothing reads it" }] },
            { "index": 1, "status": 200, "outcome": "duplicate", "locations": ["/people/a"] },
            { "index": 2, "status": 422, "outcome": "rejected",
              "errors": [{ "pointer": "/2/age", "code": "too_great", "detail": "more than 150, the greatest value allowed" }] },
            { "index": 3, "status": 422, "outcome": "rejected",
              "errors": [{ "pointer": "/3", "code": "not_an_object", "detail": "a record is an object" }] },
        ],
    });
    assert_eq!(
        (handled.answer.status, handled.answer.body_json()),
        (200, expected)
    );
    assert_eq!(
        handled.accounts,
        Accounts {
            read: 4,
            stored: 1,
            dropped: 0,
            duplicate: 1,
            rejected: 2
        }
    );

    // Lines that are none cost themselves.
    scene.with("content-type", "application/x-ndjson; charset=utf-8");
    let (status, body) = scene.batch("{\"id\": \"c\"}\n\n{\"id\" 5}\r\n{\"id\": \"d\"}");
    assert_eq!(
        (status, &body["stored"], &body["rejected"]),
        (200, &json!(2), &json!(1))
    );
    assert_eq!(
        body["results"][1]["errors"],
        json!([{ "pointer": "/1", "code": "broken_json", "detail": "expected `:` at line 3 column 7" }])
    );
    let (status, body) = scene.batch(r#"[{"id": "e", "age": 200}, []]"#);
    assert_eq!(
        (status, &body["title"]),
        (422, &json!("the record was refused"))
    );
    assert_eq!(
        body["detail"],
        "2 of 2 records were refused, and none was stored"
    );
    assert_eq!(body["errors"][1]["pointer"], "/1");
    assert_eq!(
        body["results"][1],
        json!({ "index": 1, "status": 422, "outcome": "rejected" })
    );
    assert_eq!(
        scene.batch("[]"),
        (
            200,
            json!({
                "read": 0, "stored": 0, "dropped": 0, "duplicate": 0, "rejected": 0, "results": [],
            })
        )
    );
    // What is there already is not refused.
    assert_eq!(scene.batch(r#"[{"id": "a"}, 5]"#).0, 200);
}

#[test]
fn what_cannot_be_dealt_with() {
    let mut scene = Scene::new("");
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(8 << 10));
    let cases = [
        (
            "POST",
            "/other",
            "{}",
            wrong(
                404,
                "not_found",
                "records go to `/people`, and several to `/people/batch`",
            ),
        ),
        (
            "POST",
            "/people/a",
            "{}",
            wrong(405, "method_not_allowed", "possible are GET, HEAD, OPTIONS"),
        ),
        (
            "GET",
            "/people",
            "",
            wrong(405, "method_not_allowed", "possible are POST, OPTIONS"),
        ),
        (
            "DELETE",
            "/people/batch",
            "",
            wrong(
                405,
                "method_not_allowed",
                "possible are GET, HEAD, POST, OPTIONS",
            ),
        ),
        (
            "GET",
            "/people/batch",
            "",
            wrong(404, "no_such_record", "nothing is stored under it"),
        ),
        (
            "GET",
            "/people/a,b",
            "",
            wrong(
                404,
                "no_such_record",
                "a key has 1 values, separated by commas, and this one has 2",
            ),
        ),
        (
            "POST",
            "/people",
            "",
            wrong(400, "empty_body", "send a record as JSON"),
        ),
        (
            "POST",
            "/people",
            "{",
            wrong(
                400,
                "broken_json",
                "EOF while parsing an object at line 1 column 1",
            ),
        ),
        (
            "POST",
            "/people",
            "[]",
            wrong(
                400,
                "wrong_shape",
                "send one object; arrays go to `/people/batch`",
            ),
        ),
        (
            "POST",
            "/people/batch",
            "{}",
            wrong(400, "wrong_shape", "send an array of objects"),
        ),
        (
            "POST",
            "/people/batch",
            "[1,2,3,4,5,6]",
            wrong(413, "too_many_records", "got 6 records, limit 5"),
        ),
        (
            "POST",
            "/people",
            &large,
            wrong(413, "body_too_large", "got 8204 bytes, limit 8192 bytes"),
        ),
    ];
    for (method, path, body, expected) in cases {
        assert_eq!(
            scene.wrong(method, path, body),
            expected,
            "{method} {path} {body:.9}"
        );
    }
    let answer = scene.send("PUT", "/people/a", "{}").answer;
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
    let answer = scene.send("OPTIONS", "/people", "").answer;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (204, Some("POST, OPTIONS"))
    );

    let refused = wrong(
        415,
        "unsupported_media_type",
        "send `application/json` in UTF-8, not compressed",
    );
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-ndjson"),
        ("content-type", "application/json; charset=latin1"),
        ("content-encoding", "gzip"),
    ] {
        scene.with(name, value);
        assert_eq!(
            scene.wrong("POST", "/people", "{}"),
            refused,
            "{name} {value}"
        );
    }
    scene.memory.set_down(true);
    let down = "try again; what was stored is not stored twice with an `Idempotency-Key`";
    let handled = scene.send("POST", "/people", r#"{"id": "a"}"#);
    assert_eq!(handled.answer.header("retry-after"), Some("2"));
    assert_eq!(
        handled.trouble.as_deref(),
        Some("memory refused to store rows: it is down")
    );
    assert_eq!(
        scene.wrong("GET", "/people/a", ""),
        wrong(503, "unavailable", down)
    );
    assert_eq!(scene.memory.records(), 0);
}

#[test]
fn a_record_that_is_too_long_is_no_other_problem() {
    let api = "limits = { max_record_bytes = 1024 }";
    let mut scene = Scene::new(api);
    let long = format!("{{\"notes\": \"{}\"}}", "x".repeat(1024));
    let too_large = "record too large: got 1037 bytes, limit 1024 bytes";
    assert_eq!(
        scene.wrong("POST", "/people", &long),
        wrong(413, "record_too_large", too_large)
    );
    let (status, body) = scene.batch(&format!("[{{\"id\":\"a\"}},{long}]"));
    assert_eq!((status, &body["results"][1]["status"]), (200, &json!(413)));
}

#[test]
fn a_key_makes_a_request_once() {
    let mut scene = Scene::new("");
    let body = r#"{"name": "Ann"}"#;
    scene.with("Idempotency-Key", "k-1");
    let first = scene.send("POST", "/people", body).answer;
    assert_eq!(
        (first.status, first.header("idempotency-replayed")),
        (201, None)
    );
    scene.with("idempotency-key", "k-1");
    let handled = scene.send("POST", "/people", body);
    assert_eq!(handled.accounts, Accounts::default());
    let again = handled.answer;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(scene.memory.records(), 1);

    let other = "a key stands for one request; take another one for another request";
    scene.with("idempotency-key", "k-1");
    assert_eq!(
        scene.wrong("POST", "/people", r#"{"name": "Bob"}"#),
        wrong(422, "other_body", other)
    );
    // The key is the caller's own, and is forgotten after a day.
    scene.principal = Some("somebody else".to_owned());
    scene.with("idempotency-key", "k-1");
    assert_eq!(scene.post(r#"{"name": "Bob"}"#).0, 201);
    scene.principal = None;
    scene.seconds += 24 * 3600;
    scene.with("idempotency-key", "k-1");
    assert_eq!(scene.post(r#"{"name": "Cem"}"#).0, 201);

    // A failure is not kept, and what was generated is the same when it is tried again.
    scene.memory.set_down(true);
    scene.with("idempotency-key", "k-2");
    assert_eq!(scene.post(body).0, 503);
    scene.memory.set_down(false);
    scene.with("idempotency-key", "k-2");
    assert_eq!(scene.post(body).0, 201);
    assert_eq!(scene.memory.records(), 4);
    // A body that is no JSON never was a request.
    scene.with("idempotency-key", "k-3");
    assert_eq!(scene.post("{").0, 400);
    scene.with("idempotency-key", "k-3");
    assert_eq!(scene.post(body).0, 201);

    let long = "x".repeat(256);
    for (key, detail) in [
        ("", "got 0 characters, allowed 1 to 255"),
        (long.as_str(), "got 256 characters, allowed 1 to 255"),
        ("a b", "use visible ASCII characters, without blanks"),
        ("ä", "use visible ASCII characters, without blanks"),
    ] {
        scene.with("idempotency-key", key);
        let expected = wrong(400, "bad_idempotency_key", detail);
        assert_eq!(scene.wrong("POST", "/people", body), expected);
    }
}

#[test]
fn a_request_that_is_under_way_is_waited_for_and_then_taken_over() {
    let mut scene = Scene::new("");
    let body = r#"{"name": "Ann"}"#;
    scene.memory.set_down(true);
    scene.memory.set_dying(true);
    scene.with("idempotency-key", "k");
    assert_eq!(scene.post(body).0, 503);
    scene.memory.set_down(false);
    scene.memory.set_dying(false);
    scene.with("idempotency-key", "k");
    let answer = scene.send("POST", "/people", body).answer;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (409, Some("2"))
    );
    assert_eq!(answer.body_json()["type"], "urn:sluice:problem:under_way");
    scene.seconds += 30;
    scene.with("idempotency-key", "k");
    assert_eq!(scene.post(body).0, 201);
}

#[test]
fn a_lake_alone_takes_records_and_shows_none() {
    let mut scene = Scene::new("lake = true");
    let body = "{\"name\": \"Ann\",\r\n \"notes\": {\"n\": 1.50}, \"id\": null, \"more\": 1}";
    let handled = scene.send("POST", "/people", body);
    let answer = handled.answer;
    assert_eq!((answer.status, answer.header("location")), (202, None));
    let uuid = answer.body_json()["record"]["id"].clone();
    // As it came, on one line, with the value that was made for it.
    let line = format!("{{\"name\":\"Ann\",\"notes\":{{\"n\": 1.50}},\"more\":1,\"id\":{uuid}}}");
    assert_eq!(*scene.memory.lines(), [line]);
    assert_eq!(handled.accounts.stored, 1);
    assert_eq!(scene.ask("GET", "/people/a", "").0, 404);
    assert_eq!(scene.ask("GET", "/people/batch", "").0, 405);
    let (status, body) = scene.batch(r#"[{"id": "a"}, {"id": "b", "age": 200}]"#);
    assert_eq!((status, &body["results"][0]["status"]), (202, &json!(202)));
    assert_eq!(scene.memory.lines().len(), 2);
    scene.memory.set_down(true);
    assert_eq!(scene.post("{\"id\": \"c\"}").0, 503);
}

#[test]
fn a_table_and_a_lake_both_get_the_record() {
    let mut scene = Scene::new("lake = true\ntable = true");
    assert_eq!(scene.post(r#"{"id": "a"}"#).0, 201);
    assert_eq!((scene.memory.records(), scene.memory.lines().len()), (1, 1));
}

#[test]
fn what_the_table_refuses_is_rejected() {
    let mut scene = Scene::new("");
    REFUSED.set(Some("a".to_owned()));
    let (status, body) = scene.post(r#"{"id": "a"}"#);
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (422, &json!("item_too_large"))
    );
    REFUSED.set(None);
}

#[test]
fn pages_of_the_origins_that_are_named_may_read_answers() {
    let mut scene = Scene::new("api = { cors = [\"https://www.example.com\"] }");
    scene.with("Origin", "https://www.example.com");
    let answer = scene.send("OPTIONS", "/people", "").answer;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://www.example.com")
    );
    assert!(answer.header("access-control-allow-headers").is_some());
    scene.with("Origin", "https://evil.example.com");
    let answer = scene.send("POST", "/people", "{\"id\": \"a\"}").answer;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("vary"), Some("origin"));
}
