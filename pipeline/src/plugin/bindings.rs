//! The plugin contract as Rust types, made by wasmtime's macro from `wit/`. Only this file invokes it.
//!
//! Borrowing ownership: a batch is lowered from the slices it lives in, without a clone.
#![allow(missing_docs, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "transformer",
    ownership: Borrowing { duplicate_if_necessary: true },
});
