//! Calls of services of which one call is made, in AWS's JSON protocol.
//!
//! The SDK's crate for a service has all of its calls, and takes longer to compile than the sandbox. So the parts that the
//! SDK is made of are used here: `aws-sigv4` signs the call, and the SDK's runtime sends it.

use std::time::SystemTime;

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
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{backoff::Backoff, refusal::is_passing_code, table::new_backoff};

/// Where a service is, and who asks.
#[derive(Debug, Clone)]
pub(super) struct JsonCall {
    /// As signatures name it, such as `ssm`.
    pub(super) service: &'static str,
    pub(super) region: String,
    /// `https://ssm.eu-central-1.amazonaws.com`
    pub(super) endpoint: String,
    pub(super) credentials: Credentials,
}

/// Why a call was not answered as it should be.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
struct Refused {
    /// The HTTP status, or 200 where the answer cannot be read.
    status: u16,
    code: String,
    message: String,
}

impl JsonCall {
    /// Makes a call, and makes it again while what is wrong may pass. `target` is the header `X-Amz-Target`, such as
    /// `AmazonSSM.GetParameters`. The error is for people.
    pub(super) async fn call<T>(&self, target: &'static str, arguments: Value) -> Result<T, String>
    where
        T: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let call = self.clone();
        let operation = Operation::builder()
            .service_name(self.service)
            .operation_name(target)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            // The request is signed where it is made, which is before every attempt.
            .no_auth()
            .no_retry()
            .serializer(move |arguments: Value| call.request(target, &arguments))
            .deserializer(|response| answer::<T>(response).map_err(OrchestratorError::operation))
            .build();
        let mut backoff: Backoff = new_backoff();
        loop {
            match operation.invoke(arguments.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) if is_passing(&error) && backoff.wait().await => {}
                Err(error) => return Err(reason(&error)),
            }
        }
    }

    /// The signed request.
    fn request(&self, target: &'static str, arguments: &Value) -> Result<HttpRequest, BoxError> {
        let body = arguments.to_string();
        let url = format!("{}/", self.endpoint.trim_end_matches('/'));
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ];
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
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

/// What a service says where it refuses.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(alias = "Message", default)]
    message: String,
}

fn answer<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, Refused> {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    let unreadable = |message: String| Refused {
        status,
        code: format!("HTTP status {status}"),
        message,
    };
    if !response.status().is_success() {
        let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
            return Err(unreadable("an answer that is not AWS's".to_owned()));
        };
        // `com.amazonaws.ssm#ThrottlingException` is the code behind a namespace.
        let code = refusal.kind.rsplit('#').next().unwrap_or_default();
        return Err(Refused {
            status,
            code: code.to_owned(),
            message: refusal.message,
        });
    }
    // What was answered may be secret, and the parser's own words may quote it.
    serde_json::from_slice(body).map_err(|error| {
        unreadable(format!(
            "an answer that cannot be read ({:?})",
            error.classify()
        ))
    })
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

    use serde_json::json;

    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    #[test]
    fn refusals() {
        fn check(status: u16, body: &str, expected: &str) {
            let refused = answer::<Vec<u8>>(&response(status, body)).unwrap_err();
            assert_eq!(refused.to_string(), expected);
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
            "HTTP status 503: an answer that is not AWS's",
        );
        check(
            200,
            r#""hidden""#,
            "HTTP status 200: an answer that cannot be read (Data)",
        );
    }

    #[test]
    fn requests_are_signed() {
        let call = JsonCall {
            service: "ssm",
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
        let request = call.request("AmazonSSM.GetParameters", &json!({})).unwrap();
        let header = |name| request.headers().get(name).unwrap();
        assert!(header("authorization").contains("/eu-central-1/ssm/aws4_request"));
        assert!(header("authorization").contains("x-amz-security-token"));
        assert_eq!(header("x-amz-security-token"), "session");
        assert_eq!(header("x-amz-target"), "AmazonSSM.GetParameters");
    }
}
