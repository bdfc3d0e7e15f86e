//! SSM parameters, by the one call of SSM that is made.
//!
//! The SDK's crate for SSM has all of its calls, and takes longer to compile than the sandbox. So the parts that SDK is made
//! of are used here: `aws-sigv4` signs the call, and the SDK's runtime sends it.

use std::{collections::HashMap, time::SystemTime};

use aws_sdk_s3::config::{BehaviorVersion, Credentials};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;
use serde_json::json;

use super::{backoff::Backoff, refusal::is_passing_code, table::new_backoff};

/// Parameters that SSM hands out at once.
const AT_ONCE: usize = 10;

/// The call, as the header `X-Amz-Target` names it (AWS Systems Manager API Reference, *GetParameters*).
const TARGET: &str = "AmazonSSM.GetParameters";

/// Where SSM is, and who asks.
#[derive(Debug, Clone)]
pub(super) struct ParameterStore {
    pub(super) region: String,
    /// `https://ssm.eu-central-1.amazonaws.com`
    pub(super) endpoint: String,
    pub(super) credentials: Credentials,
}

/// Why a call gave no parameters.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
struct Refused {
    /// The HTTP status, or 200 where the answer cannot be read.
    status: u16,
    code: String,
    message: String,
}

impl ParameterStore {
    /// The values of parameters by their names. Names that SSM does not know are left out. The error is for people.
    pub(super) async fn get(&self, names: &[&str]) -> Result<HashMap<String, String>, String> {
        let call = self.clone();
        let operation = Operation::builder()
            .service_name("ssm")
            .operation_name("GetParameters")
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            // The request is signed where it is made, which is before every attempt.
            .no_auth()
            .no_retry()
            .serializer(move |names: Vec<String>| call.request(&names))
            .deserializer(|answer| values(answer).map_err(OrchestratorError::operation))
            .build();
        let mut found = HashMap::new();
        for some in names.chunks(AT_ONCE) {
            let some: Vec<String> = some.iter().map(|name| (*name).to_owned()).collect();
            let mut backoff: Backoff = new_backoff();
            let values = loop {
                match operation.invoke(some.clone()).await {
                    Ok(values) => break values,
                    Err(error) if is_passing(&error) && backoff.wait().await => {}
                    Err(error) => return Err(reason(&error)),
                }
            };
            found.extend(values);
        }
        Ok(found)
    }

    /// The signed request.
    fn request(&self, names: &[String]) -> Result<HttpRequest, BoxError> {
        let body = json!({ "Names": names, "WithDecryption": true }).to_string();
        let url = format!("{}/", self.endpoint.trim_end_matches('/'));
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", TARGET),
        ];
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("ssm")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new(
            "POST",
            &url,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let (signed, _) = signature.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri("/")?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value);
        }
        for header in signed {
            request
                .headers_mut()
                .insert(header.name(), header.value().to_owned());
        }
        Ok(request)
    }
}

/// Parameters, as SSM answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

/// What SSM says where it refuses.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(alias = "Message", default)]
    message: String,
}

fn values(answer: &HttpResponse) -> Result<HashMap<String, String>, Refused> {
    let status = answer.status().as_u16();
    let body = answer.body().bytes().unwrap_or_default();
    let unreadable = |message: String| Refused {
        status,
        code: format!("HTTP status {status}"),
        message,
    };
    if !answer.status().is_success() {
        let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
            return Err(unreadable("an answer that is not SSM's".to_owned()));
        };
        // `com.amazonaws.ssm#ThrottlingException` is the code behind a namespace.
        let code = refusal.kind.rsplit('#').next().unwrap_or_default();
        return Err(Refused {
            status,
            code: code.to_owned(),
            message: refusal.message,
        });
    }
    let answer: Answer =
        serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))?;
    Ok(answer
        .parameters
        .into_iter()
        .map(|parameter| (parameter.name, parameter.value))
        .collect())
}

fn is_passing(error: &SdkError<Refused, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(_) => error.as_service_error().is_some_and(|refused| {
            refused.status >= 500 || refused.status == 429 || is_passing_code(&refused.code)
        }),
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}

fn reason(error: &SdkError<Refused, HttpResponse>) -> String {
    match error.as_service_error() {
        Some(refused) => refused.to_string(),
        None => aws_smithy_types::error::display::DisplayErrorContext(error).to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    #[test]
    fn answers() {
        let body = r#"{"Parameters": [{"Name": "/a", "Value": "1", "Type": "String"}], "InvalidParameters": ["/b"]}"#;
        let found = values(&answer(200, body)).unwrap();
        assert_eq!(found, HashMap::from([("/a".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn refusals() {
        fn check(status: u16, body: &str, expected: &str) {
            assert_eq!(
                values(&answer(status, body)).unwrap_err().to_string(),
                expected
            );
        }
        check(
            400,
            r#"{"__type": "com.amazonaws.ssm#AccessDeniedException", "Message": "no"}"#,
            "AccessDeniedException: no",
        );
        check(
            400,
            r#"{"__type": "ThrottlingException", "message": "slow down"}"#,
            "ThrottlingException: slow down",
        );
        check(
            503,
            "<html>",
            "HTTP status 503: an answer that is not SSM's",
        );
    }

    #[test]
    fn requests_are_signed() {
        let store = ParameterStore {
            region: "eu-central-1".to_owned(),
            endpoint: "https://ssm.eu-central-1.amazonaws.com".to_owned(),
            credentials: Credentials::new(
                "AKID",
                "secret",
                Some("session".to_owned()),
                None,
                "test",
            ),
        };
        let request = store.request(&["/a".to_owned()]).unwrap();
        let header = |name| request.headers().get(name).unwrap();
        assert!(header("authorization").contains("/eu-central-1/ssm/aws4_request"));
        assert!(header("authorization").contains("x-amz-security-token"));
        assert_eq!(header("x-amz-security-token"), "session");
        assert_eq!(header("x-amz-target"), TARGET);
    }
}
