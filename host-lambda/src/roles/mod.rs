//! What functions do: one folder a role.

pub mod ingest;
pub mod publish;
mod serve;

use std::error::Error;

use serde::{Serialize, de::DeserializeOwned};

pub use serve::serve;

use crate::{aws::Session, environment::Environment};

/// What one role does. All of it may wait for AWS: it has a [`Session`], and runs on threads that may.
pub trait Handler: Sized + Send + Sync + 'static {
    /// What Lambda hands to an invocation.
    type Event: DeserializeOwned + Send + 'static;
    /// What it gets back.
    type Answer: Serialize + Send + 'static;
    /// Why an invocation failed.
    type Failure: Error + Send + Sync + 'static;

    /// Makes the role ready for invocations. Nothing is asked for and no sandbox is made before the first one.
    fn new(environment: Environment, session: Session) -> Self;

    /// Handles an invocation. The id differs from one to the next.
    fn handle(&self, event: Self::Event, request_id: &str) -> Result<Self::Answer, Self::Failure>;
}
