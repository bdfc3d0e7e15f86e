//! `gen alert`: whether people are told.

mod test;

use crate::subcommands::subcommands;

subcommands! {
    /// Tries who is told of trouble.
    pub(crate) enum AlertCommand {
        Test(test::TestArgs),
    }
}
