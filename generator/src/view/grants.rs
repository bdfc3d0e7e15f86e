//! What a function may do: the calls that the host declares for its role, each on the resources of its own pipeline.

use std::sync::LazyLock;

use serde::Serialize;
use sluice_contract::access::{Access, Call, Resource};
use sluice_contract::objects::{self, Prefix};
use sluice_contract::stack::Pipeline;

use super::function_settings::FunctionSettings;
use super::pipeline::id;
use super::role::Role;

/// The calls that the host makes. A test of the host keeps the file true.
static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../templates/access.json")).expect("a test parses it")
});

/// One statement of a role's policy.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Grant {
    sid: &'static str,
    /// Sorted, each once.
    actions: Vec<&'static str>,
    /// ARNs in the notation of `Fn::Sub`; empty where AWS gives the calls no resource to be limited to.
    resources: Vec<String>,
}

/// Every statement of the policy of a role, in the order of [`Resource`]. What the pipeline does not have gives none.
pub(super) fn grants(role: Role, pipeline: &Pipeline, settings: &FunctionSettings) -> Vec<Grant> {
    statements(declared(role), |resource| {
        targets(resource, role, pipeline, settings)
    })
}

/// The calls that the host declares for a role.
fn declared(role: Role) -> &'static [Call] {
    ACCESS
        .get(role.name())
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Groups calls by what they act on. `targets` says which ARNs that is; nothing where there is no such resource.
fn statements(calls: &'static [Call], targets: impl Fn(Resource) -> Option<Target>) -> Vec<Grant> {
    let mut kinds: Vec<Resource> = calls.iter().map(|call| call.resource).collect();
    kinds.sort();
    kinds.dedup();
    let statement = |kind: Resource| {
        let target = targets(kind)?;
        let on_it = calls.iter().filter(|call| call.resource == kind);
        let mut actions: Vec<&str> = on_it.map(|call| call.action.as_str()).collect();
        actions.sort_unstable();
        actions.dedup();
        Some(Grant {
            sid: target.sid,
            actions,
            resources: target.arns,
        })
    };
    kinds.into_iter().filter_map(statement).collect()
}

/// What a kind of resource is in this stack.
struct Target {
    /// What its statement is called.
    sid: &'static str,
    arns: Vec<String>,
}

/// What a kind of resource is for a function; nothing where its pipeline has no such resource.
fn targets(
    resource: Resource,
    role: Role,
    pipeline: &Pipeline,
    settings: &FunctionSettings,
) -> Option<Target> {
    let name = &pipeline.name;
    let plugin = pipeline.plugin.as_ref();
    let one = |sid: &'static str, arn: String| {
        let arns = vec![arn];
        Some(Target { sid, arns })
    };
    let under = |sid, bucket: &str, prefix: &str| one(sid, format!("${{{bucket}.Arn}}/{prefix}*"));
    let artifact = |sid, key: String| one(sid, format!("${{ArtifactsBucket.Arn}}/{key}"));
    let arn_of = |sid, logical_id: &str| one(sid, format!("${{{logical_id}.Arn}}"));
    let own = |ending: &str| format!("{}{ending}", id(name));
    match resource {
        Resource::RawObjects => under("RawObjects", "RawBucket", &pipeline.source.prefix),
        Resource::PluginObject => {
            plugin.and_then(|_| artifact("PluginObject", objects::upload(name)))
        }
        Resource::ComponentObjects => plugin.and_then(|_| {
            let prefix = Prefix::Components.of(name);
            under("ComponentObjects", "ArtifactsBucket", &prefix)
        }),
        Resource::CompiledObjects => plugin.and_then(|_| {
            let prefix = Prefix::Compiled.of(name);
            under("CompiledObjects", "ArtifactsBucket", &prefix)
        }),
        Resource::SampleObjects => plugin.filter(|plugin| plugin.samples > 0).and_then(|_| {
            let prefix = Prefix::Samples.of(name);
            under("SampleObjects", "ArtifactsBucket", &prefix)
        }),
        Resource::LakeObjects => pipeline
            .lake
            .as_ref()
            .and_then(|_| under("LakeObjects", "LakeBucket", &Prefix::Lake.of(name))),
        Resource::RejectObjects => under("RejectObjects", "LakeBucket", &Prefix::Rejects.of(name)),
        Resource::Table => pipeline
            .table
            .as_ref()
            .and_then(|_| arn_of("Table", &own("RecordsTable"))),
        Resource::ControlTable => arn_of("ControlTable", "ControlTable"),
        Resource::AlertsTopic => one("AlertsTopic", "${AlertsTopic}".to_owned()),
        Resource::Queue => arn_of("Queue", &own("SourceQueue")),
        Resource::SettingsParameters => settings.parameter_arns().map(|arns| Target {
            sid: "SettingsParameters",
            arns,
        }),
        Resource::Key => arn_of("Key", "Key"),
        Resource::LogGroup => arn_of("LogGroup", &own(&format!("{}LogGroup", role.id()))),
        Resource::Tracing => Some(Target {
            sid: "TracingHasNoResources",
            arns: Vec::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_the_host_is_known() {
        let known: Vec<&str> = Role::ALL.map(Role::name).to_vec();
        let declared: Vec<&str> = ACCESS.keys().map(String::as_str).collect();
        assert_eq!(declared, known);
    }

    #[test]
    fn every_action_is_one_call() {
        let wide: Vec<_> = Role::ALL
            .into_iter()
            .flat_map(declared)
            .filter(|call| call.action.contains('*') || !call.action.contains(':'))
            .collect();
        assert!(wide.is_empty(), "{wide:?}");
    }

    #[test]
    fn calls_are_grouped_by_what_they_act_on() {
        let call = |action: &str, resource| Call {
            action: action.to_owned(),
            resource,
        };
        let calls: &[Call] = Box::leak(Box::new([
            call("sqs:SendMessage", Resource::Queue),
            call("dynamodb:PutItem", Resource::Table),
            call("sqs:DeleteMessage", Resource::Queue),
            call("sqs:SendMessage", Resource::Queue),
            call("xray:PutTraceSegments", Resource::Tracing),
        ]));
        let got = statements(calls, |resource| match resource {
            Resource::Queue => Some(Target {
                sid: "Queue",
                arns: vec!["${Q.Arn}".to_owned()],
            }),
            Resource::Tracing => Some(Target {
                sid: "Tracing",
                arns: Vec::new(),
            }),
            _ => None,
        });
        let expected = [
            Grant {
                sid: "Queue",
                actions: vec!["sqs:DeleteMessage", "sqs:SendMessage"],
                resources: vec!["${Q.Arn}".to_owned()],
            },
            Grant {
                sid: "Tracing",
                actions: vec!["xray:PutTraceSegments"],
                resources: Vec::new(),
            },
        ];
        assert_eq!(got, expected);
    }
}
