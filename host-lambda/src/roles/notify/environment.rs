//! What the role finds in its environment.

use sluice_contract::{settings::StackSettings, stack::Notify, variable::Variable};

use crate::environment::{Environment, Finder};

/// What the role knows of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyEnvironment {
    /// What the generator wrote.
    pub settings: StackSettings,
    /// Who is told.
    pub notify: Notify,
    /// The table of what was told.
    pub control_table: String,
    /// The name that the stack was deployed with.
    pub stack: String,
    /// The dashboard's name.
    pub dashboard: String,
}

impl Environment for NotifyEnvironment {
    type Settings = StackSettings;

    fn find(settings: StackSettings, finder: &mut Finder) -> Self {
        if settings.notify.is_none() {
            finder.problem("nobody is to be told".to_owned());
        }
        Self {
            notify: settings.notify.clone().unwrap_or_default(),
            settings,
            control_table: finder.needed(Variable::ControlTable),
            stack: finder.needed(Variable::StackName),
            dashboard: finder.needed(Variable::Dashboard),
        }
    }
}
