//! How CSV and TSV are written, beyond what their format says.

use serde::{Deserialize, Serialize};

use super::is_default;

/// How CSV and TSV are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// What stands between the columns of CSV.
    pub delimiter: Delimiter,
    /// What encloses a field that holds delimiters or line breaks; `None` where the format says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Takes away the meaning of the character behind it. An ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escape: Option<char>,
    /// A line that begins with it is no record. An ASCII character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<char>,
    /// Where the columns are named.
    #[serde(default, skip_serializing_if = "is_default")]
    pub header: Header,
    /// Lines at the start that are no records, before the header.
    #[serde(default, skip_serializing_if = "is_default")]
    pub skip_lines: u32,
    /// Whether blanks around values are left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trim: bool,
    /// What stands for no value, where it is not in quotes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub null_values: Vec<String>,
}

/// What stands between the columns of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Delimiter {
    /// One of [`Delimiter::CANDIDATES`], as the header has it.
    Auto,
    /// This ASCII character.
    Character(char),
}

/// What encloses a field that holds delimiters or line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Quote {
    /// Nothing does.
    None,
    /// This ASCII character.
    Character(char),
}

/// Where the columns of CSV are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "HeaderValue", into = "HeaderValue")]
pub enum Header {
    /// By the first record of each object.
    #[default]
    Present,
    /// By nothing: they are the fields, in their order.
    Absent,
    /// Here, and by no record. A column without a name is left out.
    Named(Vec<String>),
}

/// A text that is neither one character nor the one word that may stand in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOneCharacter;

impl std::fmt::Display for NotOneCharacter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not one character")
    }
}

impl std::error::Error for NotOneCharacter {}

fn one_character(text: &str) -> Result<char, NotOneCharacter> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(NotOneCharacter),
    }
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::Character(',')
    }
}

impl Delimiter {
    /// The word for [`Delimiter::Auto`] in a manifest.
    pub const AUTO: &'static str = "auto";

    /// What [`Delimiter::Auto`] may be; of two that fit alike, the first.
    pub const CANDIDATES: [char; 4] = [',', ';', '\t', '|'];
}

impl TryFrom<String> for Delimiter {
    type Error = NotOneCharacter;

    fn try_from(text: String) -> Result<Self, NotOneCharacter> {
        match text.as_str() {
            Self::AUTO => Ok(Self::Auto),
            text => one_character(text).map(Self::Character),
        }
    }
}

impl From<Delimiter> for String {
    fn from(delimiter: Delimiter) -> String {
        match delimiter {
            Delimiter::Auto => Delimiter::AUTO.to_owned(),
            Delimiter::Character(character) => character.into(),
        }
    }
}

impl Quote {
    /// The word for [`Quote::None`] in a manifest.
    pub const NONE: &'static str = "none";
}

impl TryFrom<String> for Quote {
    type Error = NotOneCharacter;

    fn try_from(text: String) -> Result<Self, NotOneCharacter> {
        match text.as_str() {
            Self::NONE => Ok(Self::None),
            text => one_character(text).map(Self::Character),
        }
    }
}

impl From<Quote> for String {
    fn from(quote: Quote) -> String {
        match quote {
            Quote::None => Quote::NONE.to_owned(),
            Quote::Character(character) => character.into(),
        }
    }
}

/// A [`Header`] as it is written: `true`, `false` or the names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum HeaderValue {
    Present(bool),
    Names(Vec<String>),
}

impl From<HeaderValue> for Header {
    fn from(value: HeaderValue) -> Self {
        match value {
            HeaderValue::Present(true) => Self::Present,
            HeaderValue::Present(false) => Self::Absent,
            HeaderValue::Names(names) => Self::Named(names),
        }
    }
}

impl From<Header> for HeaderValue {
    fn from(header: Header) -> Self {
        match header {
            Header::Present => Self::Present(true),
            Header::Absent => Self::Present(false),
            Header::Named(names) => Self::Names(names),
        }
    }
}
