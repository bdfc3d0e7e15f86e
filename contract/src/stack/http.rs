//! An API as the place where records go.

use serde::{Deserialize, Serialize};

/// An API that cleaned records are POSTed to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Http {
    /// Where: `https://…`, or `http://` on the same machine.
    pub url: String,
    /// Records in a request. One is sent as an object, and several as an array of objects.
    pub batch: u32,
    /// Requests that may be on their way at the same time.
    pub in_flight: u32,
    /// Requests begun in a second at the most, whether or not those before are answered; as many as there is room for where
    /// it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How long a connection may take, in milliseconds.
    pub connect_timeout_ms: u32,
    /// How long an attempt may take, in milliseconds.
    pub timeout_ms: u32,
    /// How long a request is tried again, in seconds. The time of an invocation may be shorter.
    pub retry_seconds: u32,
    /// How requests say who sends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<HttpAuth>,
}

/// How a request says who sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpAuth {
    /// AWS Signature Version 4, for an API behind IAM.
    SigV4,
    /// A header whose value is a secret.
    Header {
        /// Its name, in lower case.
        name: String,
        /// The name of an entry of Secrets Manager, whose text is the value.
        secret: String,
    },
}

impl Http {
    /// The least that is read of an object at a time. It must tell whether the object is one of its pipeline's at all.
    const LEAST_BATCH_BYTES: f64 = 1024.0;

    /// The most: what is read of an object that goes anywhere else.
    const MOST_BATCH_BYTES: f64 = 1_048_576.0;

    /// A short record. What is read at a time has no more records than of such ones, unless they are even shorter.
    const RECORD_BYTES: f64 = 32.0;

    /// How long it takes to send what is read at a time, where that is more than the least.
    const BATCH_SECONDS: f64 = 5.0;

    /// Raw bytes of an object that are read at a time, at the least, where requests have a `rate`: an invocation can stop
    /// between two such batches only, and must have sent the last one before its time is up.
    pub fn batch_bytes(&self) -> Option<usize> {
        let bytes = self.records_a_second()? * Self::BATCH_SECONDS * Self::RECORD_BYTES;
        Some(bytes.clamp(Self::LEAST_BATCH_BYTES, Self::MOST_BATCH_BYTES) as usize)
    }

    /// How many records what is read at a time may have, and how long it takes to send these, in seconds; nothing where
    /// there is no `rate`.
    pub fn at_a_time(&self) -> Option<(u32, f64)> {
        let records = self.batch_bytes()? as f64 / Self::RECORD_BYTES;
        Some((records as u32, records / self.records_a_second()?))
    }

    fn records_a_second(&self) -> Option<f64> {
        Some(self.rate? * f64::from(self.batch))
    }

    /// The service of AWS whose APIs take signed requests.
    pub const SIGNED_SERVICE: &str = "execute-api";

    /// Whether requests are signed.
    pub fn is_signed(&self) -> bool {
        self.auth == Some(HttpAuth::SigV4)
    }

    /// The entry of Secrets Manager that it needs, if any.
    pub fn secret(&self) -> Option<&str> {
        match &self.auth {
            Some(HttpAuth::Header { secret, .. }) => Some(secret),
            Some(HttpAuth::SigV4) | None => None,
        }
    }

    /// Whether a URL is of the machine that sends: for trying things out, and nothing that a function could reach.
    pub fn is_local(url: &str) -> bool {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        matches!(host, "127.0.0.1" | "localhost" | "::1")
    }

    /// The region of an API of AWS, as its URL says: `https://ID.execute-api.REGION.amazonaws.com`.
    pub fn region_of(url: &str) -> Option<&str> {
        let (_, rest) = url.split_once("://")?;
        let mut labels = rest.split(['/', ':', '?']).next()?.split('.');
        let (_, service, region) = (labels.next()?, labels.next()?, labels.next()?);
        (service == "execute-api").then_some(region)
    }

    /// The variable that holds the value of a secret where there is no Secrets Manager: upper case, and `_` for whatever is
    /// no letter and no digit.
    pub fn secret_variable(secret: &str) -> String {
        let upper = secret.chars().map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => c.to_ascii_uppercase(),
            _ => '_',
        });
        "SLUICE_SECRET_".chars().chain(upper).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_local() {
        for url in [
            "http://127.0.0.1:8080/customers",
            "http://localhost",
            "http://[::1]:80/a",
        ] {
            assert!(Http::is_local(url), "{url}");
        }
        for url in [
            "http://127.0.0.1.example.com/",
            "https://example.com/localhost",
            "http://localhost.example.com",
            "https://api.example.com",
        ] {
            assert!(!Http::is_local(url), "{url}");
        }
    }

    #[test]
    fn regions_are_in_urls() {
        let check = |url, expected| assert_eq!(Http::region_of(url), expected, "{url}");
        check(
            "https://abc.execute-api.eu-central-1.amazonaws.com/customers",
            Some("eu-central-1"),
        );
        check("https://abc.lambda-url.us-east-1.on.aws/", None);
        check("https://api.example.com/a.execute-api.b", None);
        check("http://localhost:8080", None);
    }

    #[test]
    fn what_is_read_at_a_time_can_be_sent() {
        let check = |rate, batch, expected: Option<(usize, u32, f64)>| {
            let http = Http {
                url: String::new(),
                batch,
                in_flight: 8,
                rate,
                connect_timeout_ms: 1,
                timeout_ms: 1,
                retry_seconds: 1,
                auth: None,
            };
            let (records, seconds) = http.at_a_time().unzip();
            let got = http.batch_bytes().zip(records).zip(seconds);
            let got = got.map(|((bytes, records), seconds)| (bytes, records, seconds));
            assert_eq!(got, expected, "{rate:?} of {batch}");
        };
        check(None, 1, None);
        check(Some(0.5), 1, Some((1024, 32, 64.0)));
        check(Some(1.0), 1, Some((1024, 32, 32.0)));
        check(Some(1.0), 100, Some((16_000, 500, 5.0)));
        check(Some(1024.0), 10, Some((1 << 20, 32_768, 3.2)));
        check(Some(100_000.0), 1000, Some((1 << 20, 32_768, 0.000_327_68)));
    }

    #[test]
    fn secrets_have_variables() {
        assert_eq!(
            Http::secret_variable("prod/crm-key"),
            "SLUICE_SECRET_PROD_CRM_KEY"
        );
    }
}
