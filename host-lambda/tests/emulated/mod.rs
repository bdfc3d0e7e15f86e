#![allow(clippy::unwrap_used)]

mod api;
mod api_role;
mod catalog;
mod component;
mod inbox;
mod ingest;
mod ledger;
mod notify;
mod outputs;
mod plugins;
mod press;
mod publish;
mod seen_keys;
mod settings;
mod source;
mod swap;
mod table;

use crate::aws::{faults, ministack};
