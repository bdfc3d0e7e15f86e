//! What AWS said when it refused, in one line for people.

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};

/// Codes of refusals that another attempt may overcome. Each service has its own for a key of KMS that is asked too often.
const PASSING: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "KMS.ThrottlingException",
    "KMSThrottling",
    "KMSThrottlingException",
    "KmsThrottled",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
];

/// The service's code and message, or what went wrong on the way to it. The raw answer is left out.
pub(crate) fn reason<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => match status(error) {
            Some(status) => format!("HTTP status {status}"),
            None => DisplayErrorContext(error).to_string(),
        },
    }
}

/// The HTTP status of the answer, if there was one.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error
        .raw_response()
        .map(|response| response.status().as_u16())
}

/// Whether a refusal with this code may be overcome by another attempt.
pub(super) fn is_passing_code(code: &str) -> bool {
    PASSING.contains(&code)
}

/// Whether another attempt may succeed: no answer, throttling, or trouble inside the service.
pub(crate) fn is_passing<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(_) => {
            status(error).is_some_and(|status| status >= 500 || status == 429)
                || error.code().is_some_and(is_passing_code)
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}
