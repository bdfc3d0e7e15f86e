//! Whatever a plugin does to the rows of a batch, in whatever order: what comes out is what it did, row by row.
#![allow(missing_docs)]

use proptest::prelude::*;
use sluice_sdk::testing::{Cleaned, origin, try_run};
use sluice_sdk::{Outcome, Row, RowPlugin, Rows};

/// What is done to a row is written in its `deeds`, a character each; see [`expected`].
struct Doer;

const DEEDS: sluice_sdk::Column = sluice_sdk::Column::nth(0);
const NAME: sluice_sdk::Column = sluice_sdk::Column::nth(1);
const COUNT: sluice_sdk::Column = sluice_sdk::Column::nth(2);

impl RowPlugin for Doer {
    const NAME: &'static str = "doer";
    const VERSION: &'static str = "1";
    type Config = ();

    fn fields() -> &'static [sluice_sdk::Field] {
        use sluice_sdk::field::{integer, text};
        const FIELDS: &[sluice_sdk::Field] =
            &[text("deeds"), text("name"), integer("count").made()];
        FIELDS
    }

    fn clean(row: &mut Row<'_>, _: &()) -> Outcome {
        for deed in row.text(DEEDS).bytes() {
            match deed {
                b's' => row.set_text(NAME, row.text(NAME)),
                b't' => row.set_text(NAME, "a text of more than sixteen bytes"),
                b'b' => row.build_text(NAME, |text| text.push_uppercase("é built")),
                b'n' => row.set_null(NAME),
                b'i' => row.set_integer(COUNT, 7),
                b'r' => row.reset(NAME),
                b'e' => row.emit(),
                b'D' => return Outcome::Drop,
                b'R' => return row.reject(NAME, "told_so", "its deeds say so"),
                _ => {}
            }
        }
        Outcome::Keep
    }
}

/// An output row: the input row, its name, its count.
type Expected = (u32, Option<String>, Option<i64>);

/// The same by the plainest code there is: the output rows, and whether the row is rejected.
fn expected(at: u32, deeds: &str, name: Option<&str>) -> (Vec<Expected>, bool) {
    let as_it_came = || (at, name.map(String::from), None);
    let (mut rows, mut row) = (Vec::new(), as_it_came());
    for deed in deeds.bytes() {
        match deed {
            b's' => row.1 = Some(name.unwrap_or_default().into()),
            b't' => row.1 = Some("a text of more than sixteen bytes".into()),
            b'b' => row.1 = Some("é BUILT".into()),
            b'n' => row.1 = None,
            b'i' => row.2 = Some(7),
            b'r' => row.1 = name.map(String::from),
            b'e' => rows.push(std::mem::replace(&mut row, as_it_came())),
            b'D' => return (rows, false),
            b'R' => return (Vec::new(), true),
            _ => {}
        }
    }
    rows.push(row);
    (rows, false)
}

fn clean(rows: &[(String, Option<String>)]) -> Cleaned {
    let rows: Vec<Vec<Option<&str>>> = rows
        .iter()
        .map(|(deeds, name)| vec![Some(deeds.as_str()), name.as_deref()])
        .collect();
    try_run::<Rows<Doer>>(&[], &["deeds", "name"], &rows, &origin())
        .expect("the plugin does not fail")
}

fn check(rows: &[(String, Option<String>)]) {
    let cleaned = clean(rows);
    let (mut output, mut rejected) = (Vec::new(), Vec::new());
    for (at, (deeds, name)) in rows.iter().enumerate() {
        let (of_row, is_rejected) = expected(at as u32, deeds, name.as_deref());
        output.extend(of_row);
        if is_rejected {
            rejected.push(at as u32);
        }
    }
    assert_eq!(cleaned.rejected(), rejected);
    let found = (0..cleaned.rows()).map(|row| {
        let name = cleaned.text(row, "name").map(String::from);
        (cleaned.source_row(row), name, cleaned.integer(row, "count"))
    });
    // Without source rows, rejected rows are still there, and nobody reads them.
    let found: Vec<Expected> = found
        .filter(|(source, ..)| !rejected.contains(source))
        .collect();
    assert_eq!(found, output);
    if cleaned.output().source_rows.is_some() {
        assert_eq!(
            cleaned.rows(),
            output.len(),
            "rejected rows are not output rows"
        );
    }
}

proptest! {
    #[test]
    fn what_comes_out_is_what_was_done(
        rows in prop::collection::vec(("[stbnire]{0,3}[KKKKDR]?", prop::option::of("[a-zé ]{0,40}")), 0..60)
    ) {
        check(&rows);
    }

    #[test]
    fn rows_that_are_only_looked_at_cost_nothing(
        rows in prop::collection::vec(("|r|eD|seD", prop::option::of("[a-zé ]{1,40}")), 0..60)
    ) {
        let rows: Vec<_> = rows.into_iter().filter(|(deeds, name)| deeds != "seD" || name.is_some()).collect();
        let cleaned = clean(&rows);
        prop_assert_eq!(cleaned.rows(), rows.len());
        prop_assert!(cleaned.is_kept("name"));
        prop_assert_eq!(&cleaned.output().source_rows, &None);
    }
}
