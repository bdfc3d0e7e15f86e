//! Role `compact`: once a day, makes the files of a lake's folders into few, and lets queries read these.

use crate::{
    stack::Lake,
    variable::Variable,
    workload::{Alarm, LambdaSize, RunsOn, Scope, Trouble, Workload},
};

/// The size of the function. Memory holds a few files and a hash for each key of a folder; the scratch disk one file that is
/// being made.
const SIZE: LambdaSize = LambdaSize {
    memory_mb: 2048,
    timeout_seconds: 900,
    scratch_mb: Some(1024),
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "compact",
    id: "Compact",
    does: "compacts the lake of",
    log: "/compact",
    scope: Scope::Pipeline(|pipeline| pipeline.lake().is_some_and(Lake::is_compacted)),
    runs_on: RunsOn::Lambda(|_, _| SIZE),
    variables: &[
        Variable::ControlTable,
        Variable::LakeBucket,
        Variable::CatalogDatabase,
        Variable::CompactQueue,
    ],
    alarms: &[
        Alarm {
            id: "CompactAlarm",
            trouble: Trouble::Fails,
            says: "the function that makes many files into few failed. Queries read the files themselves, and it is tried \
                   again; read why in the log",
        },
        Alarm {
            id: "CompactIsSlowAlarm",
            trouble: Trouble::IsSlow,
            says: "the slowest folder needs more than {limit} ms to be compacted, close to the timeout. Let partition_by tell \
                   more folders apart",
        },
    ],
};
