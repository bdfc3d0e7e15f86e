//! What the templates show of one unit of work: what it may do, its log, its variables, its alarms, and what it runs on.

use serde::Serialize;
use sluice_contract::access::Call;
use sluice_contract::served::Served;
use sluice_contract::stack::Host;
use sluice_contract::workload::RunsOn;

use super::alarm::{AlarmView, alarms};
use super::function_settings::FunctionSettings;
use super::grants::{Grant, declared, grants};
use super::unit::Unit;
use super::variables::{VariableView, environment};

/// One unit of work.
#[derive(Debug, Serialize)]
pub(super) struct WorkloadView {
    name: &'static str,
    /// What it is called in descriptions: `ingest of feedback`.
    title: String,
    /// What it does, for people: `cleans feedback`.
    does: String,
    /// The start of its logical ids.
    id: String,
    /// The service that takes its role.
    principal: &'static str,
    /// The name of its log group, below the stack's own.
    log_group: String,
    /// Its size, where it is a Lambda function.
    function: Option<FunctionView>,
    variables: Vec<VariableView>,
    grants: Vec<Grant>,
    alarms: Vec<AlarmView>,
    /// The name of the template of what feeds it.
    feed: String,
}

/// The size of a Lambda function.
#[derive(Debug, Serialize)]
struct FunctionView {
    memory_mb: u32,
    timeout_seconds: u32,
    scratch_mb: Option<u32>,
    /// Whether it sends messages to the queue that feeds it, which Lambda takes for a mistake and stops.
    feeds_itself: bool,
}

impl WorkloadView {
    /// `settings` are those of whom the unit works for.
    pub(super) fn new(unit: Unit<'_>, host: &Host, settings: &FunctionSettings) -> WorkloadView {
        let workload = unit.workload;
        let name = workload.name;
        let (title, does, log_group) = match unit.served {
            Served::Pipeline(pipeline) => (
                format!("{name} of {}", pipeline.name),
                format!("{} {}", workload.does, pipeline.name),
                format!("{}{}", pipeline.name, workload.log),
            ),
            // No pipeline's name begins like this.
            Served::Stack(_) => (
                name.to_owned(),
                workload.does.to_owned(),
                format!("_stack{}", workload.log),
            ),
        };
        let (principal, function) = match workload.runs_on {
            RunsOn::Lambda(size) => {
                let size = size(host, unit.served);
                let function = FunctionView {
                    memory_mb: size.memory_mb,
                    timeout_seconds: size.timeout_seconds,
                    scratch_mb: size.scratch_mb,
                    feeds_itself: feeds_itself(declared(workload)),
                };
                ("lambda.amazonaws.com", Some(function))
            }
            RunsOn::GlueJob => ("glue.amazonaws.com", None),
        };
        WorkloadView {
            name,
            title,
            does,
            id: unit.id(),
            principal,
            log_group,
            function,
            variables: environment(unit, settings.variables()),
            grants: grants(unit, settings),
            alarms: alarms(unit, host),
            feed: format!("roles/{name}"),
        }
    }
}

/// Whether something both sends to its queue and takes from it.
fn feeds_itself(calls: &[Call]) -> bool {
    let on = |action: &'static str| calls.iter().filter(move |call| call.action == action);
    let receives =
        |sends: &Call| on("sqs:ReceiveMessage").any(|receives| receives.resource == sends.resource);
    on("sqs:SendMessage").any(receives)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sluice_contract::access::Resource;

    use sluice_contract::Stack;
    use sluice_contract::variable::Variable;
    use sluice_contract::workload::{Alarm, Scope, Trouble, Workload};

    use super::*;
    use crate::view::grants::targets;

    /// A unit that is neither a function nor for one pipeline.
    const SWEEP: Workload = Workload {
        name: "sweep",
        id: "Sweep",
        does: "sweeps what nobody told of",
        log: "/sweep",
        scope: Scope::Stack(|stack| !stack.pipelines.is_empty()),
        runs_on: RunsOn::GlueJob,
        variables: &[Variable::ControlTable, Variable::SourceQueue],
        alarms: &[
            Alarm {
                id: "SweepAlarm",
                trouble: Trouble::Fails,
                says: "it failed",
            },
            Alarm {
                id: "SweepSlowAlarm",
                trouble: Trouble::IsSlow,
                says: "it takes more than {limit} ms",
            },
        ],
    };

    fn stack() -> Stack {
        let manifest = include_str!("../../tests/cases/two-plugins/manifest.toml");
        sluice_manifest::load(manifest, "manifest.toml", None).unwrap()
    }

    #[test]
    fn a_unit_need_not_be_a_function_nor_for_one_pipeline() {
        let stack = stack();
        let [served] = SWEEP.units(&stack)[..] else {
            panic!("a stack has one of them")
        };
        let unit = Unit {
            workload: &SWEEP,
            served,
        };
        let settings = FunctionSettings::of_stack(&stack, &[unit]);
        let view = serde_json::to_value(WorkloadView::new(unit, &stack.host, &settings)).unwrap();
        assert_eq!(view["id"], "Sweep");
        assert_eq!(view["log_group"], "_stack/sweep");
        assert_eq!(view["principal"], "glue.amazonaws.com");
        assert!(view["function"].is_null());
        let variables = view["variables"].as_array().unwrap().iter();
        let names: Vec<_> = variables.map(|variable| &variable["name"]).collect();
        // Its settings are those of all pipelines, and no queue is its own.
        assert_eq!(
            names,
            ["SLUICE_ROLE", "SLUICE_SETTINGS", "SLUICE_CONTROL_TABLE"]
        );
        let alarms = view["alarms"].as_array().unwrap();
        assert_eq!(alarms.len(), 1, "nobody counts how long a job takes");
        assert_eq!(alarms[0]["description"], "sweep: it failed");
        assert_eq!(alarms[0]["dimensions"][0]["reference"], "SweepJob");
        let queues = targets(Resource::Queue, unit, &settings).unwrap();
        assert_eq!(queues.len(), stack.pipelines.len());
        let log = targets(Resource::LogGroup, unit, &settings).unwrap();
        assert_eq!(log, ["${SweepLogGroup.Arn}"]);
    }
}
