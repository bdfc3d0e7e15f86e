//! What the templates show of a pipeline's HTTP API.

use serde::Serialize;
use sluice_contract::outputs::logical_id as id;
use sluice_contract::roles::Role;
use sluice_contract::stack::{Api, Auth, Jwt, Pipeline};

/// What is logged of a request: who, what and how it ended. Nothing of its body, its key or its headers.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>
const ACCESS_LOG: &[(&str, &str)] = &[
    ("requestId", "$context.requestId"),
    ("time", "$context.requestTimeEpoch"),
    ("ip", "$context.identity.sourceIp"),
    ("caller", "$context.identity.userArn"),
    ("subject", "$context.authorizer.claims.sub"),
    ("route", "$context.routeKey"),
    ("status", "$context.status"),
    ("bytes", "$context.responseLength"),
    ("ms", "$context.responseLatency"),
    ("integrationMs", "$context.integrationLatency"),
    ("error", "$context.error.message"),
    ("integrationError", "$context.integrationErrorMessage"),
];

#[derive(Debug, Serialize)]
pub(super) struct ApiView {
    path: String,
    /// The logical id of the API.
    gateway: String,
    cors: Vec<String>,
    rate: u32,
    burst: u32,
    /// How long API Gateway waits for the function, which answers before.
    timeout_ms: u32,
    access_log: String,
    jwt: Option<Jwt>,
    routes: Vec<Route>,
}

/// A route, and what the template needs to say of it.
#[derive(Debug, Serialize)]
struct Route {
    id: String,
    gateway: String,
    authorizer: String,
    /// `POST /people`
    key: String,
    /// In the notation of `Fn::Sub`.
    target: String,
    authorization_type: &'static str,
    jwt: Option<Jwt>,
}

impl ApiView {
    pub(super) fn new(pipeline: &Pipeline, api: &Api) -> Self {
        let unit = id(&pipeline.name) + Role::Api.workload().id;
        let (authorization_type, jwt) = match &api.auth {
            Auth::Iam => ("AWS_IAM", None),
            Auth::Jwt(jwt) => ("JWT", Some(jwt.clone())),
            Auth::None => ("NONE", None),
        };
        let path = &api.path;
        let mut routes = vec![
            ("PostRoute", format!("POST {path}")),
            ("BatchRoute", format!("POST {path}/batch")),
        ];
        if pipeline.table().is_some() {
            routes.push(("GetRoute", format!("GET {path}/{{key+}}")));
            routes.push(("HeadRoute", format!("HEAD {path}/{{key+}}")));
        }
        let route = |(ending, key): (&str, String)| Route {
            id: format!("{unit}{ending}"),
            gateway: format!("{unit}Gateway"),
            authorizer: format!("{unit}Authorizer"),
            key,
            target: format!("integrations/${{{unit}Integration}}"),
            authorization_type,
            jwt: jwt.clone(),
        };
        let access_log: serde_json::Map<_, _> = ACCESS_LOG
            .iter()
            .map(|(name, variable)| ((*name).to_owned(), (*variable).into()))
            .collect();
        Self {
            path: api.path.clone(),
            gateway: format!("{unit}Gateway"),
            cors: api.cors.clone(),
            rate: api.throttle.rate,
            burst: api.throttle.burst,
            timeout_ms: (api.timeout_seconds + 1) * 1000,
            access_log: serde_json::Value::from(access_log).to_string(),
            routes: routes.into_iter().map(route).collect(),
            jwt,
        }
    }
}
