//! Where the records of a pipeline are stored: at least one sink, in the order of [`Sink`].

mod http;
mod lake;
mod table;

use self::lake::Versions;
use super::declared::DeclaredFields;
use super::key::KeyField;
use crate::manifest::Pipeline;
use crate::problem::ProblemSink;
use crate::reader::{Given, Written};
use sluice_contract::stack::{Dedupe, Host, Sink};

/// What was written of each sink means.
pub(super) fn sinks(
    written: &Pipeline,
    name: &Written<String>,
    key: &[KeyField],
    declared: &mut DeclaredFields,
    host: &Host,
    sink: &mut ProblemSink,
) -> Vec<Sink> {
    let key_given = !written.key.is_absent();
    let dedupe = written.dedupe.value().map_or(Dedupe::Object, |word| word.0);
    let versions = Versions {
        have_key: !key.is_empty(),
        have_order: !written.order_by.is_absent(),
    };
    let sinks = [
        table::table(&written.table, key, key_given, declared, sink).map(Sink::Table),
        lake::lake(&written.lake, dedupe, versions, declared, sink).map(Sink::Lake),
        http::http(&written.http, host, sink).map(Sink::Http),
    ];
    let sinks: Vec<Sink> = sinks.into_iter().flatten().collect();
    let has_table = sinks.iter().any(|sink| matches!(sink, Sink::Table(_)));
    if let (Some(http), true) = (written.http.written(), has_table) {
        sink.report(
            http.key,
            format!(
                "pipeline `{}` has a table and an API: what the API refuses would be in the table all the same",
                name.value
            ),
            "send from a pipeline of its own, or store in a lake, from which refused records are taken out",
        );
    }
    // What was wrong with one is reported, and may have been meant.
    let given_wrong = matches!(written.table, Given::Wrong)
        || matches!(written.lake, Given::Wrong)
        || !written.http.is_absent();
    if sinks.is_empty() && !given_wrong {
        sink.report(
            name.span,
            format!(
                "pipeline `{}` has neither a table nor a lake nor an API",
                name.value
            ),
            "add `table = true` or `lake = true` or both, or `http = \"https://…\"`",
        );
    }
    sinks
}
