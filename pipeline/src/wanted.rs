//! Which columns of an object somebody asks for: a field of the manifest that is called so, or the plugin.
//!
//! What a plugin asks for is told by what it says of itself and by what its settings name; and where both are silent, as of
//! other names that an SDK knows for a field, by what it does with the column: it passes on what it does not know.

use std::collections::HashSet;

use serde_json::Value;
use sluice_contract::stack::{Pipeline, TABLE_SETTING};

use crate::{
    columns::ColumnField,
    plugin::{PluginError, PluginVersion},
};

/// What columns are asked for by name.
pub(crate) struct Wanted {
    /// Fields, and inputs of the plugin.
    names: HashSet<String>,
    /// Inputs of the plugin and names in its settings, as [`plain`] has them.
    plain: HashSet<String>,
    plugin: Option<PluginVersion>,
}

/// Which columns of an object are asked for.
pub(crate) struct Asked {
    /// For each column.
    pub(crate) columns: Vec<bool>,
    /// Whether nobody can have use for the others. A plugin that says nothing of itself may use whatever there is.
    pub(crate) is_certain: bool,
}

impl Wanted {
    pub(crate) fn new(pipeline: &Pipeline, plugin: Option<&PluginVersion>) -> Self {
        let fields = pipeline.fields.iter().map(|field| field.name.clone());
        let mut wanted = Self {
            names: fields.collect(),
            plain: HashSet::new(),
            plugin: plugin.cloned(),
        };
        if let Some(plugin) = plugin {
            for input in &plugin.descriptor().inputs {
                wanted.names.insert(input.name.clone());
                wanted.plain.insert(plain(&input.name));
            }
            let settings = plugin.plugin().config.iter();
            // What stands in a table are values, and no names of columns.
            for (key, value) in settings.filter(|(key, _)| !key.starts_with(TABLE_SETTING)) {
                wanted.add_text(key);
                match serde_json::from_str(value) {
                    Ok(value) => wanted.add_texts(&value),
                    Err(_) => wanted.add_text(value),
                }
            }
        }
        wanted
    }

    /// Adds a text of the settings: it may name a column, or lead into one as a path, such as `customer.id`.
    fn add_text(&mut self, text: &str) {
        self.plain.insert(plain(text));
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if let Some((column, _)) = text.split_once(['.', '['])
            && !column.is_empty()
            && column.chars().all(is_plain)
        {
            self.plain.insert(plain(column));
        }
    }

    fn add_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_text(text),
            Value::Array(values) => values.iter().for_each(|value| self.add_texts(value)),
            Value::Object(members) => {
                for (name, value) in members {
                    self.add_text(name);
                    self.add_texts(value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Whether a column of this name is asked for, as far as names tell.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name) || !self.plain.is_empty() && self.plain.contains(&plain(name))
    }

    /// What a column has to be, for people.
    pub(crate) fn what(&self) -> &'static str {
        match self.plugin {
            None => "a field of the manifest",
            Some(_) => "a field of the manifest or an input of the plugin",
        }
    }

    /// Which of these columns are asked for.
    pub(crate) fn of(&self, columns: &[ColumnField]) -> Result<Asked, PluginError> {
        let mut asked = Asked {
            columns: columns
                .iter()
                .map(|column| self.has(&column.name))
                .collect(),
            is_certain: true,
        };
        let (Some(plugin), true) = (&self.plugin, asked.columns.contains(&false)) else {
            return Ok(asked);
        };
        asked.is_certain = !plugin.descriptor().inputs.is_empty();
        let Some(passed) = passed(plugin, columns)? else {
            return Ok(asked);
        };
        for (asked, passed) in asked.columns.iter_mut().zip(&passed) {
            *asked |= *passed == Passed::OtherNamesOnly;
        }
        asked.is_certain |= passed.contains(&Passed::AnyName);
        Ok(asked)
    }
}

/// What a plugin does with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passed {
    /// It hands it on, whatever it is called.
    AnyName,
    /// It would hand it on if it had a name that nobody knows.
    OtherNamesOnly,
    /// It never hands it on.
    Never,
}

/// Asks a plugin which columns it hands on, and which it would if they were called otherwise. `None` where it can work
/// with neither.
fn passed(
    plugin: &PluginVersion,
    columns: &[ColumnField],
) -> Result<Option<Vec<Passed>>, PluginError> {
    let outputs = |columns: &[ColumnField]| match plugin.configure(columns) {
        Ok(transformer) => {
            let names = transformer.outputs().iter().map(|field| field.name.clone());
            Ok(Some(names.collect::<HashSet<String>>()))
        }
        Err(PluginError::Columns { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    // No field can be called so.
    let other_name = |index: usize| format!("sluice#{index}");
    let renamed: Vec<ColumnField> = (columns.iter().enumerate())
        .map(|(index, column)| ColumnField {
            name: other_name(index),
            ..column.clone()
        })
        .collect();
    let (Some(known), Some(unknown)) = (outputs(columns)?, outputs(&renamed)?) else {
        return Ok(None);
    };
    let passed = columns.iter().enumerate().map(|(index, column)| {
        match (
            unknown.contains(&other_name(index)),
            known.contains(&column.name),
        ) {
            (true, true) => Passed::AnyName,
            (true, false) => Passed::OtherNamesOnly,
            (false, _) => Passed::Never,
        }
    });
    Ok(Some(passed.collect()))
}

/// A name without what people write differently, as plugins compare them: letters and digits in lower case, nothing else.
/// One without either is what it is.
pub(crate) fn plain(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if plain.is_empty() {
        name.to_owned()
    } else {
        plain
    }
}
