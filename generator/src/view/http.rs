//! What the templates show of an API that records are sent to.

use serde::Serialize;
use sluice_contract::objects::Prefix;
use sluice_contract::outputs::logical_id as id;
use sluice_contract::stack::{Http, Pipeline};

#[derive(Debug, Serialize)]
pub(super) struct HttpView {
    /// The parameter that says where the API is.
    url_parameter: String,
    /// Where it is, if nobody says otherwise. An API on a laptop is none that a function could reach.
    url: Option<String>,
    most_url_bytes: usize,
    /// The parameter that says which API may be called, where requests are signed.
    api_parameter: Option<String>,
    /// What begins the keys of the answers.
    results_prefix: String,
}

impl HttpView {
    /// The end of the logical id of the parameter that says where the API is.
    pub(super) const URL: &str = "HttpUrl";

    /// The longest URL: it is a variable of a function.
    pub(super) const MOST_URL_BYTES: usize = 512;

    /// The logical id of the parameter that says which API may be called.
    pub(super) fn api_parameter(pipeline: &str) -> String {
        id(pipeline) + "HttpApi"
    }

    pub(super) fn new(pipeline: &Pipeline, http: &Http) -> Self {
        Self {
            url_parameter: id(&pipeline.name) + Self::URL,
            url: (!Http::is_local(&http.url)).then(|| http.url.clone()),
            most_url_bytes: Self::MOST_URL_BYTES,
            api_parameter: http
                .is_signed()
                .then(|| Self::api_parameter(&pipeline.name)),
            results_prefix: Prefix::Results.of(&pipeline.name),
        }
    }
}
