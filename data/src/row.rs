//! One record as text, cell by cell.

/// A record. Its cells are those of the columns, in their order.
#[derive(Debug, Clone, Default)]
pub struct Row {
    text: String,
    cells: Vec<Cell>,
    /// Whether a cell too many follows, as where somebody forgot quotation marks.
    pub(crate) ragged: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    start: usize,
    end: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Null,
    Right,
    Wrong,
}

/// What is in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A value, as text that is valid for the column's type.
    Right(&'a str),
    /// A text that is not, or not within the bounds.
    Wrong(&'a str),
}

impl Row {
    /// Makes it one of so many empty cells.
    pub(crate) fn clear(&mut self, cells: usize) {
        self.text.clear();
        self.cells.clear();
        self.cells.resize(cells, Cell::default());
        self.ragged = false;
    }

    /// Appends to the text of a cell that is to be closed with [`Row::close`].
    pub(crate) fn open(&mut self) -> (usize, &mut String) {
        (self.text.len(), &mut self.text)
    }

    /// The text since `start` is the value of a cell.
    pub(crate) fn close(&mut self, cell: usize, start: usize) {
        self.cells[cell] = Cell {
            start,
            end: self.text.len(),
            state: State::Right,
        };
    }

    /// Gives a cell a value.
    pub(crate) fn set(&mut self, cell: usize, value: &str) {
        let (start, text) = self.open();
        text.push_str(value);
        self.close(cell, start);
    }

    /// Gives a cell another value, a wrong one or none.
    pub(crate) fn spoil(&mut self, cell: usize, value: Option<&str>) {
        match value {
            None => self.cells[cell] = Cell::default(),
            Some(value) => {
                self.set(cell, value);
                self.cells[cell].state = State::Wrong;
            }
        }
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// What is in a cell.
    pub fn value(&self, cell: usize) -> Value<'_> {
        let Cell { start, end, state } = self.cells[cell];
        match state {
            State::Null => Value::Null,
            State::Right => Value::Right(&self.text[start..end]),
            State::Wrong => Value::Wrong(&self.text[start..end]),
        }
    }

    /// The text of a cell, right or wrong.
    pub fn text(&self, cell: usize) -> Option<&str> {
        match self.value(cell) {
            Value::Null => None,
            Value::Right(text) | Value::Wrong(text) => Some(text),
        }
    }
}
