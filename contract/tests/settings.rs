//! Whatever a manifest can mean, the host reads from its settings exactly what the generator wrote into them.

#![allow(clippy::unwrap_used)]

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use sluice_contract::Stack;
use sluice_contract::settings::Settings;
use sluice_contract::stack::*;

proptest! {
    #[test]
    fn a_stack_is_the_same_after_json(stack in stacks()) {
        let json = serde_json::to_string(&stack).unwrap();
        prop_assert_eq!(serde_json::from_str::<Stack>(&json).unwrap(), stack);
    }

    #[test]
    fn settings_are_the_same_after_json(pipeline in pipelines(), timeout_seconds in 1u32..=900) {
        let settings = Settings { project: "shop".into(), stage: "dev".into(), timeout_seconds, pipeline };
        let json = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings.clone());
        // Through a value too, as programs that look at a part of the settings do.
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(serde_json::from_value::<Settings>(value).unwrap(), settings);
    }
}

/// A field without anything special costs few of the four kilobytes that an environment has.
#[test]
fn a_plain_field_is_short() {
    let field = Field {
        name: "id".into(),
        kind: FieldType::Text {
            min_length: None,
            max_length: None,
            pattern: None,
            one_of: Vec::new(),
        },
        required: true,
        default: None,
        generate: None,
        pii: false,
        // No function is told.
        fake: Some(sluice_contract::fake::Fake::Uuid),
    };
    assert_eq!(
        serde_json::to_string(&field).unwrap(),
        r#"{"name":"id","type":"text"}"#
    );
}

fn names() -> impl Strategy<Value = String> {
    "[a-zA-Zäß€😀 .\"\\\\_-]{1,12}"
}

fn finite() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO
}

fn field_types() -> impl Strategy<Value = FieldType> {
    prop_oneof![
        (
            of(any::<u32>()),
            of(any::<u32>()),
            of(any::<String>()),
            vec(any::<String>(), 0..3)
        )
            .prop_map(
                |(min_length, max_length, pattern, one_of)| FieldType::Text {
                    min_length,
                    max_length,
                    pattern,
                    one_of
                }
            ),
        (of(any::<i64>()), of(any::<i64>()), vec(any::<i64>(), 0..3))
            .prop_map(|(min, max, one_of)| FieldType::Integer { min, max, one_of }),
        (of(finite()), of(finite())).prop_map(|(min, max)| FieldType::Float { min, max }),
        (1u8..=38, 0u8..=38, of(any::<i128>()), of(any::<i128>())).prop_map(
            |(precision, scale, min, max)| FieldType::Decimal {
                precision,
                scale,
                min,
                max
            }
        ),
        Just(FieldType::Boolean),
        (of(any::<i64>()), of(any::<i64>()))
            .prop_map(|(min, max)| FieldType::Timestamp { min, max }),
        (of(any::<i32>()), of(any::<i32>())).prop_map(|(min, max)| FieldType::Date { min, max }),
        Just(FieldType::Json),
    ]
}

fn fields() -> impl Strategy<Value = Field> {
    (
        names(),
        field_types(),
        any::<bool>(),
        of(any::<String>()),
        of(Just(Generate::Uuid)),
        any::<bool>(),
    )
        .prop_map(|(name, kind, required, default, generate, pii)| Field {
            name,
            kind,
            required,
            default,
            generate,
            pii,
            fake: None,
        })
}

fn characters() -> impl Strategy<Value = char> {
    proptest::char::range('\u{1}', '\u{7f}')
}

fn dialects() -> impl Strategy<Value = Dialect> {
    let delimiter = of(characters()).prop_map(|delimiter| match delimiter {
        Some(delimiter) => Delimiter::Character(delimiter),
        None => Delimiter::Auto,
    });
    let quote = of(characters()).prop_map(|quote| match quote {
        Some(quote) => Quote::Character(quote),
        None => Quote::None,
    });
    let header = prop_oneof![
        Just(Header::Present),
        Just(Header::Absent),
        vec(names(), 0..3).prop_map(Header::Named),
    ];
    (
        (delimiter, of(quote), of(characters()), of(characters())),
        (header, any::<u32>(), any::<bool>(), vec(names(), 0..3)),
    )
        .prop_map(
            |((delimiter, quote, escape, comment), (header, skip_lines, trim, null_values))| {
                Dialect {
                    delimiter,
                    quote,
                    escape,
                    comment,
                    header,
                    skip_lines,
                    trim,
                    null_values,
                }
            },
        )
}

