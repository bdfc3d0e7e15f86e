//! A list of subcommands, one line each: the variant that clap makes a command of, and the module that does it.

/// Declares an enum of subcommands and a function `run` that does the one that was asked for: `Check(check::CheckArgs)`
/// is done by `check::run`.
macro_rules! subcommands {
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$variant_about:meta])* $variant:ident($module:ident::$args:ident),)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, clap::Subcommand)]
        $visibility enum $name {
            $($(#[$variant_about])* $variant($module::$args),)*
        }

        /// Does what is asked.
        $visibility fn run(command: &$name) -> Result<std::process::ExitCode, crate::failure::Failure> {
            match command {
                $($name::$variant(args) => $module::run(args),)*
            }
        }
    };
}

pub(crate) use subcommands;
