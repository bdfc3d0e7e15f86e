//! The rejects of one object as NDJSON: raw text, row number, reasons and the plugin's hash, one record a line.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;

use super::SpoolError;
use crate::{check::Rejected, plugin::Severity};

/// Writes rejects to a file that is only made when there is one.
pub(crate) struct RejectsWriter {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    source: String,
    plugin_sha256: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    /// Counted from 1.
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'a str>,
    /// Instead of `raw` where the text is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
    /// Where `raw` is only the beginning, the length of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<u64>,
    findings: Vec<LineFinding<'a>>,
    plugin_sha256: Option<&'a str>,
}

#[derive(Serialize)]
struct LineFinding<'a> {
    column: Option<&'a str>,
    severity: &'static str,
    code: &'a str,
    message: &'a str,
}

impl RejectsWriter {
    pub(crate) fn new(scratch: &Path, source: &str, plugin_sha256: Option<&str>) -> Self {
        let (source, plugin_sha256) = (source.to_owned(), plugin_sha256.map(str::to_owned));
        Self {
            path: scratch.join("rejects.ndjson"),
            file: None,
            source,
            plugin_sha256,
        }
    }

    pub(crate) fn append(&mut self, rejected: &Rejected) -> Result<(), SpoolError> {
        let text = std::str::from_utf8(&rejected.raw).ok();
        let line = Line {
            source: &self.source,
            row: rejected.record + 1,
            raw: text,
            raw_base64: text
                .is_none()
                .then(|| BASE64_STANDARD.encode(&rejected.raw)),
            raw_bytes: (rejected.raw_bytes > rejected.raw.len() as u64)
                .then_some(rejected.raw_bytes),
            findings: rejected
                .findings
                .iter()
                .map(|finding| LineFinding {
                    column: finding.column.as_deref(),
                    severity: match finding.severity {
                        Severity::Info => "info",
                        Severity::Warning => "warning",
                        Severity::Error => "error",
                    },
                    code: &finding.code,
                    message: &finding.message,
                })
                .collect(),
            plugin_sha256: self.plugin_sha256.as_deref(),
        };
        let write = |file: &mut Option<BufWriter<File>>| -> std::io::Result<()> {
            let file = match file {
                Some(file) => file,
                None => file.insert(BufWriter::new(File::create(&self.path)?)),
            };
            serde_json::to_writer(&mut *file, &line)?;
            file.write_all(b"\n")
        };
        write(&mut self.file).map_err(|error| SpoolError::io(&self.path, error))
    }

    /// The file, if any record was rejected.
    pub(crate) fn finish(self) -> Result<Option<PathBuf>, SpoolError> {
        let Some(mut file) = self.file else {
            return Ok(None);
        };
        file.flush()
            .map_err(|error| SpoolError::io(&self.path, error))?;
        Ok(Some(self.path))
    }
}
