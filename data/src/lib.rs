//! Made-up records of a pipeline: such that its checks accept, or, where that is asked for, such that they reject for a
//! reason that is told.
//!
//! This crate knows what a manifest means, and neither a terminal nor the record path: that its records are accepted is for
//! tests to show, which hold them against the pipeline's own checks. It reads no clock and asks no machine for chance: a
//! seed gives the same bytes everywhere.
//!
//! ```
//! use sluice_data::{DataFormat, Options, Records, Row, writer};
//! # let manifest = r#"
//! # [project]
//! # name = "shop"
//! # [pipeline.orders]
//! # source = { prefix = "in/" }
//! # lake = true
//! # [pipeline.orders.fields]
//! # rating = { type = "integer", min = 4, max = 4 }
//! # "#;
//! # let stack = sluice_manifest::load(manifest, "manifest.toml", None).expect("a valid manifest");
//! # let pipeline = &stack.pipelines[0];
//! let options = Options {
//!     rows: 2,
//!     seed: 1,
//!     format: DataFormat::Csv,
//!     mess: None,
//!     ranks: Vec::new(),
//! };
//! let mut records = Records::new(pipeline, &options)?;
//! records.learn(|| {})?;
//! let mut text = Vec::new();
//! let mut out = writer(options.format, pipeline, records.columns(), false, &mut text)?;
//! let mut row = Row::default();
//! for number in 0..options.rows {
//!     records.fill(number, &mut row)?;
//!     out.write(&row)?;
//! }
//! out.finish()?;
//! assert_eq!(text, b"rating\n4\n4\n");
//! # Ok::<(), sluice_data::DataError>(())
//! ```

mod error;
mod format;
mod key;
mod kind;
mod limits;
mod maker;
mod mess;
mod pattern;
mod person;
mod plan;
mod range;
mod rank;
mod ranking;
mod records;
mod rng;
mod row;
mod tables;
mod version;
mod write;

pub use error::DataError;
pub use format::DataFormat;
pub use mess::{Truth, ways};
pub use rank::DenseRank;
pub use records::{Column, Options, Records};
pub use row::{Row, Value};
pub use write::{RowWriter, writer};
