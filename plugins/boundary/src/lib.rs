//! Does as little as can be done to a record of eight fields, to measure what its way into a plugin and back costs:
//! nothing, one field in capitals, or all of them; row by row or in whole columns.

use sluice_sdk::contract::{Batch, Column, Descriptor, Field, OutColumn, Output, Values};
use sluice_sdk::{
    ColumnPlugin, Config, Failure, FromConfig, Origin, Outcome, Row, RowPlugin, Rows,
};

/// What is done to a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Keep,
    /// The first field in capitals.
    One,
    /// Every field in capitals.
    All,
}

impl FromConfig for Work {
    fn from_config(config: &Config) -> Result<Work, Failure> {
        match config.get("work") {
            Some("keep") => Ok(Work::Keep),
            Some("one") => Ok(Work::One),
            Some("all") => Ok(Work::All),
            _ => Err(config.wrong("work", "`keep`, `one` or `all`")),
        }
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
        let fields = match work {
            Work::Keep => 0,
            Work::One => 1,
            Work::All => FIELDS.len(),
        };
        for field in 0..fields {
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
        let columns = batch
            .columns
            .into_iter()
            .enumerate()
            .map(|(i, column)| match (self.0, i) {
                (Work::All, _) | (Work::One, 0) => OutColumn::Replace(in_capitals(column)),
                _ => OutColumn::Keep(i as u32),
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
            _ => Err(config.wrong("api", "`rows` or `columns`")),
        }
    }

    fn transform(&mut self, batch: Batch, origin: Origin) -> Result<Output, Failure> {
        match self {
            Boundary::Rows(rows) => rows.transform(batch, origin),
            Boundary::Columns(columns) => columns.transform(batch, origin),
        }
    }
}

sluice_sdk::export!(Boundary);
