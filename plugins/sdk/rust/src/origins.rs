//! Which input row every output row comes from.

/// Grows with the output. Costs nothing while output rows are input rows in order.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// `None` while it is the same.
    rows: Option<Vec<u32>>,
    count: usize,
}

impl Origins {
    /// How many output rows there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Adds an output row.
    #[inline]
    pub(crate) fn push(&mut self, input_row: usize) {
        self.count += 1;
        if let Some(rows) = &mut self.rows {
            rows.push(input_row as u32);
        }
    }

    /// From here on, output rows are not input rows in order.
    pub(crate) fn diverge(&mut self) {
        if self.rows.is_none() {
            self.rows = Some((0..self.count as u32).collect());
        }
    }

    /// Whether they are not.
    pub(crate) fn diverged(&self) -> bool {
        self.rows.is_some()
    }

    /// Takes back all output rows but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.count = count;
        if let Some(rows) = &mut self.rows {
            rows.truncate(count);
        }
    }

    /// Calls `run` with the input rows of output rows `start..end`, in as few runs as possible.
    pub(crate) fn runs(&self, start: usize, end: usize, mut run: impl FnMut(usize, usize)) {
        let Some(rows) = &self.rows else {
            return run(start, end);
        };
        for chunk in rows[start..end].chunk_by(|row, next| *next == row + 1) {
            run(chunk[0] as usize, chunk[0] as usize + chunk.len());
        }
    }

    /// The input rows, or `None` where they are the output rows.
    pub(crate) fn finish(self) -> Option<Vec<u32>> {
        self.rows
    }
}
