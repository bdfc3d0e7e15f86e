//! How the columns of a lake's files are encoded.

use std::collections::HashSet;

use arrow_array::{Array as _, ArrayRef, RecordBatch, cast::AsArray as _};
use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
    schema::types::ColumnPath,
};
use sluice_contract::{field_type::Stored, stack::Pipeline};

/// Rows after which a row group is written out.
const ROW_GROUP_ROWS: usize = 1 << 20;
/// Uncompressed bytes of a page.
const PAGE_BYTES: usize = 256 << 10;
/// Values that decide whether a column gets a dictionary.
const SAMPLED_VALUES: usize = 2048;

/// For rows that are read back soon: without dictionaries, which take memory however few rows there are.
pub(super) fn spool_properties() -> WriterProperties {
    compressed()
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build()
}

/// For files of the lake: chosen by the fields and the first rows.
pub(super) fn properties(pipeline: &Pipeline, first: &RecordBatch) -> WriterProperties {
    let mut properties = compressed()
        .set_created_by(concat!("sluice ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_dictionary_page_size_limit(PAGE_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for (field, values) in pipeline.fields.iter().zip(first.columns()) {
        let column = ColumnPath::from(field.name.as_str());
        if mostly_distinct(values) {
            properties = properties.set_column_dictionary_enabled(column.clone(), false);
        }
        match field.kind.stored() {
            // The smallest and greatest of free text let a query skip nothing, and finding them costs a comparison a row.
            Stored::Text | Stored::Document => {
                if !pipeline.key.contains(&field.name) {
                    properties =
                        properties.set_column_statistics_enabled(column, EnabledStatistics::None);
                }
            }
            // Times are rarely equal and often close: differences are smaller than a dictionary.
            Stored::Timestamp => {
                properties = properties
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
            }
            Stored::Integer | Stored::Float | Stored::Decimal | Stored::Boolean | Stored::Date => {}
        }
    }
    properties.build()
}

fn compressed() -> WriterPropertiesBuilder {
    let zstd = ZstdLevel::try_new(1).expect("a level that zstd has");
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(zstd))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_offset_index_disabled(true)
}

/// Whether a dictionary of these texts would hold most of them, and so be given up after much work.
fn mostly_distinct(values: &ArrayRef) -> bool {
    let Some(texts) = values.as_string_opt::<i32>() else {
        return false;
    };
    let sample = texts.len().min(SAMPLED_VALUES);
    let distinct: HashSet<&str> = (0..sample).map(|row| texts.value(row)).collect();
    distinct.len() > sample / 2
}
