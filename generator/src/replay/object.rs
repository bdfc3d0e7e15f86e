//! `gen replay object`: the script that has an object processed once more, though it is done.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use sluice_contract::compaction::{Order, Walk};
use sluice_contract::control::ledger::{
    self, LEASE_UNTIL, LedgerStatus, NEXT, REASON, RECORD_DIGITS, STATUS,
};
use sluice_contract::control::{PARTITION_KEY, SORT_KEY, seen};
use sluice_contract::objects::Prefix;
use sluice_contract::outputs::{PipelineOutput, StackOutput};
use sluice_contract::stack::{Dedupe, Keeps, Lake, Pipeline, Sink, Stack};

use super::{
    Deployed,
    script::{self, Script},
};
use crate::failure::Failure;
use crate::project;
use crate::terminal::write_result;

/// Prints the script that has an object processed once more
///
/// The object is copied onto itself, which makes a new version of it and so a new event. What was made of the version
/// before is removed first, so that no record is stored twice. An object that failed is better tried again with `gen
/// replay dead-letters`, unless it has to go through another version of the plugin.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gen replay object manifest.toml --stack feedback s3://RAW-BUCKET/incoming/1.csv | less
  gen replay object manifest.toml --stack feedback s3://RAW-BUCKET/incoming/1.csv | sh

Exit codes:
  0  the script is printed
  1  the manifest or the command line is wrong
  2  anything else went wrong")]
pub(crate) struct ObjectArgs {
    #[command(flatten)]
    deployed: Deployed,
    /// The object, as alerts and the ledger call it: s3://BUCKET/KEY
    #[arg(value_name = "URI", value_parser = uri)]
    object: Uri,
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Uri {
    bucket: String,
    key: String,
}

const PURPOSE: &str = "\
Has an object processed once more, by the plugin and the manifest of now.

What was made of the present version of the object is removed from the lake and from the rejects, where it stays behind
as an old version for 30 days. Then the object is copied onto itself: that is a new version, and the pipeline hears of
it. Until the pipeline is through, the object's rows are missing from the lake. Items of a table are replaced, not
removed.";

const VERSION: &str = r#"
version=$(aws s3api head-object --bucket "$bucket" --key "$key" --query VersionId --output text)
if [ "$version" = None ]; then
    echo "the bucket keeps no versions, so that nobody can tell what was made of this one" >&2
    exit 1
fi"#;

const STEM: &str = r#"
if command -v sha256sum >/dev/null; then sha256=sha256sum; else sha256='shasum -a 256'; fi
stem=$(printf 's3://%s/%s\0%s' "$bucket" "$key" "$version" | $sha256 | cut -c 1-32)"#;

const REMOVE: &str = r#"
remove() {
    names=$(aws s3api list-objects-v2 --bucket "$lake" --prefix "$1" \
        --query "Contents[?contains(Key, '$stem')].[Key]" --output text)
    printf '%s\n' "$names" | while IFS= read -r name; do
        case $name in
        *"$stem"*) aws s3 rm "s3://$lake/$name" ;;
        esac
    done
}"#;

const COPY: &str = r#"aws s3 cp "s3://$bucket/$key" "s3://$bucket/$key" --storage-class STANDARD"#;

pub(super) fn run(args: &ObjectArgs) -> Result<ExitCode, Failure> {
    let stack = project::load(&args.deployed.manifest, None)?;
    let pipeline = pipeline_of(&stack, &args.object.key)?;
    write_result(&script(&args.deployed.stack, pipeline, &args.object))?;
    Ok(ExitCode::SUCCESS)
}

/// The pipeline whose objects have such keys. No prefix starts with another.
fn pipeline_of<'a>(stack: &'a Stack, key: &str) -> Result<&'a Pipeline, Failure> {
    let mut pipelines = stack.pipelines.iter();
    let found = pipelines.find(|pipeline| key.starts_with(&pipeline.source.prefix));
    found.ok_or_else(|| {
        let prefixes: Vec<String> = stack
            .pipelines
            .iter()
            .map(|pipeline| format!("`{}`", pipeline.source.prefix))
            .collect();
        Failure::Input(format!(
            "`{key}` belongs to no pipeline: keys start with {}",
            prefixes.join(" or ")
        ))
    })
}

