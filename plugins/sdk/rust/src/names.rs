//! Which column of a file is meant, whatever the file calls it.

use crate::contract::Field;

/// Finds the column of `schema` for each of several things, all of whose names are given: by its exact first name, then by
/// one that differs from it in case and punctuation, then by its other names in order. No column serves two of them, and
/// what has no name has no column.
pub fn find_columns(names: &[Vec<&str>], schema: &[Field]) -> Vec<Option<usize>> {
    let plain: Vec<String> = schema
        .iter()
        .map(|column| plain_name(&column.name))
        .collect();
    let mut taken = vec![false; schema.len()];
    let mut found = vec![None; names.len()];
    let mut pass = |nth: usize, matches: &dyn Fn(&str, usize) -> bool| {
        for (names, found) in names.iter().zip(&mut found) {
            if let (Some(name), None) = (names.get(nth), *found)
                && let Some(column) =
                    (0..schema.len()).find(|column| !taken[*column] && matches(name, *column))
            {
                taken[column] = true;
                *found = Some(column);
            }
        }
    };
    pass(0, &|name, column| schema[column].name == name);
    for nth in 0..names.iter().map(Vec::len).max().unwrap_or(0) {
        pass(nth, &|name, column| plain[column] == plain_name(name));
    }
    found
}

/// A column's name without what people write differently: letters and digits in lower case, nothing else. A name without
/// either is what it is.
pub fn plain_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if plain.is_empty() {
        name.to_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&[&str]], columns: &[&str], expected: &[Option<usize>]) {
        let names: Vec<Vec<&str>> = names.iter().map(|names| names.to_vec()).collect();
        let schema: Vec<Field> = columns
            .iter()
            .map(|name| Field {
                name: (*name).into(),
                logical: "text".into(),
                nullable: true,
            })
            .collect();
        assert_eq!(find_columns(&names, &schema), expected, "{columns:?}");
    }

    #[test]
    fn first_names_come_before_others_and_exact_ones_before_like_ones() {
        let mail: &[&[&str]] = &[&["mail", "e-mail", "address"], &["E-Mail"], &[]];
        check(mail, &["Mail", "E-Mail"], &[Some(0), Some(1), None]);
        check(mail, &["email", "Address"], &[Some(1), Some(0), None]);
        check(mail, &["mail", "MAIL"], &[Some(0), None, None]);
        check(mail, &["address", "e mail"], &[Some(0), Some(1), None]);
    }

    #[test]
    fn names_without_letters_and_digits_are_told_apart() {
        check(&[&["%"], &["#"]], &["#", "%"], &[Some(1), Some(0)]);
        check(&[&["%"]], &["#"], &[None]);
    }
}
