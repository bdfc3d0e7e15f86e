//! Values that records lack and Sluice makes: the same ones whenever a record is read again, and no two alike.
//!
//! A UUID is one of version 8 (RFC 9562, section 5.8), built as the RFC's own example of a name-based one with SHA-256
//! (appendix B.2): the first 128 bits of the hash, with version and variant put in. Its name is where the record comes from,
//! the field, the record's number there, and which of the record's rows it is. Nothing here knows what a record holds.

use sluice_contract::stack::Generate;

use crate::columns::{Column, TextBuilder};

/// Tells our names from any others that are hashed.
const NAMESPACE: &[u8] = b"sluice/generated/1\0";

/// Where records come from, as far as generated values depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity([u8; 32]);

impl Identity {
    /// Of these pieces, such as the name of an object and its version.
    pub fn of(pieces: &[&str]) -> Self {
        let mut name = NAMESPACE.to_vec();
        for piece in pieces {
            // Lengths tell where one ends and the next begins.
            name.extend((piece.len() as u64).to_be_bytes());
            name.extend(piece.as_bytes());
        }
        Self(hash(&name))
    }

    /// The UUID of one row of a record.
    pub fn uuid(&self, field: &str, record: u64, row_of_record: u32) -> String {
        let mut name = Vec::with_capacity(32 + 12 + field.len());
        name.extend(self.0);
        name.extend(record.to_be_bytes());
        name.extend(row_of_record.to_be_bytes());
        name.extend(field.as_bytes());
        let hash = hash(&name);
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&hash[..16]);
        uuid[6] = uuid[6] & 0x0f | 0x80;
        uuid[8] = uuid[8] & 0x3f | 0x80;
        written(uuid)
    }

    /// The column of a field, with a value wherever there was none; a column of its own where there was none at all. `name`
    /// says which row of which record a row is.
    pub(crate) fn fill(
        &self,
        generate: Generate,
        field: &str,
        column: Option<Column>,
        rows: usize,
        name: impl Fn(usize) -> (u64, u32),
    ) -> Column {
        let Generate::Uuid = generate;
        let column = match column {
            Some(column) if column.validity.is_empty() => return column,
            column => column,
        };
        let mut filled = TextBuilder::default();
        for row in 0..rows {
            match column.as_ref().and_then(|column| column.bytes(row)) {
                Some(value) => filled.push(value),
                None => {
                    let (record, row_of_record) = name(row);
                    filled.push(self.uuid(field, record, row_of_record).as_bytes());
                }
            }
        }
        filled.finish()
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

/// In its usual form: `xxxxxxxx-xxxx-8xxx-xxxx-xxxxxxxxxxxx`.
fn written(uuid: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 0x0f] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// What once was generated is a key in somebody's table, and stays what it is.
    #[test]
    fn a_uuid_never_changes() {
        let identity = Identity::of(&["s3://raw/in/a.csv", "3sL4kqtJlcpXroDTDmJ"]);
        assert_eq!(
            identity.uuid("id", 0, 0),
            "65c4b766-a19b-89f2-8ac5-efa527fe3e39"
        );
        assert_eq!(
            identity.uuid("id", 4_000_000_000, 1),
            "b288c950-c83e-8887-a8cd-280c30a6e2ae"
        );
    }

    #[test]
    fn whatever_differs_makes_another() {
        let mut seen = HashSet::new();
        for pieces in [&["a", "b"][..], &["ab", ""], &["", "ab"], &["ab"], &[]] {
            for field in ["id", "other"] {
                for record in [0, 1, 256] {
                    for row in [0, 1] {
                        seen.insert(Identity::of(pieces).uuid(field, record, row));
                    }
                }
            }
        }
        assert_eq!(seen.len(), 5 * 2 * 3 * 2);
    }

    proptest! {
        #[test]
        fn it_is_one_of_version_8(piece: String, field: String, record: u64, row: u32) {
            let uuid = Identity::of(&[&piece]).uuid(&field, record, row);
            prop_assert_eq!(uuid.len(), 36);
            let places: Vec<usize> = uuid.match_indices('-').map(|(at, _)| at).collect();
            prop_assert_eq!(places, [8, 13, 18, 23]);
            prop_assert_eq!(&uuid[14..15], "8");
            prop_assert!("89ab".contains(&uuid[19..20]));
            prop_assert!(uuid.bytes().all(|c| c == b'-' || c.is_ascii_digit() || matches!(c, b'a'..=b'f')));
        }
    }
}