fn sources() -> impl Strategy<Value = Source> {
    let via = select(vec![Via::S3, Via::Sns, Via::Eventbridge]);
    let encoding = prop_oneof![Just(Encoding::AUTO), select(Encoding::LABELS)]
        .prop_map(|label| Encoding::try_from(label.to_owned()).unwrap());
    (
        (names(), via, 1u32..=10, 1u32..=1000, any::<u32>()),
        (of(select(Format::ALL)), encoding, any::<u32>()),
        vec(names(), 0..3),
        (
            vec(any::<String>(), 0..3),
            select(vec![Items::Plain, Items::DynamodbJson]),
        ),
        dialects(),
    )
        .prop_map(
            |(
                (prefix, via, batch_size, max_receive_count, split_mb),
                (format, encoding, max_window_mb),
                ignore,
                (records, items),
                dialect,
            )| Source {
                prefix,
                via,
                batch_size,
                max_receive_count,
                split_mb,
                records,
                items,
                format,
                encoding,
                max_window_mb,
                ignore,
                dialect,
            },
        )
}

fn plugins() -> impl Strategy<Value = Plugin> {
    let canary = (any::<u32>(), 0.0f64..=1.0).prop_map(|(objects, max_rejected)| Canary {
        objects,
        max_rejected,
    });
    let limits = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(memory_mb, batch_timeout_ms, max_rows_per_row, max_growth)| PluginLimits {
            memory_mb,
            batch_timeout_ms,
            max_rows_per_row,
            max_growth,
        },
    );
    (
        names(),
        btree_map(any::<String>(), any::<String>(), 0..4),
        any::<bool>(),
        (any::<u32>(), any::<u32>(), of(canary)),
        limits,
    )
        .prop_map(
            |(name, config, wasi, (samples, refresh_seconds, canary), limits)| Plugin {
                name,
                config,
                wasi,
                samples,
                refresh_seconds,
                canary,
                limits,
            },
        )
}

fn tables() -> impl Strategy<Value = Table> {
    let indexes =
        (names(), names(), of(names())).prop_map(|(name, partition_key, sort_key)| Index {
            name,
            partition_key,
            sort_key,
        });
    let ttl = (names(), any::<u32>()).prop_map(|(field, days)| Ttl { field, days });
    (names(), vec(names(), 0..3), vec(indexes, 0..3), of(ttl)).prop_map(
        |(partition_key, sort_key, indexes, ttl)| Table {
            partition_key,
            sort_key,
            indexes,
            ttl,
        },
    )
}

fn lakes() -> impl Strategy<Value = Lake> {
    use PartitionTransform::{Day, Hour, Month, Value, Year};
    let partition = (names(), select(vec![Value, Year, Month, Day, Hour]))
        .prop_map(|(field, transform)| Partition { field, transform });
    let catalog = select(vec![Catalog::Partitions, Catalog::Crawler]);
    let reupload = select(vec![Reupload::Replace, Reupload::Append]);
    let compact = select(vec![Compact::Never, Compact::Daily]);
    (vec(partition, 0..4), reupload, catalog, compact).prop_map(
        |(partition_by, reupload, catalog, compact)| Lake {
            partition_by,
            reupload,
            catalog,
            compact,
        },
    )
}

fn https() -> impl Strategy<Value = Http> {
    let auth = prop_oneof![
        Just(HttpAuth::SigV4),
        (names(), names()).prop_map(|(name, secret)| HttpAuth::Header { name, secret }),
    ];
    let numbers = (
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
    );
    (names(), numbers, of(0.01f64..1e5), of(auth)).prop_map(
        |(url, (batch, in_flight, connect_timeout_ms, timeout_ms, retry_seconds), rate, auth)| {
            Http {
                url,
                batch,
                in_flight,
                rate,
                connect_timeout_ms,
                timeout_ms,
                retry_seconds,
                auth,
            }
        },
    )
}

