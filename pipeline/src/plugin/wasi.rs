//! An empty WASI for plugins whose toolchain cannot do without one.
//!
//! Every function that a component imports from `wasi:` is there, so that it links, and traps when it is called: no
//! files, no sockets, no environment, no clock. wasmtime's own implementation would bring an async runtime and real
//! system calls into a sandbox that promises none.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};

use super::sandbox::Host;

/// Stands for any WASI resource. None is ever made.
struct Nothing;

/// Defines what `component` imports from `wasi:`.
pub(super) fn define_empty(
    linker: &mut Linker<Host>,
    component: &Component,
) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    for (name, import) in component.component_type().imports(&engine) {
        if !name.starts_with("wasi:") {
            continue;
        }
        if let ComponentItem::ComponentInstance(interface) = import.ty {
            let mut instance = linker.instance(name)?;
            for (item, export) in interface.exports(&engine) {
                define_item(&mut instance, name, item, &export.ty)?;
            }
        }
    }
    Ok(())
}

fn define_item(
    instance: &mut LinkerInstance<'_, Host>,
    interface: &str,
    item: &str,
    ty: &ComponentItem,
) -> wasmtime::Result<()> {
    match ty {
        ComponentItem::ComponentFunc(_) => {
            let refusal =
                format!("the plugin called `{interface}#{item}`, and its WASI is an empty one");
            instance.func_new(item, move |_, _, _, _| {
                Err(wasmtime::Error::msg(refusal.clone()))
            })
        }
        ComponentItem::Resource(_) => {
            instance.resource(item, ResourceType::host::<Nothing>(), |_, _| Ok(()))
        }
        _ => Ok(()),
    }
}
