//! Answers that are wrong in one way each.

use sluice_sdk::Failure;
use sluice_sdk::contract::{BytesColumn, OutColumn, Output, Severity, Values};

use crate::finding;

type Answer = Result<(), Failure>;

/// The capitals, which are the second column.
fn capitals(output: &mut Output) -> &mut BytesColumn {
    match &mut output.columns[1] {
        OutColumn::Replace(column) => match &mut column.values {
            Values::Bytes(bytes) => bytes,
            _ => unreachable!("the second column is text"),
        },
        OutColumn::Keep(_) => unreachable!("the second column is new"),
    }
}

/// The shares, which are the fifth column.
fn share(output: &mut Output) -> &mut Vec<f64> {
    match &mut output.columns[4] {
        OutColumn::Replace(column) => match &mut column.values {
            Values::Floats(values) => values,
            _ => unreachable!("the fifth column is numbers"),
        },
        OutColumn::Keep(_) => unreachable!("the fifth column is new"),
    }
}

pub(crate) fn one_column_too_few(output: &mut Output, _: usize) -> Answer {
    output.columns.pop();
    Ok(())
}

pub(crate) fn one_row_too_many(output: &mut Output, _: usize) -> Answer {
    output.rows += 1;
    Ok(())
}

pub(crate) fn million_rows(output: &mut Output, row: usize) -> Answer {
    output.rows = 1_000_000;
    output.source_rows = Some(vec![row as u32; 1_000_000]);
    output
        .columns
        .iter_mut()
        .for_each(|column| *column = OutColumn::Keep(0));
    Ok(())
}

pub(crate) fn megabytes(output: &mut Output, _: usize) -> Answer {
    let text = capitals(output);
    text.data = vec![b'x'; 1 << 22];
    let end = text.data.len() as u32;
    text.offsets
        .iter_mut()
        .skip(1)
        .for_each(|offset| *offset = end);
    Ok(())
}

pub(crate) fn one_value_too_few(output: &mut Output, _: usize) -> Answer {
    if let OutColumn::Replace(column) = &mut output.columns[2]
        && let Values::Integers(values) = &mut column.values
    {
        values.pop();
    }
    Ok(())
}

pub(crate) fn rows_of_the_batch(output: &mut Output, row: usize) -> Answer {
    if let OutColumn::Replace(column) = &mut output.columns[2]
        && let Values::Integers(values) = &mut column.values
    {
        values[row] = i64::from(output.rows);
    }
    Ok(())
}

pub(crate) fn keep_what_is_not_there(output: &mut Output, _: usize) -> Answer {
    output.columns[0] = OutColumn::Keep(7);
    Ok(())
}

pub(crate) fn integers_for_text(output: &mut Output, _: usize) -> Answer {
    output.columns[1] = output.columns[2].clone();
    Ok(())
}

pub(crate) fn no_offsets(output: &mut Output, _: usize) -> Answer {
    capitals(output).offsets.clear();
    Ok(())
}

pub(crate) fn offsets_from_one(output: &mut Output, _: usize) -> Answer {
    capitals(output).offsets[0] = 1;
    Ok(())
}

pub(crate) fn falling_offsets(output: &mut Output, row: usize) -> Answer {
    capitals(output).offsets[row] = u32::MAX;
    Ok(())
}

pub(crate) fn offsets_past_the_end(output: &mut Output, _: usize) -> Answer {
    capitals(output).data.pop();
    Ok(())
}

pub(crate) fn values_that_overlap(output: &mut Output, row: usize) -> Answer {
    // The row ends where it should start, and the next one starts there.
    capitals(output).offsets.swap(row, row + 1);
    Ok(())
}

pub(crate) fn offsets_far_past_the_end(output: &mut Output, row: usize) -> Answer {
    capitals(output).offsets[row + 1..].fill(u32::MAX);
    Ok(())
}

pub(crate) fn million_offsets(output: &mut Output, _: usize) -> Answer {
    let text = capitals(output);
    text.offsets.resize(1_000_000, text.data.len() as u32);
    Ok(())
}

pub(crate) fn bytes_that_are_no_text(output: &mut Output, row: usize) -> Answer {
    let text = capitals(output);
    let at = text.offsets[row] as usize;
    text.data[at] = 0xff;
    Ok(())
}

pub(crate) fn offsets_inside_a_character(output: &mut Output, row: usize) -> Answer {
    let text = capitals(output);
    // The row's first two bytes become one character, which the row before then shares; alone, the row ends inside one.
    let (start, end) = (text.offsets[row] as usize, text.offsets[row + 1] as usize);
    text.data[start..start + 2].copy_from_slice("é".as_bytes());
    text.offsets[row] = start as u32 + u32::from(row > 0);
    if row == 0 {
        text.data.truncate(end);
        text.data.extend("é".as_bytes());
        text.data.pop();
        let end = text.data.len() as u32;
        text.offsets[1..].fill(end);
    }
    Ok(())
}

