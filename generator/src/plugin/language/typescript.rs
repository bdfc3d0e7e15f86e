//! Plugins in TypeScript: JavaScript whose types are checked before it is bundled.

use std::path::Path;

use super::javascript::{self, Types};
use super::{Made, PluginLanguage};
use crate::plugin::error::BuildError;

pub(super) struct Typescript;

impl PluginLanguage for Typescript {
    fn name(&self) -> &'static str {
        "typescript"
    }

    fn title(&self) -> &'static str {
        "TypeScript"
    }

    fn entry(&self) -> &'static str {
        "plugin.ts"
    }

    fn usual_fuel(&self) -> u32 {
        javascript::USUAL_FUEL
    }

    fn sdk_of(&self) -> &'static str {
        "javascript"
    }

    fn build(&self, folder: &Path, name: &str) -> Result<Made, BuildError> {
        javascript::build(folder, name, self.entry(), Types::Checked)
    }
}
