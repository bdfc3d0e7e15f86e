//! Role `publish`: takes uploads of the pipeline's plugin, checks and compiles them, and brings them into use.

use crate::{
    variable::Variable,
    workload::{Alarm, LambdaSize, RunsOn, Scope, Trouble, Workload},
};

/// The size of the function. 3,008 MB are the most that every account may have, and 1.7 processors: a Python component of
/// 18 MB takes some hundred MB and, on two processors, 14 s to compile. The timeout is some twenty times what the largest
/// component takes, so that a slow one is told from one that hangs.
const SIZE: LambdaSize = LambdaSize {
    memory_mb: 3008,
    timeout_seconds: 300,
    scratch_mb: None,
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "publish",
    id: "Publish",
    does: "publishes the plugin of",
    log: "/publish",
    scope: Scope::Pipeline(|pipeline| pipeline.plugin.is_some()),
    runs_on: RunsOn::Lambda(|_, _| SIZE),
    variables: &[
        Variable::ArtifactsBucket,
        Variable::ControlTable,
        Variable::AlertsTopic,
        Variable::EventBus,
    ],
    alarms: &[Alarm {
        id: "PublishAlarm",
        trouble: Trouble::Fails,
        says: "a plugin could not be published, and the one before stays. It is tried again twice; read why in the log, \
               and upload it once more",
    }],
};
