//! The manual's table of problems is the list that the handler answers from.

use sluice_api::problem;

#[test]
fn the_manual_has_every_problem() {
    let manual = include_str!("../../../docs/api.md");
    let table = manual.split("## Problems").nth(1).unwrap();
    let documented: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| 4") || line.starts_with("| 5"))
        .collect();
    let declared: Vec<String> = problem::ALL
        .iter()
        .map(|of| {
            format!(
                "| {} | `{}` | {}: {} |",
                of.status, of.code, of.title, of.when
            )
        })
        .collect();
    assert_eq!(documented, declared);
}