fn script(stack: &str, pipeline: &Pipeline, object: &Uri) -> String {
    let name = &pipeline.name;
    let Uri { bucket, key } = object;
    let mut script = Script::new(PURPOSE, stack);
    script.gap();
    script.set("bucket", bucket);
    script.set("key", key);
    // Inside of a JSON text, which is put together when the version is known: it ends the key.
    let uri = format!("s3://{bucket}/{key}");
    let ledger_key = Value::from(ledger::partition_key(&uri, "")).to_string();
    script.set("ledger_key", &ledger_key[1..ledger_key.len() - 1]);
    script.set("ledger", &ledger::object(name));
    script.look_up("control", StackOutput::ControlTable.name());
    script.look_up("lake", StackOutput::LakeBucket.name());
    script.step("The version that is there now.", VERSION);
    script.step(
        "What became of it, a line for each of its parts; none where the pipeline never heard of it.",
        &entries(name),
    );
    script.step("Two attempts at a time are one too many.", &wait());
    script.step(
        "Gives up what is not done: should the message come that tells of it, it is acknowledged, and nothing else.",
        &give_up(),
    );
    script.step("The name of all files that were made of it.", STEM);
    script.step("Removes those files, as far as there are any.", REMOVE);
    for sink in &pipeline.sinks {
        match sink {
            Sink::Lake(_) => script.step("", &format!("remove {}", Prefix::Lake.of(name))),
            // Its items are replaced.
            Sink::Table(_) => {}
            // What was sent stays with the receiver, which knows it again.
            Sink::Http(_) => {
                for prefix in [Prefix::Results, Prefix::Counts] {
                    script.step("", &format!("remove {}", prefix.of(name)));
                }
            }
        }
    }
    script.step("", &format!("remove {}", Prefix::Rejects.of(name)));
    if pipeline.lake().is_some_and(Lake::is_compacted) {
        script.look_up("folders", &PipelineOutput::CompactQueueUrl.of(name));
        let look = Order::Walk(Walk {
            after: String::new(),
            quiet_minutes: 0,
        });
        script.step(
            "Takes its rows out of what was made of the files of whole folders.",
            &format!(
                r#"aws sqs send-message --queue-url "$folders" --message-body '{}'"#,
                look.written()
            ),
        );
    }
    if pipeline.dedupe == Dedupe::All {
        script.step(
            "Forgets its records, or else they would all be duplicates of themselves. This reads the whole control table,\n\
             and makes one call a record.",
            &forget(),
        );
    }
    let has_newest = |sink: &Sink| sink.keeps() == Keeps::Newest;
    let note = if pipeline.sinks.iter().any(has_newest) && pipeline.order_by.is_none() {
        "\nWithout `order_by`, its records are now the newest of their keys, and replace what later objects brought."
    } else {
        ""
    };
    script.step(
        &format!(
            "Copies it onto itself. S3 wants something to change for that; the storage class is said anew.{note}"
        ),
        COPY,
    );
    script.finish()
}

/// Looks the entries of the version up, of the object and of its parts. Nobody knows a part that was never begun but the
/// one before it, whose `next` says where it begins.
fn entries(pipeline: &str) -> String {
    let columns = [
        STATUS.in_json(),
        SORT_KEY.in_json(),
        LEASE_UNTIL.in_json(),
        NEXT.start().record().in_json(),
    ];
    let values = json!({
        ":pk": { "S": "%s%s" },
        ":from": { "S": ledger::object(pipeline) },
        ":to": { "S": ledger::after_parts(pipeline) },
    });
    format!(
        r#"
values=$(printf {values} "$ledger_key" "$version")
entries=$(aws dynamodb query --table-name "$control" --consistent-read \
    --key-condition-expression '{pk} = :pk AND {sk} BETWEEN :from AND :to' \
    --expression-attribute-values "$values" \
    --query 'Items[].[{columns}]' --output text)
printf '%s\n' "$entries""#,
        values = script::json(&values),
        pk = PARTITION_KEY.name(),
        sk = SORT_KEY.name(),
        columns = columns.join(", "),
    )
}

