//! How this program plays each of the [roles](sluice_contract::roles): one folder and one line a role.

pub mod api;
pub mod catalog;
pub mod compact;
pub mod ingest;
pub mod notify;
pub mod publish;
mod serve;
#[cfg(test)]
mod tests;

use std::error::Error;

use serde::{Serialize, de::DeserializeOwned};
use sluice_contract::{access::Resource, roles::Role};

pub use self::serve::Serve;
use self::{
    api::Api, catalog::Catalog, compact::Compact, ingest::Ingest, notify::Notify, publish::Publish,
};
use crate::{aws::Session, environment::Environment};

/// AWS calls as the modules declare them that make them: actions, and what they act on.
pub type Calls = &'static [(&'static str, Resource)];

/// What one role does. All of it may wait for AWS: it has a [`Session`], and runs on threads that may.
pub trait Handler: Sized + Send + Sync + 'static {
    /// The calls that it makes, beside those that every role makes.
    const CALLS: &'static [Calls];

    /// What it finds in its environment.
    type Environment: Environment + Send;
    /// What Lambda hands to an invocation.
    type Event: DeserializeOwned + Send + 'static;
    /// What it gets back.
    type Answer: Serialize + Send + 'static;
    /// Why an invocation failed.
    type Failure: Error + Send + Sync + 'static;

    /// Makes the role ready for invocations. Nothing is asked for and no sandbox is made before the first one.
    fn new(environment: Self::Environment, session: Session) -> Self;

    /// Handles an invocation. The id differs from one to the next.
    fn handle(&self, event: Self::Event, request_id: &str) -> Result<Self::Answer, Self::Failure>;
}

/// How this program plays a role.
#[derive(Clone, Copy)]
pub struct Player {
    /// The calls that only this role makes.
    pub(crate) calls: &'static [Calls],
    /// Serves invocations until Lambda stops the process.
    pub serve: Serve,
}

/// The list of roles.
pub fn player(role: Role) -> Player {
    match role {
        Role::Ingest => Player::new::<Ingest>(),
        Role::Publish => Player::new::<Publish>(),
        Role::Api => Player::new::<Api>(),
        Role::Catalog => Player::new::<Catalog>(),
        Role::Compact => Player::new::<Compact>(),
        Role::Notify => Player::new::<Notify>(),
    }
}

impl Player {
    fn new<H: Handler>() -> Self {
        Self {
            calls: H::CALLS,
            serve: |variables, clients| Box::pin(serve::serve::<H>(variables, clients)),
        }
    }
}
