//! What is wrong with the configuration, and where: the fact, the remedy, and the path to what they are about. The host
//! shows the place in the manifest.

use std::fmt::Write as _;

/// Mistakes that are told at once.
const MOST_MISTAKES: usize = 20;

/// A part of the way to a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Key(String),
    /// From 0.
    Index(usize),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What it is about, from where it is told on. Empty for all of it.
    at: Vec<Part>,
    /// The fact, a colon, and the remedy.
    words: String,
}

impl From<String> for Mistake {
    fn from(words: String) -> Mistake {
        Mistake {
            at: Vec::new(),
            words,
        }
    }
}

impl From<&str> for Mistake {
    fn from(words: &str) -> Mistake {
        words.to_owned().into()
    }
}

impl Mistake {
    /// The same, as seen from further out.
    pub(crate) fn within(mut self, way: impl IntoIterator<Item = Part>) -> Mistake {
        self.at.splice(0..0, way);
        self
    }

    /// The same, as seen from the table or the list that has it.
    pub(crate) fn at(self, key: &str) -> Mistake {
        self.within([Part::Key(key.to_owned())])
    }

    /// As the contract wants it: the path, and what is wrong.
    fn line(&self) -> String {
        let mut line = String::from("`");
        for (number, part) in self.at.iter().enumerate() {
            let _ = match part {
                Part::Index(index) => write!(line, "[{index}]"),
                Part::Key(key) => {
                    if number > 0 {
                        line.push('.');
                    }
                    match is_bare(key) {
                        true => line.write_str(key),
                        false => write!(line, "{}", serde_json::Value::from(key.as_str())),
                    }
                }
            };
        }
        line.push_str("`: ");
        line.push_str(&self.words);
        line
    }
}

/// Whether a key needs no quotes.
fn is_bare(key: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !key.is_empty() && key.bytes().all(is_plain)
}

/// All that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    found: Vec<Mistake>,
}

impl Mistakes {
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn push(&mut self, mistake: Mistake) {
        self.found.push(mistake);
    }

    /// Of a field as a whole.
    pub(crate) fn of_field(&mut self, field: &str, words: impl Into<String>) {
        self.push(Mistake::from(words.into()).at(field));
    }

    /// What the host is told: a line for each.
    pub(crate) fn message(&self) -> String {
        let told = self.found.iter().take(MOST_MISTAKES);
        let mut lines: Vec<String> = told.map(Mistake::line).collect();
        match self.found.len().saturating_sub(MOST_MISTAKES) {
            0 => {}
            more => lines.push(format!("{more} more mistakes are left out here")),
        }
        lines.join("\n")
    }
}
