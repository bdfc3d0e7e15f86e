//! The languages that the kit knows: each in a file or folder of its own, and in one line of the list.

mod c;
mod javascript;
mod python;
mod rust;
mod typescript;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::error::BuildError;
use crate::embedded::{self, files_in};

/// All of them, in the order in which they are shown.
const LANGUAGES: &[&dyn PluginLanguage] = &[
    &rust::Rust,
    &python::Python,
    &javascript::Javascript,
    &typescript::Typescript,
    &c::C,
];

/// The folder of a plugin that the SDK is in.
pub(super) const SDK_FOLDER: &str = "sluice";

/// What the kit has to know of a language that plugins are written in.
///
/// Its scaffold is in `templates/plugin`, and its SDK in `plugins/sdk`, each in a folder with its name.
pub(crate) trait PluginLanguage: Sync {
    /// Its name on the command line, and that of its folders.
    fn name(&self) -> &'static str;

    /// What people call it.
    fn title(&self) -> &'static str;

    /// The file that makes a folder a plugin of this language.
    fn entry(&self) -> &'static str;

    /// The file that the author's function is in.
    fn source(&self) -> &'static str {
        self.entry()
    }

    /// What a row of the worked example may cost in fuel, with plenty of air.
    fn usual_fuel(&self) -> u32;

    /// The language whose SDK it shares.
    fn sdk_of(&self) -> &'static str {
        self.name()
    }

    /// The files of its SDK, as they lie in a plugin's folder.
    fn sdk(&self) -> Vec<(&'static str, Cow<'static, str>)> {
        let files = files_in(embedded::SDKS, self.sdk_of());
        files
            .map(|(file, text)| (file, Cow::Borrowed(text)))
            .collect()
    }

    /// Files that a new plugin has beside its scaffold and its SDK.
    fn beside(&self) -> embedded::Files {
        &[]
    }

    /// Whether a plugin's folder says itself that its SDK is somewhere else.
    fn has_sdk_elsewhere(&self, _folder: &Path) -> Result<bool, BuildError> {
        Ok(false)
    }

    /// The name of the component's file without the ending, for the plugin called `name` in a folder.
    fn file_stem(&self, _folder: &Path, name: &str) -> Result<String, BuildError> {
        Ok(name.replace('-', "_"))
    }

    /// Whether its compiler is quick to see that nothing has changed. Others are not asked again for nothing.
    fn sees_what_is_fresh(&self) -> bool {
        false
    }

    /// Compiles the plugin called `name` in a folder, SDK included. What is wrong with it goes to standard error.
    fn build(&self, folder: &Path, name: &str) -> Result<Made, BuildError>;
}

/// What a compiler makes.
pub(crate) enum Made {
    /// A component.
    Component(Vec<u8>),
    /// A module that exports the contract, and is to be wrapped.
    CoreModule(Vec<u8>),
}

/// A language of the list.
#[derive(Clone, Copy)]
pub(crate) struct Language(&'static dyn PluginLanguage);

impl Language {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Language> {
        LANGUAGES.iter().copied().map(Language)
    }

    /// Reads a language's name on the command line.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Language> {
        let names = PossibleValuesParser::new(Language::all().map(|language| language.name()));
        names.try_map(|name| {
            let mut languages = Language::all();
            let found = languages.find(|language| language.name() == name);
            found.ok_or("no language")
        })
    }

    /// The languages whose files are in this folder: of a plugin's, there is one.
    pub(crate) fn all_of(folder: &Path) -> Vec<Language> {
        let found = Language::all().filter(|language| folder.join(language.entry()).is_file());
        found.collect()
    }

    /// The files that [`all_of`](Language::all_of) looks for, for messages.
    pub(crate) fn entries() -> String {
        let entries: Vec<_> = Language::all()
            .map(|language| format!("`{}`", language.entry()))
            .collect();
        entries.join(", ")
    }
}

impl Deref for Language {
    type Target = dyn PluginLanguage;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Language) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
