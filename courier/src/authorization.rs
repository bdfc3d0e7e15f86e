//! How a request says who sends it: a signature of AWS, or a secret in a header.

use std::{fmt, sync::Arc, time::SystemTime};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};

use crate::Request;

pub use aws_credential_types::Credentials;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How requests are authorised.
#[derive(Clone)]
pub enum Authorization {
    /// They are not.
    None,
    /// With a header.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// With AWS Signature Version 4, made anew for every attempt: it holds for five minutes.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    SigV4 {
        /// The region of the server.
        region: String,
        /// Its service: `execute-api`, or `lambda` for a function's URL.
        service: &'static str,
        /// Asked for every attempt, because those of a role change. The error is for people.
        credentials: Arc<dyn Fn() -> Result<Credentials, String> + Send + Sync>,
    },
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Header { name, .. } => write!(f, "Header({name})"),
            Self::SigV4 {
                region, service, ..
            } => write!(f, "SigV4({region}, {service})"),
        }
    }
}

/// Why a request could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct NotSigned(pub String);

impl Authorization {
    /// The headers that authorise a request that is sent now. `headers` are those that it has already.
    pub(crate) fn headers(
        &self,
        request: &Request,
        headers: &[(&str, &str)],
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, NotSigned> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Header { name, value } => Ok(vec![(name.clone(), value.reveal().to_owned())]),
            Self::SigV4 {
                region,
                service,
                credentials,
            } => {
                let credentials = credentials().map_err(NotSigned)?;
                signature(request, headers, (region, service), credentials, now)
                    .map_err(|error| NotSigned(error.to_string()))
            }
        }
    }
}

/// The headers of a signature. Paths are encoded twice and the session's token is signed, as every service but S3 wants it.
fn signature(
    request: &Request,
    headers: &[(&str, &str)],
    (region, service): (&str, &str),
    credentials: Credentials,
    now: SystemTime,
) -> Result<Vec<(String, String)>, Box<dyn std::error::Error + Send + Sync>> {
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new("POST", &request.url, headers.iter().copied(), body)?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    let (signed, _) = instructions.into_parts();
    let signed = signed.iter();
    Ok(signed
        .map(|header| (header.name().to_owned(), header.value().to_owned()))
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    fn request() -> Request {
        Request {
            url: "https://abc.execute-api.eu-central-1.amazonaws.com/customers/batch".to_owned(),
            content_type: "application/json",
            idempotency_key: "k".to_owned(),
            body: b"[]".to_vec(),
        }
    }

    #[test]
    fn a_signature_has_its_scope_its_headers_and_the_token() {
        let authorization = Authorization::SigV4 {
            region: "eu-central-1".to_owned(),
            service: "execute-api",
            credentials: Arc::new(|| {
                Ok(Credentials::new(
                    "AKID",
                    "hidden",
                    Some("token".to_owned()),
                    None,
                    "test",
                ))
            }),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
        ];
        let made = authorization.headers(&request(), &headers, now).unwrap();
        let value = |name: &str| &made.iter().find(|(own, _)| own == name).unwrap().1;
        assert_eq!(value("x-amz-date"), "20260528T202640Z");
        assert_eq!(value("x-amz-security-token"), "token");
        let authorization = value("authorization");
        assert!(authorization.contains("/20260528/eu-central-1/execute-api/aws4_request"));
        assert!(
            authorization
                .contains("content-type;host;idempotency-key;x-amz-date;x-amz-security-token")
        );
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let authorization = Authorization::Header {
            name: "x-api-key".to_owned(),
            value: Secret::new("hidden".to_owned()),
        };
        assert_eq!(format!("{authorization:?}"), "Header(x-api-key)");
        assert_eq!(
            format!("{:?}", Secret::new("hidden".to_owned())),
            "Secret(…)"
        );
        let headers = authorization.headers(&request(), &[], SystemTime::UNIX_EPOCH);
        assert_eq!(
            headers.unwrap(),
            [("x-api-key".to_owned(), "hidden".to_owned())]
        );
    }

    #[test]
    fn who_has_no_credentials_is_told() {
        let authorization = Authorization::SigV4 {
            region: "eu-central-1".to_owned(),
            service: "execute-api",
            credentials: Arc::new(|| Err("there are none".to_owned())),
        };
        let error = authorization.headers(&request(), &[], SystemTime::UNIX_EPOCH);
        assert_eq!(
            error.unwrap_err().to_string(),
            "the request cannot be signed: there are none"
        );
    }
}
