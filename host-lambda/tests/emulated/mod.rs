#![allow(clippy::unwrap_used)]

mod faults;
mod ingest;
mod ledger;
mod ministack;
mod outputs;
mod plugins;
mod settings;
mod source;
mod table;
