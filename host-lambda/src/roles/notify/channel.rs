//! How a channel is reached: what its entry of Secrets Manager says. Nothing of it is ever shown.

use serde::Deserialize;
use sluice_contract::stack::{Channel, Http};

/// PagerDuty's Events API v2, unless the entry says otherwise, as accounts in the EU do.
/// <https://developer.pagerduty.com/docs/send-alert-event>
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// How a channel is reached.
pub(super) struct Reached {
    /// Where requests go.
    pub(super) url: String,
    /// What PagerDuty knows the service by; nothing for Slack, whose URL says it.
    pub(super) routing_key: String,
}

impl std::fmt::Debug for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reached(…)")
    }
}

/// An entry that is JSON.
#[derive(Default, Deserialize)]
struct Written {
    #[serde(default)]
    routing_key: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

impl Reached {
    /// What the text of an entry says. The error is for people, and says nothing of the text.
    pub(super) fn read(channel: Channel, text: &str) -> Result<Reached, String> {
        let text = text.trim();
        let written = match (text.starts_with('{'), channel) {
            (true, _) => serde_json::from_str(text)
                .map_err(|error| format!("it is no JSON object ({:?})", error.classify()))?,
            (false, Channel::Pagerduty) => Written {
                routing_key: Some(text.to_owned()),
                url: None,
            },
            (false, Channel::Slack) => Written {
                routing_key: None,
                url: Some(text.to_owned()),
            },
        };
        let (url, routing_key) = match channel {
            Channel::Pagerduty => {
                let key = written.routing_key.filter(|key| !key.is_empty());
                let key = key.ok_or("it has no `routing_key`")?;
                (written.url.unwrap_or_else(|| PAGERDUTY.to_owned()), key)
            }
            Channel::Slack => (written.url.ok_or("it has no `url`")?, String::new()),
        };
        // What is told would be read on the way.
        if !url.starts_with("https://") && !Http::is_local(&url) {
            return Err("its `url` does not begin with `https://`".to_owned());
        }
        Ok(Reached { url, routing_key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        fn check(channel: Channel, text: &str, expected: Result<(&str, &str), &str>) {
            let read = Reached::read(channel, text);
            let read = read.as_ref().map(|it| (&*it.url, &*it.routing_key));
            assert_eq!(read.map_err(String::as_str), expected);
        }
        let pagerduty = Channel::Pagerduty;
        check(pagerduty, " abc \n", Ok((PAGERDUTY, "abc")));
        let eu = "https://events.eu.pagerduty.com/v2/enqueue";
        let text = format!(r#"{{"routing_key": "abc", "url": "{eu}"}}"#);
        check(pagerduty, &text, Ok((eu, "abc")));
        check(pagerduty, "", Err("it has no `routing_key`"));
        check(pagerduty, r#"{"url": "x"}"#, Err("it has no `routing_key`"));
        check(pagerduty, "{hidden", Err("it is no JSON object (Syntax)"));
        let hook = "https://hooks.slack.com/services/T/B/x";
        check(Channel::Slack, hook, Ok((hook, "")));
        check(
            Channel::Slack,
            &format!(r#"{{"url": "{hook}"}}"#),
            Ok((hook, "")),
        );
        let clear = Err("its `url` does not begin with `https://`");
        check(Channel::Slack, "http://hooks.example.com/x", clear);
        check(Channel::Slack, "{}", Err("it has no `url`"));
        check(
            Channel::Slack,
            "http://127.0.0.1:9/x",
            Ok(("http://127.0.0.1:9/x", "")),
        );
    }
}
