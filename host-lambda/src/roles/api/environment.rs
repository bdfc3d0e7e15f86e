//! What the role finds in its environment.

use sluice_contract::{settings::Settings, variable::Variable};

use crate::environment::{Environment, Finder};

/// What the role knows of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiEnvironment {
    /// What the generator wrote.
    pub settings: Settings,
    /// The bucket of the plugins, where the pipeline has one.
    pub artifacts_bucket: Option<String>,
    /// The pipeline's table, where it has one.
    pub table: Option<String>,
    /// The delivery stream of its lake, where it has one.
    pub delivery_stream: Option<String>,
    /// The table of the answers and the plugin pointers.
    pub control_table: String,
    /// The ARN of the alerts topic.
    pub alerts_topic: String,
    /// The name of the event bus.
    pub event_bus: String,
}

impl Environment for ApiEnvironment {
    type Settings = Settings;

    fn find(settings: Settings, finder: &mut Finder) -> Self {
        let pipeline = &settings.pipeline;
        if pipeline.api.is_none() {
            finder.problem(format!("pipeline `{}` has no API", pipeline.name));
        }
        let mut where_it_has = |it: bool, variable, what| {
            it.then(|| finder.needed_for(variable, &pipeline.name, what))
        };
        Self {
            artifacts_bucket: where_it_has(
                pipeline.plugin.is_some(),
                Variable::ArtifactsBucket,
                "a plugin",
            ),
            table: where_it_has(pipeline.table().is_some(), Variable::Table, "a table"),
            delivery_stream: where_it_has(
                pipeline.lake().is_some(),
                Variable::DeliveryStream,
                "a lake",
            ),
            control_table: finder.needed(Variable::ControlTable),
            alerts_topic: finder.needed(Variable::AlertsTopic),
            event_bus: finder.needed(Variable::EventBus),
            settings,
        }
    }
}
