//! The AWS adapters, and the role made of them, against an emulated AWS that each test starts for itself.

mod aws;
mod emulated;
