//! Requests as API Gateway hands them to a function, and answers as it wants them: HTTP APIs, payload format 2.0.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
//!
//! What a request is about is told by its route and not by its path, which has the name of the stage before it where there
//! is one.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize};
use sluice_api::{Answer, Request, Target};
use sluice_contract::stack::Api;

/// A request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayEvent {
    /// The route that it took: `POST /people/batch`.
    route_key: String,
    #[serde(deserialize_with = "or_default")]
    path_parameters: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(deserialize_with = "or_default")]
    is_base64_encoded: bool,
    #[serde(deserialize_with = "or_default")]
    request_context: Context,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    request_id: String,
    /// In milliseconds since 1970-01-01T00:00:00Z.
    #[serde(deserialize_with = "or_default")]
    time_epoch: i64,
    #[serde(deserialize_with = "or_default")]
    http: Http,
    #[serde(deserialize_with = "or_default")]
    authorizer: Authorizer,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Http {
    method: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Authorizer {
    iam: Option<Iam>,
    jwt: Option<Jwt>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Iam {
    user_arn: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Jwt {
    #[serde(deserialize_with = "or_default")]
    claims: BTreeMap<String, serde_json::Value>,
}

/// What is not there may be left out, or be null.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAnswer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

/// The parameter of the route that asks for a record.
pub(crate) const KEY_PARAMETER: &str = "key";

impl GatewayEvent {
    /// The request as the handler wants it; or what to answer to something that is none.
    pub(super) fn request(self, api: &Api) -> Result<Request, GatewayAnswer> {
        let body = match (self.body, self.is_base64_encoded) {
            (None, _) => Vec::new(),
            (Some(text), false) => text.into_bytes(),
            (Some(text), true) => STANDARD
                .decode(text)
                .map_err(|_| GatewayAnswer::of(400, "the body is not what API Gateway says"))?,
        };
        let authorizer = self.request_context.authorizer;
        let subject = authorizer.jwt.and_then(|jwt| {
            let issuer = jwt
                .claims
                .get("iss")
                .and_then(|value| value.as_str())?
                .to_owned();
            let subject = jwt.claims.get("sub").and_then(|value| value.as_str())?;
            Some(format!("{issuer}#{subject}"))
        });
        Ok(Request {
            target: target(api, &self.route_key, &self.path_parameters),
            method: self.request_context.http.method,
            headers: self.headers.into_iter().collect(),
            body,
            principal: authorizer.iam.and_then(|iam| iam.user_arn).or(subject),
            id: self.request_context.request_id,
            received_at: self.request_context.time_epoch.saturating_mul(1000),
        })
    }
}

/// What a route means. A key in a path comes decoded.
fn target(api: &Api, route: &str, parameters: &BTreeMap<String, String>) -> Target {
    let path = route.split_once(' ').map_or("", |(_, path)| path);
    let Some(rest) = path.strip_prefix(&api.path) else {
        return Target::Unknown;
    };
    match (rest, parameters.get(KEY_PARAMETER)) {
        ("", _) => Target::Records,
        (_, Some(key)) => Target::Record(key.clone()),
        (rest, None) if rest.strip_prefix('/') == Some(Target::BATCH) => Target::Batch,
        _ => Target::Unknown,
    }
}

impl GatewayAnswer {
    fn of(status: u16, title: &str) -> Self {
        let body = serde_json::json!({ "status": status, "title": title });
        Self {
            status_code: status,
            headers: BTreeMap::from([(
                "content-type".to_owned(),
                "application/problem+json".to_owned(),
            )]),
            body: body.to_string(),
            is_base64_encoded: false,
        }
    }

    /// That nothing can be cleaned now.
    pub(super) fn unavailable() -> Self {
        let mut answer = Self::of(503, "records cannot be cleaned now; try again later");
        answer
            .headers
            .insert("retry-after".to_owned(), "5".to_owned());
        answer
    }
}

impl From<Answer> for GatewayAnswer {
    fn from(answer: Answer) -> Self {
        let (body, is_base64_encoded) = match String::from_utf8(answer.body) {
            Ok(text) => (text, false),
            Err(bytes) => (STANDARD.encode(bytes.as_bytes()), true),
        };
        Self {
            status_code: answer.status,
            headers: answer.headers.into_iter().collect(),
            body,
            is_base64_encoded,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};
    use sluice_contract::stack::{Auth, Throttle};

    use super::*;

    fn api() -> Api {
        Api {
            path: "/people".to_owned(),
            auth: Auth::Iam,
            max_records: 10,
            max_body_kb: 10,
            cors: Vec::new(),
            throttle: Throttle { rate: 1, burst: 1 },
            timeout_seconds: 5,
        }
    }

    fn request(event: Value) -> Result<Request, GatewayAnswer> {
        serde_json::from_value::<GatewayEvent>(event)
            .unwrap()
            .request(&api())
    }

    #[test]
    fn a_request() {
        let event = json!({
            "version": "2.0",
            "routeKey": "POST /people",
            "rawPath": "/prod/people",
            "headers": { "content-type": "application/json", "idempotency-key": "k" },
            "requestContext": {
                "requestId": "JKJaXmPLvHcESHA=",
                "timeEpoch": 1_780_000_000_000_i64,
                "http": { "method": "POST", "path": "/prod/people" },
                "authorizer": { "iam": { "userArn": "arn:aws:sts::123456789012:assumed-role/a/b" } },
            },
            "body": "eyJpZCI6IDF9",
            "isBase64Encoded": true,
        });
        let request = request(event).unwrap();
        assert_eq!(request.target, Target::Records);
        assert_eq!(request.body, b"{\"id\": 1}");
        assert_eq!(request.received_at, 1_780_000_000_000_000);
        assert_eq!(
            request.principal.as_deref(),
            Some("arn:aws:sts::123456789012:assumed-role/a/b")
        );
        assert_eq!(request.header("Content-Type"), Some("application/json"));
    }

    #[test]
    fn routes() {
        #[track_caller]
        fn check(route: &str, key: Option<&str>, expected: Target) {
            let parameters = key.map(|key| json!({ "key": key })).unwrap_or(json!({}));
            let event = json!({ "routeKey": route, "pathParameters": parameters });
            assert_eq!(request(event).unwrap().target, expected, "{route}");
        }
        check("POST /people", None, Target::Records);
        check("POST /people/batch", None, Target::Batch);
        check(
            "GET /people/{key}",
            Some("a/b"),
            Target::Record("a/b".to_owned()),
        );
        check(
            "GET /people/{key}",
            Some("batch"),
            Target::Record("batch".to_owned()),
        );
        check("$default", None, Target::Unknown);
        check("GET /others", None, Target::Unknown);
    }

    #[test]
    fn who_calls_by_a_token_is_known_by_issuer_and_subject() {
        let claims = json!({ "iss": "https://id.example.com", "sub": "ada", "exp": 1 });
        let event = json!({ "requestContext": { "authorizer": { "jwt": { "claims": claims } } } });
        let principal = request(event).unwrap().principal;
        assert_eq!(principal.as_deref(), Some("https://id.example.com#ada"));
    }

    #[test]
    fn what_is_no_request_is_answered() {
        let event = json!({ "routeKey": "POST /people", "body": "???", "isBase64Encoded": true });
        assert_eq!(request(event).unwrap_err().status_code, 400);
        assert_eq!(request(json!({})).unwrap().target, Target::Unknown);
        let nothing = json!({ "pathParameters": null, "headers": null, "body": null, "requestContext": null });
        assert_eq!(request(nothing).unwrap().target, Target::Unknown);
        let nobody = json!({ "requestContext": { "http": null, "authorizer": { "iam": null, "jwt": null } } });
        assert_eq!(request(nobody).unwrap().principal, None);
    }
}
