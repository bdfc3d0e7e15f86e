//! Role `api`: answers the requests of a pipeline's HTTP API.

use crate::{
    variable::Variable,
    workload::{Alarm, LambdaSize, RunsOn, Scope, Trouble, Workload},
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "api",
    id: "Api",
    does: "answers requests of",
    log: "/api",
    scope: Scope::Pipeline(|pipeline| pipeline.api.is_some()),
    runs_on: RunsOn::Lambda(|host, served| LambdaSize {
        memory_mb: host.memory_mb,
        // A request that takes too long is answered by the function, and not by its end.
        timeout_seconds: 1 + served.api().map_or(0, |api| api.timeout_seconds),
        scratch_mb: None,
    }),
    variables: &[
        Variable::ArtifactsBucket,
        Variable::ControlTable,
        Variable::AlertsTopic,
        Variable::EventBus,
        Variable::Table,
        Variable::DeliveryStream,
    ],
    alarms: &[
        Alarm {
            id: "ApiErrorsAlarm",
            trouble: Trouble::Fails,
            says: "a request was not answered, because the function failed. Read why in the log",
        },
        Alarm {
            id: "ApiThrottlesAlarm",
            trouble: Trouble::IsThrottled,
            says: "the function is throttled, and callers are asked to come again. The account has too little concurrency",
        },
        Alarm {
            id: "ApiDurationAlarm",
            trouble: Trouble::IsSlow,
            says: "the slowest requests need more than {limit} ms, close to the timeout. Raise timeout_seconds of the API or \
                   memory_mb of [host]",
        },
    ],
};