fn sinks() -> impl Strategy<Value = Vec<Sink>> {
    (
        of(tables().prop_map(Sink::Table)),
        of(lakes().prop_map(Sink::Lake)),
        of(https().prop_map(Sink::Http)),
    )
        .prop_map(|(table, lake, http)| table.into_iter().chain(lake).chain(http).collect())
}

fn apis() -> impl Strategy<Value = Api> {
    let jwt =
        (names(), vec(names(), 1..3), vec(names(), 1..3)).prop_map(|(issuer, audience, scopes)| {
            Jwt {
                issuer,
                audience,
                scopes,
            }
        });
    let auth = prop_oneof![Just(Auth::Iam), jwt.prop_map(Auth::Jwt), Just(Auth::None)];
    let throttle = (any::<u32>(), any::<u32>()).prop_map(|(rate, burst)| Throttle { rate, burst });
    (
        (names(), auth, any::<u32>(), any::<u32>()),
        (vec(names(), 0..3), throttle, any::<u32>()),
    )
        .prop_map(
            |((path, auth, max_records, max_body_kb), (cors, throttle, timeout_seconds))| Api {
                path,
                auth,
                max_records,
                max_body_kb,
                cors,
                throttle,
                timeout_seconds,
            },
        )
}

fn pipelines() -> impl Strategy<Value = Pipeline> {
    let formats = vec(select(Format::ALL), 1..5);
    let numbers = any::<[u32; 5]>();
    let limits = numbers.prop_map(
        |[
            max_record_bytes,
            max_columns,
            max_expansion,
            max_depth,
            max_ahead_hours,
        ]| Limits {
            max_record_bytes,
            max_columns,
            max_expansion,
            max_depth,
            max_ahead_hours,
        },
    );
    let rejects = (
        0.0f64..=1.0,
        prop_oneof![Just(1.0), 0.0f64..=1.0],
        prop_oneof![Just(1), any::<u32>()],
        any::<u32>(),
    )
        .prop_map(
            |(alert_ratio, fail_ratio, min_rows, retention_days)| Rejects {
                fail_ratio,
                min_rows,
                alert_ratio,
                retention_days,
            },
        );
    (
        (
            names(),
            formats,
            sources(),
            of(plugins()),
            vec(names(), 0..3),
            of(names()),
            select(vec![Dedupe::Object, Dedupe::All]),
        ),
        (vec(fields(), 1..6), sinks(), of(apis()), limits, rejects),
    )
        .prop_map(
            |(
                (name, formats, source, plugin, key, order_by, dedupe),
                (fields, sinks, api, limits, rejects),
            )| Pipeline {
                name,
                formats,
                source,
                plugin,
                key,
                order_by,
                dedupe,
                fields,
                sinks,
                api,
                limits,
                rejects,
            },
        )
}

fn stacks() -> impl Strategy<Value = Stack> {
    let alerts = (
        vec(any::<String>(), 0..3),
        vec(any::<String>(), 0..3),
        proptest::option::of((any::<Option<String>>(), any::<Option<String>>())),
    )
        .prop_map(|(email, https, notify)| Alerts {
            email,
            https,
            notify: notify.map(|(pagerduty, slack)| Notify {
                pagerduty,
                slack,
                runbook: None,
                routes: vec![Route {
                    events: Occasion::ALL.to_vec(),
                    to: Channel::ALL.to_vec(),
                }],
            }),
        });
    let architecture = select(vec![Architecture::Arm64, Architecture::X86_64]);
    let host = (
        architecture,
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
    )
        .prop_map(
            |(
                architecture,
                memory_mb,
                timeout_seconds,
                scratch_mb,
                max_concurrency,
                log_retention_days,
            )| Host {
                architecture,
                memory_mb,
                timeout_seconds,
                scratch_mb,
                max_concurrency,
                log_retention_days,
            },
        );
    (
        names(),
        names(),
        any::<bool>(),
        alerts,
        host,
        (1u32..1000, 1u32..365),
        vec(pipelines(), 0..3),
    )
        .prop_map(
            |(project, stage, protect_data, alerts, host, query, pipelines)| Stack {
                project,
                stage,
                protect_data,
                alerts,
                host,
                query: Query {
                    scan_limit_gb: query.0,
                    results_days: query.1,
                },
                pipelines,
            },
        )
}
