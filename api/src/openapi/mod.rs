//! The APIs of a stack as an OpenAPI document (3.1, with JSON Schema 2020-12): made of the same lists that the handler
//! answers from.

mod schema;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sluice_contract::{
    Stack,
    stack::{Api, Auth, Pipeline},
};

use crate::{
    idempotency::{MOST_KEY_CHARS, REPLAYED},
    media::{JSON, NDJSON},
    problem::{self, ProblemType},
    request::Target,
};

/// The document of all APIs of a stack, or of that of one pipeline.
pub fn document(stack: &Stack, only: Option<&str>) -> Value {
    let mut paths = Map::new();
    let mut schemas = schema::common();
    let mut security = Map::new();
    for pipeline in &stack.pipelines {
        let Some(api) = &pipeline.api else { continue };
        if only.is_some_and(|only| only != pipeline.name) {
            continue;
        }
        let operations = Operations {
            pipeline,
            api,
            security: security_of(pipeline, api, &mut security),
        };
        paths.insert(api.path.clone(), json!({ "post": operations.post_one() }));
        let batch = format!("{}/{}", api.path, Target::BATCH);
        paths.insert(batch, json!({ "post": operations.post_batch() }));
        if pipeline.table().is_some() {
            let one = format!("{}/{{key}}", api.path);
            paths.insert(one, json!({ "get": operations.get() }));
        }
        schemas.extend(schema::of_pipeline(pipeline));
    }
    let mut components = json!({ "schemas": schemas });
    if !security.is_empty() {
        components["securitySchemes"] = security.into();
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": format!("{} ({})", stack.project, stack.stage),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Records by HTTP. Problems are told as RFC 9457 has it.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": components,
    })
}

/// What callers must have, and the schemes that say so. Any of the alternatives will do.
fn security_of(pipeline: &Pipeline, api: &Api, schemes: &mut Map<String, Value>) -> Value {
    let name = format!("{}.{}", pipeline.name, api.auth.name());
    match &api.auth {
        Auth::None => json!([]),
        Auth::Iam => {
            let scheme = json!({
                "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
                "description": "Requests are signed (AWS Signature Version 4, service `execute-api`).",
            });
            schemes.insert(name.clone(), scheme);
            json!([{ name: [] }])
        }
        Auth::Jwt(jwt) => {
            let issuer = jwt.issuer.trim_end_matches('/');
            let scheme = json!({
                "type": "openIdConnect",
                "openIdConnectUrl": format!("{issuer}/.well-known/openid-configuration"),
                "description": format!("A token for {}.", jwt.audience.join(" or ")),
            });
            schemes.insert(name.clone(), scheme);
            let scopes = jwt.scopes.iter();
            scopes
                .map(|scope| json!({ name.as_str(): [scope] }))
                .collect()
        }
    }
}

struct Operations<'a> {
    pipeline: &'a Pipeline,
    api: &'a Api,
    security: Value,
}

