//! What is known of the columns of records that have no header, before the first of them is read.

/// A column that records may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownColumn {
    /// Its name.
    pub name: String,
    /// Whether its values are wanted as JSON text: a text then keeps its quotes, so that it can be told from a number.
    pub json: bool,
    /// Whether a plugin describes it as an input. It then looks for it under any spelling, and finds one.
    pub input: bool,
}
