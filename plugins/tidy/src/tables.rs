//! Tables in which values are looked up: settings beside those of the columns, which the host makes of files.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_nearest::suggestion;

use crate::mistake::Mistake;

/// What the key of a table's setting starts with.
const PREFIX: &str = "table:";

/// All tables, by their names.
#[derive(Debug, Default)]
pub(crate) struct Tables(BTreeMap<String, Table>);

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

/// The name of the table that a setting is; `None` where it is one of a column.
pub(crate) fn name_of(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX)
}

impl Tables {
    /// Adds a table as the host writes it: `{"columns": ["code", …], "rows": [["DE", …], …]}`.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> Result<(), Mistake> {
        let table = Table::read(text).ok_or_else(|| {
            let example = r#"{"columns":["code","name"],"rows":[["DE","Germany"]]}"#;
            Mistake::from(format!("`{name}` is no table: write such as `{example}`"))
        })?;
        self.0.insert(name.to_owned(), table);
        Ok(())
    }

    /// The table of that name.
    pub(crate) fn get(&self, name: &str) -> Result<&Table, Mistake> {
        self.0.get(name).ok_or_else(|| {
            let remedy = match self.0.is_empty() {
                true => format!(
                    "name its file beside `config`: `tables = {{ {name} = \"{name}.csv\" }}`"
                ),
                false => suggestion(name, self.0.keys().map(String::as_str)),
            };
            format!("there is no table `{name}`: {remedy}").into()
        })
    }
}

impl Table {
    fn read(text: &str) -> Option<Table> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |value: &Value| match value {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text.clone())),
            _ => None,
        };
        let columns: Option<Vec<String>> = value["columns"]
            .as_array()?
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect();
        let columns = columns?;
        let rows: Option<Vec<Vec<Option<String>>>> = value["rows"]
            .as_array()?
            .iter()
            .map(|row| {
                let row: Option<Vec<Option<String>>> = row.as_array()?.iter().map(text).collect();
                row.filter(|row| row.len() == columns.len())
            })
            .collect();
        Some(Table {
            columns,
            rows: rows?,
        })
    }

    /// The column of a name, or the one at a place where none is given.
    pub(crate) fn column(&self, name: Option<&str>, or_at: usize) -> Result<usize, Mistake> {
        let names = || self.columns.iter().map(String::as_str);
        match name {
            Some(name) => names().position(|other| other == name).ok_or_else(|| {
                let words = format!(
                    "the table has no column `{name}`: {}",
                    suggestion(name, names())
                );
                words.into()
            }),
            None if or_at < self.columns.len() => Ok(or_at),
            None => Err("the table has one column: add one with the values".into()),
        }
    }

    /// Values of one column with those of another. A row that lacks either is left out.
    pub(crate) fn pairs(&self, by: usize, value: usize) -> Result<Vec<(String, String)>, Mistake> {
        let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
        for row in &self.rows {
            if let (Some(by), Some(value)) = (&row[by], &row[value])
                && let Some(other) = pairs.insert(by, value)
                && other != value
            {
                return Err(format!(
                    "the table has `{by}` twice, with different values: leave one of them out"
                )
                .into());
            }
        }
        let owned = |(by, value): (&str, &str)| (by.to_owned(), value.to_owned());
        Ok(pairs.into_iter().map(owned).collect())
    }
}
