//! How resources are called inside a template.

/// The start of a pipeline's logical ids: `clean-orders` is `CleanOrders`. A manifest has no two names with the same.
pub(crate) fn id(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (name, expected) in [
            ("feedback", "Feedback"),
            ("clean-orders-2", "CleanOrders2"),
            ("a", "A"),
        ] {
            assert_eq!(id(name), expected);
        }
    }
}
