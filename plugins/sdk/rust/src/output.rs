//! The output columns of a batch while its rows are being cleaned.
//!
//! Nothing is copied for a value that stays as it was. A column catches up with the rows that have gone by when one of
//! them differs: then the rows in between are copied from the input in runs. A text column in which no row differs is
//! handed back as `keep`.

use crate::contract::{self, BytesColumn, OutColumn, Values};
use crate::field::Field;
use crate::input::InputColumn;
use crate::text_buffer::TextBuffer;
use crate::validity::Validity;

/// One output column.
pub(crate) struct OutputColumn {
    values: OutputValues,
    validity: Validity,
    /// Output rows that are in it.
    rows: usize,
    staged: Staged,
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

/// What the current row sets a column to.
#[derive(Clone, Copy, PartialEq)]
enum Staged {
    /// It does not.
    Nothing,
    Null,
    /// Text behind the last value of the column.
    Text,
    Integer(i64),
    Float(f64),
    Boolean(bool),
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
        self.push_with(text, u8::to_ascii_uppercase);
    }

    /// Adds text with its letters of ASCII in lower case.
    #[inline]
    pub fn push_lowercase(&mut self, text: &str) {
        self.push_with(text, u8::to_ascii_lowercase);
    }

    #[inline]
    fn push_with(&mut self, text: &str, map: impl Fn(&u8) -> u8) {
        let at = self.data.len();
        self.data.push(text.as_bytes());
        self.data
            .since_mut(at)
            .iter_mut()
            .for_each(|byte| *byte = map(byte));
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

/// Which input row every output row comes from.
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

    pub(crate) fn diverged(&self) -> bool {
        self.rows.is_some()
    }

    pub(crate) fn truncate(&mut self, count: usize) {
        self.count = count;
        if let Some(rows) = &mut self.rows {
            rows.truncate(count);
        }
    }

    /// Calls `run` with the input rows of output rows `start..end`, as few runs as possible.
    fn runs(&self, start: usize, end: usize, mut run: impl FnMut(usize, usize)) {
        let Some(rows) = &self.rows else {
            return run(start, end);
        };
        for chunk in rows[start..end].chunk_by(|row, next| *next == row + 1) {
            run(chunk[0] as usize, chunk[0] as usize + chunk.len());
        }
    }

    pub(crate) fn finish(self) -> Option<Vec<u32>> {
        self.rows
    }
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
            validity: Validity::default(),
            rows: 0,
            staged: Staged::Nothing,
            name: field.name,
        }
    }

    /// Whether the current row sets it.
    #[inline]
    pub(crate) fn is_staged(&self) -> bool {
        self.staged != Staged::Nothing
    }

    /// Sets text. `true` where nothing was set before.
    #[inline]
    pub(crate) fn set_text(
        &mut self,
        value: &str,
        input: &InputColumn<'_>,
        origins: &Origins,
        batch_rows: usize,
    ) -> bool {
        let first = self.prepare_text(input, origins, batch_rows);
        match &mut self.values {
            OutputValues::Text { data, .. } => data.push(value.as_bytes()),
            _ => self.mistake("text"),
        }
        self.staged = Staged::Text;
        first
    }

    /// Builds text piece by piece. `true` where nothing was set before.
    pub(crate) fn build_text(
        &mut self,
        input: &InputColumn<'_>,
        origins: &Origins,
        batch_rows: usize,
        build: impl FnOnce(&mut Text<'_>),
    ) -> bool {
        let first = self.prepare_text(input, origins, batch_rows);
        match &mut self.values {
            OutputValues::Text { data, .. } => build(&mut Text {
                start: data.len(),
                data,
            }),
            _ => self.mistake("text"),
        }
        self.staged = Staged::Text;
        first
    }

    /// The text that the current row set, if it did.
    pub(crate) fn staged_text(&self) -> Option<&[u8]> {
        match (&self.values, self.staged) {
            (OutputValues::Text { offsets, data }, Staged::Text) => {
                Some(data.since(offsets.last().map_or(0, |end| *end as usize)))
            }
            _ => None,
        }
    }

    /// Makes room for the current row's text behind what is there.
    #[inline]
    fn prepare_text(
        &mut self,
        input: &InputColumn<'_>,
        origins: &Origins,
        batch_rows: usize,
    ) -> bool {
        let first = !self.is_staged();
        if !first {
            self.unstage();
        }
        if self.rows < origins.len() {
            self.catch_up(input, origins, batch_rows);
        }
        if let OutputValues::Text { offsets, data } = &mut self.values
            && offsets.is_empty()
        {
            start_text(offsets, data, input, batch_rows);
        }
        first
    }

    /// Sets a null. `true` where nothing was set before.
    pub(crate) fn set_null(&mut self) -> bool {
        let first = !self.is_staged();
        self.unstage();
        self.staged = Staged::Null;
        first
    }

    /// Takes back what the current row set.
    #[inline]
    pub(crate) fn unstage(&mut self) {
        if let (Staged::Text, OutputValues::Text { offsets, data }) =
            (self.staged, &mut self.values)
        {
            data.truncate(offsets.last().map_or(0, |end| *end as usize));
        }
        self.staged = Staged::Nothing;
    }

    /// Makes what the current row set its value in output row `origins.len()`, the next one.
    #[inline]
    pub(crate) fn commit(&mut self, input: &InputColumn<'_>, origins: &Origins, batch_rows: usize) {
        if !self.is_staged() {
            return;
        }
        if self.rows < origins.len() {
            self.catch_up(input, origins, batch_rows);
        }
        let staged = std::mem::replace(&mut self.staged, Staged::Nothing);
        match (&mut self.values, staged) {
            (OutputValues::None, _) => return,
            (OutputValues::Text { offsets, data }, _) => {
                if offsets.is_empty() {
                    start_text(offsets, data, input, batch_rows);
                }
                offsets.push(data.len() as u32);
            }
            (OutputValues::Integers(values), Staged::Integer(value)) => values.push(value),
            (OutputValues::Integers(values), _) => values.push(0),
            (OutputValues::Floats(values), Staged::Float(value)) => values.push(value),
            (OutputValues::Floats(values), _) => values.push(0.0),
            (OutputValues::Booleans(values), Staged::Boolean(value)) => {
                values.push(u8::from(value))
            }
            (OutputValues::Booleans(values), _) => values.push(0),
        }
        self.validity.push(staged != Staged::Null);
        self.rows += 1;
    }

    /// Adds the rows that went by without setting it: text as it came in, anything else null.
    #[inline(never)]
    fn catch_up(&mut self, input: &InputColumn<'_>, origins: &Origins, batch_rows: usize) {
        let (start, end) = (self.rows, origins.len());
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
                if offsets.is_empty() {
                    start_text(offsets, data, input, batch_rows);
                }
                origins.runs(start, end, |first, last| {
                    let shift = (data.len() as u32).wrapping_sub(ends[first]);
                    data.push(&text.as_bytes()[ends[first] as usize..ends[last] as usize]);
                    offsets.extend(
                        ends[first + 1..=last]
                            .iter()
                            .map(|end| end.wrapping_add(shift)),
                    );
                    self.validity.extend_from(validity, first, last);
                });
                return;
            }
            (OutputValues::Text { offsets, data }, _) => {
                if offsets.is_empty() {
                    start_text(offsets, data, input, batch_rows);
                }
                offsets.resize(end + 1, data.len() as u32);
            }
            (OutputValues::Integers(values), _) => {
                values.reserve(if values.is_empty() { batch_rows } else { 0 });
                values.resize(end, 0);
            }
            (OutputValues::Floats(values), _) => values.resize(end, 0.0),
            (OutputValues::Booleans(values), _) => values.resize(end, 0),
        }
        self.validity.extend(end - start, false);
    }

    /// Takes back all output rows but the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        if self.rows <= rows {
            return;
        }
        self.rows = rows;
        self.validity.truncate(rows);
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

    /// The column as the contract has it; `None` where it is not part of the output. `index` is the input column's.
    pub(crate) fn finish(
        mut self,
        input: &InputColumn<'_>,
        index: Option<usize>,
        origins: &Origins,
        batch_rows: usize,
    ) -> Option<OutColumn> {
        if let (OutputValues::Text { offsets, .. }, Some(index), true) =
            (&self.values, index, self.rows == 0)
            && offsets.is_empty()
        {
            return Some(OutColumn::Keep(index as u32));
        }
        if self.rows < origins.len() {
            self.catch_up(input, origins, batch_rows);
        }
        let values = match self.values {
            OutputValues::None => return None,
            OutputValues::Text { mut offsets, data } => {
                if offsets.is_empty() {
                    offsets.push(0);
                }
                Values::Bytes(BytesColumn {
                    offsets,
                    data: data.finish(),
                })
            }
            OutputValues::Integers(values) => Values::Integers(values),
            OutputValues::Floats(values) => Values::Floats(values),
            OutputValues::Booleans(values) => Values::Booleans(values),
        };
        Some(OutColumn::Replace(contract::Column {
            values,
            validity: self.validity.finish(),
        }))
    }

    #[inline]
    pub(crate) fn set_integer(&mut self, value: i64) -> bool {
        if !matches!(self.values, OutputValues::Integers(_)) {
            self.mistake("an integer, timestamp or date");
        }
        self.stage(Staged::Integer(value))
    }

    pub(crate) fn set_float(&mut self, value: f64) -> bool {
        if !matches!(self.values, OutputValues::Floats(_)) {
            self.mistake("a float");
        }
        self.stage(Staged::Float(value))
    }

    pub(crate) fn set_boolean(&mut self, value: bool) -> bool {
        if !matches!(self.values, OutputValues::Booleans(_)) {
            self.mistake("a boolean");
        }
        self.stage(Staged::Boolean(value))
    }

    #[inline]
    fn stage(&mut self, value: Staged) -> bool {
        let first = !self.is_staged();
        self.staged = value;
        first
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

/// Begins a column's offsets, with room for about what came in.
#[cold]
fn start_text(
    offsets: &mut Vec<u32>,
    data: &mut TextBuffer,
    input: &InputColumn<'_>,
    batch_rows: usize,
) {
    offsets.reserve_exact(batch_rows + 1);
    offsets.push(0);
    let bytes = match input {
        InputColumn::Text { text, .. } => text.len() + text.len() / 8,
        _ => 8 * batch_rows,
    };
    *data = TextBuffer::with_capacity(bytes + 64);
}

/// Takes rows (ascending) out of a finished column.
pub(crate) fn without_rows(column: &mut contract::Column, leave_out: &[usize]) {
    let rows = match &column.values {
        Values::Bytes(bytes) => bytes.offsets.len() - 1,
        Values::Integers(values) => values.len(),
        Values::Floats(values) => values.len(),
        Values::Booleans(values) => values.len(),
    };
    let mut runs = Vec::with_capacity(leave_out.len() + 1);
    let mut start = 0;
    for &row in leave_out {
        runs.push(start..row);
        start = row + 1;
    }
    runs.push(start..rows);
    if !column.validity.is_empty() {
        let mut validity = Validity::default();
        runs.iter()
            .for_each(|run| validity.extend_from(&column.validity, run.start, run.end));
        column.validity = validity.finish();
    }
    match &mut column.values {
        Values::Bytes(BytesColumn { offsets, data }) => {
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
        Values::Integers(values) => keep_runs(values, &runs),
        Values::Floats(values) => keep_runs(values, &runs),
        Values::Booleans(values) => keep_runs(values, &runs),
    }
}

fn keep_runs<T: Copy>(values: &mut Vec<T>, runs: &[std::ops::Range<usize>]) {
    let mut end = 0;
    for run in runs {
        values.copy_within(run.clone(), end);
        end += run.len();
    }
    values.truncate(end);
}
