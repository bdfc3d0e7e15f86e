//! What functions do: one folder a role.

pub mod ingest;
pub mod publish;
