//! A delivery stream of Firehose, which puts records under the raw prefix in files of a sensible size.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;
use sluice_api::ports::{Forward, Origin, PortError};
use sluice_contract::access::Resource;

use super::{Session, backoff::Backoff, table::new_backoff};

pub(crate) const CALLS: &[(&str, Resource)] =
    &[("firehose:PutRecordBatch", Resource::DeliveryStream)];

/// Records of one call, and their bytes, at the most. The limits are 500 records and 4 MiB before Base64.
/// <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>
const MOST_RECORDS: usize = 500;
const MOST_BYTES: usize = 3 << 20;

/// What Firehose says of each record. The call itself succeeds where some failed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    request_responses: Vec<Response>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(default)]
    error_code: Option<String>,
}

/// The stream of one pipeline.
#[derive(Debug)]
pub struct DeliveryStream {
    session: Session,
    name: String,
}

impl DeliveryStream {
    /// The stream of that name.
    pub fn new(session: &Session, name: String) -> Self {
        Self {
            session: session.clone(),
            name,
        }
    }

    /// Hands over records, and again those that it did not take.
    async fn put(&self, lines: &[&[u8]]) -> Result<(), String> {
        let mut left: Vec<&[u8]> = lines.to_vec();
        let mut backoff: Backoff = new_backoff();
        loop {
            // Firehose joins records with nothing between them.
            let data =
                |line: &&[u8]| json!({ "Data": STANDARD.encode([line, &b"\n"[..]].concat()) });
            let records: Vec<_> = left.iter().map(data).collect();
            let arguments = json!({ "DeliveryStreamName": self.name, "Records": records });
            let Answer { request_responses } = self.session.put_record_batch(arguments).await?;
            if request_responses.len() != left.len() {
                return Err(format!(
                    "it answered for {} of {} records",
                    request_responses.len(),
                    left.len()
                ));
            }
            let mut code = None;
            let mut failed = Vec::new();
            for (line, response) in left.into_iter().zip(request_responses) {
                if let Some(error) = response.error_code {
                    failed.push(line);
                    code = Some(error);
                }
            }
            let Some(code) = code else { return Ok(()) };
            if !backoff.wait().await {
                return Err(format!("{code} of {} records", failed.len()));
            }
            left = failed;
        }
    }
}

impl Forward for DeliveryStream {
    fn forward(&self, lines: &[Vec<u8>], _: &Origin) -> Result<(), PortError> {
        let put = |lines: &[&[u8]]| {
            let put = self.session.wait_for(self.put(lines));
            put.map_err(|reason| PortError {
                target: format!("delivery stream `{}`", self.name),
                action: format!("take {} records", lines.len()),
                reason,
            })
        };
        let (mut call, mut bytes): (Vec<&[u8]>, usize) = (Vec::new(), 0);
        for line in lines {
            if !call.is_empty() && (call.len() == MOST_RECORDS || bytes + line.len() > MOST_BYTES) {
                put(&call)?;
                (call, bytes) = (Vec::new(), 0);
            }
            call.push(line);
            bytes += line.len() + 1;
        }
        if call.is_empty() { Ok(()) } else { put(&call) }
    }
}
