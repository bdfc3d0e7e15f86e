//! A table: items in DynamoDB, the newest version of a key. The writer to DynamoDB is the host's.

mod item;
mod local;
mod number;
mod records;

pub(super) use self::item::refuse;
pub use self::{
    local::LocalTable,
    number::fits_number,
    records::{LocalRecords, PutRow, StoredRow},
};
