//! The trial: a version of a plugin is run on the samples as it would be on an object, and compared with the version in
//! use.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sluice_contract::stack::Pipeline;

use super::purity;
use super::refusal::{Place, Refusal};
use super::samples::Samples;
use crate::check::{Checker, SchemaMismatch};
use crate::generate::Identity;
use crate::plugin::{
    Origin, PluginError, PluginVersion, Transformed, Transformer, Words, is_failure,
};

/// A new version may reject one in so many sample records more than the version in use.
const TOLERATED_REJECTS: u64 = 20;
/// How long a trial may take, so that an upload which is slow on purpose is refused and does not run into the end of the
/// function again and again. One more set of samples may begin then, which has bounds of its own.
const MOST_TIME: Duration = Duration::from_secs(60);
/// How many places a refusal names.
const NAMED_PLACES: usize = 5;

/// What a version made of the samples.
#[derive(Default)]
pub(super) struct Trial {
    records: u64,
    rejected: Tally,
    failed: Tally,
    dropped: u64,
    /// Why the plugin would not take the columns of a sample set.
    refused: Option<PluginError>,
}

/// How many records something is wrong with, and the first of them.
#[derive(Default)]
struct Tally {
    count: u64,
    first: Vec<Place>,
}

/// What a version made of one sample set.
struct SetTrial {
    transformer: Transformer,
    transformed: Transformed,
    /// Records that made it fail.
    failed: BTreeSet<usize>,
}

/// Why a version cannot be tried.
enum TrialError {
    Plugin(PluginError),
    Schema(SchemaMismatch),
}

impl Trial {
    /// Tries a version that is not trusted yet, also for whether it answers alike when asked again. It ends with the set
    /// in which the plugin fails on more records than the version in use on all of them: it is refused anyway, and every
    /// failure may cost its deadline.
    pub(super) fn of_candidate(
        version: &PluginVersion,
        pipeline: Option<&Pipeline>,
        samples: &[Samples],
        origin: &Origin,
        before: Option<&Trial>,
    ) -> Result<Trial, Refusal> {
        let tolerated = before.map_or(0, |before| before.failed.count);
        let mut trial = Trial::default();
        let started = Instant::now();
        for (index, set) in samples.iter().enumerate().filter(|(_, set)| set.rows() > 0) {
            if started.elapsed() > MOST_TIME {
                return Err(Refusal::TooSlow {
                    records: trial.records,
                    limit: MOST_TIME,
                });
            }
            let number = index + 1;
            let refusal = |error| match error {
                TrialError::Schema(mismatch) => Refusal::Schema(mismatch),
                TrialError::Plugin(error) => Refusal::in_set(number, error),
            };
            let done = trial.try_set(number, set, version, pipeline, origin);
            if trial.failed.count > tolerated {
                break;
            }
            if let Some(SetTrial {
                transformer,
                transformed,
                failed,
            }) = done.map_err(refusal)?
            {
                purity::Question {
                    number,
                    set,
                    version,
                    origin,
                }
                .ask(transformer, transformed, &failed)?;
            }
        }
        Ok(trial)
    }

    /// Tries the version in use. Where it cannot be tried at all, nothing that comes after it can be worse.
    pub(super) fn of_current(
        version: &PluginVersion,
        pipeline: Option<&Pipeline>,
        samples: &[Samples],
        origin: &Origin,
    ) -> Trial {
        let mut trial = Trial::default();
        for (index, set) in samples.iter().enumerate().filter(|(_, set)| set.rows() > 0) {
            let rows = set.rows() as u64;
            if trial
                .try_set(index + 1, set, version, pipeline, origin)
                .is_err()
            {
                trial.rejected.count += rows;
                trial.failed.count += rows;
            }
        }
        trial
    }

