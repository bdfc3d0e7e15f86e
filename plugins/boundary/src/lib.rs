//! Does as little as can be done to a record of eight fields, to measure what its way into a plugin and back costs:
//! nothing, one field in capitals, or all of them; row by row or in whole columns. And the worked example of the plugin
//! scaffolds in whole columns.

mod mask_columns;

use sluice_sdk::contract::{Batch, Column, Descriptor, Field, OutColumn, Output, Values};
use sluice_sdk::{
    ColumnPlugin, Config, Failure, FromConfig, Origin, Outcome, Row, RowPlugin, Rows,
};

pub use mask_columns::MaskColumns;

/// What is done to a record: so many of its fields are put in capitals.
#[derive(Clone, Copy)]
pub struct Work {
    capitals: usize,
}

impl FromConfig for Work {
    fn from_config(config: &Config) -> Result<Work, Failure> {
        let capitals = match config.get("work") {
            Some("keep") => 0,
            Some("one") => 1,
            Some("all") => FIELDS.len(),
            _ => return Err(config.wrong("work", "`keep`, `one` or `all`")),
        };
        Ok(Work { capitals })
    }
}

const FIELDS: [sluice_sdk::Field; 8] = {
    use sluice_sdk::field::text;
    [
        text("a"),
        text("b"),
        text("c"),
        text("d"),
        text("e"),
        text("f"),
        text("g"),
        text("h"),
    ]
};

/// Row by row.
pub struct ByRow;

impl RowPlugin for ByRow {
    const NAME: &'static str = "boundary";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Config = Work;

    fn fields() -> &'static [sluice_sdk::Field] {
        &FIELDS
    }

    #[inline]
    fn clean(row: &mut Row<'_>, work: &Work) -> Outcome {
        for field in 0..work.capitals {
            let column = sluice_sdk::Column::nth(field);
            let text = row.text(column);
            row.build_text(column, |out| out.push_uppercase(text));
        }
        Outcome::Keep
    }
}

/// In whole columns.
pub struct ByColumn(Work);

impl ColumnPlugin for ByColumn {
    fn describe() -> Descriptor {
        Rows::<ByRow>::describe()
    }

    fn configure(schema: Vec<Field>, config: Config) -> Result<(Self, Vec<Field>), Failure> {
        Ok((ByColumn(Work::from_config(&config)?), schema))
    }

    fn transform(&mut self, batch: Batch, _origin: Origin) -> Result<Output, Failure> {
        let columns = batch.columns.into_iter().enumerate().map(|(i, column)| {
            if i < self.0.capitals {
                OutColumn::Replace(in_capitals(column))
            } else {
                OutColumn::Keep(i as u32)
            }
        });
        Ok(Output {
            rows: batch.rows,
            columns: columns.collect(),
            source_rows: None,
            rejected: Vec::new(),
            findings: Vec::new(),
        })
    }
}

/// Value by value into a new column, as code that may change lengths has to.
fn in_capitals(column: Column) -> Column {
    let Values::Bytes(bytes) = column.values else {
        return column;
    };
    let mut offsets = Vec::with_capacity(bytes.offsets.len());
    let mut data: Vec<u8> = Vec::with_capacity(bytes.data.len());
    offsets.push(0);
    for ends in bytes.offsets.windows(2) {
        data.extend(
            bytes.data[ends[0] as usize..ends[1] as usize]
                .iter()
                .map(u8::to_ascii_uppercase),
        );
        offsets.push(data.len() as u32);
    }
    Column {
        values: Values::Bytes(sluice_sdk::contract::BytesColumn { offsets, data }),
        validity: column.validity,
    }
}

/// Either, as the configuration says.
pub enum Boundary {
    /// `api = "rows"`
    Rows(Rows<ByRow>),
    /// `api = "columns"`
    Columns(ByColumn),
    /// `api = "mask-columns"`
    MaskColumns(MaskColumns),
}

impl ColumnPlugin for Boundary {
    fn describe() -> Descriptor {
        ByColumn::describe()
    }

    fn configure(schema: Vec<Field>, config: Config) -> Result<(Self, Vec<Field>), Failure> {
        match config.get("api") {
            Some("rows") => {
                Rows::configure(schema, config).map(|(rows, fields)| (Boundary::Rows(rows), fields))
            }
            Some("columns") => ByColumn::configure(schema, config)
                .map(|(by, fields)| (Boundary::Columns(by), fields)),
            Some("mask-columns") => MaskColumns::configure(schema, config)
                .map(|(by, fields)| (Boundary::MaskColumns(by), fields)),
            _ => Err(config.wrong("api", "`rows`, `columns` or `mask-columns`")),
        }
    }

    fn transform(&mut self, batch: Batch, origin: Origin) -> Result<Output, Failure> {
        match self {
            Boundary::Rows(rows) => rows.transform(batch, origin),
            Boundary::Columns(columns) => columns.transform(batch, origin),
            Boundary::MaskColumns(columns) => columns.transform(batch, origin),
        }
    }
}

sluice_sdk::export!(Boundary);
