//! The languages that the kit knows, and how a plugin's folder tells which one it is written in.

use std::path::Path;

use clap::ValueEnum;

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    Python,
    Javascript,
    Typescript,
    C,
}

impl Language {
    /// The file that makes a folder a plugin of this language.
    pub(crate) fn entry(self) -> &'static str {
        match self {
            Language::Rust => "Cargo.toml",
            Language::Python => "plugin.py",
            Language::Javascript => "plugin.js",
            Language::Typescript => "plugin.ts",
            Language::C => "plugin.c",
        }
    }

    /// What people call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::Python => "Python",
            Language::Javascript => "JavaScript",
            Language::Typescript => "TypeScript",
            Language::C => "C",
        }
    }

    /// The file that the author's function is in.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Language::Rust => "src/lib.rs",
            other => other.entry(),
        }
    }

    /// What a row of the worked example may cost in fuel, with plenty of air.
    pub(crate) fn usual_fuel(self) -> u32 {
        match self {
            Language::Rust | Language::C => 10_000,
            Language::Python => 250_000,
            Language::Javascript | Language::Typescript => 1_200_000,
        }
    }

    /// The languages whose files are in this folder: of a plugin's, there is one.
    pub(crate) fn all_of(folder: &Path) -> Vec<Language> {
        let languages = Language::value_variants().iter().copied();
        let found = languages.filter(|language| folder.join(language.entry()).is_file());
        found.collect()
    }

    /// The files that [`all_of`](Language::all_of) looks for, for messages.
    pub(crate) fn entries() -> String {
        let entries = Language::value_variants().iter();
        let entries: Vec<_> = entries
            .map(|language| format!("`{}`", language.entry()))
            .collect();
        entries.join(", ")
    }
}