/// Ends the script where an attempt is alive.
fn wait() -> String {
    format!(
        r#"
now=$(date +%s)
printf '%s\n' "$entries" | while read -r status part lease _; do
    if [ "$status" = {running} ] && [ "$lease" -ge "$now" ]; then
        echo "$part: an attempt is under way. Run this again in $((lease - now + 1)) seconds" >&2
        exit 1
    fi
done"#,
        running = LedgerStatus::Running.name()
    )
}

/// Gives up all parts that are not done, also those that were never begun.
fn give_up() -> String {
    let open: Vec<&str> = LedgerStatus::ALL
        .into_iter()
        .filter(|status| is_open(*status))
        .map(LedgerStatus::name)
        .collect();
    let key = json!({ PARTITION_KEY.name(): { "S": "%s%s" }, SORT_KEY.name(): { "S": "%s" } });
    let values = json!({
        ":done": { "S": LedgerStatus::Done.name() },
        ":reason": { "S": "given up for a newer version of the object" },
    });
    format!(
        r##"
give_up() {{
    aws dynamodb update-item --table-name "$control" \
        --key "$(printf {key} "$ledger_key" "$version" "$1")" \
        --update-expression 'SET {status} = :done, {reason} = :reason' --condition-expression "$2" \
        --expression-attribute-names {names} \
        --expression-attribute-values {values}
}}
printf '%s\n' "$entries" | while read -r status part _ next; do
    case $status in
    {open}) give_up "$part" '{status} <> :done' ;;
    esac
    case $next in
    '' | None) ;;
    *)
        following=$(printf '%s#%0{RECORD_DIGITS}d' "$ledger" "$next")
        case $entries in
        *"$following"*) ;;
        *) give_up "$following" 'attribute_not_exists({pk}) OR {status} <> :done' ;;
        esac
        ;;
    esac
done"##,
        key = script::json(&key),
        status = STATUS.expression(),
        reason = REASON.expression(),
        names = names(STATUS.placeholders().chain(REASON.placeholders())),
        values = script::json(&values),
        open = open.join(" | "),
        pk = PARTITION_KEY.name(),
    )
}

/// Whether a message may still come that has a part with this status processed.
fn is_open(status: LedgerStatus) -> bool {
    match status {
        LedgerStatus::Running | LedgerStatus::Failed | LedgerStatus::Parted => true,
        LedgerStatus::New | LedgerStatus::Done | LedgerStatus::Refused => false,
    }
}

/// Forgets which records the version has brought.
fn forget() -> String {
    let values = json!({ ":seen": { "S": seen::SORT_KEY }, ":stem": { "S": "%s" } });
    let key =
        json!({ PARTITION_KEY.name(): { "S": "%s" }, SORT_KEY.name(): { "S": seen::SORT_KEY } });
    format!(
        r##"
keys=$(aws dynamodb scan --table-name "$control" --consistent-read \
    --filter-expression '{sk} = :seen AND begins_with({owner}, :stem)' \
    --expression-attribute-names {names} \
    --expression-attribute-values "$(printf {values} "$stem")" \
    --query 'Items[].[{pk}]' --output text)
printf '%s\n' "$keys" | while IFS= read -r seen; do
    case $seen in
    {prefix}*) aws dynamodb delete-item --table-name "$control" \
        --key "$(printf {key} "$seen")" ;;
    esac
done"##,
        sk = SORT_KEY.name(),
        owner = seen::OWNER.expression(),
        names = names(seen::OWNER.placeholders()),
        values = script::json(&values),
        pk = PARTITION_KEY.in_json(),
        prefix = seen::PREFIX,
        key = script::json(&key),
    )
}

/// What placeholders of an expression stand for, as one word of the shell.
fn names(placeholders: impl Iterator<Item = (String, &'static str)>) -> String {
    let names = placeholders.map(|(placeholder, name)| (placeholder, Value::from(name)));
    script::json(&Value::Object(names.collect()))
}

fn uri(text: &str) -> Result<Uri, String> {
    let rest = text.strip_prefix("s3://").unwrap_or_default();
    match rest.split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Uri {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }),
        _ => Err("an object is written as s3://BUCKET/KEY".to_owned()),
    }
}
