//! The rows of a sheet, made of cells that come one by one and are not there where they are empty.

use std::{
    collections::BTreeMap,
    io::{Read, Seek},
    sync::Arc,
};

use calamine::{DataRef, XlsxCellReader};

use super::{
    super::batch::{BadRow, Damage},
    super::text::most_rows,
    super::typed::{Rows, corrupt},
    cell, unreadable,
};
use crate::columns::{ColumnField, TextBuilder};

/// Rows of a piece, at the most.
const MOST_ROWS: usize = 1024;

/// Bytes of a piece, about.
const PIECE_BYTES: usize = 256 << 10;

/// A sheet that is read from its first row to its last.
pub(super) struct Sheet<'a, R: Read + Seek> {
    cells: XlsxCellReader<'a, R>,
    /// The first cell of the next row.
    next: Option<Cell>,
    /// For each column of the sheet, which column of the records it is.
    columns: Vec<Option<usize>>,
    builders: Vec<TextBuilder>,
    /// Nothing more is to be read.
    ended: bool,
    /// What comes behind the rows that could be read.
    damage: Option<Damage>,
}

/// A cell with a value.
struct Cell {
    row: u32,
    column: u32,
    /// What it shows; `None` where that was not stored with its formula.
    text: Option<String>,
}

impl<'a, R: Read + Seek> Sheet<'a, R> {
    pub(super) fn new(cells: XlsxCellReader<'a, R>) -> Self {
        Self {
            cells,
            next: None,
            columns: Vec::new(),
            builders: Vec::new(),
            ended: false,
            damage: None,
        }
    }

    /// Reads the names of the columns; `None` where the sheet is empty. A column without a name is none.
    pub(super) fn header(
        &mut self,
        max_columns: usize,
    ) -> Result<Option<Arc<[ColumnField]>>, Damage> {
        let Some(row) = self.row()? else {
            return Ok(None);
        };
        let mut fields: Vec<ColumnField> = Vec::new();
        let mut seen = BTreeMap::new();
        for cell in row {
            let name = cell.text.as_deref().unwrap_or_default().trim();
            if name.is_empty() {
                continue;
            }
            let column = cell.column as usize;
            if let Some(first) = seen.insert(name.to_owned(), column) {
                // Without a header, the first record stands in its place: what it holds is not shown.
                return Err(Damage {
                    code: "duplicate_header",
                    message: format!(
                        "columns {} and {} have the same name",
                        first + 1,
                        column + 1
                    ),
                });
            }
            if self.columns.len() <= column {
                self.columns.resize(column + 1, None);
            }
            self.columns[column] = Some(fields.len());
            fields.push(ColumnField::text(name));
        }
        if fields.len() > max_columns {
            return Err(Damage {
                code: "too_many_columns",
                message: format!(
                    "the header has {} columns, limit {max_columns}",
                    fields.len()
                ),
            });
        }
        self.builders
            .resize_with(fields.len(), TextBuilder::default);
        Ok(Some(fields.into()))
    }

    /// The next rows that have a value; none at the end.
    pub(super) fn rows(&mut self) -> Result<Rows, Damage> {
        if let Some(damage) = self.damage.take() {
            return Err(damage);
        }
        let mut rows = Rows::default();
        let mut bytes = 0;
        let most = MOST_ROWS.min(usize::try_from(most_rows(self.builders.len())).unwrap_or(1));
        while rows.count < most && bytes < PIECE_BYTES {
            let row = match self.row() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(damage) if rows.count == 0 => return Err(damage),
                Err(damage) => {
                    self.damage = Some(damage);
                    break;
                }
            };
            let mut wrong = None;
            for Cell { column, text, .. } in row {
                let place = self.columns.get(column as usize).copied().flatten();
                let (code, what) = match (place, text) {
                    (Some(place), Some(text)) => {
                        bytes += text.len();
                        let builder = &mut self.builders[place];
                        builder.pad(rows.count);
                        builder.push(text.as_bytes());
                        continue;
                    }
                    (None, Some(_)) => ("ragged_row", "has a value and no name in the header"),
                    // What it would be, only a spreadsheet program can say.
                    (Some(_), None) => (
                        "formula_without_value",
                        "has a formula whose value was not stored; open the workbook, and save it",
                    ),
                    (None, None) => continue,
                };
                wrong.get_or_insert_with(|| BadRow {
                    row: rows.count,
                    code,
                    message: format!("column {} {what}", column + 1),
                });
            }
            rows.count += 1;
            rows.broken.extend(wrong);
        }
        let count = rows.count;
        rows.columns = self
            .builders
            .iter_mut()
            .map(|builder| {
                builder.pad(count);
                builder.finish()
            })
            .collect();
        Ok(rows)
    }

    /// The cells of the next row that has any.
    fn row(&mut self) -> Result<Option<Vec<Cell>>, Damage> {
        let mut row: Vec<Cell> = self.next.take().into_iter().collect();
        while let Some(cell) = self.cell()? {
            match row.last() {
                Some(last) if cell.row > last.row => {
                    self.next = Some(cell);
                    break;
                }
                Some(last) if cell.row < last.row || cell.column <= last.column => {
                    return Err(corrupt("the cells of a sheet are in no order"));
                }
                Some(_) | None => row.push(cell),
            }
        }
        Ok((!row.is_empty()).then_some(row))
    }

    /// The next cell that has a value.
    fn cell(&mut self) -> Result<Option<Cell>, Damage> {
        // Asked once more behind its end, the library takes the end for an early one.
        while !self.ended {
            let cell = self.cells.next_cell_with_formula_metadata();
            self.ended = !matches!(cell, Ok(Some(_)));
            let Some(cell) = cell.map_err(unreadable)? else {
                break;
            };
            let (row, column) = cell.pos;
            let mut text = String::new();
            let text = cell::write(&cell.value, &mut text).then_some(text);
            let is_unknown = cell.formula.is_some() && matches!(cell.value, DataRef::Empty);
            if text.is_some() || is_unknown {
                return Ok(Some(Cell { row, column, text }));
            }
        }
        Ok(None)
    }
}
