//! What is expected, as it is written into a file: TOML or JSON, in a line where it fits.

use super::{Finding, Form, Refused, Scalar, severity_name};

/// Lists that would make a longer line have an item a line.
const LINE: usize = 100;

impl Form {
    /// The rows that a row becomes. `indent` is that of the line that they are written in.
    pub(super) fn rows(self, rows: &[Vec<(String, Scalar)>], indent: &str) -> String {
        let row = |row: &Vec<(String, Scalar)>| {
            let pairs = row.iter();
            self.table(pairs.map(|(name, value)| (name.as_str(), self.scalar(value))))
        };
        match rows {
            [one] => row(one),
            several => self.list(several.iter().map(row).collect(), indent),
        }
    }

    /// Findings.
    pub(super) fn findings(self, findings: &[Finding], indent: &str) -> String {
        let finding = |finding: &Finding| {
            let text = |text: &String| self.text(text);
            let pairs = [
                ("severity", Some(self.text(severity_name(finding.severity)))),
                ("column", finding.column.as_ref().map(text)),
                ("code", Some(self.text(&finding.code))),
                ("message", finding.message.as_ref().map(text)),
            ];
            self.table(
                pairs
                    .into_iter()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
        };
        self.list(findings.iter().map(finding).collect(), indent)
    }

    /// How the plugin refuses its configuration.
    pub(super) fn refused(self, refused: &Refused) -> String {
        let message = refused.message.as_ref();
        let pairs = [
            ("code", Some(self.text(&refused.code))),
            ("message", message.map(|message| self.text(message))),
        ];
        self.table(
            pairs
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?))),
        )
    }

    /// A value.
    pub(in crate::plugin) fn scalar(self, scalar: &Scalar) -> String {
        match (scalar, self) {
            (Scalar::Text(text), _) => self.text(text),
            (Scalar::Integer(value), _) => value.to_string(),
            (Scalar::Boolean(value), _) => value.to_string(),
            (Scalar::Float(value), Form::Toml) if value.is_nan() => "nan".to_owned(),
            (Scalar::Float(value), Form::Ndjson) if !value.is_finite() => {
                self.text(&format!("{value:?}"))
            }
            (Scalar::Float(value), _) => format!("{value:?}"),
        }
    }

    /// A key.
    pub(super) fn key(self, key: &str) -> String {
        let is_bare = !key.is_empty()
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if self == Form::Toml && is_bare {
            key.to_owned()
        } else {
            self.text(key)
        }
    }

    /// A text in quotes. What cannot be seen is escaped, so that it can be.
    pub(super) fn text(self, text: &str) -> String {
        let mut written = String::with_capacity(text.len() + 2);
        written.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => written.extend(['\\', character]),
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                '\t' => written.push_str("\\t"),
                _ if is_visible(character) => written.push(character),
                _ if self == Form::Toml && u32::from(character) > 0xffff => {
                    written.push_str(&format!("\\U{:08X}", u32::from(character)));
                }
                _ => {
                    let mut units = [0; 2];
                    for unit in character.encode_utf16(&mut units) {
                        written.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        written.push('"');
        written
    }

    fn table<'a>(self, pairs: impl Iterator<Item = (&'a str, String)>) -> String {
        let (equals, open, close) = match self {
            Form::Toml => (" = ", "{ ", " }"),
            Form::Ndjson => (": ", "{", "}"),
        };
        let pairs: Vec<String> = pairs
            .map(|(key, value)| format!("{}{equals}{value}", self.key(key)))
            .collect();
        if pairs.is_empty() {
            return "{}".to_owned();
        }
        format!("{open}{}{close}", pairs.join(", "))
    }

    fn list(self, items: Vec<String>, indent: &str) -> String {
        let line = format!("[{}]", items.join(", "));
        if self == Form::Ndjson || indent.len() + line.chars().count() <= LINE {
            return line;
        }
        let items: Vec<String> = items
            .iter()
            .map(|item| format!("{indent}  {item},\n"))
            .collect();
        format!("[\n{}{indent}]", items.concat())
    }
}

/// Whether a character can be seen, alone or on the one before it.
fn is_visible(character: char) -> bool {
    character == ' '
        || character.is_ascii_graphic()
        || ['a', character]
            .iter()
            .collect::<String>()
            .escape_debug()
            .count()
            == 2
}
