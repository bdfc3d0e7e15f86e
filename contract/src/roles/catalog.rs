//! Role `catalog`: hears of new files in the pipeline's lake, and starts the crawler that registers them.

use crate::{
    stack::Lake,
    variable::Variable,
    workload::{Alarm, LambdaSize, RunsOn, Scope, Trouble, Workload},
};

/// The size of the function, which makes one call.
const SIZE: LambdaSize = LambdaSize {
    memory_mb: 128,
    timeout_seconds: 30,
    scratch_mb: None,
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "catalog",
    id: "Catalog",
    does: "starts the crawler of",
    log: "/catalog",
    scope: Scope::Pipeline(|pipeline| pipeline.lake().is_some_and(Lake::is_crawled)),
    runs_on: RunsOn::Lambda(|_, _| SIZE),
    variables: &[Variable::Crawler],
    alarms: &[Alarm {
        id: "CatalogAlarm",
        trouble: Trouble::Fails,
        says: "the crawler could not be started, and queries do not see new folders. It is tried again; read why in the log",
    }],
};
