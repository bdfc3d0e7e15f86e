//! Whatever a guest answers, and whatever a component consists of: nothing panics, and what is believed holds.
#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, option, prelude::*};
use sluice_contract::field_type::TypeName;

use super::{
    OutColumn,
    bindings::sluice::transform::types,
    survey::survey,
    untrusted::{Asked, UntrustedOutput},
};
use crate::{
    check::Checker,
    columns::{Column, ColumnField, Values},
    decode::{Batch, Raw},
    generate::Identity,
};

const ROWS: usize = 3;

/// Mostly in range.
fn index() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0..ROWS as u32 + 1, 1 => any::<u32>()]
}

fn values() -> impl Strategy<Value = types::ValuesResult> {
    let offsets = prop_oneof![
        vec(0..5_u32, 0..6),
        vec(0..5_u32, 3..5).prop_map(|mut offsets| {
            offsets.sort_unstable();
            offsets[0] = 0;
            offsets
        })
    ];
    let data = prop_oneof![
        vec(any::<u8>(), 0..6),
        "[a-zé]{0,4}".prop_map(String::into_bytes)
    ];
    prop_oneof![
        4 => (offsets, data).prop_map(|(offsets, mut data)| {
            // Often as long as the offsets say.
            data.resize(offsets.last().map_or(0, |end| *end as usize), b'a');
            types::ValuesResult::Bytes(types::BytesColumnResult { offsets, data })
        }),
        2 => vec(any::<i64>(), 2..5).prop_map(types::ValuesResult::Integers),
        1 => vec(any::<f64>(), 2..5).prop_map(types::ValuesResult::Floats),
        1 => vec(0..3_u8, 2..5).prop_map(types::ValuesResult::Booleans),
    ]
}

fn columns() -> impl Strategy<Value = types::OutColumn> {
    let replaced = (values(), vec(any::<u8>(), 0..3))
        .prop_map(|(values, validity)| types::ColumnResult { values, validity });
    prop_oneof![
        1 => index().prop_map(types::OutColumn::Keep),
        3 => replaced.prop_map(types::OutColumn::Replace),
    ]
}

fn findings() -> impl Strategy<Value = types::Finding> {
    let severity = prop_oneof![
        Just(types::Severity::Info),
        Just(types::Severity::Warning),
        Just(types::Severity::Error)
    ];
    (
        index(),
        option::of(index()),
        severity,
        "[a-z_ ]{0,4}",
        ".{0,4}",
    )
        .prop_map(|(row, column, severity, code, message)| types::Finding {
            row,
            column,
            severity,
            code,
            message,
        })
}

fn outputs() -> impl Strategy<Value = types::Output> {
    let columns = prop_oneof![9 => vec(columns(), 2), 1 => vec(columns(), 0..4)];
    let rows = prop_oneof![3 => Just(ROWS as u32), 1 => any::<u32>(), 1 => 0..5_u32];
    (
        rows,
        columns,
        option::of(vec(index(), 0..5)),
        vec(index(), 0..3),
        vec(findings(), 0..3),
    )
        .prop_map(
            |(rows, columns, source_rows, rejected, findings)| types::Output {
                rows,
                columns,
                source_rows,
                rejected,
                findings,
            },
        )
}

fn field(name: &str, logical: &str) -> ColumnField {
    ColumnField {
        logical: logical.to_owned(),
        ..ColumnField::text(name)
    }
}

fn batch() -> Batch {
    Batch {
        rows: ROWS,
        fields: [ColumnField::text("a"), ColumnField::text("b")].into(),
        columns: vec![
            Column::of_values(Values::Bytes {
                offsets: vec![0, 1, 1, 3],
                data: b"xyz".to_vec(),
            });
            2
        ],
        raw: Raw::Text {
            text: b"xyz".to_vec(),
            spans: vec![(0, 1), (1, 1), (1, 3)],
        },
        ..Batch::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn any_answer(output in outputs()) {
        let promised = [field("a", "text"), field("b", "integer")];
        let typed = [
            (promised[0].clone(), TypeName::Text),
            (promised[1].clone(), TypeName::Integer),
        ];
        let mut batch = batch();
        let asked = Asked {
            rows: ROWS,
            columns: &batch.columns,
            outputs: &typed,
            max_rows_per_row: 2,
            max_bytes: 1_000,
        };
        let Ok(transformed) = UntrustedOutput(output).check(&asked) else {
            return Ok(());
        };
        prop_assert!(transformed.rows <= 2 * ROWS);
        prop_assert!(transformed.rejected.is_sorted_by(|one, other| one < other));
        prop_assert!(transformed.rejected.iter().all(|row| (*row as usize) < ROWS));
        for column in &transformed.columns {
            if let OutColumn::Replace(column) = column {
                // Every value can be had.
                prop_assert!((0..transformed.rows).all(|row| column.bytes(row).is_none_or(|bytes| std::str::from_utf8(bytes).is_ok())));
            }
        }
        for finding in &transformed.findings {
            prop_assert!((finding.row as usize) < ROWS && finding.column.is_none_or(|column| column < 2));
        }
        let manifest = "[project]\nname = \"any\"\n[pipeline.any]\nsource = { prefix = \"in/\" }\nlake = true\n\
                        [pipeline.any.fields]\na = { type = \"text\", max_length = 2 }\nb = { type = \"integer\", required = false }\n";
        let stack = sluice_manifest::load(manifest, "manifest.toml", None).unwrap();
        let checker = Checker::new(&stack.pipelines[0], &promised).unwrap();
        let checked = checker.check(&mut batch, transformed, &Identity::of(&["any"]));
        prop_assert_eq!(checked.read, ROWS as u64);
        let records: std::collections::BTreeSet<u64> = checked.records.iter().copied().collect();
        prop_assert_eq!(records.len() as u64 + checked.dropped + checked.rejected.len() as u64, checked.read);
    }

    #[test]
    fn any_component(bytes in vec(any::<u8>(), 0..40), at in 0..4_000_usize, cut in 0..4_000_usize) {
        const WHOLE: &[u8] = include_bytes!("../../../generator/components/tidy.wasm");
        // What comes first is looked at first: the rest needs only be there.
        let mut component = WHOLE[..WHOLE.len().min(8_000)].to_vec();
        let at = at.min(component.len());
        component.splice(at..(at + bytes.len()).min(component.len()), bytes);
        let _ = survey(&component);
        let _ = survey(&component[..cut.min(component.len())]);
    }
}
