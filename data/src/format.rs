//! The formats that records are written in.

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFormat {
    /// As the pipeline's source has it: its delimiter, its quotes, its header.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// With the types of the manifest; with text in every column where rows are polluted.
    Parquet,
}
