//! Brings an object to disk, decompressed.

use std::{
    fs::File,
    io::{self, Seek as _},
};

use super::super::{
    batch::Damage,
    compression::{self, Compression, CompressionError, CompressionLimits, Contents},
    form::Form,
    reader::Input,
};

/// The object as a file without a name on scratch disk, or the file that it is already. What is wrong with its compression
/// is the object's damage; any other error is the source's or the disk's.
pub(super) fn on_disk(
    input: Input,
    named: Compression,
    limits: CompressionLimits,
    form: Form,
) -> io::Result<Result<File, Damage>> {
    let stream = match (input, named) {
        (Input::File(file), Compression::None) => return Ok(Ok(file)),
        (input, _) => input.into_stream(),
    };
    let mut stream = compression::decompress(named, Contents::File, limits, stream, form);
    let mut file = tempfile::tempfile()?;
    if let Err(error) = io::copy(&mut stream, &mut file) {
        let inner = error.get_ref();
        return match inner.and_then(|inner| inner.downcast_ref::<CompressionError>()) {
            Some(compression) => Ok(Err(Damage {
                code: compression.code(),
                message: compression.to_string(),
            })),
            None if error.kind() == io::ErrorKind::StorageFull => Err(io::Error::other(
                "the object does not fit on scratch disk, where files of its format are read from; raise `scratch_mb` \
                 under `[host]`",
            )),
            None => Err(error),
        };
    }
    file.rewind()?;
    Ok(Ok(file))
}
