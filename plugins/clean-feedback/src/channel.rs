//! Channels: one name for each, whatever an export calls it.

use std::borrow::Cow;

use crate::tidy::trim;

/// The name among `known` that `text` means; or `text` in lower case, for the manifest to refuse.
#[inline]
pub(crate) fn clean<'a>(text: &'a str, known: &'a [String]) -> Cow<'a, str> {
    let text = trim(text);
    match known.iter().find(|name| name.eq_ignore_ascii_case(text)) {
        // What came in, where it is the same: it need not be copied.
        Some(name) if name == text => Cow::Borrowed(text),
        Some(name) => Cow::Borrowed(name),
        None => clean_slowly(text, known),
    }
}

#[inline(never)]
fn clean_slowly<'a>(text: &str, known: &[String]) -> Cow<'a, str> {
    let name = text.to_lowercase();
    if known.contains(&name) {
        return Cow::Owned(name);
    }
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    match meaning(&plain).filter(|meaning| known.iter().any(|name| name == meaning)) {
        Some(meaning) => Cow::Borrowed(meaning),
        None => Cow::Owned(name),
    }
}

/// What a name without blanks and punctuation means.
fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "web" | "www" | "website" | "webform" | "webshop" | "online" | "internet" | "site"
        | "form" | "browser" => "web",
        "email" | "mail" | "emails" | "courriel" | "correo" | "newsletter" => "email",
        "app" | "mobile" | "mobileapp" | "ios" | "iosapp" | "android" | "androidapp" | "iphone"
        | "inapp" => "app",
        "store" | "shop" | "instore" | "branch" | "retail" | "pos" | "filiale" | "tienda"
        | "magasin" | "kiosk" => "store",
        "phone" | "telephone" | "tel" | "call" | "callcenter" | "callcentre" | "hotline"
        | "telefon" | "voice" => "phone",
        "chat" | "livechat" | "chatbot" | "bot" | "messenger" | "whatsapp" => "chat",
        "social" | "socialmedia" | "twitter" | "x" | "facebook" | "instagram" | "linkedin" => {
            "social"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let known: Vec<String> = ["web", "email", "app", "store", "phone"]
            .map(String::from)
            .into();
        assert_eq!(clean(text, &known), expected, "{text:?}");
    }

    #[test]
    fn names() {
        check("web", "web");
        check(" WEB ", "web");
        check("E-Mail", "email");
        check("Mobile App", "app");
        check("In-Store", "store");
        check("Call centre", "phone");
        check("Live chat", "live chat");
        check("Pigeon", "pigeon");
        check("", "");
    }
}
