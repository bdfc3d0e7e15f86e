//! What a unit of work may do: the calls that are declared for it, each on the resources of the pipelines that it works for.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Value, json};
use sluice_contract::access::{Access, Call, Resource};
use sluice_contract::catalog;
use sluice_contract::control::{answer, compacted, lake, ledger, notified, plugin, seen};
use sluice_contract::objects::{self, Prefix};
use sluice_contract::served::Served;
use sluice_contract::stack::{Http, Pipeline};
use sluice_contract::workload::Workload;

use super::function_settings::FunctionSettings;
use super::http::HttpView;
use super::unit::Unit;
use sluice_contract::outputs::logical_id as id;

/// The start of what the Glue Data Catalog has.
const GLUE: &str = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}";

/// The calls that the host makes. A test of the host keeps the file true.
static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../templates/access.json")).expect("a test parses it")
});

/// The calls that the host declares, of every role.
pub fn declared_calls() -> &'static Access {
    &ACCESS
}

/// One statement of a role's policy.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Grant {
    sid: &'static str,
    /// Sorted, each once.
    actions: Vec<&'static str>,
    /// ARNs in the notation of `Fn::Sub`; empty where AWS gives the calls no resource to be limited to.
    resources: Vec<String>,
    /// What is limited further than to resources.
    condition: Option<Condition>,
}

/// A limit that a resource's name cannot say.
#[derive(Debug, PartialEq, Serialize)]
struct Condition {
    operator: &'static str,
    key: &'static str,
    /// As the template writes them: text, or with names of the stack to be put in.
    values: Vec<Value>,
}

/// Every statement of the policy of a unit, in the order of [`Resource`]; kinds that are parts of one thing share one. What nobody has that it works for gives none.
pub(super) fn grants(unit: Unit<'_>, settings: &FunctionSettings) -> Vec<Grant> {
    let calls = declared(unit.workload);
    let mut grants = statements(calls, |resource| targets(resource, unit, settings));
    for grant in &mut grants {
        let kinds: BTreeSet<Resource> = calls
            .iter()
            .map(|call| call.resource)
            .filter(|kind| kind.statement() == grant.sid)
            .collect();
        let values = kinds.into_iter().flat_map(|kind| names_of(kind, unit));
        let values: Vec<Value> = values.map(substituted).collect();
        let (operator, key) = match grant.sid {
            "ControlTable" => ("ForAllValues:StringLike", "dynamodb:LeadingKeys"),
            _ => ("StringLike", "s3:prefix"),
        };
        grant.condition = (!values.is_empty()).then_some(Condition {
            operator,
            key,
            values,
        });
    }
    grants
}

/// The names of what a unit may touch of a resource that it shares with others, with `*` for what may be anything: partition
/// keys of the control table, and what names of the lake's files begin with. In the notation of `Fn::Sub`.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>
fn names_of(kind: Resource, unit: Unit<'_>) -> Vec<String> {
    let of_each = |names: &dyn Fn(&Pipeline) -> Vec<String>| {
        let pipelines = unit.served.pipelines().iter();
        let owners = pipelines.filter(|pipeline| kind.is_of(pipeline));
        owners.flat_map(names).collect()
    };
    let objects = |pipeline: &Pipeline| format!("s3://${{RawBucket}}/{}*", pipeline.source.prefix);
    match kind {
        Resource::LakeNames => of_each(&|pipeline| {
            let prefixes = [Prefix::Lake, Prefix::Compacted];
            prefixes
                .map(|prefix| prefix.of(&pipeline.name) + "*")
                .into()
        }),
        Resource::LedgerItems => of_each(&|it| vec![ledger::partition_key(&objects(it), "*")]),
        Resource::VersionItems => of_each(&|it| vec![lake::partition_key(&objects(it))]),
        Resource::PluginItems => of_each(&|it| vec![plugin::partition_key(&it.name)]),
        Resource::FolderItems => of_each(&|it| vec![compacted::partition_key(&it.name, "*")]),
        Resource::SeenItems => of_each(&|it| vec![seen::partition_key(&it.name, "*")]),
        Resource::AnswerItems => vec![answer::partition_key("*")],
        Resource::NotifiedItems => vec![notified::told("*"), notified::incident("*")],
        _ => Vec::new(),
    }
}

