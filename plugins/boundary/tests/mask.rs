//! The worked example of the scaffolds and the same over columns by hand share no code, and give the same answers.
#![allow(missing_docs)]

use proptest::prelude::*;
use sluice_plugin_boundary::MaskColumns;
use sluice_sdk::testing::{Cleaned, origin, try_run};
use sluice_sdk::{ColumnPlugin, Rows};

const COLUMNS: [&str; 5] = ["id", "note", "email", "score", "domain"];

fn clean<P: ColumnPlugin>(config: &[(&str, &str)], rows: &[Vec<Option<&str>>]) -> Cleaned {
    try_run::<P>(config, &COLUMNS, rows, &origin()).expect("the plugin does not fail")
}

/// All that can be seen of an answer: output rows, rejected rows, findings.
fn seen(cleaned: &Cleaned) -> impl PartialEq + std::fmt::Debug + use<> {
    let rejected = cleaned.rejected();
    let rows: Vec<_> = (0..cleaned.rows())
        .filter(|row| !rejected.contains(&cleaned.source_row(*row)))
        .map(|row| {
            let text = |name| cleaned.text(row, name).map(String::from);
            (
                cleaned.source_row(row),
                ["id", "note", "email", "domain"].map(text),
                cleaned.integer(row, "score"),
            )
        })
        .collect();
    let findings = format!("{:?}", cleaned.output().findings);
    (rows, rejected.to_vec(), findings)
}

proptest! {
    #[test]
    fn rows_and_columns_by_hand_agree(
        rows in prop::collection::vec(
            (
                prop::option::weighted(0.9, "[ 7x]{0,3}"),
                prop::option::weighted(0.9, "[Aéa@ ]{0,3}@?[xY]{0,2}(; ?É[a ]?@[X.@\x0b]{0,3}){0,2}"),
                prop::option::of("[ +-]?([0-9]{0,3}|[0-9]{17,20}|0{30}[0-9]|9223372036854775807|[a5-]{1,3}) ?"),
            ),
            0..40,
        ),
        keep_first: bool,
        drop_domains in "( ?[xX],){0,2}",
    ) {
        let config = [("drop_domains", drop_domains.as_str()), ("keep_first", if keep_first { "true" } else { "false" })];
        let rows: Vec<_> = rows
            .iter()
            .map(|(id, email, score)| vec![id.as_deref(), Some("note"), email.as_deref(), score.as_deref(), Some("not read")])
            .collect();
        let by_row = clean::<Rows<mask_emails::Plugin>>(&config, &rows);
        let by_column = clean::<MaskColumns>(&config, &rows);
        prop_assert_eq!(seen(&by_row), seen(&by_column));
    }
}
