#![allow(clippy::unwrap_used)]

mod component;
mod faults;
mod inbox;
mod ingest;
mod ledger;
mod ministack;
mod outputs;
mod plugins;
mod press;
mod publish;
mod settings;
mod source;
mod table;