    /// Sample records in all.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Those that did not pass.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected.count
    }

    /// Refuses a version that does worse than the one before.
    pub(super) fn compare(self: &Trial, before: Option<&Trial>) -> Result<(), Refusal> {
        let records = self.records;
        let failed_by_current = before.map(|before| before.failed.count);
        if self.failed.count > failed_by_current.unwrap_or(0) {
            return Err(Refusal::Fails {
                failed: self.failed.count,
                records,
                failed_by_current,
                first: self.failed.first.clone(),
            });
        }
        let rejected_by_current = before.map(|before| before.rejected.count);
        let tolerated = match rejected_by_current {
            Some(rejected) => (rejected + records / TOLERATED_REJECTS).min(records),
            None => records.saturating_sub(1),
        };
        if self.rejected.count <= tolerated {
            return Ok(());
        }
        if let Some(PluginError::Columns { code, message }) = &self.refused {
            return Err(Refusal::Plugin(PluginError::Columns {
                code: code.clone(),
                message: message.clone(),
            }));
        }
        Err(Refusal::Rejects {
            rejected: self.rejected.count,
            records,
            rejected_by_current,
            tolerated,
            first: self.rejected.first.clone(),
        })
    }

    /// What is no reason to refuse it, but worth a look.
    pub(super) fn warnings(&self, before: Option<&Trial>) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.records == 0 {
            warnings.push("there are no samples, so it was tried on no record".to_string());
        }
        let dropped_before = before.map_or(0, |before| before.dropped);
        if self.dropped > dropped_before {
            let in_use = before.map_or_else(String::new, |_| {
                format!(", and the version in use {dropped_before}")
            });
            warnings.push(format!(
                "it drops {} of {} sample records{in_use}",
                self.dropped, self.records
            ));
        }
        if self.failed.count > 0 {
            warnings.push(format!(
                "it fails on {} of {} sample records, as the version in use does",
                self.failed.count, self.records
            ));
        }
        if let Some(refused) = &self.refused {
            warnings.push(format!(
                "it does not take the columns of some samples: {refused}"
            ));
        }
        warnings
    }

    /// Tries a version on one set. `None` where it would not take these columns.
    fn try_set(
        &mut self,
        number: usize,
        set: &Samples,
        version: &PluginVersion,
        pipeline: Option<&Pipeline>,
        origin: &Origin,
    ) -> Result<Option<SetTrial>, TrialError> {
        self.records += set.rows() as u64;
        let mut transformer = match version.configure_fresh(&set.schema()) {
            Ok(transformer) => transformer,
            Err(error @ PluginError::Columns { .. }) => {
                if let PluginError::Columns { code, .. } = &error {
                    for record in 1..=set.rows() as u64 {
                        self.rejected.add(number, record, code);
                    }
                }
                self.refused.get_or_insert(error);
                return Ok(None);
            }
            Err(error) => return Err(TrialError::Plugin(error)),
        };
        let checker = pipeline
            .map(|pipeline| Checker::new(pipeline, transformer.outputs()))
            .transpose()
            .map_err(TrialError::Schema)?;
        let transformed = transformer
            .transform(set.rows(), set.values(), origin)
            .map_err(TrialError::Plugin)?;

        let mut failed = BTreeSet::new();
        for finding in &transformed.findings {
            if is_failure(&finding.code)
                && transformed.rejected.binary_search(&finding.row).is_ok()
                && failed.insert(finding.row as usize)
            {
                self.failed
                    .add(number, u64::from(finding.row) + 1, &finding.code);
            }
        }
        match checker {
            Some(checker) => {
                let checked = checker.check(
                    &mut set.batch(),
                    transformed.clone(),
                    &Identity::of(&[&origin.source]),
                );
                for rejected in &checked.rejected {
                    let code = rejected.findings.first().map_or("rejected", |finding| {
                        named(version, finding.words, &finding.code)
                    });
                    self.rejected.add(number, rejected.record + 1, code);
                }
                self.dropped += checked.dropped;
            }
            None => {
                for row in &transformed.rejected {
                    let mut findings = transformed.findings.iter();
                    let code = findings
                        .find(|finding| finding.row == *row)
                        .map_or("rejected", |finding| {
                            named(version, finding.words, &finding.code)
                        });
                    self.rejected.add(number, u64::from(*row) + 1, code);
                }
                self.dropped += dropped(set.rows(), &transformed);
            }
        }
        Ok(Some(SetTrial {
            transformer,
            transformed,
            failed,
        }))
    }
}

impl Tally {
    fn add(&mut self, set: usize, record: u64, code: &str) {
        self.count += 1;
        if self.first.len() < NAMED_PLACES {
            let code = code.to_string();
            self.first.push(Place { set, record, code });
        }
    }
}

/// The code of a finding, or what stands for one that the plugin has made up since it saw a record, which it may be a part of.
fn named<'a>(version: &PluginVersion, words: Words, code: &'a str) -> &'a str {
    match words {
        Words::Plugin => version.known_codes().named(code),
        Words::Own | Words::Quoting => code,
    }
}

/// Rows that are neither rejected nor in the output.
fn dropped(rows: usize, transformed: &Transformed) -> u64 {
    let Some(source_rows) = &transformed.source_rows else {
        return 0;
    };
    let kept: BTreeSet<u32> = source_rows.iter().copied().collect();
    (rows - kept.len() - transformed.rejected.len()) as u64
}
