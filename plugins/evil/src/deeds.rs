//! What a plugin may do instead of answering.

use std::sync::atomic::{AtomicI64, Ordering};

use sluice_sdk::contract::{BytesColumn, Column, Finding, OutColumn, Output, Severity, Values};
use sluice_sdk::{Failure, log};

pub(crate) fn run_forever(_: &mut Output, _: usize) -> Result<(), Failure> {
    let mut turns = 0u64;
    while std::hint::black_box(true) {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
    Ok(())
}

pub(crate) fn panic(_: &mut Output, row: usize) -> Result<(), Failure> {
    let ratings = [1, 2, 3];
    let missing = std::hint::black_box(ratings.len() + row);
    Err(Failure {
        code: ratings[missing].to_string(),
        message: String::new(),
    })
}

pub(crate) fn trap(_: &mut Output, _: usize) -> Result<(), Failure> {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

pub(crate) fn recurse(_: &mut Output, row: usize) -> Result<(), Failure> {
    fn deeper(depth: &mut [u8; 64]) -> u64 {
        let mut next = std::hint::black_box(*depth);
        next[0] = next[0].wrapping_add(1);
        if std::hint::black_box(false) {
            return 0;
        }
        deeper(&mut next) + u64::from(next[63])
    }
    let message = deeper(&mut [row as u8; 64]).to_string();
    Err(Failure {
        code: "deep".into(),
        message,
    })
}

pub(crate) fn take_all_memory(_: &mut Output, _: usize) -> Result<(), Failure> {
    let mut taken = Vec::new();
    loop {
        taken.push(std::hint::black_box(vec![1u8; 1 << 20]));
    }
}

pub(crate) fn flood_the_log(_: &mut Output, _: usize) -> Result<(), Failure> {
    let line = "x".repeat(100_000);
    for _ in 0..2_000 {
        log(Severity::Warning, &line);
    }
    log(Severity::Error, &"é".repeat(5_000));
    panic!("the log is full")
}

/// Says what the row holds in every way there is: a line of the log, the code and the message of a finding, and a panic
/// where its value ends with `T`.
pub(crate) fn tell(output: &mut Output, row: usize) -> Result<(), Failure> {
    let OutColumn::Replace(Column {
        values: Values::Bytes(BytesColumn { offsets, data }),
        ..
    }) = &output.columns[1]
    else {
        return Ok(());
    };
    let value = &data[offsets[row] as usize..offsets[row + 1] as usize];
    let value = String::from_utf8_lossy(value).into_owned();
    log(Severity::Error, &value);
    assert!(!value.ends_with('T'), "{value}");
    output.rejected.push(row as u32);
    output.findings.push(Finding {
        row: row as u32,
        column: None,
        severity: Severity::Error,
        code: value.clone(),
        message: value,
    });
    Ok(())
}

pub(crate) fn fail(_: &mut Output, _: usize) -> Result<(), Failure> {
    Err(Failure {
        code: "tired".into(),
        message: "not today".into(),
    })
}

/// Says of the row how many calls there were, and traps on the third one.
pub(crate) fn count_the_calls(output: &mut Output, row: usize) -> Result<(), Failure> {
    static CALLS: AtomicI64 = AtomicI64::new(0);
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    assert!(calls < 3, "it is enough");
    if let OutColumn::Replace(column) = &mut output.columns[2]
        && let Values::Integers(lengths) = &mut column.values
    {
        lengths[row] = calls;
    }
    Ok(())
}
