//! The program `gen`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice_generator::cli::main()
}
