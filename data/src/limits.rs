//! What a field demands of a text, and which of its demands a text fails first: the order and the codes are those of the
//! pipeline's checks.

use regex::Regex;
use sluice_contract::field_type::FieldType;

/// The demands of a text field.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The fewest characters: one at least, for an empty cell is no value.
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) pattern: Option<Regex>,
    pub(crate) one_of: Vec<String>,
    unquoted: Option<Unquoted>,
}

/// What a cell may not be where nothing encloses it.
#[derive(Debug, Clone)]
pub(crate) struct Unquoted {
    /// Characters that would end it.
    pub(crate) forbidden: Vec<char>,
    /// What begins a comment.
    pub(crate) comment: Option<char>,
    /// What means no value.
    pub(crate) null_values: Vec<String>,
}

impl Limits {
    pub(crate) fn of(kind: &FieldType, unquoted: Option<&Unquoted>) -> Self {
        let mut limits = Self {
            least: 1,
            most: usize::MAX,
            pattern: None,
            one_of: Vec::new(),
            unquoted: unquoted.cloned(),
        };
        if let FieldType::Text {
            min_length,
            max_length,
            pattern,
            one_of,
        } = kind
        {
            limits.least = min_length.unwrap_or(1).max(1) as usize;
            limits.most = max_length.map_or(usize::MAX, |most| most as usize);
            let pattern = pattern.as_deref();
            limits.pattern = pattern.and_then(|pattern| Regex::new(pattern).ok());
            limits.one_of = one_of.clone();
        }
        limits
    }

    /// Whether a text can stand for a value of the field, and be written.
    pub(crate) fn allow(&self, text: &str) -> bool {
        !text.is_empty()
            && self.broken_by(text).is_none()
            && self
                .unquoted
                .as_ref()
                .is_none_or(|unquoted| unquoted.allow(text))
    }

    /// Whether a text can be written, whatever it means.
    pub(crate) fn can_write(&self, text: &str) -> bool {
        self.unquoted
            .as_ref()
            .is_none_or(|unquoted| unquoted.allow(text))
    }

    /// The code of the demand that a text fails.
    pub(crate) fn broken_by(&self, text: &str) -> Option<&'static str> {
        let length = text.chars().count();
        // An empty text is not too short where no length is demanded.
        if length < self.least && !(self.least == 1 && length == 0) {
            Some("too_short")
        } else if length > self.most {
            Some("too_long")
        } else if !self.one_of.is_empty() && !self.one_of.iter().any(|one| one == text) {
            Some("not_allowed")
        } else if self
            .pattern
            .as_ref()
            .is_some_and(|pattern| !pattern.is_match(text))
        {
            Some("pattern")
        } else {
            None
        }
    }
}

impl Unquoted {
    fn allow(&self, text: &str) -> bool {
        !text.contains(self.forbidden.as_slice())
            && !self
                .comment
                .is_some_and(|comment| text.starts_with(comment))
            && !self.null_values.iter().any(|null| null == text)
            && text.trim() == text
    }
}
