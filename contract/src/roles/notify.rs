//! Role `notify`: takes events and alarms from its queue, and tells PagerDuty and Slack.

use crate::{
    variable::Variable,
    workload::{Alarm, LambdaSize, RunsOn, Scope, Trouble, Workload},
};

/// The size of the function. It waits for others most of the time. In two minutes, somebody who asks to wait for half a
/// minute can be told.
const SIZE: LambdaSize = LambdaSize {
    memory_mb: 256,
    timeout_seconds: 120,
    scratch_mb: None,
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "notify",
    id: "Notify",
    does: "tells PagerDuty and Slack",
    log: "/notify",
    scope: Scope::Stack(|stack| stack.alerts.notify.is_some()),
    runs_on: RunsOn::Lambda(|_, _| SIZE),
    variables: &[
        Variable::ControlTable,
        Variable::StackName,
        Variable::Dashboard,
    ],
    alarms: &[
        Alarm {
            id: "NotifyFailsAlarm",
            trouble: Trouble::Fails,
            says: "the function that tells PagerDuty and Slack failed. What it was to tell comes again; read why in the log",
        },
        Alarm {
            id: "NotifyIsThrottledAlarm",
            trouble: Trouble::IsThrottled,
            says: "the function that tells PagerDuty and Slack is throttled, and they hear late. The account has too little \
                   concurrency",
        },
    ],
};
