//! Which records rows are of, and their text, for a sink that refuses rows when they are long past the checks.

/// The records of the rows of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// For every row the number of its record in the object, from 0.
    pub(crate) records: Vec<u64>,
    /// The texts of these records, one a row.
    pub(crate) texts: Vec<u8>,
    /// Where in `texts` each of them ends.
    pub(crate) ends: Vec<u64>,
}

impl Origins {
    /// Adds a row.
    pub(crate) fn push(&mut self, record: u64, text: &[u8]) {
        self.records.push(record);
        self.texts.extend_from_slice(text);
        self.ends.push(self.texts.len() as u64);
    }

    /// The text of a row's record.
    pub(crate) fn text(&self, row: usize) -> &[u8] {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[begin as usize..self.ends[row] as usize]
    }

    /// The rows that stay.
    pub(crate) fn filter(&self, keep: &[bool]) -> Self {
        let mut kept = Self::default();
        for (row, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
            kept.push(self.records[row], self.text(row));
        }
        kept
    }
}
