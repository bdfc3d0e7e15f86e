//! The stage of the end-to-end tests: an emulated AWS, the AWS CLI as a user has it, and the two programs of this
//! workspace as they are shipped.
//!
//! Nothing in here calls the crates of the workspace. What a test sees is what a user would see: a template on standard
//! output, a stack's outputs, items, files, messages and log lines. Every test starts a cloud of its own, so that tests
//! share nothing but the processor.

mod aws;
mod cloud;
mod deployment;
mod eventually;
mod inbox;
mod lake;
mod laptop;
mod manifest;
mod measurements;
mod programs;
mod template;

pub use aws::{Aws, Credentials};
pub use cloud::{Cloud, on_a_cloud};
pub use deployment::{Deployment, FEEDBACK_PLUGIN};
pub use eventually::eventually;
pub use inbox::Inbox;
pub use lake::Lake;
pub use laptop::{Laptop, example_data};
pub use manifest::{Manifest, rendered};
pub use measurements::Measurements;
pub use programs::{generate, generator, repository, run, tool};
pub use template::{Template, found};
