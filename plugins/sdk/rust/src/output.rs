//! The output columns of a batch while its rows are being cleaned.
//!
//! Nothing is copied for a value that stays as it was. A column catches up with the rows that have gone by when one of
//! them differs: then the rows in between are copied from the input in runs. A text column in which no row differs is
//! handed back as `keep`.

use std::ops::Range;

use crate::contract::{self, BytesColumn, OutColumn, Values};
use crate::field::Field;
use crate::input::InputColumn;
use crate::nulls::Nulls;
use crate::origins::Origins;
use crate::text_buffer::TextBuffer;

/// One output column. Its last row may be the current one, which is taken back where that row is dropped.
pub(crate) struct OutputColumn {
    values: OutputValues,
    nulls: Nulls,
    /// Output rows that are in it.
    rows: usize,
    /// What it is called, for messages.
    name: &'static str,
}

enum OutputValues {
    /// Declared as not part of the output.
    None,
    Text {
        offsets: Vec<u32>,
        data: TextBuffer,
    },
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Booleans(Vec<u8>),
}

/// A value of a text column while [`Row::build_text`](crate::Row::build_text) builds it.
pub struct Text<'a> {
    data: &'a mut TextBuffer,
    start: usize,
}

impl Text<'_> {
    /// Adds text.
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        self.data.push(text.as_bytes());
    }

    /// Adds a character.
    #[inline]
    pub fn push(&mut self, character: char) {
        self.data
            .push(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Adds text with its letters of ASCII in capitals.
    #[inline]
    pub fn push_uppercase(&mut self, text: &str) {
        self.data
            .push_mapped(text.as_bytes(), |byte| byte.to_ascii_uppercase());
    }

    /// Adds text with its letters of ASCII in lower case.
    #[inline]
    pub fn push_lowercase(&mut self, text: &str) {
        self.data
            .push_mapped(text.as_bytes(), |byte| byte.to_ascii_lowercase());
    }

    /// How many bytes it has so far.
    pub fn len(&self) -> usize {
        self.data.len() - self.start
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

/// What a column needs to know of the batch to catch up with it.
#[derive(Clone, Copy)]
pub(crate) struct Behind<'b, 'a> {
    pub(crate) input: &'b InputColumn<'a>,
    pub(crate) origins: &'b Origins,
    pub(crate) batch_rows: usize,
}

impl OutputColumn {
    pub(crate) fn new(field: &Field) -> OutputColumn {
        let values = match field.logical {
            _ if !field.written => OutputValues::None,
            "integer" | "timestamp" | "date" => OutputValues::Integers(Vec::new()),
            "float" => OutputValues::Floats(Vec::new()),
            "boolean" => OutputValues::Booleans(Vec::new()),
            _ => OutputValues::Text {
                offsets: Vec::new(),
                data: TextBuffer::default(),
            },
        };
        OutputColumn {
            values,
            nulls: Nulls::default(),
            rows: 0,
            name: field.name,
        }
    }

    /// Sets the current row's text.
    #[inline]
    pub(crate) fn set_text(&mut self, value: &str, behind: Behind<'_, '_>) {
        self.prepare(behind);
        let OutputValues::Text { offsets, data } = &mut self.values else {
            self.mistake("text")
        };
        data.push(value.as_bytes());
        offsets.push(data.len() as u32);
        self.rows += 1;
    }

    /// Builds the current row's text piece by piece.
    #[inline]
    pub(crate) fn build_text(&mut self, behind: Behind<'_, '_>, build: impl FnOnce(&mut Text<'_>)) {
        self.prepare(behind);
        let OutputValues::Text { offsets, data } = &mut self.values else {
            self.mistake("text")
        };
        build(&mut Text {
            start: data.len(),
            data,
        });
        offsets.push(data.len() as u32);
        self.rows += 1;
    }

    /// Sets the current row's integer, timestamp or date.
    #[inline]
    pub(crate) fn set_integer(&mut self, value: i64, behind: Behind<'_, '_>) {
        self.prepare(behind);
        match &mut self.values {
            OutputValues::Integers(values) => values.push(value),
            _ => self.mistake("an integer, timestamp or date"),
        }
        self.rows += 1;
    }

    /// Sets the current row's float.
    pub(crate) fn set_float(&mut self, value: f64, behind: Behind<'_, '_>) {
        self.prepare(behind);
        match &mut self.values {
            OutputValues::Floats(values) => values.push(value),
            _ => self.mistake("a float"),
        }
        self.rows += 1;
    }

    /// Sets the current row's boolean.
    pub(crate) fn set_boolean(&mut self, value: bool, behind: Behind<'_, '_>) {
        self.prepare(behind);
        match &mut self.values {
            OutputValues::Booleans(values) => values.push(u8::from(value)),
            _ => self.mistake("a boolean"),
        }
        self.rows += 1;
    }

    /// Makes the current row null.
    #[inline]
    pub(crate) fn set_null(&mut self, behind: Behind<'_, '_>) {
        self.prepare(behind);
        match &mut self.values {
            OutputValues::None => self.mistake("null"),
            OutputValues::Text { offsets, data } => offsets.push(data.len() as u32),
            OutputValues::Integers(values) => values.push(0),
            OutputValues::Floats(values) => values.push(0.0),
            OutputValues::Booleans(values) => values.push(0),
        }
        self.nulls.push(self.rows..self.rows + 1);
        self.rows += 1;
    }

    /// Makes the current row the column's next: adds the rows before it, and takes back what it was set to already.
    #[inline]
    fn prepare(&mut self, behind: Behind<'_, '_>) {
        if self.rows != behind.origins.len() || self.rows == 0 {
            self.prepare_slowly(behind);
        }
    }

    #[inline(never)]
    fn prepare_slowly(&mut self, behind: Behind<'_, '_>) {
        self.truncate(behind.origins.len());
        self.start(behind);
        self.catch_up(behind);
    }

    /// Begins a column that nothing was set in yet, with room for about what came in.
    fn start(&mut self, behind: Behind<'_, '_>) {
        match &mut self.values {
            OutputValues::Text { offsets, data } if offsets.is_empty() => {
                offsets.reserve_exact(behind.batch_rows + 1);
                offsets.push(0);
                let bytes = match behind.input {
                    InputColumn::Text { text, .. } => text.bytes().len() + text.bytes().len() / 8,
                    _ => 8 * behind.batch_rows,
                };
                *data = TextBuffer::with_capacity(bytes + 64);
            }
            OutputValues::Integers(values) if values.capacity() == 0 => {
                values.reserve_exact(behind.batch_rows)
            }
            OutputValues::Floats(values) if values.capacity() == 0 => {
                values.reserve_exact(behind.batch_rows)
            }
            OutputValues::Booleans(values) if values.capacity() == 0 => {
                values.reserve_exact(behind.batch_rows)
            }
            _ => {}
        }
    }

    /// Adds the rows that went by without setting it: text as it came in, anything else null.
    fn catch_up(&mut self, Behind { input, origins, .. }: Behind<'_, '_>) {
        let (start, end) = (self.rows, origins.len());
        if start >= end {
            return;
        }
        self.rows = end;
        match (&mut self.values, input) {
            (OutputValues::None, _) => return,
            (
                OutputValues::Text { offsets, data },
                InputColumn::Text {
                    text,
                    offsets: ends,
                    validity,
                },
            ) => {
                let mut at = start;
                origins.runs(start, end, |first, last| {
                    let shift = (data.len() as u32).wrapping_sub(ends[first]);
                    data.push(&text.bytes()[ends[first] as usize..ends[last] as usize]);
                    offsets.extend(
                        ends[first + 1..=last]
                            .iter()
                            .map(|end| end.wrapping_add(shift)),
                    );
                    self.nulls.copy(validity, first..last, at);
                    at += last - first;
                });
                return;
            }
            (OutputValues::Text { offsets, data }, _) => offsets.resize(end + 1, data.len() as u32),
            (OutputValues::Integers(values), _) => values.resize(end, 0),
            (OutputValues::Floats(values), _) => values.resize(end, 0.0),
            (OutputValues::Booleans(values), _) => values.resize(end, 0),
        }
        self.nulls.push(start..end);
    }

    /// Takes back all output rows but the first `rows`.
    #[inline]
    pub(crate) fn truncate(&mut self, rows: usize) {
        if self.rows > rows {
            self.truncate_slowly(rows);
        }
    }

    #[inline(never)]
    fn truncate_slowly(&mut self, rows: usize) {
        self.rows = rows;
        self.nulls.truncate(rows);
        match &mut self.values {
            OutputValues::None => {}
            OutputValues::Text { offsets, data } => {
                offsets.truncate(rows + 1);
                data.truncate(offsets.last().map_or(0, |end| *end as usize));
            }
            OutputValues::Integers(values) => values.truncate(rows),
            OutputValues::Floats(values) => values.truncate(rows),
            OutputValues::Booleans(values) => values.truncate(rows),
        }
    }

    /// Takes rows (ascending) out.
    pub(crate) fn leave_out(&mut self, rows: &[u32]) {
        let rows = &rows[..rows.partition_point(|row| (*row as usize) < self.rows)];
        if rows.is_empty() {
            return;
        }
        let mut runs = Vec::with_capacity(rows.len() + 1);
        let mut start = 0;
        for &row in rows {
            runs.push(start..row as usize);
            start = row as usize + 1;
        }
        runs.push(start..self.rows);
        let bitmap = std::mem::take(&mut self.nulls).finish(self.rows);
        let mut at = 0;
        for run in &runs {
            self.nulls.copy(&bitmap, run.clone(), at);
            at += run.len();
        }
        self.rows = at;
        match &mut self.values {
            OutputValues::None => {}
            OutputValues::Text { offsets, data } => {
                let (mut end, mut written) = (0, 1);
                for run in runs {
                    let (first, last) = (offsets[run.start] as usize, offsets[run.end] as usize);
                    data.copy_within(first..last, end);
                    let shift = (end as u32).wrapping_sub(first as u32);
                    for i in run {
                        offsets[written] = offsets[i + 1].wrapping_add(shift);
                        written += 1;
                    }
                    end += last - first;
                }
                offsets.truncate(written);
                data.truncate(end);
            }
            OutputValues::Integers(values) => keep_runs(values, &runs),
            OutputValues::Floats(values) => keep_runs(values, &runs),
            OutputValues::Booleans(values) => keep_runs(values, &runs),
        }
    }

    /// The column as the contract has it; `None` where it is not part of the output. `index` is the input column's.
    pub(crate) fn finish(
        mut self,
        index: Option<usize>,
        behind: Behind<'_, '_>,
    ) -> Option<OutColumn> {
        if let (OutputValues::Text { .. }, Some(index), 0) = (&self.values, index, self.rows) {
            return Some(OutColumn::Keep(index as u32));
        }
        self.start(behind);
        self.catch_up(behind);
        let values = match self.values {
            OutputValues::None => return None,
            OutputValues::Text { offsets, data } => Values::Bytes(BytesColumn {
                offsets,
                data: data.finish(),
            }),
            OutputValues::Integers(values) => Values::Integers(values),
            OutputValues::Floats(values) => Values::Floats(values),
            OutputValues::Booleans(values) => Values::Booleans(values),
        };
        Some(OutColumn::Replace(contract::Column {
            values,
            validity: self.nulls.finish(self.rows),
        }))
    }

    /// An author's mistake, which the first test of the plugin finds.
    #[cold]
    fn mistake(&self, what: &str) -> ! {
        panic!(
            "field `{}` is set to {what}, and is not declared so",
            self.name
        )
    }
}

fn keep_runs<T: Copy>(values: &mut Vec<T>, runs: &[Range<usize>]) {
    let mut end = 0;
    for run in runs {
        values.copy_within(run.clone(), end);
        end += run.len();
    }
    values.truncate(end);
}
