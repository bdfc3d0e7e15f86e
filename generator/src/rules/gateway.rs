//! What API Gateway does to an HTTP API, to its function and to its callers.

use serde_json::{Value, json};

use super::template::{attribute_of, first_of_type};
use super::{Finding, Look, Rule, Severity, Template};

/// How long API Gateway waits at the most, in milliseconds.
const MOST_WAIT_MS: u64 = 30_000;

pub(super) const ANSWERS_IN_TIME: Rule = Rule {
    name: "api-answers-in-time",
    source: "API Gateway Developer Guide, Quotas for configuring and running an HTTP API: integration timeout",
    otherwise: "the caller is told of a failure while the function goes on, and its records are stored",
    severity: Severity::Error,
    look: Look::Template {
        find: answers_in_time,
        breaks: |template| {
            first_of_type(template, "AWS::ApiGatewayV2::Integration")["TimeoutInMillis"] =
                json!(1000);
        },
    },
};

pub(super) const TOKENS_HAVE_SCOPES: Rule = Rule {
    name: "api-tokens-have-scopes",
    source: "API Gateway Developer Guide, Control access to HTTP APIs with JWT authorizers: authorization scopes",
    otherwise: "a token that only says who somebody is (an ID token) opens the API",
    severity: Severity::Error,
    look: Look::Template {
        find: tokens_have_scopes,
        breaks: |template| {
            let route = first_of_type(template, "AWS::ApiGatewayV2::Route");
            route["AuthorizationType"] = json!("JWT");
            route["AuthorizationScopes"] = json!([]);
        },
    },
};

pub(super) const CALLER_IS_ONE_API: Rule = Rule {
    name: "api-permission-names-it",
    source: "API Gateway Developer Guide, Create AWS Lambda proxy integrations for HTTP APIs: permissions",
    otherwise: "any API of anybody may call the function",
    severity: Severity::Error,
    look: Look::Template {
        find: caller_is_one_api,
        breaks: |template| {
            let resources = template["Resources"].as_object_mut();
            for resource in resources.into_iter().flat_map(|all| all.values_mut()) {
                let properties = &mut resource["Properties"];
                if properties["Principal"] == "apigateway.amazonaws.com" {
                    properties["SourceArn"] = Value::Null;
                }
            }
        },
    },
};

pub(super) const NO_BODY_IN_THE_LOG: Rule = Rule {
    name: "api-log-without-content",
    source: "API Gateway Developer Guide, Customize HTTP API access logs: variables",
    otherwise: "what is sent, or who may send it, is in a log",
    severity: Severity::Error,
    look: Look::Template {
        find: no_body_in_the_log,
        breaks: |template| {
            first_of_type(template, "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"] =
                json!("$context.path $context.authorizer.claims.email");
        },
    },
};

fn answers_in_time(template: &Template) -> Vec<Finding> {
    let integrations = template.of_type("AWS::ApiGatewayV2::Integration");
    let late = integrations.filter_map(|(id, integration)| {
        let function = attribute_of(&integration["IntegrationUri"])?;
        let seconds = template.properties(function)["Timeout"].as_u64()?;
        let waits = integration["TimeoutInMillis"]
            .as_u64()
            .unwrap_or(MOST_WAIT_MS);
        (seconds * 1000 > waits || waits > MOST_WAIT_MS).then(|| Finding {
            place: id.to_owned(),
            fact: format!(
                "it waits {waits} ms for a function that may take {seconds} s, and 30 s at the most"
            ),
            remedy: "let the function end before".to_owned(),
        })
    });
    late.collect()
}

fn tokens_have_scopes(template: &Template) -> Vec<Finding> {
    let routes = template.of_type("AWS::ApiGatewayV2::Route");
    let open = routes.filter(|(_, route)| {
        let scopes = route["AuthorizationScopes"].as_array();
        route["AuthorizationType"] == "JWT" && scopes.is_none_or(Vec::is_empty)
    });
    let found = open.map(|(id, _)| Finding {
        place: id.to_owned(),
        fact: "it asks for a token, and for nothing that the token allows".to_owned(),
        remedy: "name at least one of `AuthorizationScopes`".to_owned(),
    });
    found.collect()
}

fn caller_is_one_api(template: &Template) -> Vec<Finding> {
    let permissions = template.of_type("AWS::Lambda::Permission");
    let open = permissions.filter(|(_, permission)| {
        permission["Principal"] == "apigateway.amazonaws.com" && permission["SourceArn"].is_null()
    });
    let found = open.map(|(id, _)| Finding {
        place: id.to_owned(),
        fact: "it lets every API in".to_owned(),
        remedy: "name the API by `SourceArn`".to_owned(),
    });
    found.collect()
}

/// A path holds keys of records, and claims other than the subject are about a person.
fn no_body_in_the_log(template: &Template) -> Vec<Finding> {
    let stages = template.of_type("AWS::ApiGatewayV2::Stage");
    let found = stages.filter_map(|(id, stage)| {
        let format = stage["AccessLogSettings"]["Format"].as_str()?;
        let is_content = |variable: &&str| {
            let claim = variable.starts_with("$context.authorizer.claims.")
                && !variable.starts_with("$context.authorizer.claims.sub");
            claim || variable.starts_with("$context.path") || variable.starts_with("$request")
        };
        let starts = format.match_indices('$').map(|(at, _)| &format[at..]);
        let mut contents = starts.into_iter().filter(is_content);
        let variable = contents.next()?;
        let end = variable.find([' ', '"', ',']).unwrap_or(variable.len());
        Some(Finding {
            place: id.to_owned(),
            fact: format!("its log holds `{}`", &variable[..end]),
            remedy: "log the route, the status and the times".to_owned(),
        })
    });
    found.collect()
}
