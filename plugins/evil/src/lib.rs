//! Misbehaves on request: every way in which a plugin may be wrong or hostile, each by its name in [`MISBEHAVIOURS`] as
//! the configuration's `evil`. It does so to batches that hold a row whose value is `evil`, and is honest to all others,
//! so that tests see who pays for it.

mod answers;
mod configurations;
mod deeds;
mod descriptions;

use sluice_sdk::contract::{
    Batch, BytesColumn, Column, Descriptor, Field, Finding, OutColumn, Output, Severity, Values,
};
use sluice_sdk::{ColumnPlugin, Config, Failure, Origin};

/// One way to misbehave: does its deed, or spoils an honest answer of which the row at the index is evil.
type Misbehaviour = fn(&mut Output, usize) -> Result<(), Failure>;

/// All of them, except those of `configure`, which are [`configurations::misbehave`]'s.
const MISBEHAVIOURS: &[(&str, Misbehaviour)] = &[
    ("loop", deeds::run_forever),
    ("trap", deeds::panic),
    ("trap-silently", deeds::trap),
    ("stack", deeds::recurse),
    ("memory", deeds::take_all_memory),
    ("log-flood", deeds::flood_the_log),
    ("failure", deeds::fail),
    ("tell", deeds::tell),
    ("columns", answers::one_column_too_few),
    ("rows", answers::one_row_too_many),
    ("explode-rows", answers::million_rows),
    ("explode-bytes", answers::megabytes),
    ("lengths", answers::one_value_too_few),
    ("keep", answers::keep_what_is_not_there),
    ("kind", answers::integers_for_text),
    ("offsets-none", answers::no_offsets),
    ("offsets-start", answers::offsets_from_one),
    ("offsets-fall", answers::falling_offsets),
    ("offsets-end", answers::offsets_past_the_end),
    ("offsets-overlap", answers::values_that_overlap),
    ("offsets-huge", answers::offsets_far_past_the_end),
    ("offsets-many", answers::million_offsets),
    ("utf8", answers::bytes_that_are_no_text),
    ("half-characters", answers::offsets_inside_a_character),
    ("boolean", answers::boolean_of_seven),
    ("validity", answers::short_validity),
    ("source-rows", answers::source_row_out_of_range),
    ("source-negative", answers::negative_source_rows),
    ("source-repeated", answers::one_row_too_often),
    ("source-count", answers::one_source_row_too_few),
    ("rejected-range", answers::rejected_row_out_of_range),
    ("rejected-twice", answers::rejected_twice),
    ("rejected-and-kept", answers::rejected_and_kept),
    ("finding-row", answers::finding_about_no_row),
    ("finding-column", answers::finding_about_no_column),
    ("finding-code", answers::finding_with_a_sentence_for_a_code),
    ("finding-flood", answers::thousands_of_findings),
    // These three are put right by the host, and cost no row.
    ("finding-long", answers::finding_with_a_novel),
    (
        "finding-stray-error",
        answers::error_about_a_row_that_is_kept,
    ),
    ("rejected-silently", answers::rejected_without_a_reason),
    // Right by the contract, and refused by the checks of the manifest's fields.
    ("nan", answers::not_a_number),
    ("infinity", answers::infinity),
    // Right every time, and different every time, which only vetting finds out.
    ("state", deeds::count_the_calls),
    ("company", answers::rows_of_the_batch),
    // Within the limits for any row, and beyond all measure for many of them.
    ("heap", answers::as_much_as_one_row_may),
];

/// The plugin.
pub struct Evil {
    misbehaviour: Option<Misbehaviour>,
}

impl ColumnPlugin for Evil {
    fn describe() -> Descriptor {
        descriptions::chosen(Descriptor {
            name: "evil".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            inputs: vec![field("value", "text")],
            outputs: outputs(),
            config_schema: String::new(),
        })
    }

    fn configure(_schema: Vec<Field>, config: Config) -> Result<(Self, Vec<Field>), Failure> {
        let name = config.get("evil").unwrap_or("none");
        if let Some(answer) = configurations::misbehave(name) {
            return answer.map(|fields| (Evil { misbehaviour: None }, fields));
        }
        match MISBEHAVIOURS.iter().find(|(known, _)| *known == name) {
            Some((_, misbehaviour)) => Ok((
                Evil {
                    misbehaviour: Some(*misbehaviour),
                },
                outputs(),
            )),
            None if name == "none" => Ok((Evil { misbehaviour: None }, outputs())),
            None => Err(config.wrong("evil", "one of MISBEHAVIOURS")),
        }
    }

    fn transform(&mut self, batch: Batch, _origin: Origin) -> Result<Output, Failure> {
        let (mut output, evil) = honest(&batch);
        match (self.misbehaviour, evil) {
            (Some(misbehave), Some(row)) => misbehave(&mut output, row).map(|()| output),
            _ => Ok(output),
        }
    }
}

fn field(name: &str, logical: &str) -> Field {
    Field {
        name: name.into(),
        logical: logical.into(),
        nullable: false,
    }
}

/// The value as it came, the value in capitals, its length, whether it is long, and its share of eight bytes.
fn outputs() -> Vec<Field> {
    vec![
        field("value", "text"),
        field("capitals", "text"),
        field("length", "integer"),
        field("long", "boolean"),
        field("share", "float"),
    ]
}

/// The right answer, and where the evil row is.
fn honest(batch: &Batch) -> (Output, Option<usize>) {
    let Some(Values::Bytes(BytesColumn { offsets, data })) =
        batch.columns.first().map(|column| &column.values)
    else {
        panic!("the host sent no text");
    };
    let values = || {
        offsets
            .windows(2)
            .map(|ends| &data[ends[0] as usize..ends[1] as usize])
    };
    let column = |values| {
        OutColumn::Replace(Column {
            values,
            validity: Vec::new(),
        })
    };
    let lengths = values().map(|value| value.len() as i64).collect();
    let long = values().map(|value| u8::from(value.len() > 4)).collect();
    let shares = values().map(|value| value.len() as f64 / 8.0).collect();
    let capitals = BytesColumn {
        offsets: offsets.clone(),
        data: match descriptions::writes_small() {
            true => data.to_ascii_lowercase(),
            false => data.to_ascii_uppercase(),
        },
    };
    let columns = vec![
        OutColumn::Keep(0),
        column(Values::Bytes(capitals)),
        column(Values::Integers(lengths)),
        column(Values::Booleans(long)),
        column(Values::Floats(shares)),
    ];
    let output = Output {
        rows: batch.rows,
        columns,
        source_rows: None,
        rejected: Vec::new(),
        findings: Vec::new(),
    };
    (
        output,
        values().position(|value| value.starts_with(b"evil")),
    )
}

/// An honest finding about a row.
fn finding(row: u32) -> Finding {
    Finding {
        row,
        column: None,
        severity: Severity::Warning,
        code: "odd".into(),
        message: "it is odd".into(),
    }
}

sluice_sdk::export!(Evil);
