//! `docs/data.md` lists what there is.
#![allow(missing_docs)]

use sluice_contract::fake::Fake;

const PAGE: &str = include_str!("../../docs/data.md");

#[test]
fn every_kind_is_in_the_page() {
    let quoted = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let rows: Vec<String> = Fake::ALL
        .iter()
        .map(|kind| {
            let types: Vec<&str> = kind.suits().iter().map(|name| name.name()).collect();
            let guessed = quoted(kind.guessed_from());
            let (name, types) = (kind.name(), quoted(&types));
            format!("| `{name}` | {types} | {guessed} | {} |\n", kind.about())
        })
        .collect();
    let rows = rows.concat();
    assert!(
        PAGE.contains(&rows),
        "the table of kinds should be:\n{rows}"
    );
}

#[test]
fn every_mess_is_in_the_page() {
    for way in sluice_data::ways() {
        assert!(PAGE.contains(&format!("\n| `{way}` |")), "{way}");
    }
}
