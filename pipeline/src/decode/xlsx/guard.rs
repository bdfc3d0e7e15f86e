//! A workbook is a zip archive, and the library reads some of its parts whole: what they expand to is bounded before.

use std::{
    fs::File,
    io::{self, BufReader, Read as _, Seek as _},
};

use zip::ZipArchive;

use super::super::{
    batch::Damage,
    compression::{may_expand, most_bytes},
    typed::corrupt,
};

/// The file, if all of its parts together expand to no more than is allowed. What they say of themselves is not believed.
pub(super) fn bounded(file: File, max_expansion: u32) -> Result<File, Damage> {
    let bytes = file.metadata().map_err(corrupt)?.len();
    let most = most_bytes(bytes, max_expansion);
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|_| corrupt("it is no zip archive, as every workbook is"))?;
    let mut expanded = 0;
    for part in 0..archive.len() {
        let part = archive
            .by_index(part)
            .map_err(|_| corrupt("a part of it cannot be read"))?;
        let rest = most.saturating_sub(expanded) + 1;
        expanded += io::copy(&mut part.take(rest), &mut io::sink())
            .map_err(|_| corrupt("a part of it cannot be decompressed"))?;
        may_expand(expanded, bytes, max_expansion)?;
    }
    let mut file = archive.into_inner().into_inner();
    file.rewind().map_err(corrupt)?;
    Ok(file)
}
