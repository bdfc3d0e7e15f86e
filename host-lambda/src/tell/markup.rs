//! Texts that somebody else wrote, in messages to people: keys of objects, messages and codes of plugins, answers of
//! services. They are one line, cut, and written so that no channel takes them for anything but a text.

use sluice_pipeline::shown::in_one_line;

/// A text of somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign(String);

impl Foreign {
    /// A text in one line of `most` characters at the most.
    pub(crate) fn new(text: &str, most: usize) -> Self {
        Self(cut(&in_one_line(text), most))
    }

    /// The same of a name, of which the end tells more than the beginning.
    pub(crate) fn ending(text: &str, most: usize) -> Self {
        let line = in_one_line(text);
        let length = line.chars().count();
        if length <= most {
            return Self(line);
        }
        let end = line.chars().skip(length - most.saturating_sub(1));
        Self(std::iter::once('…').chain(end).collect())
    }

    /// For plain text, and for JSON, which quotes by itself.
    pub(crate) fn plain(&self) -> &str {
        &self.0
    }

    /// For Slack's mrkdwn: what it takes for a mention, a link or a style is none.
    /// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
    pub(crate) fn mrkdwn(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            match c {
                '&' => text.push_str("&amp;"),
                '<' => text.push_str("&lt;"),
                '>' => text.push_str("&gt;"),
                // A style begins behind a blank, and not behind what has no width.
                '*' | '_' | '~' | '`' => text.extend(['\u{200b}', c]),
                c => text.push(c),
            }
        }
        text
    }

    /// For Slack's mrkdwn, as code.
    pub(crate) fn code(&self) -> String {
        let text = self.0.replace('`', "'");
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        format!("`{}`", text.replace('>', "&gt;"))
    }
}

/// A text of `most` characters at the most.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start = text.chars().take(most.saturating_sub(1));
    start.chain(std::iter::once('…')).collect()
}

/// A text in the place of a URL that holds names (RFC 3986, section 2.3).
pub(crate) fn in_url(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts() {
        fn check(text: &str, plain: &str, mrkdwn: &str, code: &str) {
            let foreign = Foreign::new(text, 40);
            assert_eq!(foreign.plain(), plain);
            assert_eq!(foreign.mrkdwn(), mrkdwn);
            assert_eq!(foreign.code(), code);
        }
        check("a.csv", "a.csv", "a.csv", "`a.csv`");
        check(
            "<!channel> & <https://x|y>",
            "<!channel> & <https://x|y>",
            "&lt;!channel&gt; &amp; &lt;https://x|y&gt;",
            "`&lt;!channel&gt; &amp; &lt;https://x|y&gt;`",
        );
        check(
            "a\n\nWhat to do\n  pay",
            "a\\n\\nWhat to do\\n  pay",
            "a\\n\\nWhat to do\\n  pay",
            "`a\\n\\nWhat to do\\n  pay`",
        );
        check(
            "*b* `c`",
            "*b* `c`",
            "\u{200b}*b\u{200b}* \u{200b}`c\u{200b}`",
            "`*b* 'c'`",
        );
        let long = "x".repeat(41);
        assert_eq!(
            Foreign::new(&long, 40).plain(),
            format!("{}…", "x".repeat(39))
        );
        assert_eq!(Foreign::ending("incoming/a.csv", 6).plain(), "…a.csv");
    }

    proptest! {
        #[test]
        fn nothing_is_left_of_a_markup(text: String) {
            let foreign = Foreign::new(&text, 100);
            prop_assert!(foreign.plain().chars().count() <= 100);
            let breaks = ['\n', '\r', '\u{2028}'];
            prop_assert!(!foreign.plain().contains(breaks));
            prop_assert!(!foreign.mrkdwn().contains(['<', '>']));
            let code = foreign.code();
            prop_assert!(!code[1..code.len() - 1].contains(['<', '>', '`']));
            prop_assert!(in_url(&text).bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|' && byte != b'>'));
        }
    }
}
