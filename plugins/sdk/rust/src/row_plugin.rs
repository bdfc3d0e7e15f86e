//! Runs a function over the rows of a batch: the bridge from [`RowPlugin`] to [`ColumnPlugin`].

use crate::column_plugin::ColumnPlugin;
use crate::config::{Config, FromConfig};
use crate::contract::{self, Batch, Descriptor, Failure, Origin, OutColumn, Output};
use crate::field::{Field, find_columns};
use crate::input;
use crate::origins::Origins;
use crate::output::{Behind, OutputColumn, without_rows};
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
        let mut outputs: Vec<OutputColumn> = P::fields().iter().map(OutputColumn::new).collect();
        let mut origins = Origins::default();

        let mut row = Row::new(
            &inputs,
            &mut outputs,
            &mut origins,
            &origin,
            &self.positions,
            rows,
        );
        for at in 0..rows {
            row.begin(at);
            let outcome = P::clean(&mut row, &self.config);
            row.settle(outcome);
        }
        let notes = row.finish();

        let mut columns = Vec::with_capacity(outputs.len() + self.passed.len());
        for ((output, input), index) in outputs.into_iter().zip(&inputs).zip(&self.columns) {
            let behind = Behind {
                input,
                origins: &origins,
                batch_rows: rows,
            };
            columns.extend(output.finish(*index, behind));
        }
        columns.extend(self.passed.iter().map(|index| OutColumn::Keep(*index)));
        let mut count = origins.len();
        let mut source_rows = origins.finish();
        if let Some(source_rows) = &mut source_rows
            && !notes.phantoms.is_empty()
        {
            for column in &mut columns {
                if let OutColumn::Replace(column) = column {
                    without_rows(column, &notes.phantoms);
                }
            }
            let mut phantoms = notes.phantoms.iter().peekable();
            let mut output_row = 0;
            source_rows.retain(|_| {
                output_row += 1;
                phantoms.next_if_eq(&&(output_row - 1)).is_none()
            });
            count = source_rows.len();
        }
        Ok(Output {
            rows: count as u32,
            columns,
            source_rows,
            rejected: notes.rejected,
            findings: notes.findings,
        })
    }
}
