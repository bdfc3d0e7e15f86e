//! The rejects of one object as NDJSON, one record a line.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use sluice_contract::{Sha256, stack::Format};

use super::{RejectLine, RejectLineFinding, reject_line::text_or_base64};
use crate::{
    check::Rejected,
    decode::{Form, HeaderText},
    plugin::Severity,
    spool::SpoolError,
};

/// Writes rejects to a file that is only made when there is one.
pub(crate) struct RejectsWriter {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    source: String,
    form: ObjectForm,
}

/// How an object is to be read, and what cleaned it.
pub(crate) struct ObjectForm {
    pub(crate) format: Format,
    pub(crate) header: HeaderText,
    pub(crate) text: Form,
    /// Of the component that cleaned it.
    pub(crate) plugin_sha256: Option<Sha256>,
}

impl RejectsWriter {
    pub(crate) fn new(scratch: &Path, source: &str, form: ObjectForm) -> Self {
        let source = source.to_owned();
        Self {
            path: scratch.join("rejects.ndjson"),
            file: None,
            source,
            form,
        }
    }

    pub(crate) fn append(&mut self, rejected: &Rejected) -> Result<(), SpoolError> {
        let header = self.form.header.get().and_then(Option::as_deref);
        let (header, header_base64) = header.map_or((None, None), text_or_base64);
        let line = RejectLine {
            format: Some(self.form.format.of_rejects()),
            encoding: self.form.text.encoding().map(Into::into),
            header,
            header_base64,
            raw_bytes: (rejected.raw_bytes > rejected.raw.len() as u64)
                .then_some(rejected.raw_bytes),
            findings: rejected
                .findings
                .iter()
                .map(|finding| RejectLineFinding {
                    column: finding.column.as_deref().map(Into::into),
                    severity: match finding.severity {
                        Severity::Info => "info".into(),
                        Severity::Warning => "warning".into(),
                        Severity::Error => "error".into(),
                    },
                    code: finding.code.as_str().into(),
                    message: finding.message.as_str().into(),
                })
                .collect(),
            plugin_sha256: self.form.plugin_sha256,
            ..RejectLine::new(&self.source, rejected.record + 1, &rejected.raw)
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
