//! What does not fit memory is spooled to scratch disk.

mod sorter;

use std::path::Path;

pub(crate) use self::sorter::{Sorted, Sorter};

/// Scratch disk failed.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A file could not be written or read.
    #[error("scratch file `{path}`: {source}; is the disk full?")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("scratch Parquet file: {0}; is the disk full?")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Rows belong into more lake folders than one object may have.
    #[error(
        "rows of one object belong into more than {limit} lake folders; let `partition_by` of pipeline `{pipeline}` \
         tell fewer apart"
    )]
    TooManyFolders {
        /// The pipeline.
        pipeline: String,
        /// The most that is allowed.
        limit: usize,
    },
}

impl SpoolError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            source,
        }
    }
}
