//! `[pipeline.NAME]`: its parts, and whether they fit together.

use super::declared::DeclaredFields;
use super::number::number;
use super::{api, dialect, fields, generate, key, name, sinks, source};
use crate::manifest::{self, Pipeline};
use crate::problem::ProblemSink;
use crate::reader::{Given, Short, Written};
use sluice_contract::stack::{self, Host, Limits, PluginLimits, Rejects};

/// What the host itself needs beside one instance of a plugin, in MB.
const HOST_MEMORY_MB: u32 = 64;

/// A pipeline that runs on `host`.
pub(super) fn pipeline(
    name: &Written<String>,
    written: &Pipeline,
    host: &Host,
    sink: &mut ProblemSink,
) -> stack::Pipeline {
    let formats = source::formats(&written.formats, sink);
    let source = source::source(&written.source, name, &formats, host, sink);
    let mut plugin = plugin(&written.plugin, name, host, sink);
    let mut declared = fields::fields(&written.fields, name, sink);
    dialect::check_header(&written.source, plugin.is_some(), &declared, sink);
    let key = key::key(written, &declared, sink);
    let order_by = key::order_by(written, &declared, sink);
    let dedupe = key::dedupe(written, &declared, sink);
    let sinks = sinks::sinks(written, name, &key, &mut declared, host, sink);
    generate::check(&written.fields, &declared, sink);
    let fields = into_fields(declared);
    if let (Some(plugin), Some(Short(written))) = (&mut plugin, written.plugin.value())
        && written.samples.is_absent()
        && fields.iter().any(|field| field.pii)
    {
        // Personal data is kept a second time only where somebody says so.
        plugin.samples = 0;
    }
    let mut pipeline = stack::Pipeline {
        name: name.value.clone(),
        formats,
        source,
        plugin,
        key: key
            .into_iter()
            .map(|field| field.written.value.clone())
            .collect(),
        order_by,
        dedupe,
        fields,
        sinks,
        api: None,
        limits: limits(&written.limits, sink),
        rejects: rejects(&written.rejects, sink),
    };
    check_memory(&written.limits, &pipeline, host, sink);
    pipeline.api = api::api(written, &pipeline, sink);
    pipeline
}

/// Whether the function has room for the longest records: two threads have one each in hand, and a third waits.
fn check_memory(
    written: &Given<manifest::Limits>,
    pipeline: &stack::Pipeline,
    host: &Host,
    sink: &mut ProblemSink,
) {
    let limits = written.value();
    let Some(longest) = limits.and_then(|limits| limits.max_record_bytes.written()) else {
        return;
    };
    let record_mb = pipeline.limits.record_memory_mb();
    let plugin_mb = pipeline
        .plugin
        .as_ref()
        .map_or(0, |plugin| plugin.limits.memory_mb);
    let needed = HOST_MEMORY_MB + record_mb + plugin_mb;
    if record_mb > 0 && needed > host.memory_mb {
        sink.report(
            longest.span,
            format!(
                "records of {} bytes do not fit the function: {HOST_MEMORY_MB} MB of the host's own + {record_mb} MB for \
                 records in work + {plugin_mb} MB of the plugin = {needed} MB, and it has {} MB",
                longest.value, host.memory_mb
            ),
            "lower it, or raise `memory_mb` of `[host]`",
        );
    }
}

fn into_fields(declared: DeclaredFields) -> Vec<stack::Field> {
    declared
        .fields
        .into_iter()
        .filter_map(|declared| declared.field)
        .collect()
}

fn plugin(
    given: &Given<Short<manifest::Plugin>>,
    pipeline: &Written<String>,
    host: &Host,
    sink: &mut ProblemSink,
) -> Option<stack::Plugin> {
    let written = given.written()?;
    let Short(plugin) = &written.value;
    match &plugin.name {
        Given::Value(name) => name::plugin(&name.value, name.span, sink),
        Given::Absent => sink.report(
            written.key,
            format!("the plugin of pipeline `{}` has no name", pipeline.value),
            "add `name = \"…\"`: the plugin's file without `.wasm`",
        ),
        Given::Wrong => {}
    }
    let config = plugin
        .config
        .value()
        .map(|entries| entries.0.as_slice())
        .unwrap_or_default();
    Some(stack::Plugin {
        name: plugin.name.value().cloned().unwrap_or_default(),
        config: config
            .iter()
            .filter_map(|entry| Some((entry.name.value.clone(), entry.value.as_ref()?.0.clone())))
            .collect(),
        wasi: plugin.wasi.value().copied().unwrap_or(false),
        samples: number(&plugin.samples, "`samples`", 0..=10_000, 100, sink),
        refresh_seconds: number(
            &plugin.refresh_seconds,
            "`refresh_seconds`",
            1..=300,
            5,
            sink,
        ),
        canary: canary(&plugin.canary, sink),
        limits: plugin_limits(plugin, host, sink),
    })
}

