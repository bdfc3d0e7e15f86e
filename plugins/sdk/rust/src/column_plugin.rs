//! The contract as a trait over whole columns: what [`plugin!`](crate::plugin) builds on, and the way out for a plugin
//! that does better than row by row.

#[cfg(target_arch = "wasm32")]
use std::cell::RefCell;
use std::marker::PhantomData;

use crate::config::Config;
use crate::contract::{Batch, Descriptor, Failure, Field, Origin, Output};

/// A plugin over whole columns.
pub trait ColumnPlugin: Sized + 'static {
    /// Describes the plugin.
    fn describe() -> Descriptor;

    /// Prepares for rows of this schema, and says which columns it will return.
    fn configure(schema: Vec<Field>, config: Config) -> Result<(Self, Vec<Field>), Failure>;

    /// Cleans a batch. The host rejects the rows that make it fail, and checks all that it returns.
    fn transform(&mut self, batch: Batch, origin: Origin) -> Result<Output, Failure>;
}

/// A [`ColumnPlugin`] as the component's export. [`export!`](crate::export) uses it.
pub struct Component<P>(PhantomData<P>);

#[cfg(target_arch = "wasm32")]
impl<P: ColumnPlugin> crate::bindings::exports::sluice::transform::plugin::Guest for Component<P> {
    fn describe() -> Descriptor {
        crate::log::report_panics();
        P::describe()
    }

    fn configure(schema: Vec<Field>, config: Vec<(String, String)>) -> Result<Vec<Field>, Failure> {
        crate::log::report_panics();
        let (plugin, fields) = P::configure(schema, Config::new(config))?;
        CONFIGURED.with(|configured| *configured.borrow_mut() = Some(Box::new(plugin)));
        Ok(fields)
    }

    fn transform(input: Batch, origin: Origin) -> Result<Output, Failure> {
        CONFIGURED.with(|configured| match &mut *configured.borrow_mut() {
            Some(plugin) => plugin.transform(input, origin),
            None => Err(Failure {
                code: "not_configured".into(),
                message: "`transform` came before `configure`".into(),
            }),
        })
    }
}

#[cfg(target_arch = "wasm32")]
trait Configured {
    fn transform(&mut self, batch: Batch, origin: Origin) -> Result<Output, Failure>;
}

#[cfg(target_arch = "wasm32")]
impl<P: ColumnPlugin> Configured for P {
    fn transform(&mut self, batch: Batch, origin: Origin) -> Result<Output, Failure> {
        ColumnPlugin::transform(self, batch, origin)
    }
}

#[cfg(target_arch = "wasm32")]
thread_local! {
    /// The one plugin of this instance, once it is configured.
    static CONFIGURED: RefCell<Option<Box<dyn Configured>>> = const { RefCell::new(None) };
}
