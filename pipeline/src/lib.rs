//! The record path: an object is decoded into batches, cleaned by a plugin, checked against the manifest's fields, and
//! routed to the sinks and the rejects, so that every record is accounted for.
//!
//! This crate makes no AWS call. It talks to the outside through the [`ports`], whose local adapters (files, SQLite) live
//! in [`local`], and whose AWS adapters live in the host.

pub mod cells;
pub mod check;
pub mod clean;
pub mod columns;
pub mod decode;
pub mod generate;
pub mod json_rows;
pub mod local;
pub mod part;
pub mod plugin;
pub mod ports;
pub mod process;
pub mod report;
pub mod route;
pub mod shown;
pub mod sink;
mod spool;
mod sqlite;
mod verdict;
pub mod vet;
mod wanted;
