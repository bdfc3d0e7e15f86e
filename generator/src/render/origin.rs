//! Finds the line of a template that a piece of rendered text comes from.
//!
//! For that, the templates are rendered once more with a mark at the start of every line, which is taken out of the
//! result again. A mark is a private character around a template's name and a line's number.

/// Surrounds a mark. It is a private character of Unicode, which no template has a use for.
const MARK: char = '\u{F8FF}';

/// Marks every line of a template that does not begin inside a handlebars tag.
pub(super) fn mark(name: &str, source: &str) -> String {
    let mut marked = String::with_capacity(source.len() * 2);
    let mut in_tag = false;
    for (number, line) in source.split_inclusive('\n').enumerate() {
        if !in_tag {
            marked.push_str(&format!("{MARK}{name}:{}{MARK}", number + 1));
        }
        marked.push_str(line);
        let opened = line.rfind("{{");
        let closed = line.rfind("}}");
        in_tag = match (opened, closed) {
            (Some(opened), Some(closed)) => opened > closed,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => in_tag,
        };
    }
    marked
}

/// Where the pieces of a text come from.
#[derive(Debug)]
pub(super) struct Origins {
    /// First byte of a piece, template and line; ascending.
    pieces: Vec<(usize, String, usize)>,
}

impl Origins {
    /// The template and the line that the byte at `offset` comes from.
    pub(super) fn find(&self, offset: usize) -> (&str, usize) {
        let after = self.pieces.partition_point(|(start, ..)| *start <= offset);
        match after.checked_sub(1).map(|at| &self.pieces[at]) {
            Some((_, template, line)) => (template, *line),
            None => (super::ROOT, 1),
        }
    }
}

/// Takes the marks out of a text.
pub(super) fn unmark(marked: &str) -> (String, Origins) {
    let mut text = String::with_capacity(marked.len());
    let mut pieces = Vec::new();
    for (number, piece) in marked.split(MARK).enumerate() {
        if number % 2 == 0 {
            text.push_str(piece);
        } else if let Some((template, line)) = piece.split_once(':') {
            pieces.push((text.len(), template.to_owned(), line.parse().unwrap_or(1)));
        }
    }
    (text, Origins { pieces })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_again() {
        let source = "first\n{{!-- over\ntwo lines --}}\nlast";
        let marked = mark("queue", source);
        let (text, origins) = unmark(&marked);
        assert_eq!(text, source);
        assert_eq!(origins.find(0), ("queue", 1));
        assert_eq!(origins.find(text.find("two").unwrap_or(0)), ("queue", 2));
        assert_eq!(origins.find(text.len()), ("queue", 4));
    }
}
