//! Cleans records by what the manifest says of each field, without code: a list of steps for each column, each done to a
//! whole column at a time.
//!
//! `README.md` is the manual; every example in it is a test. The plugin deliberately knows nothing of any particular kind
//! of record, and does not check what the manifest's `fields` check after it.

mod build;
mod column;
mod findings;
mod mistake;
mod options;
mod plan;
mod scan;
mod schema;
mod settings;
mod steps;
mod tables;
mod text;
mod time;
mod vocabulary;
mod written;

use sluice_sdk::contract::{Batch, Descriptor, Field, Output};
use sluice_sdk::{ColumnPlugin, Config, Failure, Origin};

use crate::plan::Plan;
use crate::settings::Settings;

/// The plugin.
pub struct Tidy {
    plan: Plan,
}

impl ColumnPlugin for Tidy {
    fn describe() -> Descriptor {
        Descriptor {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            // What it reads and makes is what the manifest says.
            inputs: Vec::new(),
            outputs: Vec::new(),
            config_schema: schema::schema(),
        }
    }

    fn configure(schema: Vec<Field>, config: Config) -> Result<(Self, Vec<Field>), Failure> {
        let settings = Settings::new(config.entries())?;
        let (plan, fields) = Plan::new(settings, &schema)?;
        Ok((Tidy { plan }, fields))
    }

    fn transform(&mut self, batch: Batch, _origin: Origin) -> Result<Output, Failure> {
        self.plan.run(batch)
    }
}

sluice_sdk::export!(Tidy);

#[cfg(test)]
mod tests;
