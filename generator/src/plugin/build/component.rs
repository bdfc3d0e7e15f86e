//! The last step of a build: a core module becomes a component that imports nothing but the log.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata, metadata};
use wit_parser::Resolve;

/// The contract, for modules that do not bring it.
const WIT: &str = include_str!("../../../../wit/transform.wit");
const WORLD: &str = "transformer";

/// Wraps a core module. Where it does not hold a description of the contract, as those of `wit-bindgen` do, it is taken to
/// be made for the current one.
pub(super) fn componentize(module: Vec<u8>) -> Result<Vec<u8>, String> {
    encode(module).map_err(|error| format!("{error:#}"))
}

fn encode(mut module: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let (without_description, _) = metadata::decode(&module)?;
    if without_description.is_none() {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("transform.wit", WIT)?;
        let world = resolve.select_world(&[package], Some(WORLD))?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    }
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).debug_names(false);
    encoder.module(&module)?.encode()
}

/// The component of a core module of this program's own, in WebAssembly's text format.
pub(crate) fn componentize_text(text: &str) -> Vec<u8> {
    let module = wat::parse_str(text).expect("the module is right, which a test sees");
    componentize(module).expect("the module is a plugin, which a test sees")
}
