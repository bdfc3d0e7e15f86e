//! `[project]`.

use super::name;
use crate::manifest::Project;
use crate::problem::{ProblemSink, Span};
use crate::reader::Given;

/// The stage of a manifest that names none.
const DEFAULT_STAGE: &str = "dev";

/// The stages whose data outlives the stack.
const PRODUCTION: [&str; 2] = ["prod", "production"];

/// Name, stage and whether data is protected.
pub(super) fn project(
    given: &Given<Project>,
    stage: Option<&str>,
    sink: &mut ProblemSink,
) -> (String, String, bool) {
    if let Some(stage) = stage {
        name::stage_option(stage, sink);
    }
    let Some(written) = given.written() else {
        if given.is_absent() {
            sink.report(
                Span { start: 0, end: 0 },
                "the manifest has no `[project]`",
                "add `[project]` with `name = \"…\"`",
            );
        }
        return (
            String::new(),
            stage.unwrap_or(DEFAULT_STAGE).to_owned(),
            false,
        );
    };
    let project = &written.value;
    match &project.name {
        Given::Value(written) => name::project(written, sink),
        Given::Absent => sink.report(
            written.key,
            "the project has no name",
            "add `name = \"…\"` under `[project]`",
        ),
        Given::Wrong => {}
    }
    if let Some(written) = project.stage.written() {
        name::stage(written, sink);
    }
    let stage = stage
        .or(project.stage.value().map(String::as_str))
        .unwrap_or(DEFAULT_STAGE)
        .to_owned();
    let protect_data = project
        .protect_data
        .value()
        .copied()
        .unwrap_or(PRODUCTION.contains(&stage.as_str()));
    (
        project.name.value().cloned().unwrap_or_default(),
        stage,
        protect_data,
    )
}
