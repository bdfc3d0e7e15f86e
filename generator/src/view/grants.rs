//! What the function of a pipeline may do: the calls that the host declares, by what they act on.

use std::sync::LazyLock;

use serde::Serialize;
use sluice_manifest::access::{Access, Resource};
use sluice_manifest::stack::Pipeline;

/// The calls that the host makes. A test of the host keeps the file true.
static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../templates/access.json")).expect("a test parses it")
});

/// The role of the function that a pipeline has.
const ROLE: &str = "ingest";

/// Actions by what they act on; empty where the pipeline has no such resource.
#[derive(Debug, Serialize)]
pub(super) struct Grants {
    raw_objects: Vec<String>,
    plugin_object: Vec<String>,
    lake_objects: Vec<String>,
    reject_objects: Vec<String>,
    table: Vec<String>,
    control_table: Vec<String>,
    alerts_topic: Vec<String>,
    queue: Vec<String>,
    settings_parameters: Vec<String>,
    key: Vec<String>,
    log_group: Vec<String>,
    tracing: Vec<String>,
}

impl Grants {
    /// `settings_in_parameters` says whether the function reads its settings from SSM.
    pub(super) fn new(pipeline: &Pipeline, settings_in_parameters: bool) -> Grants {
        let on = |resource: Resource| actions(&ACCESS, resource);
        let on_if = |exists: bool, resource| if exists { on(resource) } else { Vec::new() };
        Grants {
            raw_objects: on(Resource::RawObjects),
            plugin_object: on_if(pipeline.plugin.is_some(), Resource::PluginObject),
            lake_objects: on_if(pipeline.lake.is_some(), Resource::LakeObjects),
            reject_objects: on(Resource::RejectObjects),
            table: on_if(pipeline.table.is_some(), Resource::Table),
            control_table: on(Resource::ControlTable),
            alerts_topic: on(Resource::AlertsTopic),
            queue: on(Resource::Queue),
            settings_parameters: on_if(settings_in_parameters, Resource::SettingsParameters),
            key: on(Resource::Key),
            log_group: on(Resource::LogGroup),
            tracing: on(Resource::Tracing),
        }
    }
}

/// The actions on one kind of resource, sorted, each once.
fn actions(access: &Access, resource: Resource) -> Vec<String> {
    let calls = access.get(ROLE).into_iter().flatten();
    let mut actions: Vec<String> = calls
        .filter(|call| call.resource == resource)
        .map(|call| call.action.clone())
        .collect();
    actions.sort();
    actions.dedup();
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_one_call() {
        let calls = ACCESS.get(ROLE).into_iter().flatten();
        let wide: Vec<_> = calls
            .filter(|call| call.action.contains('*') || !call.action.contains(':'))
            .collect();
        assert!(wide.is_empty(), "{wide:?}");
    }

    #[test]
    fn every_kind_has_calls() {
        for resource in [
            Resource::RawObjects,
            Resource::Table,
            Resource::Queue,
            Resource::Key,
            Resource::LogGroup,
        ] {
            assert!(!actions(&ACCESS, resource).is_empty(), "{resource:?}");
        }
    }
}
