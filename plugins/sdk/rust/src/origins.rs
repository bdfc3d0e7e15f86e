//! Which input row every output row comes from.

/// Grows with the output. Costs next to nothing while output rows are input rows in order.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// `None` while it is the same.
    rows: Option<Vec<u32>>,
    count: usize,
    /// Whether output rows are not input rows in order, or the current row was emitted already.
    special: bool,
}

impl Origins {
    /// How many output rows there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Goes to an input row, or to the end of the batch. In order, all before it are output rows.
    #[inline(always)]
    pub(crate) fn begin(&mut self, input_row: usize) {
        if !self.special {
            self.count = input_row;
        }
    }

    /// Whether the current row is an output row by itself, without being emitted.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !self.special
    }

    /// Whether output rows are input rows in order.
    #[inline]
    pub(crate) fn in_order(&self) -> bool {
        self.rows.is_none()
    }

    /// Adds an output row of the current row, and says no where that ends the order: then it is time to
    /// [`diverge`](Self::diverge).
    #[inline]
    pub(crate) fn push(&mut self, input_row: usize) -> bool {
        match &mut self.rows {
            None if self.special => return false,
            None => self.special = true,
            Some(rows) => rows.push(input_row as u32),
        }
        self.count += 1;
        true
    }

    /// From here on, output rows are not input rows in order. Those in `leave_out` (ascending) are none at all.
    pub(crate) fn diverge(&mut self, leave_out: &[u32]) {
        let mut rows: Vec<u32> = (0..self.count as u32).collect();
        if !leave_out.is_empty() {
            rows.retain(|row| leave_out.binary_search(row).is_err());
        }
        self.count = rows.len();
        self.rows = Some(rows);
        self.special = true;
    }

    /// Ends a row of which only what was emitted goes on. Says no where that ends the order.
    #[inline]
    pub(crate) fn end_emitted(&mut self) -> bool {
        if self.in_order() {
            return std::mem::take(&mut self.special);
        }
        true
    }

    /// Takes back the output rows of an input row, which are the last ones. In order, it stays one that nobody reads.
    pub(crate) fn reject(&mut self, input_row: usize) {
        match &mut self.rows {
            None => {
                self.count = input_row;
                self.special = false;
            }
            Some(rows) => {
                while rows.pop_if(|row| *row as usize == input_row).is_some() {}
                self.count = rows.len();
            }
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
