//! Folders of a lake, as Hive names them: `COLUMN=VALUE/` for each level, and the value escaped.
//!
//! Athena, Spark, Redshift Spectrum and DuckDB all read these. The characters are those of `FileUtils` of Apache Hive;
//! what else a text may hold, such as blanks and letters of any script, stands for itself.

use std::fmt::Write as _;

/// What the folder of rows without a value is called.
pub const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The longest level of a folder, in bytes: what file systems take for a name.
pub const MOST_LEVEL_BYTES: usize = 255;

/// Writes a value, so that it is one folder's name whatever it holds: `%XX` for what is special.
pub fn escape(value: &str, folder: &mut String) {
    if value.is_empty() {
        folder.push_str(NO_VALUE);
    }
    for character in value.chars() {
        if is_special(character) {
            let _ = write!(folder, "%{:02X}", u32::from(character));
        } else {
            folder.push(character);
        }
    }
}

/// How many bytes a value takes when it is [escaped](escape).
pub fn escaped_bytes(value: &str) -> usize {
    let bytes = |character: char| match is_special(character) {
        true => "%XX".len(),
        false => character.len_utf8(),
    };
    match value {
        "" => NO_VALUE.len(),
        value => value.chars().map(bytes).sum(),
    }
}

/// The values of the folders that a file is in, outermost first. `folders` is empty or ends in `/`, as in
/// `country=DE/submitted_at_day=2026-11-22/`. `None` where it is not made of levels.
pub fn values(folders: &str) -> Option<Vec<String>> {
    let levels = folders.split_terminator('/');
    levels
        .map(|level| level.split_once('=').map(|(_, value)| unescape(value)))
        .collect()
}

/// What was escaped.
fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3);
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(code) => {
                text.push(char::from(code));
                rest = &rest[at + 3..];
            }
            None => {
                text.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    text + rest
}

/// Zero is not among Hive's own, but no object's name can hold it in an answer of S3, which is XML.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'
            | '"'
            | '#'
            | '%'
            | '\''
            | '*'
            | '/'
            | ':'
            | '='
            | '?'
            | '\\'
            | '{'
            | '['
            | ']'
            | '^'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(value: &str) -> String {
        let mut folder = String::new();
        escape(value, &mut folder);
        folder
    }

    #[test]
    fn as_hive_does() {
        fn check(value: &str, expected: &str) {
            assert_eq!(escaped(value), expected);
        }
        check("New York", "New York");
        check("a.b", "a.b");
        check("é", "é");
        check("a/b", "a%2Fb");
        check("50%", "50%25");
        check("a=b:c", "a%3Db%3Ac");
        check("x\ny", "x%0Ay");
        check("{[^]}", "%7B%5B%5E%5D}");
        check("", NO_VALUE);
    }

    #[test]
    fn values_of_folders() {
        let found = values("country=DE/city=New York/note=a%2Fb%3D/");
        let expected = ["DE", "New York", "a/b="].map(str::to_owned);
        assert_eq!(found, Some(expected.into()));
        assert_eq!(values(""), Some(Vec::new()));
        assert_eq!(values("2026/"), None);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(first in any::<String>(), second in any::<String>()) {
            let (one, two) = (escaped(&first), escaped(&second));
            prop_assert!(!one.contains('/') && !one.contains('='));
            prop_assert_eq!(one.len(), escaped_bytes(&first));
            let kept = |text: String| if text.is_empty() { NO_VALUE.to_owned() } else { text };
            let found = values(&format!("a={one}/b={two}/"));
            prop_assert_eq!(found, Some(vec![kept(first), kept(second)]));
        }
    }
}
