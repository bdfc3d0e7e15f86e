//! One unit of work of a stack: what kind it is, and whom it works for.

use sluice_contract::roles::Role;
use sluice_contract::served::Served;
use sluice_contract::stack::{Host, Pipeline, Stack};
use sluice_contract::workload::{RunsOn, Workload};

use sluice_contract::outputs::logical_id;

/// One unit of work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    pub(super) workload: &'static Workload,
    pub(super) served: Served<'a>,
}

impl<'a> Unit<'a> {
    /// Every unit of a stack, in the order of the list of roles.
    pub(super) fn all(stack: &'a Stack) -> Vec<Unit<'a>> {
        let workloads = Role::ALL.iter().map(|role| role.workload());
        workloads
            .flat_map(|workload| {
                let served = workload.units(stack).into_iter();
                served.map(move |served| Unit { workload, served })
            })
            .collect()
    }

    /// The units that work for a pipeline alone.
    pub(super) fn of_pipeline(stack: &'a Stack, pipeline: &Pipeline) -> Vec<Unit<'a>> {
        let mut units = Unit::all(stack);
        units.retain(|unit| match unit.served {
            Served::Pipeline(served) => served.name == pipeline.name,
            Served::Stack(_) => false,
        });
        units
    }

    /// The units that work for the whole stack.
    pub(super) fn of_stack(stack: &'a Stack) -> Vec<Unit<'a>> {
        let mut units = Unit::all(stack);
        units.retain(|unit| match unit.served {
            Served::Pipeline(_) => false,
            Served::Stack(_) => true,
        });
        units
    }

    /// The longest run of one that is a function, in seconds.
    pub(super) fn timeout_seconds(&self, host: &Host) -> Option<u32> {
        match self.workload.runs_on {
            RunsOn::Lambda(size) => Some(size(host, self.served).timeout_seconds),
            RunsOn::GlueJob => None,
        }
    }

    /// The start of its logical ids.
    pub(super) fn id(&self) -> String {
        owner_id(self.served) + self.workload.id
    }
}

/// The start of the logical ids of everything that whom a unit works for has; nothing for the whole stack.
pub(super) fn owner_id(served: Served<'_>) -> String {
    match served {
        Served::Pipeline(pipeline) => logical_id(&pipeline.name),
        Served::Stack(_) => String::new(),
    }
}
