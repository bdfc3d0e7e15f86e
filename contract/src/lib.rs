//! What the generator and the host agree on, and nothing else: the meaning of a manifest, and each name that one program
//! writes and the other reads.
//!
//! Whatever two programs must spell alike is a value or a type here, so that a drift between them does not compile. This
//! crate knows neither how a manifest is written nor how AWS is called.

pub mod access;
pub mod catalog;
pub mod compaction;
pub mod control;
pub mod event;
pub mod fake;
pub mod field_type;
pub mod folder;
pub mod format;
pub mod literal;
pub mod metrics;
pub mod objects;
pub mod outputs;
pub mod roles;
pub mod served;
pub mod settings;
mod sha256;
pub mod shell;
pub mod stack;
pub mod variable;
pub mod workload;

pub use sha256::{NotSha256, Sha256};
pub use stack::Stack;
