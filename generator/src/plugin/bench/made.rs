//! Made-up values for the columns that a plugin says it reads: the same on every machine, told by a column's type and by
//! what its name usually means.

use sluice_contract::field_type::TypeName;
use sluice_pipeline::columns::{Column, ColumnField, TextBuilder};
use sluice_pipeline::plugin::Descriptor;

use super::Data;

/// Rows of a batch: with a few columns about as many bytes as the decoder makes one of.
const BATCH_ROWS: usize = 6_000;
/// Columns for a plugin that names none.
const USUAL: [&str; 6] = ["id", "email", "name", "amount", "date", "comment"];

/// Rows for a plugin.
pub(super) fn up(descriptor: &Descriptor, rows: usize) -> Data {
    let named: Vec<(String, String)> = if descriptor.inputs.is_empty() {
        USUAL
            .iter()
            .map(|name| ((*name).to_owned(), "text".to_owned()))
            .collect()
    } else {
        let inputs = descriptor.inputs.iter();
        inputs
            .map(|field| (field.name.clone(), field.logical.clone()))
            .collect()
    };
    let mut data = Data {
        name: "made-up values".to_owned(),
        schema: named
            .iter()
            .map(|(name, _)| ColumnField::text(name))
            .collect(),
        batches: Vec::new(),
        rows: Vec::new(),
    };
    let mut from = 0;
    while from < rows {
        let count = BATCH_ROWS.min(rows - from);
        let columns = named
            .iter()
            .map(|(name, logical)| column(name, logical, from, count));
        data.batches.push(columns.collect());
        data.rows.push(count);
        from += count;
    }
    data
}

fn column(name: &str, logical: &str, from: usize, rows: usize) -> Column {
    let mut column = TextBuilder::default();
    for row in from..from + rows {
        column.push(value(name, logical, row).as_bytes());
    }
    column.finish()
}

/// One value, as text.
fn value(name: &str, logical: &str, row: usize) -> String {
    // Numbers that look mixed up, and are the same everywhere.
    let mixed = row.wrapping_mul(2_654_435_761) >> 7;
    let (month, day, hour) = (mixed % 12 + 1, mixed % 28 + 1, mixed % 24);
    let name = name.to_ascii_lowercase();
    match TypeName::of_logical(logical) {
        Some(TypeName::Integer) => return (mixed % 10).to_string(),
        Some(TypeName::Float | TypeName::Decimal) => {
            return format!("{}.{:02}", mixed % 1_000, mixed % 100);
        }
        Some(TypeName::Boolean) => return mixed.is_multiple_of(2).to_string(),
        Some(TypeName::Timestamp) => return format!("2026-{month:02}-{day:02}T{hour:02}:15:00Z"),
        Some(TypeName::Date) => return format!("2026-{month:02}-{day:02}"),
        Some(TypeName::Json) => return format!("{{\"n\":{}}}", mixed % 100),
        Some(TypeName::Text) | None => {}
    }
    match name.as_str() {
        _ if name.contains("mail") => {
            format!("person.{}@mail{}.example", mixed % 50_000, mixed % 7)
        }
        _ if name.contains("phone") => format!("+49 30 {:06}", mixed % 1_000_000),
        _ if name.contains("date") || name.ends_with("_at") => {
            format!("2026-{month:02}-{day:02} {hour:02}:15")
        }
        _ if name.contains("amount") || name.contains("price") => {
            format!("{}.{:02}", mixed % 1_000, mixed % 100)
        }
        _ if name.contains("country") => ["DE", "FR", "GB", "US"][mixed % 4].to_owned(),
        _ if name.contains("comment") || name.contains("text") || name.contains("note") => [
            "Works as described, would buy it again.",
            "Arrived late, but the support was friendly.",
            "Ganz wunderbar, gerne wieder.",
        ][mixed % 3]
            .to_owned(),
        _ if name == "id" || name.ends_with("_id") => format!("r-{row:07}"),
        _ => format!("{name} {}", mixed % 1_000),
    }
}
