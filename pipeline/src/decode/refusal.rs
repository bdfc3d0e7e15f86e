//! The verdict that nothing of an object is to be stored.

/// Why nothing of an object is stored.
///
/// A reader says so before its first batch: a format by [`TextFormat::refusal`](super::text::TextFormat::refusal), and what
/// reads the bytes under it by an [`io::Error`](std::io::Error) that carries this, in place of the first byte. Behind the
/// first record it is too late for it, and what is carried counts as [`Damage`](super::Damage).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Refusal {
    /// A short stable name.
    pub code: &'static str,
    /// What is wrong and what to do about it, for people. It never holds what a cell or an unknown name holds: without a
    /// header, the first record stands in its place.
    pub message: String,
}