pub(crate) fn boolean_of_seven(output: &mut Output, row: usize) -> Answer {
    if let OutColumn::Replace(column) = &mut output.columns[3]
        && let Values::Booleans(values) = &mut column.values
    {
        values[row] = 7;
    }
    Ok(())
}

pub(crate) fn short_validity(output: &mut Output, _: usize) -> Answer {
    if let OutColumn::Replace(column) = &mut output.columns[2] {
        column.validity = vec![0xff; output.rows.div_ceil(8) as usize + 1];
    }
    Ok(())
}

pub(crate) fn source_row_out_of_range(output: &mut Output, _: usize) -> Answer {
    output.source_rows = Some((1..=output.rows).collect());
    Ok(())
}

pub(crate) fn negative_source_rows(output: &mut Output, _: usize) -> Answer {
    output.source_rows = Some(vec![-1_i32 as u32; output.rows as usize]);
    Ok(())
}

/// Five times, where four are allowed; the batch as a whole stays within the limit.
pub(crate) fn one_row_too_often(output: &mut Output, row: usize) -> Answer {
    let mut source_rows: Vec<u32> = (0..output.rows).collect();
    source_rows.extend([row as u32; 4]);
    output.rows += 4;
    output.source_rows = Some(source_rows);
    output
        .columns
        .iter_mut()
        .for_each(|column| *column = OutColumn::Keep(0));
    Ok(())
}

pub(crate) fn one_source_row_too_few(output: &mut Output, _: usize) -> Answer {
    output.source_rows = Some((1..output.rows).collect());
    Ok(())
}

pub(crate) fn rejected_row_out_of_range(output: &mut Output, _: usize) -> Answer {
    output.rejected = vec![output.rows];
    Ok(())
}

pub(crate) fn rejected_twice(output: &mut Output, row: usize) -> Answer {
    output.rejected = vec![row as u32; 2];
    Ok(())
}

pub(crate) fn rejected_and_kept(output: &mut Output, row: usize) -> Answer {
    output.source_rows = Some((0..output.rows).collect());
    output.rejected = vec![row as u32];
    Ok(())
}

pub(crate) fn finding_about_no_row(output: &mut Output, _: usize) -> Answer {
    output.findings.push(finding(output.rows));
    Ok(())
}

pub(crate) fn finding_about_no_column(output: &mut Output, row: usize) -> Answer {
    let mut finding = finding(row as u32);
    finding.column = Some(5);
    output.findings.push(finding);
    Ok(())
}

pub(crate) fn finding_with_a_sentence_for_a_code(output: &mut Output, row: usize) -> Answer {
    let mut finding = finding(row as u32);
    finding.code = "it is a rather odd row".into();
    output.findings.push(finding);
    Ok(())
}

pub(crate) fn thousands_of_findings(output: &mut Output, row: usize) -> Answer {
    output.findings = vec![finding(row as u32); 5_000];
    Ok(())
}

pub(crate) fn finding_with_a_novel(output: &mut Output, row: usize) -> Answer {
    let mut finding = finding(row as u32);
    finding.message = "Call me Ishmael. ".repeat(100);
    output.findings.push(finding);
    Ok(())
}

pub(crate) fn error_about_a_row_that_is_kept(output: &mut Output, row: usize) -> Answer {
    let mut finding = finding(row as u32);
    finding.severity = Severity::Error;
    output.findings.push(finding);
    Ok(())
}

pub(crate) fn rejected_without_a_reason(output: &mut Output, row: usize) -> Answer {
    output.rejected.push(row as u32);
    Ok(())
}

pub(crate) fn not_a_number(output: &mut Output, row: usize) -> Answer {
    share(output)[row] = f64::NAN;
    Ok(())
}

pub(crate) fn infinity(output: &mut Output, row: usize) -> Answer {
    share(output)[row] = f64::NEG_INFINITY;
    Ok(())
}

/// 60 KiB of text for every row, each of which may have 64.
pub(crate) fn as_much_as_one_row_may(output: &mut Output, _: usize) -> Answer {
    const BYTES: u32 = 60 << 10;
    let rows = output.rows;
    let text = capitals(output);
    text.data = vec![b'x'; (rows * BYTES) as usize];
    text.offsets = (0..=rows).map(|row| row * BYTES).collect();
    Ok(())
}
