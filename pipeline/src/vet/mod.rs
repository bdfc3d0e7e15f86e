//! Vetting: whether a component may be used in a pipeline, found out before any record depends on it.
//!
//! The role `publish` and `gen plugin check` both ask here, so that a laptop and the cloud say the same in the same
//! words. Nothing here knows where components and samples are kept, or what happens after the verdict.

mod description;
mod purity;
mod refusal;
mod samples;
mod trial;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sluice_contract::stack::{Pipeline, Plugin};

use self::trial::Trial;
use crate::plugin::{Origin, PluginEngine, PluginVersion, TrustedCompiled};

pub use description::check_settings;
pub use refusal::{Again, Place, Refusal};
pub use samples::{Samples, SamplesError};

/// The largest component, in bytes. A Python plugin has 18 MB, and compiling takes several times its size in memory.
pub const MAX_COMPONENT_BYTES: usize = 64 << 20;

/// What a component is tried with.
pub struct Candidate<'a> {
    /// The component's bytes.
    pub component: &'a [u8],
    /// What the manifest says about it: configuration and limits.
    pub plugin: &'a Plugin,
    /// The pipeline whose fields its rows must fit; without one, only the plugin contract holds.
    pub pipeline: Option<&'a Pipeline>,
    /// Records to try it on, each set with the columns of one object. There need not be any.
    pub samples: &'a [Samples],
    /// The version that it would replace, which is tried on the same samples.
    pub current: Option<&'a PluginVersion>,
}

/// A component that may be used.
pub struct Vetted {
    /// The component, loaded.
    pub version: PluginVersion,
    /// What was compiled of it, for [`PluginEngine::load_compiled`].
    pub compiled: TrustedCompiled,
    /// How it did.
    pub trial: TrialReport,
}

/// What a component made of the samples.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialReport {
    /// Sample records in all.
    pub records: u64,
    /// Those that it, or the manifest's fields after it, rejected.
    pub rejected: u64,
    /// Those that were rejected with the version that it would replace.
    pub rejected_by_current: Option<u64>,
    /// What is no reason to refuse it, but worth a look: a sentence each.
    pub warnings: Vec<String>,
    /// How long it took to compile it and to hear its description.
    pub compile_seconds: f64,
}

/// Finds out whether a component may be used: its file, its world, its description, the columns it makes, and what it
/// does to the samples. Stops at the first reason to refuse it.
pub fn vet(engine: &PluginEngine, candidate: &Candidate<'_>) -> Result<Vetted, Refusal> {
    let &Candidate {
        component,
        plugin,
        pipeline,
        samples,
        current,
    } = candidate;
    if component.len() > MAX_COMPONENT_BYTES {
        return Err(Refusal::TooLarge {
            bytes: component.len(),
            limit: MAX_COMPONENT_BYTES,
        });
    }
    let started = Instant::now();
    let (version, compiled) = engine.load_and_compile(component, plugin)?;
    let compile_seconds = started.elapsed().as_secs_f64();

    let mut warnings = description::check(&version, pipeline, !samples.is_empty())?;
    let origin = origin(pipeline);
    let before = current.map(|current| Trial::of_current(current, pipeline, samples, &origin));
    let trial = Trial::of_candidate(&version, pipeline, samples, &origin, before.as_ref())?;
    trial.compare(before.as_ref())?;
    warnings.extend(trial.warnings(before.as_ref()));
    Ok(Vetted {
        version,
        compiled,
        trial: TrialReport {
            records: trial.records(),
            rejected: trial.rejected(),
            rejected_by_current: before.as_ref().map(Trial::rejected),
            warnings,
            compile_seconds,
        },
    })
}

/// Where samples come from, as far as a plugin is told.
fn origin(pipeline: Option<&Pipeline>) -> Origin {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Origin {
        pipeline: pipeline.map_or_else(|| "samples".into(), |pipeline| pipeline.name.clone()),
        source: "samples".into(),
        first_row: 0,
        received_at: i64::try_from(now.as_micros()).unwrap_or(i64::MAX),
    }
}
