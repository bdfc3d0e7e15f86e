//! What the templates show of one function: its size, its variables and what it may do.

use serde::Serialize;
use sluice_contract::stack::{Pipeline, Stack};

use super::function_settings::FunctionSettings;
use super::grants::{Grant, grants};
use super::pipeline::id;
use super::role::Role;

/// Memory of `publish`, in MB: the most that every account may have, and 1.7 processors. A Python component of 18 MB
/// takes some hundred MB and, on two processors, 14 s to compile.
const PUBLISH_MEMORY_MB: u32 = 3008;

/// Timeout of `publish`, in seconds: some twenty times what the largest component takes, so that a slow one is told from
/// one that hangs.
const PUBLISH_TIMEOUT_SECONDS: u32 = 300;

/// One function of a pipeline.
#[derive(Debug, Serialize)]
pub(super) struct FunctionView {
    role: Role,
    pipeline: String,
    /// The start of its logical ids.
    id: String,
    /// The name of its log group, below the stack's own.
    log_group: String,
    memory_mb: u32,
    timeout_seconds: u32,
    /// The size of its scratch disk, where it is not Lambda's 512 MB.
    scratch_mb: Option<u32>,
    settings: FunctionSettings,
    /// What `ingest` alone writes to.
    outputs: Option<Outputs>,
    grants: Vec<Grant>,
}

/// Logical ids of what `ingest` writes to.
#[derive(Debug, Serialize)]
struct Outputs {
    table: Option<String>,
    queue: String,
}

impl FunctionView {
    /// `settings` are the same for all functions of a pipeline.
    pub(super) fn new(
        role: Role,
        stack: &Stack,
        pipeline: &Pipeline,
        settings: &FunctionSettings,
    ) -> FunctionView {
        let name = &pipeline.name;
        let host = &stack.host;
        let own = |ending: &str| id(name) + ending;
        let grants = grants(role, pipeline, settings);
        let settings = settings.clone();
        let pipeline_name = name.clone();
        match role {
            Role::Ingest => FunctionView {
                role,
                pipeline: pipeline_name,
                id: own(role.id()),
                log_group: name.clone(),
                memory_mb: host.memory_mb,
                timeout_seconds: host.timeout_seconds,
                scratch_mb: Some(host.scratch_mb),
                settings,
                outputs: Some(Outputs {
                    table: pipeline.table.as_ref().map(|_| own("RecordsTable")),
                    queue: own("SourceQueue"),
                }),
                grants,
            },
            Role::Publish => FunctionView {
                role,
                pipeline: pipeline_name,
                id: own(role.id()),
                log_group: format!("{name}/publish"),
                memory_mb: PUBLISH_MEMORY_MB,
                timeout_seconds: PUBLISH_TIMEOUT_SECONDS,
                scratch_mb: None,
                settings,
                outputs: None,
                grants,
            },
        }
    }
}
