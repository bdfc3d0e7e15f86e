//! Files of records, as a subcommand is given them: their format is told by their names.

use std::path::Path;

use sluice_contract::format::Format;
use sluice_pipeline::decode::ObjectKind;

use crate::failure::Failure;

/// The endings that may follow that of a format.
const PACKED: &str = ".gz or .zst";

/// The format of a file, by its name.
pub(crate) fn kind(path: &Path) -> Result<ObjectKind, Failure> {
    ObjectKind::of(&path.to_string_lossy()).ok_or_else(|| Failure::Input(unknown(path)))
}

/// What is wrong with a file whose name tells no format.
pub(crate) fn unknown(path: &Path) -> String {
    format!(
        "`{}` is of no known format; its name must end in {}, and may then have {PACKED}",
        path.display(),
        Format::listed_endings()
    )
}

/// What `--help` says of an argument that is a file of records.
pub(crate) fn help(what: &str) -> String {
    let endings = Format::listed_endings();
    format!("{what}: {endings}, each also with {PACKED}")
}
