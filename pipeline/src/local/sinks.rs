//! The sinks' local twins.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use sluice_contract::stack::{Http, HttpAuth, Pipeline, Table};
use sluice_courier::{Authorization, Credentials, Secret};

use crate::{
    ports::{SinkError, SourceObject},
    sink::{
        Sink, SinkAdapters,
        http::{Destination, authorities},
        table::LocalTable,
    },
};

/// Nobody waits for a laptop.
const A_LONG_TIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// Opens the sinks of a pipeline for the rows of one object.
pub struct LocalSinks<'a> {
    database: PathBuf,
    pipeline: &'a Pipeline,
    object: &'a SourceObject,
}

impl<'a> LocalSinks<'a> {
    /// Tables are in this SQLite database.
    pub fn new(database: PathBuf, pipeline: &'a Pipeline, object: &'a SourceObject) -> Self {
        Self {
            database,
            pipeline,
            object,
        }
    }
}

impl SinkAdapters for LocalSinks<'_> {
    fn table(&mut self, _: &Table) -> Result<Box<dyn Sink>, SinkError> {
        let table = LocalTable::open(&self.database, self.pipeline, self.object)?;
        Ok(Box::new(table))
    }

    fn http(&mut self, http: &Http) -> Result<Destination, SinkError> {
        let missing = |reason| SinkError {
            target: "the API".to_owned(),
            action: "be asked".to_owned(),
            reason,
        };
        Ok(Destination {
            url: http.url.clone(),
            authorization: authorization(http, |name| std::env::var(name).ok()).map_err(missing)?,
            authorities: authorities().map_err(missing)?,
            deadline: Instant::now() + A_LONG_TIME,
        })
    }
}

/// Who sends, by the variables of the environment: those that every tool of AWS knows, and one for each secret.
fn authorization(
    http: &Http,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Authorization, String> {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    match &http.auth {
        None => Ok(Authorization::None),
        Some(HttpAuth::Header { name, secret }) => {
            let variable = Http::secret_variable(secret);
            let value = given(&variable).ok_or_else(|| {
                format!("the value of secret `{secret}` is not known here: set the variable `{variable}`")
            })?;
            Ok(Authorization::Header {
                name: name.clone(),
                value: Secret::new(value),
            })
        }
        Some(HttpAuth::SigV4) => {
            let (Some(id), Some(key)) =
                (given("AWS_ACCESS_KEY_ID"), given("AWS_SECRET_ACCESS_KEY"))
            else {
                // What answers here is `gen serve`, or something like it, which asks nobody who they are.
                if Http::is_local(&http.url) {
                    return Ok(Authorization::None);
                }
                return Err(
                    "requests are signed, and `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are not set: \
                     `eval \"$(aws configure export-credentials --format env)\"` sets them"
                        .to_owned(),
                );
            };
            let region = Http::region_of(&http.url).map(str::to_owned);
            let region = region
                .or_else(|| given("AWS_REGION"))
                .or_else(|| given("AWS_DEFAULT_REGION"))
                .ok_or("requests are signed for a region, and `AWS_REGION` is not set")?;
            let credentials =
                Credentials::new(id, key, given("AWS_SESSION_TOKEN"), None, "environment");
            Ok(Authorization::SigV4 {
                region,
                service: Http::SIGNED_SERVICE,
                credentials: Arc::new(move || Ok(credentials.clone())),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_is_in_the_environment() {
        fn check(auth: Option<HttpAuth>, variables: &[(&str, &str)], expected: &str) {
            let http = Http {
                url: "https://abc.example.com/".to_owned(),
                batch: 1,
                in_flight: 1,
                rate: None,
                connect_timeout_ms: 1,
                timeout_ms: 1,
                retry_seconds: 1,
                auth,
            };
            let lookup = |name: &str| {
                let found = variables.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let got = authorization(&http, lookup);
            assert_eq!(
                got.map_or_else(|error| error, |got| format!("{got:?}")),
                expected
            );
        }
        let header = || {
            Some(HttpAuth::Header {
                name: "x-api-key".to_owned(),
                secret: "crm".to_owned(),
            })
        };
        check(None, &[], "None");
        check(
            header(),
            &[("SLUICE_SECRET_CRM", "hidden")],
            "Header(x-api-key)",
        );
        check(
            header(),
            &[("SLUICE_SECRET_CRM", "")],
            "the value of secret `crm` is not known here: set the variable `SLUICE_SECRET_CRM`",
        );
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let region = [keys[0], keys[1], ("AWS_REGION", "eu-west-1")];
        check(
            Some(HttpAuth::SigV4),
            &region,
            "SigV4(eu-west-1, execute-api)",
        );
        check(
            Some(HttpAuth::SigV4),
            &keys,
            "requests are signed for a region, and `AWS_REGION` is not set",
        );
        check(
            Some(HttpAuth::SigV4),
            &[],
            "requests are signed, and `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are not set: \
             `eval \"$(aws configure export-credentials --format env)\"` sets them",
        );
    }
}