/// Text, or text with names to be put in.
fn substituted(text: String) -> Value {
    match text.contains("${") {
        true => json!({ "Fn::Sub": text }),
        false => Value::String(text),
    }
}

/// The calls that are declared for a kind of unit.
pub(super) fn declared(workload: &Workload) -> &'static [Call] {
    ACCESS
        .get(workload.name)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Groups calls by what they act on. `targets` says which ARNs that is: none where AWS has no resources to name, and
/// nothing where there is no such resource.
fn statements(
    calls: &'static [Call],
    targets: impl Fn(Resource) -> Option<Vec<String>>,
) -> Vec<Grant> {
    let mut kinds: Vec<Resource> = calls.iter().map(|call| call.resource).collect();
    kinds.sort();
    kinds.dedup();
    let statement = |kind: Resource| {
        let resources = targets(kind)?;
        let on_it = calls.iter().filter(|call| call.resource == kind);
        let mut actions: Vec<&str> = on_it.map(|call| call.action.as_str()).collect();
        actions.sort_unstable();
        actions.dedup();
        Some(Grant {
            sid: kind.statement(),
            actions,
            resources,
            condition: None,
        })
    };
    let mut grants: Vec<Grant> = Vec::new();
    for grant in kinds.into_iter().filter_map(statement) {
        match grants.iter_mut().find(|other| other.sid == grant.sid) {
            Some(other) => {
                other.actions.extend(grant.actions);
                other.actions.sort_unstable();
                other.actions.dedup();
            }
            None => grants.push(grant),
        }
    }
    grants
}

