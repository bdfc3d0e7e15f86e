//! `[query]`: what queries of the lake may cost.

use super::number::number;
use crate::manifest::Query;
use crate::problem::ProblemSink;
use crate::reader::Given;
use sluice_contract::stack;

/// What queries may cost. Athena's own least limit is 10 MB.
pub(super) fn query(given: &Given<Query>, sink: &mut ProblemSink) -> stack::Query {
    let absent = Query::default();
    let query = given.value().unwrap_or(&absent);
    stack::Query {
        scan_limit_gb: number(
            &query.scan_limit_gb,
            "`scan_limit_gb` of `[query]`",
            1..=100_000,
            100,
            sink,
        ),
        results_days: number(
            &query.results_days,
            "`results_days` of `[query]`",
            1..=365,
            7,
            sink,
        ),
    }
}
