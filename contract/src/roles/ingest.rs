//! Role `ingest`: takes objects from the pipeline's queue, and brings their records to the sinks.

use crate::{
    variable::Variable,
    workload::{Alarm, LambdaSize, RunsOn, Scope, Trouble, Workload},
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "ingest",
    id: "Ingest",
    does: "cleans",
    log: "",
    scope: Scope::Pipeline(|_| true),
    runs_on: RunsOn::Lambda(|host, _| LambdaSize {
        memory_mb: host.memory_mb,
        timeout_seconds: host.timeout_seconds,
        scratch_mb: Some(host.scratch_mb),
    }),
    variables: &[
        Variable::ArtifactsBucket,
        Variable::ControlTable,
        Variable::AlertsTopic,
        Variable::EventBus,
        Variable::LakeBucket,
        Variable::CatalogDatabase,
        Variable::Table,
        Variable::SourceQueue,
        Variable::HttpUrl,
    ],
    alarms: &[
        Alarm {
            id: "ErrorsAlarm",
            trouble: Trouble::Fails,
            says: "the function failed. Its objects are tried again; read why in the log",
        },
        Alarm {
            id: "ThrottlesAlarm",
            trouble: Trouble::IsThrottled,
            says: "the function is throttled. The account has too little concurrency for max_concurrency",
        },
        Alarm {
            id: "DurationAlarm",
            trouble: Trouble::IsSlow,
            says: "the slowest invocations need more than {limit} ms, close to the timeout. Raise timeout_seconds or \
                   memory_mb of [host], or send smaller objects",
        },
    ],
};
