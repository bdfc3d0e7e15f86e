//! What the role finds in its environment.

use sluice_contract::{settings::Settings, variable::Variable};

use crate::environment::{Environment, Finder};

/// What the role knows of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishEnvironment {
    /// What the generator wrote.
    pub settings: Settings,
    /// The bucket of the plugins.
    pub artifacts_bucket: String,
    /// The table of the plugin pointers.
    pub control_table: String,
    /// The ARN of the alerts topic.
    pub alerts_topic: String,
    /// The name of the event bus.
    pub event_bus: String,
}

impl Environment for PublishEnvironment {
    type Settings = Settings;

    fn find(settings: Settings, finder: &mut Finder) -> Self {
        Self {
            settings,
            artifacts_bucket: finder.needed(Variable::ArtifactsBucket),
            control_table: finder.needed(Variable::ControlTable),
            alerts_topic: finder.needed(Variable::AlertsTopic),
            event_bus: finder.needed(Variable::EventBus),
        }
    }
}