/// The ARNs of a kind of resource, of everybody whom a unit works for; nothing where nobody has one.
pub(super) fn targets(
    resource: Resource,
    unit: Unit<'_>,
    settings: &FunctionSettings,
) -> Option<Vec<String>> {
    let of_each = |arn: &dyn Fn(&Pipeline) -> String| {
        let pipelines = unit.served.pipelines().iter();
        let owners = pipelines.filter(|pipeline| resource.is_of(pipeline));
        let arns: Vec<String> = owners.map(arn).collect();
        (!arns.is_empty()).then_some(arns)
    };
    let under = |bucket: &str, prefix: Prefix| {
        of_each(&|pipeline| format!("${{{bucket}.Arn}}/{}*", prefix.of(&pipeline.name)))
    };
    let own = |ending: &str| of_each(&|pipeline| arn_of(&(id(&pipeline.name) + ending)));
    match resource {
        Resource::RawObjects => {
            of_each(&|pipeline| format!("${{RawBucket.Arn}}/{}*", pipeline.source.prefix))
        }
        Resource::PluginObject => of_each(&|pipeline| {
            format!(
                "${{ArtifactsBucket.Arn}}/{}",
                objects::upload(&pipeline.name)
            )
        }),
        Resource::ComponentObjects => under("ArtifactsBucket", Prefix::Components),
        Resource::CompiledObjects => under("ArtifactsBucket", Prefix::Compiled),
        Resource::SampleObjects => under("ArtifactsBucket", Prefix::Samples),
        Resource::LakeObjects => under("LakeBucket", Prefix::Lake),
        Resource::CompactedObjects => under("LakeBucket", Prefix::Compacted),
        Resource::LakeNames => Some(vec![arn_of("LakeBucket")]),
        Resource::RejectObjects => under("LakeBucket", Prefix::Rejects),
        Resource::ResultObjects => under("LakeBucket", Prefix::Results),
        Resource::CountObjects => under("LakeBucket", Prefix::Counts),
        Resource::HttpApi => {
            of_each(&|pipeline| format!("${{{}}}", HttpView::api_parameter(&pipeline.name)))
        }
        Resource::HttpSecret => of_each(&|pipeline| {
            let secret = pipeline.http().and_then(Http::secret).unwrap_or_default();
            secret_arn(secret)
        }),
        Resource::CatalogTable => of_each(&|pipeline| {
            let table = catalog::table(pipeline);
            format!("{GLUE}:table/${{CatalogDatabase}}/{table}")
        })
        .map(with_catalog),
        Resource::Crawler => {
            of_each(&|pipeline| format!("{GLUE}:crawler/${{{}Crawler}}", id(&pipeline.name)))
        }
        Resource::CatalogQueue => own("CatalogQueue"),
        Resource::CompactQueue => own("CompactQueue"),
        Resource::Table => own("RecordsTable"),
        Resource::DeliveryStream => own("ApiDelivery"),
        Resource::Queue => own("SourceQueue"),
        Resource::NotifyQueue => Some(vec![arn_of("NotifyQueue")]),
        Resource::NotifySecrets => match unit.served {
            Served::Pipeline(_) => None,
            Served::Stack(stack) => stack.alerts.notify.as_ref().map(|notify| {
                let secrets = notify.secrets().into_iter();
                secrets.map(secret_arn).collect()
            }),
        },
        Resource::LedgerItems
        | Resource::PluginItems
        | Resource::SeenItems
        | Resource::VersionItems
        | Resource::FolderItems
        | Resource::AnswerItems => of_each(&|_| arn_of("ControlTable")).map(|mut arns| {
            arns.truncate(1);
            arns
        }),
        Resource::NotifiedItems => Some(vec![arn_of("ControlTable")]),
        Resource::AlertsTopic => Some(vec!["${AlertsTopic}".to_owned()]),
        Resource::EventBus => Some(vec![arn_of("EventBus")]),
        Resource::SettingsParameters => settings.parameter_arns(),
        Resource::Key => Some(vec![arn_of("Key")]),
        Resource::LogGroup => Some(vec![arn_of(&(unit.id() + "LogGroup"))]),
        Resource::Tracing => Some(Vec::new()),
    }
}

/// The ARNs of tables of the catalog: a call to one is one to its database and to the catalog, too.
/// <https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html>
fn with_catalog(tables: Vec<String>) -> Vec<String> {
    let above = [
        format!("{GLUE}:catalog"),
        format!("{GLUE}:database/${{CatalogDatabase}}"),
    ];
    above.into_iter().chain(tables).collect()
}

/// Names of secrets end in six characters that Secrets Manager chooses.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>
fn secret_arn(name: &str) -> String {
    format!(
        "arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{name}-??????"
    )
}

fn arn_of(logical_id: &str) -> String {
    format!("${{{logical_id}.Arn}}")
}

#[cfg(test)]
mod tests {
    use sluice_contract::roles::Role;

    use super::*;

    #[test]
    fn every_role_of_the_host_is_known() {
        let known: BTreeSet<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        let declared: BTreeSet<&str> = ACCESS.keys().map(String::as_str).collect();
        assert_eq!(declared, known);
    }

    #[test]
    fn every_action_is_one_call() {
        let wide: Vec<_> = ACCESS
            .values()
            .flatten()
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
            Resource::Queue => Some(vec!["${Q.Arn}".to_owned()]),
            Resource::Tracing => Some(Vec::new()),
            _ => None,
        });
        let expected = [
            Grant {
                sid: "Queue",
                actions: vec!["sqs:DeleteMessage", "sqs:SendMessage"],
                resources: vec!["${Q.Arn}".to_owned()],
                condition: None,
            },
            Grant {
                sid: "TracingHasNoResources",
                actions: vec!["xray:PutTraceSegments"],
                resources: Vec::new(),
                condition: None,
            },
        ];
        assert_eq!(got, expected);
    }
}
