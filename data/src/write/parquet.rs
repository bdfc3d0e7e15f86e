//! Parquet, with the types of the manifest. Where rows may be wrong every column is text, for a typed column cannot hold
//! what is wrong.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use sluice_contract::field_type::{FieldType, Stored};
use sluice_contract::literal;

use super::RowWriter;
use crate::records::Column;
use crate::row::Row;

/// Rows of one batch.
const BATCH: usize = 8192;

/// Rows of one group, all of which are in memory, compressed, until it is complete.
const GROUP: usize = 128 << 10;

pub(super) struct ParquetWriter<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: Arc<Schema>,
    columns: Vec<Builder>,
    rows: usize,
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Decimal(Decimal128Builder, u8, u8),
    Boolean(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(columns: &[Column], polluted: bool, out: W) -> io::Result<Self> {
        let stored = |kind: &FieldType| {
            if polluted {
                Stored::Text
            } else {
                kind.stored()
            }
        };
        let field = |column: &Column| {
            let data_type = data_type(stored(&column.kind), &column.kind);
            Field::new(&column.name, data_type, true)
        };
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("gen data".to_owned())
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(broken)?;
        let builder = |column: &Column| Builder::new(stored(&column.kind), &column.kind);
        Ok(Self {
            writer,
            schema,
            columns: columns.iter().map(builder).collect(),
            rows: 0,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        let arrays = self.columns.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(io::Error::other)?;
        self.rows = 0;
        self.writer.write(&batch).map_err(broken)
    }
}

impl<W: Write + Send> RowWriter for ParquetWriter<W> {
    fn write(&mut self, row: &Row) -> io::Result<()> {
        for (cell, column) in self.columns.iter_mut().enumerate() {
            column.push(row.text(cell));
        }
        self.rows += 1;
        if self.rows >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.close().map_err(broken).map(drop)
    }
}

/// What the outlet said, where it is to blame: by its kind, a reader that has seen enough is told from a failure.
fn broken(error: ParquetError) -> io::Error {
    let kind = match &error {
        ParquetError::External(source) => source.downcast_ref::<io::Error>().map(io::Error::kind),
        _ => None,
    };
    io::Error::new(kind.unwrap_or(io::ErrorKind::Other), error)
}

fn data_type(stored: Stored, kind: &FieldType) -> DataType {
    match stored {
        Stored::Text | Stored::Document => DataType::Utf8,
        Stored::Integer => DataType::Int64,
        Stored::Float => DataType::Float64,
        Stored::Decimal => {
            let (precision, scale) = kind.digits();
            DataType::Decimal128(precision, scale as i8)
        }
        Stored::Boolean => DataType::Boolean,
        Stored::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Stored::Date => DataType::Date32,
    }
}

impl Builder {
    fn new(stored: Stored, kind: &FieldType) -> Self {
        match stored {
            Stored::Text | Stored::Document => Builder::Text(StringBuilder::new()),
            Stored::Integer => Builder::Integer(Int64Builder::new()),
            Stored::Float => Builder::Float(Float64Builder::new()),
            Stored::Decimal => {
                let (precision, scale) = kind.digits();
                let builder = Decimal128Builder::new().with_data_type(data_type(stored, kind));
                Builder::Decimal(builder, precision, scale)
            }
            Stored::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Stored::Timestamp => {
                let builder = TimestampMicrosecondBuilder::new();
                Builder::Timestamp(builder.with_data_type(data_type(stored, kind)))
            }
            Stored::Date => Builder::Date(Date32Builder::new()),
        }
    }

    fn push(&mut self, text: Option<&str>) {
        let bytes = text.map(str::as_bytes);
        match self {
            Builder::Text(builder) => builder.append_option(text),
            Builder::Integer(builder) => builder.append_option(bytes.and_then(literal::integer)),
            Builder::Float(builder) => builder.append_option(bytes.and_then(literal::float)),
            Builder::Decimal(builder, precision, scale) => {
                let units = bytes.and_then(|bytes| literal::decimal(bytes, *precision, *scale));
                builder.append_option(units);
            }
            Builder::Boolean(builder) => builder.append_option(bytes.and_then(literal::boolean)),
            Builder::Timestamp(builder) => {
                builder.append_option(bytes.and_then(literal::timestamp));
            }
            Builder::Date(builder) => builder.append_option(bytes.and_then(literal::date)),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Float(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder, ..) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Timestamp(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
        }
    }
}
