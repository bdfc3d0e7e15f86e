//! Which columns of an object somebody asks for: a field of the manifest that is called so, or the plugin.
//!
//! What a plugin asks for is told by what it says of itself and by what its settings name; and where both are silent, as of
//! other names that an SDK knows for a field, by what it does with the column: it passes on what it does not know.

use std::collections::HashSet;

use sluice_contract::stack::Pipeline;

use crate::{
    columns::ColumnField,
    plugin::{PluginError, PluginVersion},
};

/// What columns are asked for by name.
pub(crate) struct Wanted {
    /// Fields, and inputs of the plugin.
    names: HashSet<String>,
    /// Inputs of the plugin, as [`plain`] has them.
    inputs: HashSet<String>,
    plugin: Option<PluginVersion>,
}

/// Which columns of an object are asked for.
pub(crate) struct Asked {
    /// For each column.
    pub(crate) columns: Vec<bool>,
    /// Whether nobody can have use for the others. A plugin that says nothing of itself may use whatever there is.
    pub(crate) is_certain: bool,
    /// Whether those that are asked for are so only because the plugin's settings have the same text somewhere, perhaps as
    /// the value of something.
    pub(crate) by_chance: bool,
}

impl Wanted {
    pub(crate) fn new(pipeline: &Pipeline, plugin: Option<&PluginVersion>) -> Self {
        let fields = pipeline.fields.iter().map(|field| field.name.clone());
        let inputs = plugin.map_or(&[][..], |plugin| &plugin.descriptor().inputs);
        Self {
            names: fields
                .chain(inputs.iter().map(|input| input.name.clone()))
                .collect(),
            inputs: inputs.iter().map(|input| plain(&input.name)).collect(),
            plugin: plugin.cloned(),
        }
    }

    /// Whether a column of this name is asked for, as far as names tell.
    pub(crate) fn has(&self, name: &str) -> bool {
        let is_mentioned = |plugin: &PluginVersion| plugin.mentions().texts.contains(&plain(name));
        self.surely_has(name) || self.plugin.as_ref().is_some_and(is_mentioned)
    }

    fn surely_has(&self, name: &str) -> bool {
        self.names.contains(name)
            || self.plugin.as_ref().is_some_and(|plugin| {
                let name = plain(name);
                self.inputs.contains(&name) || plugin.mentions().keys.contains(&name)
            })
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
            by_chance: !columns.iter().any(|column| self.surely_has(&column.name)),
        };
        let is_told = !asked.by_chance && !asked.columns.contains(&false);
        let Some(plugin) = self.plugin.as_ref().filter(|_| !is_told) else {
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
        asked.by_chance &= !passed.contains(&Passed::OtherNamesOnly);
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
