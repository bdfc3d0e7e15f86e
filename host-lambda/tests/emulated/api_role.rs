//! The role `api`, from an event to its answer; and a plugin that is replaced meanwhile: `publish` and `api` on the same AWS.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use sluice_host::roles::{
    Handler,
    api::{Api, ApiEnvironment, GatewayEvent},
};

use super::{
    component::{describing_itself, evil},
    press::Press,
};

/// A press, and a process of the role `api` that uses what it publishes.
struct Swap {
    press: Press,
    api: Api,
}

impl Swap {
    fn new(plugin: Value) -> Self {
        let press = Press::new(plugin);
        press.aws.create_table("items", "value", None);
        let mut settings = serde_json::to_value(&press.environment.settings).unwrap();
        let pipeline = &mut settings["pipeline"];
        pipeline["key"] = json!(["value"]);
        pipeline["table"] = json!({ "partition_key": "value" });
        pipeline.as_object_mut().unwrap().remove("lake");
        pipeline["api"] = json!({
            "path": "/orders", "auth": "none", "max_records": 100, "max_body_kb": 100,
            "throttle": { "rate": 1, "burst": 1 }, "timeout_seconds": 20,
        });
        let environment = ApiEnvironment {
            settings: serde_json::from_value(settings).unwrap(),
            artifacts_bucket: Some(press.environment.artifacts_bucket.clone()),
            table: Some("items".to_owned()),
            delivery_stream: None,
            control_table: press.environment.control_table.clone(),
            event_bus: "bus".to_owned(),
            alerts_topic: press.environment.alerts_topic.clone(),
        };
        let api = Api::new(environment, press.aws.session());
        Self { press, api }
    }

    /// The answer to an event, and its body.
    fn handle(&self, event: Value) -> (Value, Value) {
        let event: GatewayEvent = serde_json::from_value(event).unwrap();
        let Ok(answer) = self.api.handle(event, "request");
        let answer = serde_json::to_value(answer).unwrap();
        let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer, body)
    }

    /// POSTs a record, or several where it is an array; the status and the body of the answer.
    fn post(&self, body: &Value) -> (u64, Value) {
        let (answer, body) = self.send(body);
        (answer["statusCode"].as_u64().unwrap(), body)
    }

    fn send(&self, body: &Value) -> (Value, Value) {
        let path = match body.is_array() {
            true => "/orders/batch",
            false => "/orders",
        };
        self.handle(json!({
            "routeKey": format!("POST {path}"), "headers": { "content-type": "application/json" },
            "requestContext": { "requestId": "r", "timeEpoch": 1, "http": { "method": "POST" } },
            "body": body.to_string(),
        }))
    }

    /// GETs a record as a gateway asks for it that has taken the key from the path and decoded it.
    fn get(&self, path: &str) -> (Value, Value) {
        let raw = path.strip_prefix("/orders/").unwrap();
        self.handle(json!({
            "routeKey": "GET /orders/{key}", "rawPath": path, "pathParameters": { "key": decoded(raw) },
            "requestContext": { "requestId": "r", "timeEpoch": 1, "http": { "method": "GET" } },
        }))
    }

    /// What the plugin makes of a value that is sent alone.
    fn cleaned(&self, value: &str) -> Value {
        let (status, body) = self.post(&json!({ "value": value }));
        assert_eq!(status, 201, "{body}");
        body["record"]["capitals"].clone()
    }
}

/// A text without its percent-encoding, which is decoded once and no more.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_record_is_where_the_answer_says_whatever_its_key() {
    let swap = Swap::new(json!({}));
    swap.press.put(&evil('1'));
    for (key, location) in [
        ("plain", "/orders/plain"),
        ("a/b", "/orders/a%2Fb"),
        ("100%", "/orders/100%25"),
        ("100%25", "/orders/100%2525"),
        ("a,b", "/orders/a%5C,b"),
        ("50%/\u{e4} \\,", "/orders/50%25%2F%C3%A4%20%5C%5C%5C,"),
        ("?#&+", "/orders/%3F%23%26%2B"),
    ] {
        let (answer, stored) = swap.send(&json!({ "value": key }));
        assert_eq!(answer["statusCode"], 201, "{stored}");
        assert_eq!(answer["headers"]["location"], location);
        let (found, record) = swap.get(location);
        assert_eq!(found["statusCode"], 200, "{key}: {record}");
        assert_eq!(record, stored["record"]);
    }
    for location in ["/orders/a", "/orders/100", "/orders/a%252Fb"] {
        assert_eq!(swap.get(location).0["statusCode"], 404, "{location}");
    }
}

#[test]
fn the_next_request_has_the_next_version() {
    let swap = Swap::new(json!({}));
    let (status, body) = swap.post(&json!({ "value": "too soon" }));
    assert_eq!(status, 503, "there is no plugin yet: {body}");
    swap.press.put(&evil('1'));
    assert_eq!(swap.cleaned("One"), "ONE");
    swap.press.put(&describing_itself("small"));
    assert_eq!(swap.cleaned("Two"), "two");
    // One that is refused changes nothing.
    let refused = swap.press.upload(&describing_itself("panic"));
    swap.press.publish(&refused).unwrap();
    assert_eq!(swap.cleaned("Three"), "three");
    swap.press.put(&evil('1'));
    assert_eq!(swap.cleaned("Four"), "FOUR");
}

#[test]
fn a_request_is_cleaned_by_one_version() {
    let swap = Swap::new(json!({}));
    swap.press.put(&evil('1'));
    let is_over = AtomicBool::new(false);
    let post = |request: usize| {
        let record = |row| json!({ "value": format!("Request {request} row {row}") });
        let (status, body) = swap.post(&(0..20).map(record).collect());
        assert_eq!((status, &body["stored"]), (200, &json!(20)), "{body}");
    };
    post(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for request in 1.. {
                post(request);
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        swap.press.put(&describing_itself("small"));
        is_over.store(true, Ordering::SeqCst);
    });
    post(usize::MAX);
    let mut versions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for item in swap.press.aws.stored("items") {
        let text = |name: &str| item[name].as_s().unwrap().clone();
        let (value, capitals) = (text("value"), text("capitals"));
        let version = match capitals == value.to_uppercase() {
            true => "capitals",
            false => "small",
        };
        let (request, _) = value.rsplit_once(" row").unwrap();
        versions
            .entry(request.to_owned())
            .or_default()
            .insert(version);
    }
    let of = |request: usize| &versions[&format!("Request {request}")];
    assert_eq!(of(0), &BTreeSet::from(["capitals"]));
    assert_eq!(of(usize::MAX), &BTreeSet::from(["small"]));
    let mixed = versions.values().filter(|versions| versions.len() > 1);
    assert_eq!(mixed.count(), 0, "{versions:?}");
}
