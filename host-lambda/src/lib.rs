//! The host Lambda: Lambda events to the record path, and the AWS adapters of its ports.
//!
//! One program plays several roles, each with an IAM role of its own; [`roles`]. What a record is, and
//! what is done to it, is known to `sluice_pipeline` alone.

pub mod access;
pub mod aws;
pub mod environment;
pub mod events;
pub mod plugins;
pub mod roles;
pub mod tell;
