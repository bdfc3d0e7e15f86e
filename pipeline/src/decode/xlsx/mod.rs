//! XLSX, as Excel and its like write it: the first sheet that is shown, whose first row with a value names the columns.
//!
//! Cells have types of their own, which need not be those of their column. They become text, as Excel writes them in CSV
//! but for dates and numbers, which are as exact here as they are in the file. A row without a value is no record.

mod cell;
mod guard;
mod sheet;

use std::{
    fs::File,
    io::BufReader,
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
};

use calamine::{Reader as _, SheetType, SheetVisible, Xlsx};

use self::sheet::Sheet;
use super::{
    batch::Damage,
    form::Form,
    typed::{RowFile, Rows, Wanted, corrupt},
};
use crate::columns::ColumnField;

/// Pieces of rows that wait to be taken.
const WAITING: usize = 2;

/// A workbook. The library lends its rows from itself, so they come from a thread that owns it.
pub(super) struct Workbook {
    pieces: Receiver<Result<Piece, Damage>>,
    fields: Arc<[ColumnField]>,
    /// Whether there are other sheets that are shown.
    has_others: bool,
    /// What is left of a piece.
    rest: Option<Rows>,
    ended: bool,
}

/// What the thread brings, in this order.
enum Piece {
    Fields {
        fields: Arc<[ColumnField]>,
        has_others: bool,
    },
    Rows(Rows),
    End,
}

impl RowFile for Workbook {
    fn open(file: File, wanted: &Wanted) -> Result<Self, Damage> {
        let file = guard::bounded(file, wanted.max_expansion)?;
        let max_columns = wanted.max_columns;
        let (sender, pieces) = sync_channel(WAITING);
        std::thread::spawn(move || {
            let send = |piece| sender.send(Ok(piece)).is_ok();
            if let Err(damage) = read(file, max_columns, send) {
                // Nobody waits for it where the object was left.
                let _ = sender.send(Err(damage));
            }
        });
        let mut workbook = Self {
            pieces,
            fields: Arc::default(),
            has_others: false,
            rest: None,
            ended: false,
        };
        match workbook.next()? {
            Piece::Fields { fields, has_others } => {
                (workbook.fields, workbook.has_others) = (fields, has_others);
            }
            Piece::End => workbook.ended = true,
            Piece::Rows(rows) => workbook.rest = Some(rows),
        }
        Ok(workbook)
    }

    fn fields(&self) -> Arc<[ColumnField]> {
        self.fields.clone()
    }

    fn read(&mut self, most: usize) -> Result<Rows, Damage> {
        let rows = match self.rest.take() {
            Some(rows) => rows,
            None if self.ended => return Ok(Rows::default()),
            None => match self.next()? {
                Piece::Rows(rows) => rows,
                Piece::Fields { .. } | Piece::End => {
                    self.ended = true;
                    return Ok(Rows::default());
                }
            },
        };
        let (now, later) = rows.split(most);
        self.rest = later;
        Ok(now)
    }

    fn pass(&mut self, most: u64) -> Result<u64, Damage> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.read(most)?.count as u64)
    }

    fn remark(&self, form: &Form) {
        if self.has_others {
            form.set_other_sheets();
        }
    }
}

impl Workbook {
    /// What the thread brings next. It ends without a word only where the library has stumbled.
    fn next(&self) -> Result<Piece, Damage> {
        self.pieces
            .recv()
            .unwrap_or_else(|_| Err(corrupt("its reader stopped at it")))
    }
}

/// Reads a workbook piece by piece, until `send` says that nobody wants more.
fn read(file: File, max_columns: usize, send: impl Fn(Piece) -> bool) -> Result<(), Damage> {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    let is_shown = |sheet: &&calamine::Sheet| {
        sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
    };
    let mut shown = workbook.sheets_metadata().iter().filter(is_shown);
    let (first, has_others) = (shown.next(), shown.next().is_some());
    let Some(name) = first.map(|sheet| sheet.name.clone()) else {
        return Err(Damage {
            code: "no_sheet",
            message: "the workbook has no sheet that is shown".to_owned(),
        });
    };
    let cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut sheet = Sheet::new(cells);
    let Some(fields) = sheet.header(max_columns)? else {
        send(Piece::End);
        return Ok(());
    };
    let mut wanted = send(Piece::Fields { fields, has_others });
    while wanted {
        let rows = sheet.rows()?;
        if rows.count == 0 {
            send(Piece::End);
            return Ok(());
        }
        wanted = send(Piece::Rows(rows));
    }
    Ok(())
}

/// The library may quote a cell, so its words are not handed on.
fn unreadable(_: calamine::XlsxError) -> Damage {
    corrupt("it is no workbook, or a part of it is not as it should be")
}
