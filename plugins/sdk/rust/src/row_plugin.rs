//! Runs a function over the rows of a batch: the bridge from [`RowPlugin`] to [`ColumnPlugin`].

use crate::column_plugin::ColumnPlugin;
use crate::config::{Config, FromConfig};
use crate::contract::{self, Batch, Descriptor, Failure, Origin, Output};
use crate::field::{Field, find_columns};
use crate::input;
use crate::output::OutputColumn;
use crate::row::{Outcome, Row};

/// A plugin over rows, which [`plugin!`](crate::plugin) implements.
pub trait RowPlugin: 'static {
    /// The plugin's name.
    const NAME: &'static str;
    /// Its version.
    const VERSION: &'static str;
    /// Its configuration, parsed.
    type Config: FromConfig + 'static;

    /// The columns that it deals with.
    fn fields() -> &'static [Field];

    /// Cleans a row.
    fn clean(row: &mut Row<'_>, config: &Self::Config) -> Outcome;
}

/// A configured [`RowPlugin`].
pub struct Rows<P: RowPlugin> {
    config: P::Config,
    /// The input column of each field.
    columns: Vec<Option<usize>>,
    /// The output column of each field.
    positions: Vec<Option<u32>>,
    /// Input columns that go through untouched, behind the fields.
    passed: Vec<u32>,
}

impl<P: RowPlugin> ColumnPlugin for Rows<P> {
    fn describe() -> Descriptor {
        let fields = || P::fields().iter();
        Descriptor {
            name: P::NAME.into(),
            version: P::VERSION.into(),
            inputs: fields()
                .filter(|field| field.read)
                .map(Field::describe)
                .collect(),
            outputs: fields()
                .filter(|field| field.written)
                .map(Field::describe)
                .collect(),
            config_schema: P::Config::SCHEMA.into(),
        }
    }

    fn configure(
        schema: Vec<contract::Field>,
        config: Config,
    ) -> Result<(Self, Vec<contract::Field>), Failure> {
        let config = P::Config::from_config(&config)?;
        let columns = find_columns(P::fields(), &schema);
        let mut outputs: Vec<contract::Field> = Vec::with_capacity(schema.len());
        let mut positions = Vec::with_capacity(columns.len());
        for field in P::fields() {
            positions.push(field.written.then_some(outputs.len() as u32));
            if field.written {
                outputs.push(field.describe());
            }
        }
        let mut passed = Vec::new();
        for (index, column) in schema.into_iter().enumerate() {
            let is_read = columns.contains(&Some(index));
            if !is_read && outputs.iter().all(|output| output.name != column.name) {
                passed.push(index as u32);
                outputs.push(column);
            }
        }
        Ok((
            Rows {
                config,
                columns,
                positions,
                passed,
            },
            outputs,
        ))
    }

    fn transform(&mut self, batch: Batch, origin: Origin) -> Result<Output, Failure> {
        let rows = batch.rows as usize;
        let inputs = input::borrow(P::fields(), &batch, &self.columns)?;
        let outputs = P::fields().iter().map(OutputColumn::new).collect();
        let mut row = Row::new(inputs, outputs, &origin, &self.positions, rows);
        for at in 0..rows {
            row.begin(at);
            let outcome = P::clean(&mut row, &self.config);
            row.settle(outcome);
        }
        Ok(row.finish(&self.columns, &self.passed))
    }
}
