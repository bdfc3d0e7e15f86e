//! Everything behind the `gen` command, as a library so that tests and other programs can render too.
//!
//! A manifest becomes a [`Stack`](sluice_contract::Stack) in its own crate. Here a [`view`] turns the stack into what
//! the templates show, and [`render`](mod@render) fills the templates. Neither reads a clock, an environment or a
//! network: the same manifest gives the same bytes. The [`rules`] say what AWS would not take of the result. Each
//! subcommand is a module of its own.

mod alert;
mod check;
pub mod cli;
mod compiled;
mod component;
mod data;
mod embedded;
mod events;
mod failure;
mod loaded;
mod openapi;
mod own_folder;
mod plugin;
mod plugin_settings;
mod project;
mod python;
mod query;
mod record_files;
pub mod render;
mod replay;
pub mod rules;
mod run;
mod serve;
mod stack;
mod subcommands;
mod tables;
mod terminal;
pub mod view;

pub use render::{RenderError, RenderOptions, Templates, render};
pub use tables::read as read_table;
