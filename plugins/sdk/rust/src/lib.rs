//! Write a Sluice plugin as a Rust function over one row.
//!
//! ```
//! use sluice_sdk::{Outcome, Row};
//!
//! sluice_sdk::plugin! {
//!     name: "shout",
//!     config: (),
//!     clean: clean,
//!     fields: {
//!         NAME = text("name").aliases(&["full name"]),
//!         LENGTH = integer("name_length").made(),
//!     }
//! }
//!
//! fn clean(row: &mut Row, _config: &()) -> Outcome {
//!     let name = row.text(NAME).trim();
//!     if name.is_empty() {
//!         return row.reject(NAME, "no_name", "the record has no name");
//!     }
//!     row.set_text(NAME, &name.to_uppercase());
//!     row.set_integer(LENGTH, name.chars().count() as i64);
//!     Outcome::Keep
//! }
//!
//! # fn main() {
//! let cleaned = sluice_sdk::testing::run::<Plugin>(&[], &["Full Name"], &[&[" ada "]]);
//! assert_eq!(cleaned.text(0, "name"), Some("ADA"));
//! # }
//! ```
//!
//! [`plugin!`] does the rest: it describes the plugin, finds the columns whatever a file calls them, hands untouched
//! columns back without a copy, and turns a panic into the reason that goes with the row. Whoever wants whole columns
//! implements [`ColumnPlugin`] and uses [`export!`].
//!
//! The crate knows nothing about where rows come from or go to.

pub mod bindings;
mod blank;
mod column_plugin;
mod config;
pub mod field;
mod input;
mod log;
mod names;
mod null_bitmap;
mod nulls;
mod origins;
mod output;
mod row;
mod row_plugin;
pub mod scan;
pub mod testing;
mod text_buffer;

/// The data of the plugin contract, as in `wit/transform.wit`.
pub mod contract {
    pub use crate::bindings::sluice::transform::types::{
        Batch, BytesColumn, Column, Descriptor, Failure, Field, Finding, Origin, OutColumn, Output,
        Severity, Values,
    };
}

pub use blank::{is_blank, trim};
pub use column_plugin::{ColumnPlugin, Component};
pub use config::{Config, FromConfig};
pub use contract::{Failure, Origin, Severity};
pub use field::{Column, Field};
pub use log::log;
pub use names::{find_columns, plain_name};
pub use null_bitmap::NullBitmap;
pub use nulls::Nulls;
pub use output::Text;
pub use row::{Outcome, Row};
pub use row_plugin::{RowPlugin, Rows};

/// Makes a plugin of a function over one row. See the crate's example.
///
/// `config` is a public type that implements [`FromConfig`], or `()`. `fields` names the columns that the plugin deals
/// with; each becomes a [`Column`] constant. Columns of the input that are not among them go through untouched.
#[macro_export]
macro_rules! plugin {
    (
        name: $name:expr,
        config: $config:ty,
        clean: $clean:path,
        fields: { $($(#[$meta:meta])* $field:ident = $declaration:expr),+ $(,)? }
    ) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum FieldIndex { $($field),+ }

        $(
            $(#[$meta])*
            #[allow(dead_code)]
            const $field: $crate::Column = $crate::Column::nth(FieldIndex::$field as usize);
        )+

        /// The plugin, as [`plugin!`](sluice_sdk::plugin) made it.
        pub struct Plugin;

        impl $crate::RowPlugin for Plugin {
            const NAME: &'static str = $name;
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            type Config = $config;

            fn fields() -> &'static [$crate::Field] {
                #[allow(unused_imports)]
                use $crate::field::{boolean, date, decimal, float, integer, json, text, timestamp};
                const FIELDS: &[$crate::Field] = &[$($declaration),+];
                FIELDS
            }

            #[inline]
            fn clean(row: &mut $crate::Row<'_>, config: &$config) -> $crate::Outcome {
                $clean(row, config)
            }
        }

        $crate::export!($crate::Rows<Plugin>);
    };
}

/// Exports a [`ColumnPlugin`] as the component of this crate.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::Component<$plugin>;
    $crate::bindings::export_component!(Exported with_types_in $crate::bindings);
        };
    };
}