/// How a new version proves itself. What is left out of the table has the default; without the table there is none.
fn canary(given: &Given<manifest::Canary>, sink: &mut ProblemSink) -> Option<stack::Canary> {
    const DEFAULT_MAX_REJECTED: f64 = 0.05;
    let canary = given.value()?;
    Some(stack::Canary {
        objects: number(
            &canary.objects,
            "`objects` of `canary`",
            1..=10_000,
            10,
            sink,
        ),
        max_rejected: share(
            &canary.max_rejected,
            "max_rejected",
            DEFAULT_MAX_REJECTED,
            sink,
        ),
    })
}

/// A share of records, 0 to 1.
fn share(given: &Given<f64>, key: &str, default: f64, sink: &mut ProblemSink) -> f64 {
    if let Some(written) = given.written()
        && !(0.0..=1.0).contains(&written.value)
    {
        sink.report(
            written.span,
            format!(
                "`{key}` is out of range: got {}, allowed 0 to 1",
                written.value
            ),
            format!("write the share of rejected records, such as {default} for five in a hundred"),
        );
    }
    given.value().copied().unwrap_or(default)
}

/// What an instance may cost, which cannot be more than the function has.
fn plugin_limits(plugin: &manifest::Plugin, host: &Host, sink: &mut ProblemSink) -> PluginLimits {
    // Where the function has less than two seconds, half of its time.
    let default_timeout_ms =
        (host.timeout_seconds * 500).min(PluginLimits::default().batch_timeout_ms);
    let defaults = PluginLimits {
        batch_timeout_ms: default_timeout_ms,
        ..PluginLimits::default()
    };
    let limits = plugin.limits.resolve(&defaults, sink);
    let left = host.memory_mb - HOST_MEMORY_MB;
    if let Some(written) = plugin.limits.memory_mb.written()
        && limits.memory_mb > left
    {
        sink.report(
            written.span,
            format!(
                "a plugin of {} MB does not fit the function: {} MB - {HOST_MEMORY_MB} MB of the host's own = {left} MB",
                limits.memory_mb, host.memory_mb
            ),
            "lower it, or raise `memory_mb` of `[host]`",
        );
    }
    if let Some(written) = plugin.limits.batch_timeout_ms.written()
        && limits.batch_timeout_ms >= host.timeout_seconds * 1000
    {
        sink.report(
            written.span,
            format!(
                "one batch may take {} ms, but the function has {} s for everything",
                limits.batch_timeout_ms, host.timeout_seconds
            ),
            "lower it, or raise `timeout_seconds` of `[host]`",
        );
    }
    limits
}

fn limits(given: &Given<manifest::Limits>, sink: &mut ProblemSink) -> Limits {
    let absent = manifest::Limits::default();
    let limits = given.value().unwrap_or(&absent);
    Limits {
        max_record_bytes: number(
            &limits.max_record_bytes,
            "`max_record_bytes`",
            1024..=16_777_216,
            262_144,
            sink,
        ),
        max_columns: number(&limits.max_columns, "`max_columns`", 1..=16_384, 1024, sink),
        max_expansion: number(
            &limits.max_expansion,
            "`max_expansion`",
            1..=10_000,
            200,
            sink,
        ),
        max_depth: number(
            &limits.max_depth,
            "`max_depth`",
            1..=Limits::MOST_DEPTH,
            Limits::DEFAULT_DEPTH,
            sink,
        ),
        max_ahead_hours: number(
            &limits.max_ahead_hours,
            "`max_ahead_hours`",
            0..=Limits::MOST_AHEAD_HOURS,
            Limits::DEFAULT_AHEAD_HOURS,
            sink,
        ),
    }
}

fn rejects(given: &Given<manifest::Rejects>, sink: &mut ProblemSink) -> Rejects {
    const DEFAULT_RATIO: f64 = 0.05;
    let absent = manifest::Rejects::default();
    let rejects = given.value().unwrap_or(&absent);
    Rejects {
        alert_ratio: share(&rejects.alert_ratio, "alert_ratio", DEFAULT_RATIO, sink),
        fail_ratio: match rejects.fail_ratio.written() {
            Some(_) => share(&rejects.fail_ratio, "fail_ratio", DEFAULT_RATIO, sink),
            None => 1.0,
        },
        min_rows: number(&rejects.min_rows, "`min_rows`", 1..=1_000_000_000, 1, sink),
        retention_days: number(
            &rejects.retention_days,
            "`retention_days`",
            1..=3650,
            90,
            sink,
        ),
    }
}
