//! What stands between decoding and routing: the plugin, and the checks of the manifest's fields.

use std::time::{Duration, Instant};

use super::{Job, ProcessError};
use crate::{
    check::{Checked, Checker, untouched},
    columns::ColumnField,
    decode::TextBatch,
    plugin::{Finding, Origin, PluginError, Severity, Transformed, Transformer},
};

/// What one thread cleans with.
pub(super) struct Cleaner {
    stage: Stage,
    checker: Checker,
}

/// What stands between decoding and the checks.
enum Stage {
    Nothing,
    Plugin(Transformer),
    /// The plugin cannot work with the columns of this object.
    Refusal {
        code: String,
        message: String,
    },
}

impl Cleaner {
    /// Puts a batch through the plugin and the checks; says how long the plugin took. The cleaner is made with the first
    /// batch that has rows, for the object's `columns`.
    pub(super) fn clean(
        job: &Job<'_>,
        batch: &mut TextBatch,
        columns: Option<Vec<String>>,
        cleaner: &mut Option<Cleaner>,
    ) -> Result<(Checked, Duration), ProcessError> {
        if batch.rows == 0 {
            let checker = Checker::new(job.pipeline, &[])?;
            return Ok((
                checker.check(batch, untouched(&TextBatch::default())),
                Duration::ZERO,
            ));
        }
        let cleaner = match cleaner {
            Some(cleaner) => cleaner,
            None => cleaner.insert(Cleaner::new(job, &columns.unwrap_or_default())?),
        };
        let transformer = match &mut cleaner.stage {
            Stage::Plugin(transformer) => transformer,
            Stage::Nothing => {
                let transformed = untouched(batch);
                return Ok((cleaner.checker.check(batch, transformed), Duration::ZERO));
            }
            Stage::Refusal { code, message } => {
                let transformed = all_rejected(batch.rows, code, message);
                return Ok((cleaner.checker.check(batch, transformed), Duration::ZERO));
            }
        };
        let origin = Origin {
            pipeline: job.pipeline.name.clone(),
            source: job.object.uri.clone(),
            first_row: batch.record_number(0),
            received_at: job.object.received_at,
        };
        let started = Instant::now();
        let transformed = transformer.transform(batch.rows, &batch.columns, &origin)?;
        let in_plugin = started.elapsed();
        Ok((cleaner.checker.check(batch, transformed), in_plugin))
    }

    fn new(job: &Job<'_>, columns: &[String]) -> Result<Self, ProcessError> {
        let text = |name: &String| ColumnField {
            name: name.clone(),
            logical: "text".to_owned(),
            nullable: true,
        };
        let schema: Vec<ColumnField> = columns.iter().map(text).collect();
        let stage = match job.plugin.map(|plugin| plugin.configure(&schema)) {
            None => Stage::Nothing,
            Some(Ok(transformer)) => Stage::Plugin(transformer),
            Some(Err(PluginError::Configure { code, message })) => Stage::Refusal { code, message },
            Some(Err(error)) => return Err(error.into()),
        };
        let outputs = match &stage {
            Stage::Nothing => schema.as_slice(),
            Stage::Plugin(transformer) => transformer.outputs(),
            Stage::Refusal { .. } => &[],
        };
        let checker = Checker::new(job.pipeline, outputs)?;
        Ok(Self { stage, checker })
    }
}

fn all_rejected(rows: usize, code: &str, message: &str) -> Transformed {
    let finding = |row| Finding {
        row,
        column: None,
        severity: Severity::Error,
        code: code.to_owned(),
        message: message.to_owned(),
    };
    Transformed {
        rows,
        columns: Vec::new(),
        source_rows: None,
        rejected: (0..rows as u32).collect(),
        findings: (0..rows as u32).map(finding).collect(),
    }
}
