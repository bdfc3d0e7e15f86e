//! What the role finds in its environment.

use std::path::PathBuf;

use sluice_contract::{settings::Settings, variable::Variable};

use crate::environment::{Environment, Finder};

/// What the role knows of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct CompactEnvironment {
    /// What the generator wrote.
    pub settings: Settings,
    /// The bucket of the lake.
    pub lake_bucket: String,
    /// The database of the lake's tables.
    pub catalog_database: String,
    /// The table that says which folders are compacted.
    pub control_table: String,
    /// The URL of the role's own queue.
    pub queue: String,
    /// An empty folder of this execution environment's own, on the scratch disk. It need not exist.
    pub scratch: PathBuf,
}

impl Environment for CompactEnvironment {
    type Settings = Settings;

    fn find(settings: Settings, finder: &mut Finder) -> Self {
        Self {
            lake_bucket: finder.needed(Variable::LakeBucket),
            catalog_database: finder.needed(Variable::CatalogDatabase),
            control_table: finder.needed(Variable::ControlTable),
            queue: finder.needed(Variable::CompactQueue),
            scratch: finder.scratch(),
            settings,
        }
    }
}
