//! The plugin contract as Rust types, made by wit-bindgen's macro from `wit/`. Only this file invokes it.
#![allow(missing_docs, unreachable_pub, unsafe_code, reason = "made by a macro")]

wit_bindgen::generate!({
    path: "../../../wit",
    world: "transformer",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "sluice_sdk::bindings",
});
