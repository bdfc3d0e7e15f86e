//! What the tests against an emulated AWS share: the emulator, and a bad network in front of it.

// Each test target needs a part of it.
#![allow(clippy::unwrap_used, dead_code)]

pub(crate) mod faults;
pub(crate) mod granted;
pub(crate) mod http;
pub(crate) mod ministack;
pub(crate) mod proxy;