impl Operations<'_> {
    fn post_one(&self) -> Value {
        let one = schema::reference(self.pipeline, "One");
        let location = json!({ "Location": header("Where the record is.") });
        let mut responses = Map::new();
        let mut taken = |status: u16, description: &str, headers: &Value| {
            let mut headers = headers.clone();
            headers[REPLAYED] = header("`true` where the answer is an earlier one.");
            responses.insert(status.to_string(), success(description, headers, &one));
        };
        match self.pipeline.table() {
            Some(_) => {
                taken(
                    200,
                    "The same version is stored already, or the plugin left the record out.",
                    &location,
                );
                taken(201, "The record is stored.", &location);
            }
            None => {
                taken(200, "The plugin left the record out.", &json!({}));
                taken(202, "The record is on its way into the lake.", &json!({}));
            }
        }
        self.problems(&mut responses, &[problem::TOO_MANY_RECORDS]);
        let record = schema::reference(self.pipeline, "RecordIn");
        self.operation(
            "put",
            "Sends one record.",
            json!({ JSON: { "schema": record } }),
            responses,
        )
    }

    fn post_batch(&self) -> Value {
        let batch = json!({ "$ref": "#/components/schemas/Batch" });
        let replayed = json!({ REPLAYED: header("`true` where the answer is an earlier one.") });
        let (status, description) = match self.pipeline.table() {
            Some(_) => (200, "What became of each record, in order."),
            None => (202, "What becomes of each record, in order."),
        };
        let mut responses = Map::new();
        responses.insert(status.to_string(), success(description, replayed, &batch));
        let never = [problem::NEWER_VERSION, problem::RECORD_TOO_LARGE];
        self.problems(&mut responses, &never);
        let record = schema::reference(self.pipeline, "RecordIn");
        let array = json!({ "type": "array", "items": record, "maxItems": self.api.max_records });
        let lines = json!({ "type": "string", "description": "Records as JSON, one a line." });
        let content = json!({ JSON: { "schema": array }, NDJSON: { "schema": lines } });
        let summary = format!("Sends up to {} records.", self.api.max_records);
        self.operation("putBatch", &summary, content, responses)
    }

    fn get(&self) -> Value {
        let record = schema::reference(self.pipeline, "Record");
        let mut responses = Map::new();
        responses.insert("200".to_owned(), success("The record.", json!({}), &record));
        let possible = [
            problem::NOT_FOUND,
            problem::NO_SUCH_RECORD,
            problem::FAILED,
            problem::UNAVAILABLE,
        ];
        let never: Vec<&ProblemType> = (problem::ALL.iter().copied())
            .filter(|of| !possible.contains(of) && **of != *problem::TOO_MANY_REQUESTS)
            .collect();
        self.problems(&mut responses, &never);
        let fields = self.pipeline.key.join("`, `");
        json!({
            "operationId": format!("{}.get", self.pipeline.name),
            "summary": "Reads a record back.",
            "tags": [self.pipeline.name],
            "security": self.security,
            "parameters": [{
                "name": "key", "in": "path", "required": true,
                "description": format!(
                    "The values of `{fields}`, joined with commas; a comma or a backslash inside has a backslash before it."
                ),
                "schema": { "type": "string", "minLength": 1 },
            }],
            "responses": responses,
        })
    }

    fn operation(
        &self,
        name: &str,
        summary: &str,
        content: Value,
        responses: Map<String, Value>,
    ) -> Value {
        json!({
            "operationId": format!("{}.{name}", self.pipeline.name),
            "summary": summary,
            "tags": [self.pipeline.name],
            "security": self.security,
            "parameters": [{
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Makes the request once, however often it is sent within a day.",
                "schema": {
                    "type": "string", "minLength": 1, "maxLength": MOST_KEY_CHARS, "pattern": "^[!-~]+$",
                },
            }],
            "requestBody": { "required": true, "content": content },
            "responses": responses,
        })
    }

    /// Adds every problem but those that this operation never has; and what API Gateway says by itself.
    fn problems(&self, responses: &mut Map<String, Value>, never: &[&ProblemType]) {
        let mut by_status: BTreeMap<u16, Vec<&ProblemType>> = BTreeMap::new();
        for of in problem::ALL.iter().copied() {
            if !never.contains(&of) {
                by_status.entry(of.status).or_default().push(of);
            }
        }
        for (status, of) in by_status {
            let lines = of
                .iter()
                .map(|of| format!("- `{}`: {}: {}.", of.code, of.title, of.when));
            let description = lines.collect::<Vec<_>>().join("\n");
            let mut content =
                json!({ problem::MEDIA: { "schema": { "$ref": "#/components/schemas/Problem" } } });
            if [404, 413, 429, 503].contains(&status) {
                content[JSON] = json!({ "schema": { "$ref": "#/components/schemas/Message" } });
            }
            let mut response = json!({ "description": description, "content": content });
            if [409, 429, 503].contains(&status) {
                let seconds = json!({ "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 } });
                response["headers"] = json!({ "Retry-After": seconds });
            }
            if status == 405 {
                response["headers"] = json!({ "Allow": header("What is possible.") });
            }
            responses.insert(status.to_string(), response);
        }
        if self.api.auth != Auth::None {
            for (status, description) in [
                (401, "Nobody is known who sent this."),
                (403, "Who sent this may not."),
            ] {
                let message =
                    json!({ JSON: { "schema": { "$ref": "#/components/schemas/Message" } } });
                responses.insert(
                    status.to_string(),
                    json!({ "description": description, "content": message }),
                );
            }
        }
    }
}

fn header(description: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" } })
}

fn success(description: &str, headers: Value, schema: &Value) -> Value {
    json!({ "description": description, "headers": headers, "content": { JSON: { "schema": schema } } })
}
