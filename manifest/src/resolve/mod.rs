//! From what was written to what it means: defaults, cross-references and checks. Only those of a plugin's own limits are
//! in [`crate::plugin_settings`], because golden cases have them too.
//!
//! Every function reports what is wrong and answers with something plausible all the same, so that the others go on and
//! all problems come to light in one go. The answers of a manifest with problems are thrown away by [`crate::load`].

mod alerts;
mod api;
mod constraints;
mod declared;
mod dialect;
mod fields;
mod generate;
mod host;
mod json;
mod key;
mod key_size;
mod name;
mod number;
mod pipeline;
mod project;
mod query;
mod secret;
mod sinks;
mod source;
mod tables;

pub use name::check_plugin_name;
pub(crate) use number::number;
pub use tables::{ReadTable, Table};

use crate::manifest::Manifest;
use crate::problem::{ProblemSink, Span};
use crate::reader::{Entry, Given};
use sluice_contract::stack::{Pipeline, Stack};

/// The meaning of a manifest, for the stage of the command line if there is one. `read` reads the tables that it names.
pub(crate) fn resolve(
    manifest: &Manifest,
    stage: Option<&str>,
    read: &ReadTable<'_>,
    sink: &mut ProblemSink,
) -> Stack {
    let (project, stage, protect_data) = project::project(&manifest.project, stage, sink);
    let host = host::host(&manifest.host, sink);
    let entries = match &manifest.pipelines {
        Given::Value(written) => written.value.0.as_slice(),
        Given::Absent | Given::Wrong => &[],
    };
    match &manifest.pipelines {
        Given::Value(written) if entries.is_empty() => no_pipeline(written.key, sink),
        Given::Absent => no_pipeline(Span { start: 0, end: 0 }, sink),
        Given::Value(_) | Given::Wrong => {}
    }
    refuse_equal_names(entries, sink);
    refuse_overlapping_prefixes(entries, sink);
    api::refuse_overlapping_paths(entries, sink);

    let mut pipelines = Vec::new();
    for entry in entries {
        name::pipeline(&entry.name, &project, &stage, sink);
        if let Some(written) = &entry.value {
            let mut pipeline = pipeline::pipeline(&entry.name, written, &host, sink);
            if let (Some(plugin), Some(written)) = (&mut pipeline.plugin, written.plugin.value()) {
                tables::add(&written.0.tables, &mut plugin.config, read, sink);
            }
            pipelines.push(pipeline);
        }
    }
    refuse_query_of_nothing(&manifest.query, entries, &pipelines, sink);
    Stack {
        project,
        stage,
        protect_data,
        alerts: alerts::alerts(&manifest.alerts, sink),
        host,
        query: query::query(&manifest.query, sink),
        pipelines,
    }
}

fn no_pipeline(span: Span, sink: &mut ProblemSink) {
    sink.report(
        span,
        "the manifest has no pipeline",
        "add `[pipeline.NAME]` with `source`, `fields` and a `table` or a `lake`",
    );
}

/// `[query]` is about lakes, and would be passed over where there is none.
fn refuse_query_of_nothing(
    query: &Given<crate::manifest::Query>,
    entries: &[Entry<crate::manifest::Pipeline>],
    pipelines: &[Pipeline],
    sink: &mut ProblemSink,
) {
    let Given::Value(written) = query else {
        return;
    };
    // A lake that is wrong is one all the same.
    let may_have_lake = |entry: &Entry<crate::manifest::Pipeline>| match &entry.value {
        Some(pipeline) => matches!(pipeline.lake, Given::Wrong),
        None => true,
    };
    let has_lake = pipelines.iter().any(|pipeline| pipeline.lake().is_some());
    if !has_lake && !entries.is_empty() && !entries.iter().any(may_have_lake) {
        sink.report(
            written.key,
            "`[query]` is about queries of a lake, and no pipeline has one",
            "add `lake = true` to a pipeline, or leave `[query]` out",
        );
    }
}

/// Names of CloudFormation's resources have no hyphens and tell no case.
fn refuse_equal_names<T>(entries: &[Entry<T>], sink: &mut ProblemSink) {
    let plain = |name: &str| name.replace('-', "").to_lowercase();
    for (number, entry) in entries.iter().enumerate() {
        let name = &entry.name.value;
        if let Some(other) = entries[..number]
            .iter()
            .find(|other| plain(&other.name.value) == plain(name))
        {
            sink.report(
                entry.name.span,
                format!(
                    "pipelines `{}` and `{name}` would give their resources the same names",
                    other.name.value
                ),
                "choose names that differ in more than hyphens",
            );
        }
    }
}

/// S3 refuses notifications whose prefixes overlap, and an object belongs to one pipeline.
fn refuse_overlapping_prefixes(
    entries: &[Entry<crate::manifest::Pipeline>],
    sink: &mut ProblemSink,
) {
    let prefixes: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            let source = entry.value.as_ref()?.source.value()?;
            Some((&entry.name.value, source.prefix.written()?))
        })
        .filter(|(_, prefix)| !prefix.value.is_empty())
        .collect();
    for (number, (name, prefix)) in prefixes.iter().enumerate() {
        for (other_name, other) in &prefixes[..number] {
            if prefix.value.starts_with(&other.value) || other.value.starts_with(&prefix.value) {
                sink.report(
                    prefix.span,
                    format!(
                        "prefix `{}` of pipeline `{name}` overlaps with `{}` of pipeline `{other_name}`",
                        prefix.value, other.value
                    ),
                    "choose prefixes of which none starts with another, so that an object belongs to one pipeline",
                );
            }
        }
    }
}
